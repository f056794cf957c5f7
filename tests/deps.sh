#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Installs the packages that are missing, after saying which:
#   tests/deps.sh build    the compiler, and the libraries to build with
#   tests/deps.sh check    what the tests run and compare with: libvirt, QEMU and its firmware,
#                          lspci, lstopo, the build systems of other projects
set -eu

# Debian name, Fedora name, what is looked for: a pkg-config module, a command or a file
build='gcc gcc compiler:
make make cmd:make
pkg-config pkgconf-pkg-config cmd:pkg-config
libhwloc-dev hwloc-devel pc:hwloc
libpci-dev pciutils-devel pc:libpci
libxml2-dev libxml2-devel pc:libxml-2.0
libjson-c-dev json-c-devel pc:json-c'
check='check check-devel pc:check
python3 python3 cmd:python3
python3-jsonschema python3-jsonschema py:jsonschema
python3-venv python3-pip py:ensurepip
python3-libvirt python3-libvirt system-py:libvirt
mypy python3-mypy cmd:mypy
g++ gcc-c++ cmd:g++
cmake cmake cmd:cmake
golang-go golang cmd:gofmt
meson meson cmd:meson
ninja-build ninja-build cmd:ninja
libxml2-utils libxml2 cmd:xmllint
liblzma-dev xz-devel pc:liblzma
valgrind valgrind cmd:valgrind
pciutils pciutils cmd:lspci
hwloc-nox hwloc cmd:lstopo-no-graphics
libvirt-clients libvirt-client cmd:virsh
libvirt-daemon-system libvirt-daemon user:libvirt-qemu
libvirt-daemon-driver-qemu libvirt-daemon-driver-qemu lib:libvirt/connection-driver/libvirt_driver_qemu.so
qemu-system-x86 qemu-system-x86 cmd:qemu-system-x86_64
ovmf edk2-ovmf file:/usr/share/OVMF/OVMF_CODE_4M.fd
virtiofsd virtiofsd virtiofsd:
kmod kmod cmd:kmod
mandoc mandoc cmd:mandoc
xz-utils xz cmd:xz
locales glibc-locale-source locales:
pci.ids hwdata ids:'
# what only the gate needs
[ "${CI:-}" != true ] || check="$check
clang clang cmd:clang"

case ${1:-} in
build) needed=$build purpose='to build' ;;
check) needed=$check purpose='to run the tests' ;;
*) sed -n 's/^#   //p' "$0" >&2; exit 2 ;;
esac

found() {
	case $1 in
	# a clang instead of gcc will do
	compiler:) command -v gcc >/dev/null 2>&1 || command -v "${CC:-cc}" >/dev/null 2>&1 ;;
	cmd:*) command -v "${1#cmd:}" >/dev/null 2>&1 ;;
	pc:*) pkg-config --exists "${1#pc:}" 2>/dev/null ;;
	py:*) python3 -c "import ${1#py:}" 2>/dev/null ;;
	# one that only the system's own interpreter can have, which another may hide
	system-py:*) /usr/bin/python3 -c "import ${1#system-py:}" 2>/dev/null ;;
	user:*) getent passwd "${1#user:}" >/dev/null || getent passwd qemu >/dev/null ;;
	lib:*) ls /usr/lib/*/"${1#lib:}" /usr/lib64/"${1#lib:}" >/dev/null 2>&1 || \
		ls /usr/lib/*/"${1#lib:}" >/dev/null 2>&1 ;;
	locales:*) [ -e /usr/share/i18n/locales/tr_TR ] ;;
	ids:*) [ -e /usr/share/misc/pci.ids ] || [ -e /usr/share/hwdata/pci.ids ] ;;
	# once part of QEMU's packages, then one of its own, which must not be asked for before
	virtiofsd:*) [ -x /usr/lib/qemu/virtiofsd ] || [ -x /usr/libexec/virtiofsd ] || \
		{ command -v apt-cache >/dev/null 2>&1 && ! apt-cache show virtiofsd >/dev/null 2>&1; } ;;
	file:*) [ -e "${1#file:}" ] || [ -e /usr/share/edk2/ovmf/OVMF_CODE.fd ] ;;
	esac
}

debian='' fedora=''
while read -r deb rpm test; do
	found "$test" && continue
	debian="$debian $deb" fedora="$fedora $rpm"
done <<EOF
$needed
EOF

if [ -z "$debian" ]; then
	echo "deps: every package needed $purpose is there"
	exit 0
fi
if ! command -v apt-get >/dev/null 2>&1; then
	echo "deps: packages needed $purpose are missing, and there is no apt-get here to install them:"
	echo "  Debian, Ubuntu:$debian"
	echo "  Fedora:        $fedora"
	echo 'deps: install them and run make again'
	exit 1
fi
run=''
if [ "$(id -u)" != 0 ]; then
	if ! command -v sudo >/dev/null 2>&1; then
		echo "deps: missing, needed $purpose:$debian"
		echo 'deps: run as root: apt-get update && apt-get install' "$debian"
		exit 1
	fi
	run='sudo '
fi
export DEBIAN_FRONTEND=noninteractive
echo "deps: missing, needed $purpose:$debian"
echo "deps: running ${run}apt-get update"
$run apt-get update -q >/dev/null || echo 'deps: apt-get update failed; trying with the lists that are here'
echo "deps: running ${run}apt-get install --yes --no-install-recommends$debian"
# shellcheck disable=SC2086
$run apt-get install --yes --no-install-recommends -q $debian >/dev/null
echo 'deps: done'
