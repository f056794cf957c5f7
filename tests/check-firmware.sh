#!/bin/bash
# The domains under SeaBIOS and OVMF: every device where the NCCL file says, with its BARs
set -u
cd "$(dirname "$0")/.."
. tests/lib.sh

boot() { python3 tests/vm/firmware.py --domain "$work/$1.xml" --nccl "$work/$1.nccl" --firmware both "${@:2}"; }

prepare() {
	"$hgxtopo" emit --libvirt --from "$2" >"$work/$1.xml" 2>/dev/null &&
		"$hgxtopo" emit --nccl --from "$2" >"$work/$1.nccl" 2>/dev/null
}

if ! command -v virsh >/dev/null || ! command -v qemu-system-x86_64 >/dev/null; then
	missing "firmware"
	finish
	exit
fi
prepare example example:hgx-h200
check "the example boots as predicted" boot example
arguments() { "$hgxtopo" emit --qemu --from "$2" >"$work/$1.qemu" 2>/dev/null && boot "$1" --qemu "$work/$1.qemu"; }
check "the example's QEMU arguments boot as predicted" arguments example example:hgx-h200
sed '/^vfio/{s/bus=ua-port-0000_19/bus=OTHER/;s/bus=ua-port-0000_3b/bus=ua-port-0000_19/;s/bus=OTHER/bus=ua-port-0000_3b/}' \
	"$work/example.qemu" >"$work/swapped.qemu"
check "two devices that are swapped in QEMU's arguments are caught" \
	test "$(boot example --firmware seabios --qemu "$work/swapped.qemu" | grep -c 'ua-gpu-0000_[13][9b].* is at ')" = 2
for kind in bus swap bar-less; do
	if boot example --firmware seabios --break "$kind" >/dev/null 2>&1; then
		bad "a wrong prediction ($kind) is not caught"
	else
		ok "a wrong prediction ($kind) is caught"
	fi
done
for machine in made-a100-nested made-epyc-nps4 made-one-gpu; do
	prepare $machine "$roots/$machine"
	check "$machine boots as predicted" boot $machine
done
check "the QEMU arguments of made-epyc-nps4 boot as predicted" arguments made-epyc-nps4 "$roots/made-epyc-nps4"
if [ -n "${HGXTOPO_HOSTS:-}" ] && [ -e "$HGXTOPO_HOSTS/dell-xe9680-h100/sysroot.tar.xz" ]; then
	tar -xJf "$HGXTOPO_HOSTS/dell-xe9680-h100/sysroot.tar.xz" -C "$work"
	prepare xe9680 "$work/xe9680-real"
	check "the real XE9680 boots as predicted" boot xe9680
else
	skip "the real XE9680: HGXTOPO_HOSTS is not set"
fi
finish
