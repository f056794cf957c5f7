#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# VMs that do not mirror their host: the NCCL file states the host's tree at the guest's addresses
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
only_for release_or_sanitized
make_roots

# same HOST: a flat VM with what the host's file lists has the tree of that file
same() {
	"$hgxtopo" dump --json --from "$1" >"$work/host.json" 2>/dev/null &&
		"$hgxtopo" emit --nccl --profile host --from "$1" >"$work/host.nccl" 2>/dev/null &&
		tests/cli/flat.py domain "$work/host.json" "$work/host.nccl" >"$work/vm.xml" &&
		"$hgxtopo" emit --nccl --from "$work/vm.xml" --host "$1" >"$work/vm.nccl" 2>"$work/err" &&
		tests/cli/flat.py tree "$work/host.json" "$work/host.nccl" >"$work/host.tree" &&
		tests/cli/flat.py tree "$work/host.json" "$work/vm.nccl" "$work/vm.xml" >"$work/vm.tree" &&
		cmp "$work/host.tree" "$work/vm.tree"
}

# json HOST: the JSON of that VM, and of one that is planned, gives the same file as they do
json() {
	"$hgxtopo" dump --json --from "$work/vm.xml" --host "$1" >"$work/vm.json" 2>/dev/null &&
		"$hgxtopo" emit --nccl --from "$work/vm.json" 2>/dev/null | cmp - "$work/vm.nccl" &&
		"$hgxtopo" dump --json --from "$work/vm.json" | cmp - "$work/vm.json" || return
	# a VM cannot be planned on every host
	"$hgxtopo" emit --all --dir "$work/plan" --from "$1" 2>/dev/null || return 0
	"$hgxtopo" emit --nccl --from "$work/plan/hgx-vm.guest.json" 2>/dev/null | cmp - "$work/plan/hgx-vm.nccl.xml"
}

count=0
for archive in ${HGXTOPO_HOSTS:+"$HGXTOPO_HOSTS"/*/sysroot.tar.xz}; do
	mkdir -p "$work/real" && tar -xJf "$archive" -C "$work/real"
done
for host in example:hgx-h200 "$roots"/* "$work"/real/*; do
	# hosts without a GPU have no file
	"$hgxtopo" emit --nccl --profile host --from "$host" >/dev/null 2>&1 || continue
	count=$((count + 1))
	check "$(basename "$host"): the file of a flat VM has the host's tree" same "$host"
	check "$(basename "$host"): and so has that of its JSON" json "$host"
done
check "hosts with GPUs were tried" test "$count" -ge 9

same example:hgx-h200
check "one switch per switch of the host is invented" \
	test "$(grep -c 'busid="ffff:ff:0[1-8].0" class="0x060400"' "$work/vm.nccl")" = 8
check "all vCPUs are at the first CPU" test "$(sed -n 's/.*affinity="\(.*\)" arch.*/\1/p' "$work/vm.nccl" | xargs)" = "0000003f 00000000"
check "a note says so" grep -q 'note: the domain does not say which host node its vCPUs run on' "$work/err"
# a link that the file gets wrong must be noticed
sed '0,/link_width="16"\/>/s//link_width="8"\/>/' "$work/vm.nccl" >"$work/bad.nccl"
tests/cli/flat.py tree "$work/host.json" "$work/bad.nccl" "$work/vm.xml" >"$work/bad.tree"
check "the comparison sees a wrong link" sh -c '! cmp -s "$1/host.tree" "$1/bad.tree"' sh "$work"
"$hgxtopo" emit --nccl --profile switches-only --from "$work/vm.xml" --host example:hgx-h200 >"$work/out" 2>"$work/err"
check "a file with switches only is refused: the VM has none" test "$? $(wc -c <"$work/out")" = "3 0"

# with the pins of half of the vCPUs on each node, and with cells bound to nodes
sed "s|</vcpu>|</vcpu><cputune><vcpupin vcpu='0' cpuset='8'/><vcpupin vcpu='1' cpuset='10,12'/><vcpupin vcpu='2' cpuset='0-1,^1'/><vcpupin vcpu='3' cpuset='9'/><vcpupin vcpu='4' cpuset='11'/><vcpupin vcpu='5' cpuset='13-13'/></cputune>|" \
	"$work/vm.xml" >"$work/pins.xml"
masks() { "$hgxtopo" emit --nccl --from "$1" --host example:hgx-h200 2>"$work/err" | sed -n 's/.*numaid="\(.*\)" affinity="\(.*\)" arch.*/\1 \2/p' | xargs; }
check "vCPUs are where they are pinned" test "$(masks "$work/pins.xml")" = "0 00000007 1 00000038"
check "no note is needed then" sh -c '! grep -q "vCPUs run on" "$1"' sh "$work/err"
sed "s|<cpu mode='host-passthrough'/>|<numatune><memnode cellid='0' mode='strict' nodeset='1'/><memnode cellid='1' mode='strict' nodeset='0'/></numatune><cpu mode='host-passthrough'><numa><cell id='0' cpus='0-1' memory='32' unit='GiB'/><cell id='1' cpus='2-5' memory='32' unit='GiB'/></numa></cpu>|" \
	"$work/vm.xml" >"$work/cells.xml"
check "without pins they are where their cells are" test "$(masks "$work/cells.xml")" = "1 0000003c 0 00000003"
sed "s|<vcpu>|<vcpu cpuset='9,11'>|" "$work/vm.xml" >"$work/set.xml"
check "<vcpu cpuset> pins all of them" test "$(masks "$work/set.xml")" = "1 00000000 0 0000003f"

# a mirror in which the GPUs of two sockets are exchanged
"$hgxtopo" emit --libvirt --from example:hgx-h200 >"$work/mirror.xml" 2>/dev/null
sed "s/\(<address domain='0x0000' bus='0x\)3b\('\)/\1@@\2/; s/\(<address domain='0x0000' bus='0x\)9b\('\)/\13b\2/; s/@@/9b/" "$work/mirror.xml" >"$work/swap.xml"
check "two GPUs are exchanged" test "$(diff "$work/mirror.xml" "$work/swap.xml" | grep -c '^>.*<address')" = 2
"$hgxtopo" emit --nccl --from "$work/swap.xml" --host example:hgx-h200 >"$work/swap.nccl" 2>"$work/err"
check "a warning names the first, its place on the host and in the guest" grep -q \
	'warning: GPU 0000:3b:00.0 (.*): on the host it is below switch 0000:38:00.0, on node0; the guest sees it at 0000:44:00.0, in the NUMA cell of node1, below one switch with NIC 0000:9c:00.0' "$work/err"
check "and the second" grep -q 'warning: GPU 0000:9b:00.0 (.*): on the host it is below switch 0000:98:00.0, on node1; the guest sees it at 0000:2a:00.0, in the NUMA cell of node0' "$work/err"
check "nothing else is warned of" test "$(grep -c warning "$work/err")" = 2
check "the file states the host's tree for both" \
	sh -c 'grep -A 2 ffff:ff:01.0 "$1" | grep -q 0000:44:00.0 && grep -A 2 ffff:ff:02.0 "$1" | grep -q 0000:2a:00.0' sh "$work/swap.nccl"
check "the other switches are those of the guest" test "$(grep -c 'busid="0000:.*class="0x060400"' "$work/swap.nccl")" = 6
"$hgxtopo" dump --from "$work/swap.xml" --host example:hgx-h200 >"$work/err"
check "dump warns of both too" test "$(grep -c 'warning: GPU .* on the host it is below switch' "$work/err")" = 2

# NCCL has one NIC per bus: those on pcie.0, in other slots than the first, vanish from its file.
device() { echo "<hostdev mode='subsystem' type='pci'><source><address bus='0x$1' slot='0'/></source><address type='pci' bus='0' slot='0x$2' function='$3'/></hostdev>"; }
on_root() {
	echo "<domain type='kvm'><name>d</name><memory unit='GiB'>8</memory><vcpu>4</vcpu><os><type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/></features><devices>"
	device 19 08 0
	cat
	echo "</devices></domain>"
}
{ device 1a 0a 0; device 3c 09 0; } | on_root >"$work/root.xml"
"$hgxtopo" emit --nccl --from "$work/root.xml" --host example:hgx-h200 >"$work/root.nccl" 2>"$work/err"
check "a NIC that NCCL does not see is named, with the reason" grep -q \
	'warning: NIC 0000:00:0a.0 (.*) is on one bus with NIC 0000:00:09.0 (.*): NCCL takes all NICs of a bus for ports of one card, so the file for NCCL leaves it out; put each NIC on a root port of its own, in slot 0' "$work/err"
check "only one is in the file" test "$(grep -c 'class="0x02' "$work/root.nccl") $(grep -c 'on one bus with' "$work/err")" = "1 1"
{ device 1a 0a 0; device 3c 0a 1; } | sed "s/function='0'/& multifunction='on'/" | on_root >"$work/card.xml"
"$hgxtopo" emit --nccl --from "$work/card.xml" --host example:hgx-h200 >"$work/card.nccl" 2>"$work/err"
check "two functions of one slot are one card for everybody" test "$(grep -c 'on one bus with' "$work/err")" = 0

# One cell on no single node of the host: mirrored or not, the file has one <cpu> for each node with devices.
# one_cell INSIDE BUS…: with these devices; INSIDE stands behind <vcpu>
one_cell() {
	echo "<domain type='kvm'><name>d</name><memory unit='GiB'>64</memory><vcpu>8</vcpu>$1"
	echo "<os><type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/></features><cpu mode='host-passthrough'>"
	echo "<numa><cell id='0' cpus='0-7' memory='64' unit='GiB'/></numa></cpu><devices>"
	for bus in "${@:2}"; do
		echo "<hostdev mode='subsystem' type='pci'><source><address bus='0x$bus' slot='0'/></source></hostdev>"
	done
	echo "</devices></domain>"
}
pins() {
	local list=("$@")
	echo "<cputune>"
	for i in 0 1 2 3 4 5 6 7; do echo "<vcpupin vcpu='$i' cpuset='${list[i % $#]}'/>"; done
	echo "</cputune>"
}
mirror() { "$hgxtopo" emit --libvirt --from example:hgx-h200 --base "$work/one.xml" "$@" 2>"$work/err" >"$work/mirrored.xml"; }
# cpus SENTENCE EXPECTED: as the domain is, and mirrored
cpus() {
	check "$1" test "$(masks "$work/one.xml")" = "$2"
	mirror --only pci
	check "$1, with only places changed" test "$(masks "$work/mirrored.xml")" = "$2"
}
one_cell "" 19 1a 9b 9c >"$work/one.xml"
cpus "a cell that nothing binds" "1 000000ff 2 00000000"
one_cell "" 19 1a >"$work/one.xml"
cpus "one GPU with its NIC, and a cell that nothing binds" "1 000000ff"
one_cell "$(pins 2 4 6 8 3 5 7 9)" 19 1a 9b 9c >"$work/one.xml"
cpus "a cell with pins on both nodes" "1 0000000f 2 000000f0"
mirror
check "it stays on none in a mirror" test "$(masks "$work/mirrored.xml") $(grep -c memnode "$work/mirrored.xml")" = "1 0000000f 2 000000f0 0"
mirror
check "which says so" grep -q "warning: the vCPUs of the domain's cell 0 are pinned to CPUs of several host nodes: the cell is on none of them, and its memory stays unbound; pin" "$work/err"
one_cell "$(pins 0-95)" 19 1a 9b 9c >"$work/one.xml"
cpus "pins to all CPUs" "1 000000ff 2 00000000"
mirror
check "and a mirror says that they name several nodes" grep -q "cell 0 are pinned to CPUs of several host nodes" "$work/err"
sed -i 's|<numa>.*</numa>||' "$work/one.xml"
mirror
check "new cells with such pins are bound, and a mirror says that the pins are not" grep -q \
	"warning: the vCPUs of cell 0 are pinned to CPUs of several host nodes, but its memory is bound to node0: they may run far from it; pin" "$work/err"

# One cell on one node, devices of both
one_cell "<numatune><memnode cellid='0' mode='strict' nodeset='0'/></numatune>" 19 1a 9b 9c >"$work/one.xml"
cpus "a cell on one node, and devices of both" "0 000000ff 1 00000000"
mirror
far='on the host it is below switch 0000:98:00.0, on node1; the guest sees it at 0000:[0-9a-f:.]*, in the NUMA cell of node0; give the domain a NUMA cell on node1 (<cell>, bound by <memnode>) and mirror it anew'
check "the mirror names the GPU, its place on the host and in the guest" grep -q "warning: GPU 0000:9b:00.0 (.*): $far" "$work/err"
check "and the NIC, and nothing else" test "$(grep -c "warning: NIC 0000:9c:00.0 (.*): $far" "$work/err") $(grep -c warning "$work/err")" = "1 2"
masks "$work/mirrored.xml" >/dev/null
check "so does the mirrored domain, when it is read" test "$(grep -c "$far" "$work/err")" = 2
sed -i "s|<memnode.*/></numatune>|<memnode cellid='0' mode='strict' nodeset='0'/><memnode cellid='1' mode='strict' nodeset='1'/></numatune>|
	s|<cell id='0'.*/>|<cell id='0' cpus='0-3' memory='32' unit='GiB'/><cell id='1' cpus='4-7' memory='32' unit='GiB'/>|" "$work/one.xml"
mirror
check "a cell on the other node is the remedy" test "$(grep -c warning "$work/err") $(masks "$work/mirrored.xml")" = "0 0 0000000f 1 000000f0"
sed -i "s|<numatune>.*</numatune>||; s|<numa>.*</numa>||" "$work/one.xml"
mirror
check "and so is a domain without cells" test "$(grep -c warning "$work/err") $(masks "$work/mirrored.xml")" = "0 0 0000000f 1 000000f0"

# Without the host: what the guest tells is written, and each device of unknown kind is named.
alone() { "$hgxtopo" emit --nccl --from "$1" >"$work/out" 2>"$work/err"; }
check "a NIC whose element tells that it is one is in the file" alone tests/bases/flat.xml
check "and nothing else is" test "$(grep -c '<pci' "$work/out") $(grep -c 'busid="0000:06:00.0" class="0x020000"' "$work/out")" = "1 1"
check "each other device is named, with what the host adds" test "$(grep -cE "note: the kind of the host's device 0000:(18|9b|bb):00.0 \(0000:0[237]:00.0 in the guest\) is unknown: the file for NCCL leaves it out; give the host's topology too \(--host\): the file for NCCL then has it, if it is a GPU or NIC" "$work/err")" = 3
check "the NIC is counted, and what the host adds is said" grep -q \
	'note: devices that the domain assigns: 4; .*(--host): the file for NCCL then states the switches and links of the host' "$work/err"
alone tests/bases/pod.xml
check "where nothing can be told, the file is refused" test "$? $(wc -c <"$work/out")" = "3 0"
check "with the host as the remedy" sh -c 'tail -n 1 "$1" | grep -q "unknown without the host.s topology; give it too (--host)"' sh "$work/err"
check "after each device was named" test "$(grep -c "note: the kind of the host's device" "$work/err")" = 2
finish
