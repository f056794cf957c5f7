#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# hgxtopo check --nccl: nothing is wrong with our own files, and --fix makes one of any other
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
only_for release_or_sanitized
make_roots

# told FILE ARGUMENTS…: the rules about NCCL files and guests that have findings which are no notes
told() {
	"$hgxtopo" check --json --nccl "$@" 2>"$work/err" | python3 -c '
import json, sys
for found in json.load(sys.stdin)["findings"]:
    if found["severity"] != "note" and found["rule"].startswith(("nccl", "guest")):
        print(found["rule"], found["text"])'
}
silent() { check "$1" diff /dev/null <(told "${@:2}"); }

files=0
for host in "$roots"/*/; do
	name=$(basename "$host")
	for vm in 1/1 2/2 1/4; do
		"$hgxtopo" emit --nccl --from "$host" --vms $vm >"$work/own.xml" 2>/dev/null || continue
		"$hgxtopo" emit --libvirt --from "$host" --vms $vm >"$work/vm.xml" 2>/dev/null || continue
		files=$((files + 1))
		silent "$name: the file of VM $vm fits its domain" "$work/own.xml" --domain "$work/vm.xml" --from "$host"
		silent "$name: it fits its plan" "$work/own.xml" --vms $vm --from "$host"
	done
	"$hgxtopo" emit --nccl --profile host --from "$host" >"$work/own.xml" 2>/dev/null || continue
	silent "$name: the file of the bare host fits it" "$work/own.xml" --from "$host"
done
check "there are many files" test "$files" -gt 10

host=$roots/hgx-h200
"$hgxtopo" emit --nccl --from "$host" >"$work/own.xml" 2>/dev/null
"$hgxtopo" emit --libvirt --from "$host" >"$work/vm.xml" 2>/dev/null
"$hgxtopo" emit --nccl --profile switches-only --from "$host" >"$work/switches.xml" 2>/dev/null
silent "a file that lists switches only fits" "$work/switches.xml" --domain "$work/vm.xml" --from "$host"
sed 's/32.0 GT\/s PCIe" link_width="16">/2.5 GT\/s" link_width="1">/; s/<cpu/\t<cpu/; s/0000:2/0000:A/' "$work/own.xml" >"$work/bad.xml"
fix() { "$hgxtopo" check --nccl "$work/bad.xml" --domain "$work/vm.xml" --from "$host" --fix "$@" >"$work/out" 2>"$work/err"; }
fix
check "--fix without -o is refused" test $? = 2
fix -o "$work/fixed.xml" --rule nccl-refused
check "what --fix mended no longer stands" test $? = 0
check "the fixed file is ours" cmp "$work/fixed.xml" "$work/own.xml"
check "what was wrong is told" grep -q '^problem: nccl-refused$' "$work/out"
check "what was changed is told" grep -q '^changed: .*bad.xml: all of it' "$work/out"
sed -i 's/\t//' "$work/bad.xml"
fix -o "$work/nowhere/fixed.xml"
check "a file that cannot be written is an error" test $? = 3
fix -o "$work/fixed.xml"
check "each change names line and column" grep -qE '^changed: .*bad.xml:[0-9]+:[0-9]+: <pci busid="[0-9a-f:.]*">: link_width="1" becomes "16"' "$work/out"
check "the file that is checked stays" grep -q 'link_width="1"' "$work/bad.xml"
"$hgxtopo" check --nccl "$work/own.xml" >"$work/out"
check "a file alone is looked at without a host" test $? = 0
check "nothing is told about this machine" diff <(echo "no findings") "$work/out"
"$hgxtopo" check --nccl "$work/own.xml" --domain "$work/vm.xml" --domain "$work/vm.xml" --from "$host" >/dev/null 2>&1
check "two domains are too many for one file" test $? = 2
# devices that NCCL takes for switches
"$hgxtopo" emit --nccl --profile host --from "$host" -o "$work/bare.xml" 2>/dev/null
classes() { sed "$1" "$work/bare.xml" >"$work/class.xml"; told "$work/class.xml" --from "$host" >"$work/told"; }
gpu=$(grep -m1 -n 'class="0x0302' "$work/bare.xml" | cut -d: -f1)
for class in 0x060400 ""; do
	classes "${gpu}s/class=\"[^\"]*\"/class=\"$class\"/"
	check "class \"$class\" of a GPU is one finding" test "$(cut -d' ' -f1 "$work/told")" = nccl-class
	check "class \"$class\" of a GPU: the right one is told" grep -q 'NCCL takes GPU .* for a switch; write 0x0302' "$work/told"
done
drive=$("$hgxtopo" dump --json --from "$host" 2>/dev/null | sed -n 's/^ *{ "address": "\([^"]*\)", "kind": "nvme".*/\1/p' | head -n 1)
classes "${gpu}s|\$|<pci busid=\"$drive\" class=\"0x010802\" link_speed=\"16.0 GT/s PCIe\" link_width=\"4\"/>|"
check "a drive in the file is one finding" test "$(cut -d' ' -f1 "$work/told")" = nccl-class
check "a drive in the file is named" grep -q "$drive .* is in the file" "$work/told"
# the commands of remedies do what they say
sed 's/<cpu/\t&/; s/0000:23:00/0000:23:00/; s/16.0 GT/16 GT/; s/32.0 GT\/s PCIe/32.0 GT\/s/' "$work/own.xml" >"$work/topo.xml"
rounds=0
while "$hgxtopo" check --nccl "$work/topo.xml" | sed -n 's/^      //p' >"$work/commands" && test -s "$work/commands" && [ $((rounds++)) -lt 5 ]; do
	sh -e "$work/commands"
done
silent "pasted remedies make the file right" "$work/topo.xml" --domain "$work/vm.xml" --from "$host"
finish
