#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# VMs that are planned one by one (--gpus) have nothing in common, and leave nothing over
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
make_roots
pcie=$roots/made-pcie-gpus

# apart SENTENCE SOURCE GPUS… [-- OPTION…]
apart() { check "$1" python3 tests/cli/apart.py "$hgxtopo" "${@:2}"; }

hosts="example:hgx-h200 $pcie"
if [ -n "${HGXTOPO_HOSTS:-}" ] && [ -e "$HGXTOPO_HOSTS/dell-xe9680-h100/sysroot.tar.xz" ]; then
	tar -xJf "$HGXTOPO_HOSTS/dell-xe9680-h100/sysroot.tar.xz" -C "$work"
	hosts="$hosts $work/xe9680-real"
else
	skip "the real XE9680: HGXTOPO_HOSTS is not set"
fi
for host in $hosts; do
	name=$(basename "$host")
	apart "$name: 1 VM with 8 GPUs" "$host" 0-7
	apart "$name: 2 VMs with 4 GPUs" "$host" 0-3 4-7
	apart "$name: VMs with 4, 2, 1 and 1 GPUs" "$host" 0-3 4-5 6 7
	apart "$name: 8 VMs with 1 GPU" "$host" 0 1 2 3 4 5 6 7
	apart "$name: GPUs of several nodes" "$host" 0,4 1-3 5-7
	apart "$name: other options" "$host" 0-1 2,4 3 -- --smt off --reserve-cores 3 --memory 8G/cell --vcpus 4
done
apart "a machine whose nodes have no GPU of their own" "$roots/made-a100-nested" 0-1 2-3 4 5 6 7
apart "four packages" "$roots/made-16-gpus" 0-3 4-7 8 9 10-11 12-15

# told OPTION…: cells, vCPUs, sockets and QEMU's threads of a VM
told() {
	"$hgxtopo" emit --map --json --from "$@" 2>"$work/err" | python3 -c '
import json, sys
vm = json.load(sys.stdin)["vms"][0]
print(*("node{}:{}G".format(c["host_node"], c["memory"] >> 30) for c in vm["cells"]), len(vm["vcpus"]), vm["emulator_cpus"], vm["vcpus"][0]["host_cpu"])'
}
tells() { check "$1" test "$(told "${@:3}")" = "$2"; }
example=example:hgx-h200
tells "a GPU brings its share of cores and memory" "node0:227G 11 0,2,4,6 8" $example --gpus 0
tells "what does not divide goes to the first GPUs" "node0:226G 11 0,2,4,6 52" $example --gpus 2
tells "the first GPUs of a node with 30 cores have 8 of them" "node0:85G 16 0-1,64-65 10" "$pcie" --gpus 1
tells "the others have 7" "node0:84G 14 0-1,64-65 25" "$pcie" --gpus 3
tells "packages may be uneven" "node0:906G node1:227G 55 0-7 8" $example --gpus 0-4
tells "all of the host is asked for with all" "node0:906G node1:906G 88 0-7 8" $example --gpus 0 --vcpus all --memory all
check "which is warned of" grep -q 'warning: the VM gets the cores and memory of the whole host, although 7 GPUs stay free' "$work/err"
tells "all cores alone: memory as much as the share, where the cores are" "node0:227G node1:227G 88 0-7 8" $example --gpus 0-1 --vcpus all
check "which are warned of" grep -q 'warning: the VM gets the cores of the whole host, although 6 GPUs stay free' "$work/err"
check "with the memory of other GPUs" grep -q 'warning: the VM gets 227 GiB of node1, whose memory is the share of other GPUs' "$work/err"
tells "vCPUs of both nodes" "node0:113G node1:113G 88 0-7 8" $example --gpus 0 --vcpus 88
tells "CPUs of both nodes" "node0:113G node1:113G 10 0-7,20 22" $example --gpus 0 --cpus 20-30
tells "CPUs of the other node" "node1:227G 2 1,3,5,7 21" $example --gpus 0 --cpus 21,23
tells "four nodes" "node0:113G node1:113G node2:113G node3:113G 88 0-1,24-25,48-49,72-73 2" "$roots/made-16-gpus" --gpus 0-1 --vcpus all
tells "a partition has its share of all" "node1:454G 22 1,3,5,7 9" $example --partition 3 --module-ids 4,6,5,7,0,2,1,3 --vcpus all --memory all
tells "all cores, and a size" "node0:4G node1:4G 88 0-7 8" $example --gpus none --vcpus all --memory 8G
tells "all memory, and a number" "node0:906G node1:906G 4 0-7 8" $example --gpus none --vcpus 4 --memory all
tells "the CPUs that are named, and a size" "node0:8G 2 0,2,4,6 20" $example --gpus none --cpus 20,22 --memory 8G
tells "one of several VMs has its share of all" "node0:906G 44 0,2,4,6 8" $example --vms 1/2 --vcpus all
check "and no reason for a warning of the other's node" test "$(grep -c 'node1 is not used' "$work/err")" = 0
tells "all memory alone" "node0:906G 11 0,2,4,6 8" $example --gpus 0 --memory all
check "is warned of" grep -q 'warning: the VM gets all memory of the NUMA nodes' "$work/err"
tells "fewer vCPUs are some of the share" "node0:226G 4 0,2,4,6 52" $example --gpus 2 --vcpus 4
check "and no reason for a warning" test "$(grep -c 'warning: the VM gets' "$work/err")" = 0
tells "more vCPUs than the share" "node0:226G 20 0,2,4,6 8" $example --gpus 2 --vcpus 20
check "are warned of" grep -q 'warning: the VM gets 20 vCPUs, more than the 11 that are the share of its GPUs' "$work/err"
tells "more memory than the share" "node0:400G 11 0,2,4,6 52" $example --gpus 2 --memory 400G
check "is warned of" grep -q 'warning: the VM gets 400 GiB of node0, more than the 226 GiB that are the share of its GPUs' "$work/err"
tells "the last GPU of a node, and a little more than its share" "node0:227G 11 0,2,4,6 74" $example --gpus 3 --memory 227G
check "are warned of as well" grep -q 'warning: the VM gets 227 GiB of node0, more than the 226 GiB that are the share of its GPUs' "$work/err"
tells "what the first GPU of a node gets by itself" "node0:227G 11 0,2,4,6 8" $example --gpus 0 --memory 227G
check "is no reason for a warning" test "$(grep -c 'warning: the VM gets' "$work/err")" = 0
tells "a GPU that is left out keeps its share" "node0:453G 22 0,2,4,6 30" $example --gpus 1,2 --skip 19:00.0
tells "the CPUs that are named" "node0:227G 8 0,2,4,6 8" $example --gpus 0 --cpus 8-22:2
tells "CPUs in any order, with both threads" "node0:85G 6 0-1,64-65 2" "$pcie" --gpus 0 --cpus 66-67,2-3,4,68
tells "the CPUs that stay with the host" "node0:227G 10 0,2,4,6,8,90,92,94 10" $example --gpus 0 --host-cpus 8,90-94:2
tells "several VMs divide the CPUs that are named" "node0:453G 22 0,2,4,6 52" $example --vms 2/4 --cpus 8-95

refused() {
	"$hgxtopo" emit --map --from "${@:2}" >"$work/out" 2>"$work/err"
	check "refused: $1" grep -q "^hgxtopo: $1" "$work/err"
}
refused "--cpus: '3-1' is not a list of CPUs such as 0-3,8 or 0-94:2" $example --cpus 3-1
refused "--host-cpus: '1,' is not a list of CPUs" $example --host-cpus 1,
refused "--cpus: this host has no CPU 96 that is online" $example --cpus 90-96
refused "--cpus names CPU 66 and not CPU 2, but both are threads of one core; name both or neither" "$pcie" --cpus 66
refused "--cpus: all of these CPUs stay with the host; name others, or use a smaller --reserve-cores" $example --cpus 0-7
refused "--host-cpus leaves no core for the guest" $example --host-cpus 0-95
refused "--cpus and --host-cpus both name CPU 9" $example --cpus 8-9 --host-cpus 9
refused "note: 4 cores that --cpus names stay with the host (--reserve-cores)" $example --gpus 0 --cpus 0-22:2

# names
hgx_name() { "$hgxtopo" dump --from $example | sed -n "s/.*$1 .*, \(mlx5_[0-9]*\)$/\1/p"; }
devices() { "$hgxtopo" emit --map --json --from "$@" 2>"$work/err" | sed -n 's/.*"host": "0000:\([^"]*\)".*/\1/p' | tr '\n' ' '; }
names() { check "named: $1" test "$(devices $example --nvme none "${@:3}")" = "$2 "; }
names "a slot" "19:00.0 1a:00.0" --gpus slot:21
names "the names of the operating system" "19:00.0 3a:00.0 3c:00.0" --gpus 19:00 --nics "$(hgx_name 3c:00.0)" --nvme nvme1n1
names "a number to leave out" "3b:00.0 3c:00.0" --gpus 1 --skip 0,1a:00
check "named: a whole card" test "$(devices "$pcie" --gpus 01:00 --nics 41:00 --nvme none)" = "01:00.0 41:00.0 41:00.1 "
refused "--nics: GPU 0000:19:00.0 .* is not a NIC" $example --nics 0
refused "--nics: there is no device 'mlx5_77' on this host" $example --nics mlx5_77
refused "--gpus: there is no device in slot:99 on this host" $example --gpus slot:99
refused "a VM without GPUs (--gpus none) has no share of the host; give --vcpus and --memory, or --base" $example --gpus none --vcpus 4
check "named: no GPU" test "$(devices $example --gpus none --vcpus 4 --memory 8G --nics 1a:00)" = "1a:00.0 "
check "which is warned of" grep -q 'warning: the VM has no GPU and so no share of the host' "$work/err"
check "kernel arguments without devices are those of the IOMMU" test \
	"$("$hgxtopo" emit --kernel-args --gpus none --vcpus 4 --memory 8G --from $example 2>/dev/null)" = "intel_iommu=on iommu=pt"

# virtual functions
sed "s|include ..|include $PWD/tests/hosts|; s/cx6-dx/& vfs=4/" tests/hosts/made-pcie-gpus/host.txt >"$work/ports.txt"
python3 tests/hosts/mkhost.py "$work/ports.txt" "$work/ports"
guests() { "$hgxtopo" emit --map --json "$@" 2>"$work/err" | sed -n 's/.*"guest": "0000:\([^"]*\)", "host": "0000:41:0\([^"]*\)".*/\1=\2/p' | tr '\n' ' '; }
check "virtual functions of the two ports of a card are in one slot" \
	test "$(guests --gpus 0-1 --vf --nics 41:00 --from "$work/ports")" = "23:00.0=0.2 23:00.1=1.2 "
check "in each VM its own" test "$(guests --gpus 2 --vf --nics 41:00 --from "$work/ports")" = "22:00.0=0.4 22:00.1=1.4 "
refused "4 NICs have too few free virtual functions; on the host: for d in 0000:41:00.0 0000:41:00.1 0000:c1:00.0 0000:c1:00.1; do echo 1 > /sys/bus/pci/devices/\$d/sriov_numvfs; done" "$pcie" --vf --nics 41:00,c1:00
refused "2 NICs .* do echo 0 > /sys/bus/pci/devices/\$d/sriov_numvfs; echo 8 > /sys/bus/pci/devices/\$d/sriov_numvfs; done (removes the existing ones)" "$work/ports" --gpus 7 --vf --nics 41:00
refused "NIC 0000:41:00.0 .* has 0 free virtual functions, but 1 is needed; create them on the host with: echo 1 > " "$pcie" --gpus 0 --vf

# options are exact
meant() {
	"$hgxtopo" emit --map --from $example "${@:2}" >/dev/null 2>"$work/err"
	check "refused: ${*:2}" grep -q "^hgxtopo: unknown option '${2%%=*}'$1; see" "$work/err"
}
meant "; did you mean --hugepages?" --hugepage 1G
meant "; did you mean --libvirt, --libvirt-version?" --libv
meant "; did you mean --gpus?" --gpsu=0
meant "" --xyz 1
check "the value of an option is not an option" "$hgxtopo" emit --map --from $example --name --map

# only the devices, for a command line that is there
"$hgxtopo" emit --qemu --gpus 0 --from $example >"$work/all.qemu" 2>/dev/null
"$hgxtopo" emit --qemu --devices-only --gpus 0 --from $example >"$work/devices.qemu" 2>/dev/null
check "devices alone are the end of all arguments" cmp "$work/devices.qemu" <(tail -n "$(wc -l <"$work/devices.qemu")" "$work/all.qemu")
check "without machine, CPUs, memory and firmware" sh -c "! grep -E '^-(machine|cpu|smp|m|numa|object|drive|blockdev|fw_cfg|name)$' '$work/devices.qemu'"

# without cores for the host
tells "QEMU's threads run on the first core of the VM" "node0:85G 16 8,72 8" "$pcie" --gpus 1 --reserve-cores 0
check "which is noted" grep -q "note: no core is left to the host, so QEMU's own threads run on the core of vCPU 0" "$work/err"
apart "they do not disturb other VMs" "$pcie" 0-3 4-5 6 7 -- --reserve-cores 0

# a base domain
"$hgxtopo" emit --libvirt --base tests/bases/tiny.xml --gpus 2 --from $example >"$work/base.xml" 2>"$work/err"
check "the vCPUs and memory of a base domain stay" grep -q "<vcpu.*>$(sed -n 's|.*<vcpu[^>]*>\(.*\)</vcpu>.*|\1|p' tests/bases/tiny.xml)<" "$work/base.xml"
check "its pins are in the share" grep -q "<vcpupin vcpu='0' cpuset='52'/>" "$work/base.xml"
"$hgxtopo" emit --libvirt --base tests/bases/tiny.xml --gpus 2 --reserve-cores 0 --from $example 2>/dev/null >"$work/base.xml"
check "QEMU's threads are on its first core" grep -q "<emulatorpin cpuset='48'/>" "$work/base.xml"
finish
