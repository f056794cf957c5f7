#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The outputs of each test machine are the expected ones; --accept rewrites those
#
# A machine is tested for exactly the files that it has; --accept fills an empty one.
set -u
cd "$(dirname "$0")/../.."

# FILE:ARGUMENTS that write it; FILE.err has what was printed on standard error
outputs='tree.txt:dump
matrix.txt:dump --matrix
topo.json:dump --json
domain.xml:emit --libvirt
domain-11.3.xml:emit --libvirt --libvirt-version 11.3 --qemu-version 10.0
domain-12.8.xml:emit --libvirt --libvirt-version 12.8 --qemu-version 11.1
nccl.xml:emit --nccl
nccl-host.xml:emit --nccl --profile host
kernel-args.txt:emit --kernel-args
map-2.txt:emit --map --vms all/2
vm-2-of-4.xml:emit --libvirt --vms 2/4
root-complex.xml:emit --libvirt --mirror root-complex --vms 1/4
qemu.txt:emit --qemu'

# produce ROOT ARGS…: standard output, standard error and status
produce() {
	root=$1
	shift
	"$hgxtopo" "$@" --from "$root" >"$work/out" 2>"$work/err"
	status=$?
	[ $status = 0 ] || echo "exit status $status" >>"$work/err"
	sed -i "s|$root|ROOT|g" "$work/err"
}

. tests/lib.sh
make_roots
accept=${1:-}
for dir in tests/hosts/*/host.txt; do
	dir=${dir%/host.txt}
	machine=$(basename "$dir")
	root=$roots/$machine
	while IFS=: read -r file args; do
		expected=$dir/$file
		[ -e "$expected" ] || continue
		# shellcheck disable=SC2086
		produce "$root" $args
		if [ "$accept" = --accept ]; then
			cat "$work/out" >"$(realpath "$expected")"
			case $file in
			nccl*) ;;
			*.xml | kernel-args.txt) cp "$work/err" "$dir/$file.err" ;;
			esac
			continue
		fi
		check "$machine: $file is as expected" diff -u "$expected" "$work/out"
		[ ! -e "$expected.err" ] ||
			check "$machine: $file prints the expected findings" diff -u "$expected.err" "$work/err"
	done <<EOF
$outputs
EOF
done
[ "$accept" = --accept ] || finish
