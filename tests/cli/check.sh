#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# emit --libvirt --base FILE --check: what the mirror would change in a domain, and whether it is up to date
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh

host=example:hgx-h200
changes() { "$hgxtopo" emit --libvirt --from "$host" --base "$@" --check >"$work/out" 2>"$work/err"; }
# is STATUS OPTION…: the exit status
is() {
	local status=$1
	shift
	changes "$@"
	test $? = "$status"
}
domain=tests/bases/flat.xml
mirror=$work/mirror.xml
"$hgxtopo" emit --libvirt --from $host --base $domain >"$mirror" 2>/dev/null

check "a flat domain is not up to date" is 1 $domain
gpus=$(grep -c '^GPU 0000:..:00.0: guest address 0000:..:00.0 → 0000:..:00.0$' "$work/out")
check "a line for each GPU says where it moves" test "$gpus" = "$(grep -c '^GPU' "$work/out")" -a "$gpus" -gt 0
check "a line says how many controllers are added" grep -qE '^<controller>: .*[0-9]+ added' "$work/out"
check "the mirror is up to date" is 0 "$mirror"
check "then nothing is printed" test ! -s "$work/out"
check "with a GPU less it is not" is 1 "$mirror" --skip 9b:00.0
check "the removed GPU is named with its address" grep -q '^GPU 0000:9b:00.0: removed from guest address 0000:..:00.0$' "$work/out"
check "with a NIC more it is not" is 1 "$mirror" --add 01:00.1
check "the new NIC is named with its address" grep -q '^NIC 0000:01:00.1: added at guest address 0000:' "$work/out"
sed 's/<vcpu/ <vcpu/' "$mirror" >"$work/blank.xml"
check "blanks of the user's are no change" is 0 "$work/blank.xml"

"$hgxtopo" emit --libvirt --from $host --base $domain --only pci >"$work/only.xml" 2>/dev/null
changes "$work/only.xml"
check "a device that the guest sees at the same address is not removed" sh -c '! grep -q "^<hostdev>.*removed" "$1"' sh "$work/out"

check "a domain of 0.1, whose ports had no model, needs one in each" sh -c 'sed "/<model name=.pcie-root-port/d" "$3" >"$4/old.xml"
	"$1" emit --libvirt --from "$2" --base "$4/old.xml" --check >"$4/out"
	number=$(grep -c "<model name=.pcie-root-port" "$3")
	grep -q "^<controller>: $number changed: <model> added (the first in line [0-9]*)$" "$4/out"' sh "$hgxtopo" $host "$mirror" "$work"
changes "$mirror" --vcpus 4
check "texts, attributes and how many of a name differ are told" sh -c '
	grep -q "^<vcpu>: 1 changed: attribute placement added, text changed (line [0-9]*)$" "$1" && grep -q "^<cputune>: 1 changed: .*4 <vcpupin> removed" "$1"' sh "$work/out"
changes $domain
check "standard error has no notes" sh -c '! grep -q "note:" "$1"' sh "$work/err"
changes $domain --skip 9c:00.0 --vcpus 500
check "but errors" grep -q '^hgxtopo: ' "$work/err"

"$hgxtopo" emit --libvirt --from $host --base $domain --check --json >"$work/json" 2>/dev/null
check "as JSON, the exit status is the same" test $? = 1
changes $domain
cat >"$work/read.py" <<'END'
import json, sys
lines = open(sys.argv[2]).read().splitlines()
data = json.load(open(sys.argv[1]))
assert (data["format"], data["version"], len(data["changes"])) == ("hgxtopo-changes", 1, len(lines))
for change, line in zip(data["changes"], lines):
    assert set(change) == {"kind", "device", "before", "after", "element", "count", "line", "inside"}
    if change["device"]:
        assert change["device"] in line and (change["before"] or "added") in line and (change["after"] or "removed") in line
    else:
        assert line.startswith(f"<{change['element']}>: {change['count']} {change['kind']}")
        assert all(f"<{i['element']}> {i['kind']}" in line for i in change["inside"] if i["element"])
END
check "JSON and text say the same" python3 "$work/read.py" "$work/json" "$work/out"
"$hgxtopo" emit --libvirt --from $host --base "$mirror" --check --json >"$work/json" 2>/dev/null
check "JSON of a domain that is up to date lists nothing" python3 -c '
import json, sys
assert json.load(open(sys.argv[1]))["changes"] == []' "$work/json"

echo '<domain' >"$work/broken.xml"
check "an error is an error" is 3 "$work/broken.xml"
check "nothing is printed then" test ! -s "$work/out"
check "--check needs --base" sh -c '"$1" emit --libvirt --from example:hgx-h200 --check 2>/dev/null; test $? = 2' sh "$hgxtopo"
check "--check needs --libvirt" sh -c '"$1" emit --nccl --from example:hgx-h200 --base "$2" --check 2>/dev/null; test $? = 2' sh "$hgxtopo" $domain

if ! command -v virsh >/dev/null; then
	missing "domains defined by libvirt"
	finish
	exit
fi
libvirt() { virsh -q -c "qemu:///embed?root=$work/libvirt" "$@" 2>"$work/virsh.err"; }
tame "$mirror" >"$work/tame.xml"
name=$(sed -n 's|.*<name>\(.*\)</name>.*|\1|p' "$mirror" | head -n 1)
check "libvirt defines the mirror" libvirt define "$work/tame.xml"
libvirt dumpxml "$name" >"$work/dump.xml"
check "what libvirt wrote back is up to date" is 0 "$work/dump.xml"
cat "$work/out"
finish
