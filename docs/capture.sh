#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copies the files that hgxtopo reads on a machine into a directory, so that
# 'hgxtopo dump --from DIR' shows that machine anywhere. Use it where hgxtopo cannot be
# installed; where it can, 'hgxtopo dump --json' is smaller and says the same.
#
#   sudo docs/capture.sh DIR      DIR must not exist yet; needs awk, GNU find and cp
#
# Files are selected by name: other files in /sys start transfers, block, or claim to be as
# large as a BAR. Links are copied as links. The copy contains the machine's IP addresses,
# routes and mounts (DIR/proc), and the serial numbers of some NICs (vpd).
set -eu

case ${1:-} in
-h | --help)
	sed -n '3,/^set/s/^# \{0,1\}//p' "$0"
	exit
	;;
-*) set -- ;;
esac
[ $# -eq 1 ] || { echo "usage: $0 DIR" >&2; exit 2; }
mkdir "$1" "$1/sys" "$1/proc"
out=$(cd "$1" && pwd)
cd /

copy() { # NUL-terminated names from standard input; a file that vanishes is not an error
	xargs -0 -r cp --parents --no-dereference -t "$out" 2>>"$out/errors.txt" || :
}

# CPUs and NUMA nodes
find sys/devices/system/cpu sys/devices/system/node sys/kernel/mm/hugepages \
	\( -type f -o -type l \) \( -path '*/topology/*' -o -path '*/cache/*' \
	-o -name nr_hugepages -o -name free_hugepages -o -path '*/access[0-9]*' -o -name online -o -name possible \
	-o -name present -o -name cpulist -o -name cpumap -o -name distance -o -name meminfo \
	-o -name 'has_*' -o -name 'node[0-9]*' -o -name 'cpu[0-9]*' -o -name uevent \) \
	-print0 2>/dev/null | copy

# PCI functions, wherever their root bus is
find sys/devices -path sys/devices/system -prune -o \( -type f -o -type l \) \
	-regextype posix-extended \
	-regex '.*/[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]/[^/]*' \
	\( -name uevent -o -name vendor -o -name device -o -name class -o -name 'subsystem_*' \
	-o -name revision -o -name irq -o -name config -o -name resource -o -name numa_node \
	-o -name '*_link_speed' -o -name '*_link_width' -o -name boot_vga -o -name 'sriov_*vfs' \
	-o -name physfn -o -name 'virtfn*' -o -name driver -o -name iommu_group \) \
	-print0 2>/dev/null | copy
find sys/bus/pci/devices sys/bus/pci/slots sys/kernel/iommu_groups \
	\( -type l -o -name address \) -print0 2>/dev/null | copy

# Vital product data is slow to read: only of ConnectX NICs, and only if there is no NVSwitch
nvswitches=$(grep -ls '^PCI_ID=10DE:' sys/bus/pci/devices/*/uevent | xargs -r grep -l '^PCI_CLASS=680..$' || :)
[ -n "$nvswitches" ] || find sys/devices -path sys/devices/system -prune -o -name vpd -print |
	while read -r vpd; do
		device=${vpd%/vpd}
		[ ! -e "$device/physfn" ] || continue
		grep -q '^PCI_ID=15B3:' "$device/uevent" || continue
		grep -q '^PCI_CLASS=2....$' "$device/uevent" || continue
		cat "$vpd" >"$out/$vpd" 2>/dev/null || rm -f "$out/$vpd"
	done

# what the system calls the devices, and what it uses them for
find sys/class/net sys/class/infiniband sys/class/block sys/fs/btrfs/*/devices \
	-type l -print0 2>/dev/null | copy
find sys/devices -path sys/devices/system -prune -o \
	\( -path '*/block/*' -o -path '*/nvme*' -o -path '*/net/*' \) \
	\( -path '*/slaves/*' -o -path '*/holders/*' -o -path '*/dm/name' -o -name dev \
	-o -name partition -o -name master -o -name 'lower_*' \
	-o -path '*/nvme-subsystem/*' -type l \) \
	-print0 2>/dev/null | copy
# the speed of network ports
find sys/devices -path sys/devices/system -prune -o \
	\( -path '*/net/*/speed' -o -path '*/infiniband/*/ports/1/state' \
	-o -path '*/infiniband/*/ports/1/rate' \) -print0 2>/dev/null | copy
for file in cmdline cpuinfo meminfo mounts swaps self/mountinfo net/route net/if_inet6 net/ipv6_route \
	1/mountinfo 1/net/route 1/net/if_inet6 1/net/ipv6_route \
	$(find proc/spl/kstat/zfs -mindepth 2 -name state 2>/dev/null | sed 's|^proc/||'); do
	mkdir -p "$out/proc/$(dirname $file)"
	cat "proc/$file" >"$out/proc/$file" 2>/dev/null || rm -f "$out/proc/$file"
done
# how the host is set up for VMs: the IOMMU, what vfio-pci was told, and whether there is KVM
find sys/kernel/iommu_groups -name type -print0 2>/dev/null | copy
find sys/module/vfio_pci/parameters etc/modprobe.d -name ids -print0 -o -name '*vfio*.conf' -print0 2>/dev/null | copy
mkdir "$out/dev"
[ ! -e dev/kvm ] || : >"$out/dev/kvm"
# the versions of libvirt, QEMU and OVMF
find usr/lib/x86_64-linux-gnu usr/lib64 usr/lib -maxdepth 1 -name libvirt.so.0 -print0 2>/dev/null | copy
if [ -e var/lib/dpkg/status ]; then
	mkdir -p "$out/var/lib/dpkg"
	awk -v RS= -v ORS='\n\n' '$2 ~ /^(libvirt0|qemu-system-x86|pve-qemu-kvm|ovmf)$/' \
		var/lib/dpkg/status >"$out/var/lib/dpkg/status"
fi
find var/cache/libvirt/qemu/capabilities -name '*.xml' -print0 2>/dev/null | copy

# for hwloc, which cannot ask a captured kernel for its architecture
printf 'OSName: Linux\nArchitecture: %s\n' "$(uname -m)" >"$out/proc/hwloc-nofile-info"
[ -s "$out/errors.txt" ] || rm -f "$out/errors.txt"
