#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Describes, for mkhost.py, a host whose guest needs nearly all of the 256 PCI buses:
#   tests/vm/full_host.sh DRIVES
# The guest has bus 0 and 8 spare ports, 2 expander buses, 80 GPUs behind 3 ports each, and the
# drives behind one port each: 251 buses and one for each drive.
parts=$(realpath "$(dirname "$0")/../hosts/parts.txt")
cat <<END
include $parts
part gpu like=gpu-h100 bars=0:16M:64p,2:8G:64p sriov=none vf=none

machine "Example Systems" "Full"
kernel 6.12.9-generic "root=/dev/sda2 ro intel_iommu=on iommu=pt"
cpu "Intel(R) Xeon(R) Platinum 8468" vendor=GenuineIntel family=6 model=143 stepping=8 threads=1 bits=52/57 flags="fpu sse2 ht lm vmx avx2"
node 0 package=0 cpus=0-31 memory=512G
node 1 package=1 cpus=32-63 memory=512G
END
for node in 0 1; do
	echo "root 000$node:00 numa=$node"
	for gpu in $(seq 0 39); do
		printf '  %02x.%x root-port\n    00.0 pex-up\n      00.0 pex-down\n        00.0 gpu\n' \
			$((1 + gpu / 8)) $((gpu % 8))
	done
done
for drive in $(seq "$1"); do
	printf '  1%x.0 root-port\n    00.0 nvme\n' "$drive"
done
