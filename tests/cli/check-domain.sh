#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# hgxtopo check with domains: ours are without fault, and what libvirt refuses is what check says
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
make_roots

make --no-print-directory B="$B" "$B/docs/rules" >"$work/make.out" 2>&1 || cat "$work/make.out"
"$B/docs/rules" table >"$work/table"

# our own domains, over all test machines
count_lines < <(python3 tests/cli/check_own.py "$hgxtopo" "$work/table" "$roots"/*/)
mkdir "$work/spoilt"
check "the check of our own domains finds a fault" grep -q '^FAILED: hgx-h200: .*\(cell-memory\|node-memory-short\)' <(
	printf '#!/bin/sh\n%s "$@"; s=$?\nfor f; do case $f in *.xml) [ "$1" = check ] || sed -i "s/cellid=.0. mode=.strict. nodeset=.0./cellid='"'0' mode='strict' nodeset='1'"'/" "$f" ;; esac; done\nexit $s\n' \
		"$hgxtopo" >"$work/spoilt/hgxtopo"
	chmod +x "$work/spoilt/hgxtopo"
	python3 tests/cli/check_own.py "$work/spoilt/hgxtopo" "$work/table" "$roots/hgx-h200"
)

# what the command does
host=example:hgx-h200
"$hgxtopo" emit --libvirt --from $host --gpus 0 -o "$work/vm.xml" 2>/dev/null
status() { "$hgxtopo" check "${@:2}" >"$work/out" 2>"$work/err"; check "check ${*:2}: exit status $1" test $? = "$1"; }
status 1 --from $host --domain "$work/vm.xml"
check "the devices of the domain are meant" test "$("$hgxtopo" check --from $host --domain "$work/vm.xml" --json | grep -c '"ats-off"')" = 1
status 1 --from $host --domain "$work/vm.xml" --domain "$work/vm.xml" --rule source-twice
check "each device is named" test "$(grep -c 'vm.xml:[0-9]*: the domain assigns' "$work/out")" = 3
# the command of a remedy is for the host that was given
sed -n '/^<!-- file: flat.xml -->$/,/^```$/p' README.md | sed '1,2d; $d' >"$work/flat.xml"
"$hgxtopo" dump --json --from $host -o "$work/host.json"
for source in $host "$work/host.json"; do
	status 1 --from "$source" --domain "$work/flat.xml" --rule gdr-off
	check "the remedy names it" \
		grep -qxF "      hgxtopo emit --nccl --from $work/flat.xml --host $source -o virtualTopology.xml" "$work/out"
done
status 2 --from $host --domain "$work/vm.xml" --gpus 0
check "the option that says more is named" grep -q -e '--gpus and --domain exclude each other' "$work/err"
status 0 --from $host --domain "$work/vm.xml" --libvirt-version 9.0 --rule not-checked
status 2 --from $host --domain "$work/vm.xml" --module-ids 1,2
check "module ids that are none are named" grep -q -e "--module-ids: '1,2' must have each GPU number" "$work/err"
status 0 --from $host --domain "$work/vm.xml" --rule partition-inactive
check "one GPU is one" grep -q 'the partition of the one GPU of the domain' "$work/out"
python3 - "$work/vm.xml" "$work/twice.xml" <<'EOF'
import re, sys
text = open(sys.argv[1]).read()
own = re.search(r'    <hostdev.*?</hostdev>\n', text, re.S).group(0)
again = re.sub(r'\s*<alias[^>]*>', '', own)
again = re.sub(r"(</source>\s*<address [^>]*)bus='[^']*'", r"\1bus='0x01'", again)
open(sys.argv[2], 'w').write(text.replace(own, own + again))
EOF
status 1 --from $host --domain "$work/twice.xml"
check "a device that is assigned twice is no torn card" test "$(grep -c '^[a-z]*: card-torn' "$work/out")" = 0
check "and no judgement of partitions goes with it" test "$(grep -c partition "$work/out")" = 0
sed "/<vcpupin/d; s/<vcpu [^>]*>/<vcpu placement='static' cpuset='2-6'>/" "$work/vm.xml" >"$work/pool.xml"
status 1 --from $host --domain "$work/pool.xml" --rule cpu-shared
check "a list of fewer CPUs than vCPUs is named" grep -q 'vCPUs are pinned to the 5 CPUs 2-6, so they share them' "$work/out"
"$hgxtopo" emit --libvirt --from $host --reserve-cores 3 -o "$work/reserved.xml" 2>/dev/null
status 0 --from $host --domain "$work/reserved.xml" --rule pin-reserved --reserve-cores 3
status 1 --from $host --domain "$work/reserved.xml" --rule pin-reserved --reserve-cores 4
check "one vCPU on a reserved core is named, and how many there are" grep -q 'vCPU 0 may run on CPU [0-9]*, which --reserve-cores 4 leaves to the host; vCPUs like that: 2' "$work/out"
stray=$(sed -n '/<hostdev/,/<\/hostdev>/{/<source>/,/<\/source>/d;s/.*<address .* bus=.0x\(..\). .*/\1/p}' "$work/vm.xml" | tail -n 1)
sed "/<\/source>/,/<\/hostdev>/s/bus='0x$stray' slot='0x00'/bus='0x90' slot='0x00'/" "$work/vm.xml" >"$work/stray.xml"
status 1 --from $host --domain "$work/stray.xml"
check "the bus that does not exist is named" grep -q 'stray.xml:[0-9]*: the device sits on PCI controller 144, which the domain does not have' "$work/out"
check "what is refused has a remedy" grep -q '^  Remedy: correct the domain there; virsh define says' "$work/out"
sed "s|<maxphysaddr.*|<maxphysaddr mode='emulate' bits='36'/>|" "$work/vm.xml" >"$work/bits.xml"
status 1 --from $host --domain "$work/bits.xml" --rule addresses-short
check "no option is advised for a domain" test "$(grep -c -e '--memory' -e '--vms' "$work/out")" = 0
check "<maxphysaddr> is named" grep -q "Remedy: .*<maxphysaddr mode='passthrough'/>" "$work/out"
for option in --nccl --host-json; do
	status 2 --from $host $option a $option b
	check "$option twice is named" grep -q -e "$option is given twice: 'a' and 'b'" "$work/err"
done
"$hgxtopo" check --from $host --domain - --rule source-twice <"$work/vm.xml" >"$work/out" 2>&1
check "a domain is read from standard input" test $? = 0
status 2 --from - --domain -
status 3 --from $host --domain "$work/nothing.xml"
echo '<domain' >"$work/broken.xml"
status 3 --from $host --domain "$work/broken.xml"

# libvirt: what check says that it refuses, it refuses, and the rest it defines
if ! command -v virsh >/dev/null || ! command -v qemu-system-x86_64 >/dev/null; then
	missing "what libvirt refuses"
	finish
	exit
fi
mkdir -p "$work/libvirt/etc"
printf 'user = "root"\ngroup = "root"\nsecurity_driver = "none"\n' >"$work/libvirt/etc/qemu.conf"
defines() { virsh -q -c "qemu:///embed?root=$work/libvirt" "define $1; undefine a" >"$work/virsh.out" 2>&1; }
at() { echo "<address type='pci' bus='$1' slot='$2' function='$3'/>"; }
controller() { echo "<controller type='pci' index='$1' model='$2'>$(at "$3" "$4" "$5")</controller>"; }
rng() { echo "<rng model='virtio'><backend model='random'>/dev/urandom</backend>$(at "$1" "$2" "$3")</rng>"; }
# agree WHAT DEVICES
agree() {
	cat >"$work/one.xml" <<-END
		<domain type='qemu'><name>a</name><memory>262144</memory><os><type arch='x86_64' machine='q35'>hvm</type></os>
		<features><acpi/></features><devices><controller type='usb' model='none'/><controller type='pci' index='0' model='pcie-root'/>$2</devices></domain>
	END
	local libvirt=defined check=defined
	defines "$work/one.xml" || libvirt=refused
	[ -z "$("$hgxtopo" check --from $host --domain "$work/one.xml" --json | grep -E '"rule": "(address-refused|domain-[a-z-]*)"')" ] || check=refused
	check "$1: libvirt says $libvirt, and so does check ($check)" test $libvirt = $check
	[ $libvirt = defined ] && accepted=$((accepted + 1)) || refused=$((refused + 1))
}
accepted=0 refused=0
port=$(controller 1 pcie-root-port 0 1 0)
switch=$port$(controller 2 pcie-switch-upstream-port 1 0 0)
expander=$(controller 1 pcie-expander-bus 0 1 0)
agree "a device in slot 0 of pcie.0" "$(rng 0 0 1)"
agree "a device in slot 1 of a root port" "$port$(rng 1 1 0)"
agree "function 1 alone" "$port$(rng 1 0 1)"
agree "a device on an expander bus" "$expander$(rng 1 0 0)"
agree "a root port on an expander bus" "$expander$(controller 2 pcie-root-port 1 31 0)"
agree "a device on an upstream port" "$switch$(rng 2 0 0)"
agree "an upstream port on pcie.0" "$(controller 1 pcie-switch-upstream-port 0 1 0)"
agree "a switch below a switch" "$switch$(controller 3 pcie-switch-downstream-port 2 0 0)$(controller 4 pcie-switch-upstream-port 3 0 0)"
agree "a downstream port on a root port" "$port$(controller 2 pcie-switch-downstream-port 1 0 0)"
agree "a root port on a root port" "$port$(controller 2 pcie-root-port 1 0 0)"
agree "a PCIe-to-PCI bridge on pcie.0" "$(controller 1 pcie-to-pci-bridge 0 1 0)"
agree "a device in slot 1 of a PCIe-to-PCI bridge" "$port$(controller 2 pcie-to-pci-bridge 1 0 0)$(rng 2 1 0)"
agree "a device in slot 0 of a PCIe-to-PCI bridge" "$port$(controller 2 pcie-to-pci-bridge 1 0 0)$(rng 2 0 0)"
agree "a PCI bridge on a root port" "$port$(controller 2 pci-bridge 1 0 0)"
agree "a DMI-to-PCI bridge on a root port" "$port$(controller 2 dmi-to-pci-bridge 1 0 0)"
agree "a device in place of the chipset's bridge" "$(rng 0 31 0)"
agree "a device beside the chipset's functions" "$(rng 0 31 1)"
agree "a device in place of the first SATA controller" "$(rng 0 31 2)"
agree "two devices at one address" "$port$(rng 1 0 0)$(rng 1 0 0)"
agree "an expander bus of a cell that there is not" "<controller type='pci' index='1' model='pcie-expander-bus'><target busNr='99'><node>3</node></target></controller>"
check "libvirt refuses some and defines some" test $accepted -gt 4 -a $refused -gt 8
finish
