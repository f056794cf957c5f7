#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# --base FILE --only pci: nothing of a domain changes but PCI controllers and PCI addresses
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
make_roots

host=example:hgx-h200
only() { "$hgxtopo" emit --libvirt --from "$host" --base "$1" --only pci 2>"$work/err" >"$work/only.xml"; }
# places OLD NEW: without PCI controllers and the addresses of assigned devices, both are the same
places() {
	python3 - "$1" "$2" <<'END'
import sys, xml.etree.ElementTree as E
def rest(path):
    root = E.parse(path).getroot()
    devices = root.find("devices")
    for e in list(devices):
        if e.tag == "controller" and e.get("type") == "pci":
            devices.remove(e)
        elif e.tag == "hostdev" or (e.tag == "interface" and e.get("type") == "hostdev"):
            for address in e.findall("address"):
                e.remove(address)
    def walk(e):
        return [e.tag, sorted(e.attrib.items()), (e.text or "").strip(), [walk(c) for c in e]]
    return walk(root)
sys.exit(rest(sys.argv[1]) != rest(sys.argv[2]))
END
}
# guests OLD NEW: the user's controllers are there again
controllers() {
	python3 - "$1" "$2" <<'END'
import sys, xml.etree.ElementTree as E
def of(path):
    return [E.tostring(e) .strip() for e in E.parse(path).getroot().iter("controller")]
new = of(sys.argv[2])
sys.exit(any(c not in new for c in of(sys.argv[1])))
END
}
libvirt() { virsh -q -c "qemu:///embed?root=$work/libvirt" "$@" 2>"$work/virsh.err"; }
for base in tests/bases/flat.xml tests/bases/pod.xml; do
	name=$(basename "$base" .xml)
	check "$name: it is mirrored" only "$base"
	cp "$work/only.xml" "$work/$name.xml"
	check "$name: only places change" places "$base" "$work/$name.xml"
	check "$name: its controllers stay" controllers "$base" "$work/$name.xml"
	check "$name: a switch of the host is there" grep -q x3130-upstream "$work/$name.xml"
	only "$work/$name.xml"
	check "$name: a second run changes nothing" cmp "$work/$name.xml" "$work/only.xml"
	"$hgxtopo" emit --nccl --from $host --base "$base" --only pci >"$work/planned" 2>/dev/null
	"$hgxtopo" emit --nccl --from "$work/$name.xml" --host $host >"$work/read" 2>/dev/null
	check "$name: the NCCL file is that of the domain" cmp "$work/planned" "$work/read"
	if ! command -v virsh >/dev/null; then
		missing "domains defined by libvirt"
		continue
	fi
	tame "$work/$name.xml" >"$work/tame.xml"
	check "$name: libvirt defines it" libvirt define "$work/tame.xml"
done
sed 's/<memory/<memory dumpCore="on"/' "$work/pod.xml" >"$work/other.xml"
different() { ! places "$@"; }
check "another attribute is noticed" different tests/bases/pod.xml "$work/other.xml"

"$hgxtopo" emit --nccl --from $host --base tests/bases/flat.xml --only pci >"$work/nccl" 2>/dev/null
check "without cells, the NCCL file names the host's node all the same" \
	sh -c 'grep -q "numaid=\"0\"" "$1" && ! grep -q "numaid=\"-1\"" "$1"' sh "$work/nccl"
check "an ordinary user's view of the host is enough" \
	sh -c '"$1" emit --libvirt --from "$2" --base tests/bases/pod.xml --only pci 2>/dev/null | cmp - "$3"' sh \
	"$hgxtopo" "$roots/hgx-h200-user" "$work/pod.xml"
for option in "--gpus all" "--nics all" "--add 01:00.1" "--skip 9b:00.0" "--vcpus 4" "--memory 8G" "--hugepages 1G" "--vms 1/2" "--reserve-cores 1" --iommufd; do
	# shellcheck disable=SC2086
	"$hgxtopo" emit --libvirt --from $host --base tests/bases/pod.xml --only pci $option >"$work/out" 2>"$work/err"
	check "$option is refused" sh -c 'test "$1" = 2 && grep -q "with --only pci nothing but PCI places changes; leave out $2" "$3"' sh $? "${option%% *}" "$work/err"
done
"$hgxtopo" emit --libvirt --from $host --only pci >"$work/out" 2>"$work/err"
check "it needs a base domain" test "$? $(cut -d';' -f1 "$work/err" | head -n 1)" = "2 hgxtopo: --only is only valid with --base"
finish
