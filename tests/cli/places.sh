#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Devices without an address: hgxtopo predicts where libvirt puts them and what it adds
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
only_for release_build

if ! command -v virsh >/dev/null; then
	missing "domains defined by libvirt"
	finish
	exit
fi
mkdir -p "$work/libvirt/etc"
printf 'user="root"\ngroup="root"\n' >"$work/libvirt/etc/qemu.conf"
places() { python3 tests/cli/places.py "$hgxtopo" "$work/libvirt" "$@"; }
check "of 200 random domains, those that libvirt accepts have each device where predicted" places 200
# a new seed each time; a difference names it
check "the same with 60 more" places 60 "${HGX_SEED:-$(date +%s)}"
check "a mirror in a domain that leaves addresses open: libvirt makes the planned guest" \
	places --bases tests/bases/*.xml tests/vm/base.xml
finish
