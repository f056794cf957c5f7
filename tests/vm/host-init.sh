#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The first program of the stand-in host. It makes the root of the machine it runs on, read through
# virtiofs, its own root; changes stay in memory. Then it runs /run.sh.
export PATH=/bin
mount -n -t proc none /proc
mount -n -t sysfs none /sys
mount -n -t devtmpfs none /dev
mkdir /dev/pts /lower /changed /new
mount -n -t devpts none /dev/pts
while read -r module; do insmod "/modules/$module"; done </modules/order

mount -n -t virtiofs -o ro root /lower
mount -n -t tmpfs none /changed
mkdir /changed/files /changed/work
mount -n -t overlay -o lowerdir=/lower,upperdir=/changed/files,workdir=/changed/work none /new
mount -n -t virtiofs out "/new$(cat /out)"
mount -n -t tmpfs none /new/run
cat /run.sh >/new/run/run.sh
for place in proc sys dev; do mount -n --move "/$place" "/new/$place"; done
chroot /new /bin/sh /run/run.sh
echo b >/new/proc/sysrq-trigger
while :; do :; done
