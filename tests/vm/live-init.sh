#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The only program of a guest with assigned devices. hgxtopo reads the guest live, and its output
# goes out through the second serial port. It starts few processes: each is expensive where a
# processor is emulated on an emulated one, and docs/capture.sh starts a hundred.
export PATH=/bin
mount -n -t proc none /proc
mount -n -t sysfs none /sys
mount -n -t devtmpfs none /dev
exec 3>/dev/ttyS1
stty -F /dev/ttyS1 raw -echo 115200

# reports progress as a kernel error, which is printed on the console with its time
say() { echo "<3>init: $*" >/dev/kmsg; }
waiting() {
	for function in /sys/bus/pci/devices/*; do
		read -r class <"$function/class"
		[ "$class" = 0x010802 ] || continue
		state=
		for drive in "$function"/nvme/nvme*; do
			[ ! -e "$drive/state" ] || read -r state <"$drive/state"
		done
		[ "$state" = live ] || return 0
	done
	return 1
}
tries=0
while waiting && [ $tries -lt 60 ]; do
	tries=$((tries + 1))
	sleep 0.5
done
say "drives are ready after $tries tries"

# OVMF writes to every serial port before us
echo LIVE >&3
hgxtopo dump --json --with-ids >&3
say 'hgxtopo has read it'
echo RESOURCES >&3
for function in /sys/bus/pci/devices/*; do
	while read -r line; do echo "${function##*/} $line"; done <"$function/resource" >&3
done
# the memory of a node in whole blocks: MemTotal lacks what the kernel keeps for itself
echo MEMORY >&3
read -r size </sys/devices/system/memory/block_size_bytes
for node in /sys/devices/system/node/node[0-9]*; do
	set -- "$node"/memory[0-9]*
	echo "${node##*/node} $((0x$size * $#))" >&3
done
echo END >&3
exec 3>&-
say sent
echo b >/proc/sysrq-trigger
while :; do sleep 1; done
