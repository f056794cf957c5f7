#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Real assignment on a stand-in host: planned live, with libvirt, vfio-pci and an IOMMU
#
# The guest has two GPUs, in a user's domain. HGX_BOOTS=all starts one with all devices first.
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh

boot=$(realpath "$B")/vm
guests="pair/ovmf:--memory 1G --gpus 1,5"
names="pair OVMF"
if [ "${HGX_BOOTS:-}" = all ]; then
	guests="hgx/seabios:--memory 1G
$guests"
	names="hgx SeaBIOS
$names"
fi

# holds CLAIM SENTENCE: passes if nothing contradicts the claim
holds() {
	if [ -e "$work/$1.log" ] && [ ! -s "$work/$1.log" ]; then
		ok "$2"
	else
		bad "$2"
		[ ! -e "$work/$1.log" ] || sed 's/^/    /' "$work/$1.log" | head -n 200
	fi
}

if [ "$(id -u)" != 0 ]; then
	skip "real assignment: only root can start virtiofsd the way this test needs it"
	finish
	exit
fi
"$hgxtopo" dump --json --from example:hgx-h200 >"$work/server.json"
mapfile -t words <<<"$guests"
python3 tests/vm/assigned.py --boot "$boot" --hgxtopo "$hgxtopo" --server "$work/server.json" "$work" "${words[@]}"
if [ $? = 77 ]; then
	missing "real assignment"
	finish
	exit
fi
holds host "live, hgxtopo reads the stand-in host as the server it stands for"
while read -r guest; do
	name=${guest% *}
	holds "$name" "$name: Linux on ${guest#* } has each assigned device where it was planned"
	holds "$name-drivers" "$name: libvirt gave vfio-pci exactly the devices of the plan, and returned them"
	holds "$name-memory" "$name: each cell's memory is on its host node"
	holds "$name-nccl" "$name: in the guest, hgxtopo recognizes each device by its number and writes the planned NCCL file"
	for kind in bus node switch swap; do
		holds "$name-$kind" "$name: a wrong prediction ($kind) is caught"
	done
done <<<"$names"
finish
