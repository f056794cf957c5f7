#!/bin/bash
# Devices without an address: where libvirt puts them, and what it adds, is known beforehand
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh

if ! command -v virsh >/dev/null; then
	missing "domains defined by libvirt"
	finish
	exit
fi
mkdir -p "$work/libvirt/etc"
printf 'user="root"\ngroup="root"\n' >"$work/libvirt/etc/qemu.conf"
places() { python3 tests/cli/places.py "$hgxtopo" "$work/libvirt" "$@"; }
check "the 200 domains by chance that libvirt takes: each device where libvirt puts it" places 200
# a seed of its own each time; what differs names it
check "60 more" places 60 "${HGX_SEED:-$(date +%s)}"
check "mirrors in domains that leave things open: the guest of the plan is libvirt's" \
	places --bases tests/bases/*.xml tests/vm/base.xml
finish
