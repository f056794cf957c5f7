#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Unpacks Debian's kernel for virtual machines into a directory, without installing it:
#   tests/vm/kernel.sh DIR
# It makes DIR/vmlinuz and DIR/modules, with the load order in DIR/modules/order. If they exist,
# it does nothing.
set -eu

dir=$1
# what a stand-in host needs for its files and to assign devices, in load order
modules='virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci fuse virtiofs overlay
	irqbypass vfio vfio_virqfd vfio_iommu_type1 vfio-pci-core vfio-pci'
if [ -e "$dir/vmlinuz" ] && [ -e "$dir/modules/order" ]; then exit 0; fi
if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-deb >/dev/null 2>&1; then
	echo "kernel: $dir/vmlinuz is missing, and there is no apt-get to download Debian's"
	echo 'kernel: put a Linux kernel there, with NVMe and serial ports built in'
	exit 1
fi
kernel_package() {
	apt-cache depends linux-image-cloud-amd64 2>/dev/null |
		sed -n 's/ *Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1
}

package=$(kernel_package)
if [ -z "$package" ] && [ "$(id -u)" = 0 ]; then
	echo 'kernel: running apt-get update'
	apt-get update -q >/dev/null || :
	package=$(kernel_package)
fi
if [ -z "$package" ]; then
	echo 'kernel: apt does not know linux-image-cloud-amd64; on Debian, run apt-get update; elsewhere'
	echo "kernel: put a Linux kernel at $dir/vmlinuz, with NVMe and serial ports built in"
	exit 1
fi
mkdir -p "$dir"
unpacked=$(mktemp -d "$dir/unpack-XXXXXX")
trap 'rm -rf "$unpacked"' EXIT
# since Linux 7 the kernel and its modules are packages of their own
parts=$(apt-cache depends "$package" | sed -n 's/ *Depends: \(linux-\(binary\|modules\)-[0-9].*\)/\1/p')
echo "kernel: running apt-get download" $package $parts
(cd "$unpacked" && apt-get download -q $package $parts 2>&1) | grep -v 'unsandboxed' || :
for file in "$unpacked"/linux-*.deb; do dpkg-deb --extract "$file" "$unpacked/files"; done
mkdir -p "$unpacked/modules"
for module in $modules; do
	# there is no file if the kernel has it built in or no longer as a separate module
	file=$(find "$unpacked/files" \( -name "$module.ko" -o -name "$module.ko.xz" \) | head -n 1)
	[ -z "$file" ] || { mv "$file" "$unpacked/modules/" && basename "$file"; }
done >"$unpacked/order"
mv "$unpacked/order" "$unpacked/modules/order"
rm -rf "$dir/modules"
mv "$unpacked/modules" "$dir/modules"
mv "$(find "$unpacked/files" -name 'vmlinuz*' -type f | head -n 1)" "$dir/vmlinuz"
