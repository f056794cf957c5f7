#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Each rule of hgxtopo check is broken by one case, with nothing else wrong, and kept by another
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh

make --no-print-directory B="$B" "$B/docs/rules" >"$work/make.out" 2>&1 || cat "$work/make.out"
"$B/docs/rules" table >"$work/table"
# cases DIR [RULE…]: "ok: …" or "FAILED: …" for each case
cases() { python3 tests/cli/check_rules.py "$hgxtopo" "$work/table" "$@"; }
count() {
	while IFS= read -r line; do
		case $line in
		"ok: "*) ok "${line#ok: }" ;;
		*) bad "${line#FAILED: }" ;;
		esac
	done
}
count < <(cases tests/check)
check "there are rules" test "$(wc -l <"$work/table")" -gt 10

# what the script itself has to find
cp -r tests/check "$work/check"
ln -s "$PWD/tests/hosts" "$work/hosts"
finds() { check "$1" grep -F "FAILED: $3" <(cases "$work/check" "$2"); }
rm "$work/check/link-slow"/good.*
finds "a rule without a good case is found" link-slow "link-slow: there is no case 'good'"
cp "$work/check/link-slow"/bad.* "$work/check/link-narrow/"
finds "a case that breaks another rule is found" link-narrow "link-narrow: bad breaks"
cp "$work/check/numa-wrong/bad.sh" "$work/check/numa-wrong/good.sh"
finds "a good case that breaks the rule is found" numa-wrong "numa-wrong: good breaks it"
mkdir "$work/check/nothing"
check "a case of a rule that does not exist is found" grep "^FAILED: nothing: there is no such rule" <(cases "$work/check")
finish
