#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# A machine like Grace: another architecture, and NUMA nodes that belong to GPUs
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
make_roots

# Nodes 4 to 7 are those of a GPU: the first has its memory, the others are for its parts.
root=$work/root
node=$root/sys/devices/system/node
cp -a "$roots/made-odd-cpus" "$root"
rm -f "$root/proc/hwloc-nofile-info"
for cpu in "$root"/sys/devices/system/cpu/cpu[0-9]*; do
	printf 'processor\t: %s\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU part\t: 0xd4f\n\n' "${cpu##*cpu}"
done >"$root/proc/cpuinfo"
sed -i 's/$/ 80 81 82 83/' "$node"/node[0-3]/distance
for id in 4 5 6 7; do
	mkdir "$node/node$id"
	echo 80 81 82 83 80 81 82 83 >"$node/node$id/distance"
	echo "Node $id MemTotal: 0 kB" >"$node/node$id/meminfo"
	: >"$node/node$id/cpulist"
	echo 0 >"$node/node$id/cpumap"
done
echo 0-7 >"$node/online"
echo 'Node 4 MemTotal: 102400000 kB' >"$node/node4/meminfo"
mkdir -p "$root/proc/driver/nvidia/gpus/0000:13:00.0"
printf 'Node: 4\nStatus: online\n' >"$root/proc/driver/nvidia/gpus/0000:13:00.0/numa_status"

"$hgxtopo" dump --from "$root" >"$work/tree.txt" 2>"$work/err"
shows() { grep -qxF "$1" "$work/tree.txt" || { cat "$work/tree.txt" && false; }; }
silent_about() { ! grep -iE "$1" "$work/tree.txt"; }
check "the processor is called by its architecture" shows 'package0: arm64 processor, 5 cores, 9 CPUs'
check "nothing is said about vendor and model" silent_about 'vendor|model of the processor'
check "empty nodes have one line" shows '3 NUMA nodes without memory, CPUs and devices: 5-7'
check "distances are those to nodes that are shown" grep -qE '^node2: .*, distances 14 24 10 24(,|$)' "$work/tree.txt"
check "the memory of a GPU is not the host's" silent_about '^node4'
HWLOC_KEEP_NVIDIA_GPU_NUMA_NODES=1 "$hgxtopo" dump --from "$root" >"$work/kept.txt" 2>&1
check "not even if hwloc keeps its node" cmp "$work/tree.txt" "$work/kept.txt"

"$hgxtopo" emit --libvirt --from "$root" >"$work/out" 2>"$work/err"
status=$?
check "a VM is refused" test "$status" = 3 -a ! -s "$work/out"
check "with what it would need, and since when that exists" grep -q \
	'this host is arm64; .* a smmuv3 of its own, .*: libvirt has these since 12 and QEMU since 11' "$work/err"
check "the file for NCCL names the architecture" \
	sh -c '"$1" emit --nccl --profile host --from "$2" 2>&1 | grep -q "arch=\"arm64\">"' sh "$hgxtopo" "$root"
finish
