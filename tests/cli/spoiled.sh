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
with_packages 65535
check "package 65535 is one" reads_back
check "package 65535 keeps its number" grep -q '"id": 65535' "$work/one.json"
finish
