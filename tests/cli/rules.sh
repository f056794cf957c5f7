#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The table of rules: each row is used by the library, as an error or as a finding
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
only_for release_build

# unused SOURCES: the rules that no source file names
unused() {
	grep -ohE '^	(ERROR|FINDING|CHECK|NOTED)\([A-Z0-9_]+' "$1"/util/rule*.h | cut -d'(' -f2 | while read -r name; do
		grep -rqw "RULE_$name" --include='*.c' "$1" || echo "$name"
	done
}
# as errors: what fails takes it; as findings: what notes takes it
misused() {
	cat "$1"/*/*.c | tr '\n' ' ' >"$work/sources"
	grep -ohE '^	(FINDING|CHECK|NOTED)\([A-Z0-9_]+' "$1"/util/rule*.h | cut -d'(' -f2 | while read -r name; do
		grep -qE "(fail[a-z_]*|json_bad|base_[a-z]+|refuse)\([^;{\"]*\bRULE_$name\b" "$work/sources" && echo "$name"
	done
	grep -oE '\bERROR\([A-Z0-9_]+' "$1/util/rule.h" | cut -d'(' -f2 | while read -r name; do
		grep -qE "(plan_note|finding_v?add|use_unknown|check_add)\([^;{\"]*\bRULE_$name\b" "$work/sources" && echo "$name"
	done
}

check "the table has rules" test "$(grep -cE '\b(ERROR|FINDING)\([A-Z0-9_]+, "' libhgxtopo/util/rule.h)" -gt 100
check "every rule is used" test -z "$(unused libhgxtopo)"
check "no error is noted and no finding refuses" test -z "$(misused libhgxtopo)"

cp -r libhgxtopo "$work/house"
sed -i 's|^	ERROR(NO_GPU, |	ERROR(NOBODYS, "nobodys", HGX_REFUSED, "") \\\n&|' "$work/house/util/rule.h"
check "a rule that nobody uses is found" test "$(unused "$work/house")" = NOBODYS
cat >"$work/house/plan/planted.c" <<'END'
int planted(void) { return fail(err,
	RULE_NODE_UNUSED, "text"); }
END
check "a finding that refuses is found" test "$(misused "$work/house")" = NODE_UNUSED
echo 'void planted(void) { plan_note(plan, RULE_NO_GPU, HGX_NOTE); }' >"$work/house/plan/planted.c"
check "an error that is noted is found" test "$(misused "$work/house")" = NO_GPU

make --no-print-directory B="$B" "$B/docs/rules" >"$work/make.out" 2>&1 || cat "$work/make.out"
check "docs/rules.md is what make rules writes" diff docs/rules.md <("$B/docs/rules" md)
check "docs/hgxtopo-rules.7 too" diff docs/hgxtopo-rules.7 <("$B/docs/rules" man)
check "its lines fit into 80 columns" test -z "$(awk 'length > 80' docs/hgxtopo-rules.7)"
if command -v mandoc >/dev/null; then
	mandoc -Tlint -Wstyle docs/hgxtopo-rules.7 2>&1 | grep -vE 'referenced manual not found|outdated mandoc.db' >"$work/lint"
	check "that page has no mistakes" diff /dev/null "$work/lint"
else
	missing "mistakes in the man page of rules"
fi
# astray TABLE: consequences that are not rules
astray() { cut -f4 "$1" | tr ' ' '\n' | sed '/^$/d' | sort -u | comm -23 - <("$work/list_rules" | cut -f1 | sort -u); }
"$B/docs/rules" table >"$work/table"
${CC:-cc} ${SANITIZE:+-fsanitize=address,undefined} -Iinclude -o "$work/list_rules" tests/consumer/list_rules.c \
	-L"$B" -lhgxtopo -Wl,-rpath,"$(realpath "$B")"
check "consequences are rules" diff /dev/null <(astray "$work/table")
sed -i '1s/\t[^\t]*$/\tplanted/' "$work/table"
check "one that is not is found" test "$(astray "$work/table")" = planted
finish
