#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Whatever a file of a captured root says, the machine is shown or refused in one sentence, and what
# is shown can be read back
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
only_for release_or_sanitized
make_roots

cp -a "$roots/made-odd-cpus" "$work/spoiled"
check "one file after another is spoiled" tests/cli/spoiled.py "$hgxtopo" "$work/spoiled"

# with_packages ID: a copy of the machine, in which each CPU says that it is in that package
with_packages() {
	rm -rf "$work/root"
	cp -a "$roots/made-odd-cpus" "$work/root"
	for file in "$work"/root/sys/devices/system/cpu/cpu*/topology/physical_package_id; do
		echo "$1" >"$file"
	done
}
one_for_each_node() {
	with_packages "$1"
	"$hgxtopo" dump --from "$work/root" >"$work/tree.txt" 2>"$work/err" && [ ! -s "$work/err" ] || return
	grep '^package' "$work/tree.txt" | sed 's/:.*, \([0-9]* cores\)/: \1/' >"$work/packages"
	printf 'package%s\n' '0: 5 cores, 9 CPUs' '1: 4 cores, 7 CPUs' '3: 2 cores, 4 CPUs' | diff - "$work/packages" &&
		grep -q '^note: sysfs does not say which package 20 CPUs belong to' "$work/tree.txt"
}
reads_back() {
	"$hgxtopo" dump --json --from "$work/root" >"$work/one.json" &&
		"$hgxtopo" dump --json --from "$work/one.json" | cmp - "$work/one.json"
}
for id in -1 4294967295 65536; do
	check "package $id: one for each NUMA node with CPUs" one_for_each_node "$id"
	check "package $id: the dump reads back" reads_back
done
# says SENTENCE SHAPE: the changed copy is shown in that shape, or refused, with that sentence
says() {
	"$hgxtopo" dump --from "$work/root" >"$work/tree.txt" 2>&1
	grep -qF -- "$1" "$work/tree.txt" && { [ -z "${2-}" ] || grep -qF -- "$2" "$work/tree.txt"; }
}
fresh() {
	rm -rf "$work/root"
	cp -a "$roots/made-odd-cpus" "$work/root"
	cd "$work/root/sys/devices/system/cpu" || exit
}
whole="2 packages, 11 cores, 20 CPUs (4 more offline), 4 NUMA nodes, 506 GiB"
fresh
for file in cpu*/topology/core_id; do echo -1 >"$file"; done
check "core_id -1: cores by their sets" says "core_id is '-1' (as for 19 other CPUs): cores are told apart" "$whole"
fresh
rm cpu*/topology/core_id
check "no core_id: cores by their sets" says "core_id is missing (as for 19 other CPUs)" "$whole"
fresh
echo 4294967296 >cpu8/topology/physical_package_id
check "package 4294967296 of one CPU" says "physical_package_id is '4294967296': taken for package 1" "$whole"
fresh
echo -1 >cpu0/topology/physical_package_id
check "package -1 of one CPU" says "cpu0/topology/physical_package_id is '-1': taken for package 0" "$whole"
fresh
echo 4294967296 >cpu8/topology/core_id
check "core 4294967296" says "cpu8/topology/core_id is '4294967296': taken for core 0" "$whole"
fresh
echo 0 >online
check "online 0" says "cpu/online does not list 19 CPUs, such as CPU 1"
fresh
: >online
check "online empty" says "cpu/online is '', which is not a list of CPUs"
fresh
rm -r cpu4/topology
check "no topology of a CPU" says "cpu/online lists CPU 4, which has no directory"
fresh
echo 7 >../node/online
check "node/online 7" says "node has a directory node0, but node/online does not list that NUMA node"
fresh
rm -r ../node
check "no NUMA nodes" says "node is missing, although 45 devices name a NUMA node"
check "no NUMA nodes: the firmware is not blamed" [ "$(grep -c 'which does not exist' "$work/tree.txt")" = 0 ]
fresh
echo 0-5,8 >../node/node0/cpulist
check "a CPU in two NUMA nodes" says "cpulist has CPU 8, which another NUMA node has as well"
fresh
rm ../node/node0/meminfo
check "no meminfo" says "node0/meminfo does not say how much memory node0 has"
fresh
sed -i 's/MemTotal: *[0-9]*/MemTotal: 36028797018963968/' ../node/node0/meminfo
check "memory beyond all bounds" says "node0/meminfo does not say how much memory node0 has"
fresh
rm "$work/root/sys/bus/pci/devices/0000:13:00.0/resource" "$work/root/sys/bus/pci/devices/0000:13:00.0/config"
check "no resource" says "0000:13:00.0: resource in sysfs is missing"
check "no config" says "0000:13:00.0: config in sysfs is missing"
check "no config: the device is not said to be silent" [ "$(grep -c 'all ones' "$work/tree.txt")" = 0 ]
fresh
rm "$work/root/sys/bus/pci/devices/0000:13:00.0"
check "no link to a device" says "has a directory 0000:13:00.0, but sys/bus/pci/devices has no such link"
cd "$OLDPWD" || exit

with_packages 65535
check "package 65535 is one" reads_back
check "package 65535 keeps its number" grep -q '"id": 65535' "$work/one.json"
finish
