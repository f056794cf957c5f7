#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The table of rules: each row is used by the library, as an error or as a finding
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
only_for release_build

# unused SOURCES: the rules that no source file names
unused() {
	grep -oE '\b(ERROR|FINDING)\([A-Z0-9_]+' "$1/util/rule.h" | cut -d'(' -f2 | while read -r name; do
		grep -rqw "RULE_$name" --include='*.c' "$1" || echo "$name"
	done
}
# as errors: what fails takes it; as findings: what notes takes it
misused() {
	cat "$1"/*/*.c | tr '\n' ' ' >"$work/sources"
	grep -oE '\bFINDING\([A-Z0-9_]+' "$1/util/rule.h" | cut -d'(' -f2 | while read -r name; do
		grep -qE "(fail[a-z_]*|json_bad|base_[a-z]+|refuse)\([^;{\"]*\bRULE_$name\b" "$work/sources" && echo "$name"
	done
	grep -oE '\bERROR\([A-Z0-9_]+' "$1/util/rule.h" | cut -d'(' -f2 | while read -r name; do
		grep -qE "(plan_note|finding_v?add|use_unknown)\([^;{\"]*\bRULE_$name\b" "$work/sources" && echo "$name"
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
finish
