#!/bin/sh
# Unpacks Debian's kernel for virtual machines into a directory, without installing it:
#   tests/vm/kernel.sh DIR
# makes DIR/vmlinuz. Nothing is done if it is there.
set -eu

dir=$1
[ ! -e "$dir/vmlinuz" ] || exit 0
if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-deb >/dev/null 2>&1; then
	echo "kernel: $dir/vmlinuz is missing, and there is no apt-get here to fetch Debian's"
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
	echo 'kernel: apt knows no linux-image-cloud-amd64: on Debian, run apt-get update; elsewhere'
	echo "kernel: put a Linux kernel at $dir/vmlinuz, with NVMe and serial ports built in"
	exit 1
fi
mkdir -p "$dir"
unpacked=$(mktemp -d "$dir/unpack-XXXXXX")
trap 'rm -rf "$unpacked"' EXIT
echo "kernel: running apt-get download $package"
(cd "$unpacked" && apt-get download -q "$package" 2>&1) | grep -v 'unsandboxed' || :
dpkg-deb --fsys-tarfile "$unpacked"/linux-image-*.deb | tar -x -C "$unpacked" --wildcards './boot/vmlinuz-*'
mv "$unpacked"/boot/vmlinuz-* "$dir/vmlinuz"
