#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The only program of the small guest. It captures what Linux shows with docs/capture.sh, sends the
# capture through the second serial port, and ends.
export PATH=/bin
mount -t proc none /proc
mount -t sysfs none /sys
mount -t devtmpfs none /dev
exec 3>/dev/ttyS1
stty -F /dev/ttyS1 raw -echo 115200

drives() { cat /sys/bus/pci/devices/*/class | grep -c 0x010802; }
live() { cat /sys/class/nvme/nvme*/state 2>/dev/null | grep -c live; }
tries=0
while [ "$(live)" -lt "$(drives)" ] && [ $tries -lt 60 ]; do
	tries=$((tries + 1))
	sleep 0.5
done

sh /capture.sh /capture
for drive in /sys/class/nvme/nvme*; do
	[ ! -e "$drive/serial" ] || echo "$(basename "$(readlink "$drive/device")") $(cat "$drive/serial")"
done >/capture/serials
# the memory of a node in whole blocks: MemTotal lacks what the kernel keeps for itself
for node in /sys/devices/system/node/node[0-9]*; do
	echo "${node##*/node}" $((0x$(cat /sys/devices/system/memory/block_size_bytes) * $(ls -d "$node"/memory[0-9]* | wc -l)))
done >/capture/memory
# OVMF writes to every serial port before us
echo CAPTURE >&3
tar -C /capture -cz -f - . | cat >&3
exec 3>&-
# QEMU is started with -no-reboot
echo b >/proc/sysrq-trigger
while :; do sleep 1; done
