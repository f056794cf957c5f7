#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What is believed of versions: the libvirt, QEMU and OVMF that are here do as is said of theirs
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
only_for release_build

if ! command -v virsh >/dev/null || ! command -v qemu-system-x86_64 >/dev/null; then
	missing "versions"
	finish
	exit
fi
mkdir -p "$work/libvirt/etc"
printf 'user = "root"\ngroup = "root"\nsecurity_driver = "none"\n' >"$work/libvirt/etc/qemu.conf"

# The trap of the vendors' guide: ports that can take a hot-plugged device reserve IO space each,
# of which OVMF before edk2-stable202308 has too little for the example, and gives no BARs at all.
# Booted beside the rest: the firmware takes its time.
"$hgxtopo" emit --all --dir "$work/hotplug" --from example:hgx-h200 2>/dev/null
sed -i "/<target hotplug='off'\/>/d" "$work/hotplug/hgx-vm.xml"
python3 tests/vm/firmware.py --emitter libvirt --firmware ovmf "$work/hotplug" >"$work/hotplug.out" 2>&1 &
boot=$!
python3 tests/vm/generation.py "$hgxtopo" "$work/libvirt" >"$work/rows"
status=$?
wait $boot
if [ $status = 77 ]; then
	skip "versions: which libvirt, QEMU and OVMF are installed is not known"
	finish
	exit
fi
check "the libvirt, QEMU and OVMF that are installed answered" test $status = 0
while IFS='|' read -r verdict what; do
	case $verdict in
	versions) echo "  $what" ;;
	same) ok "$what" ;;
	*) bad "$what" ;;
	esac
done <"$work/rows"
check "thirty rows or more" test "$(grep -c "^same\|^differs" "$work/rows")" -ge 30

ovmf=$(sed -n 's/^versions|.* OVMF \([0-9]*\)\.\([0-9]*\).*/\1\2/p' "$work/rows")
if [ "$ovmf" -lt 202308 ]; then
	check "OVMF $ovmf leaves devices below ports with hotplug without a place for BARs" \
		grep -q 'BARs without an address' "$work/hotplug/wrong"
else
	check "OVMF $ovmf has a place for the BARs of devices below ports with hotplug" \
		sh -c '[ -e "$1" ] && [ ! -s "$1" ]' sh "$work/hotplug/wrong"
fi
finish
