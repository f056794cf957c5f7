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
count_lines < <(cases tests/check)
check "there are rules" test "$(wc -l <"$work/table")" -gt 10

# what the command does
status() { "$hgxtopo" check "${@:2}" >"$work/out" 2>"$work/err"; check "check ${*:2}: exit status $1" test $? = "$1"; }
host=example:hgx-h200
status 1 --from $host
status 1 --from $host --rule ats-off --rule iommu-off
check "only that rule is told" test "$(grep -c '^[a-z]*: [a-z-]*$' "$work/out")" = 1
status 0 --from $host --rule not-checked
status 0 --from $host --ignore driver-bound,ats-off --ignore acs-redirects
check "notes are left" grep -q '^note: ' "$work/out"
status 2 --from $host --rule nothing
check "the rule that does not exist is named" grep -q "^hgxtopo: --rule: there is no rule 'nothing'" "$work/err"
status 3 --from $host --gpus 99
status 2 --from $host --hugepages 3M
status 2 --from $host more
status 3 --from "$work/nothing"
"$hgxtopo" emit --libvirt --from $host >"$work/vm.xml" 2>/dev/null
status 2 --from "$work/vm.xml"
status 1 --from $host --json -o "$work/findings.json"
check "-o FILE has what is written without it" cmp "$work/findings.json" <("$hgxtopo" check --json --from $host)
check "the devices of one VM of two are meant" test "$("$hgxtopo" check --from $host --vms 1/2 --json | grep -c '"ats-off"')" = 4
check "those of both are" test "$("$hgxtopo" check --from $host --vms all/2 --json | grep -c '"ats-off"')" = 8

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
