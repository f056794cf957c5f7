#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# make deps and make deps-check: which packages, and what is said where there is no apt-get
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
only_for release_build

# a PATH with what the script itself uses, and nothing it looks for
mkdir "$work/bin"
for tool in sh id ls getent cat sed; do ln -s "$(command -v $tool)" "$work/bin/$tool"; done
deps() { CI='' CC='' PATH=$work/bin tests/deps.sh "$@" >"$work/out" 2>&1; }
says() { grep -qF "$1" "$work/out"; }

deps build
check "without apt-get make deps stops" test $? = 1
check "it lists Debian's names" says "  Debian, Ubuntu: gcc make pkg-config libhwloc-dev libpci-dev libxml2-dev libjson-c-dev"
check "it lists Fedora's names" says "  Fedora:         gcc make pkgconf-pkg-config hwloc-devel pciutils-devel libxml2-devel json-c-devel"
check "it says what to do" says 'install them and run make again'
deps check
check "without apt-get make deps-check stops" test $? = 1
for package in check python3 cmake valgrind libvirt-clients qemu-system-x86; do
	check "make deps-check lists $package" grep -q "Debian, Ubuntu:.* $package " "$work/out"
done
check "it does not list what building needs" sh -c "! grep -q libhwloc-dev '$work/out'"
deps
check "without a word there is no list" test $? = 2

# an apt-get that only writes down what it is asked for
printf '#!/bin/sh\necho "apt-get $*" >>"%s"\n' "$work/asked" >"$work/bin/apt-get"
printf '#!/bin/sh\nexec "$@"\n' >"$work/bin/sudo"
chmod 755 "$work/bin/apt-get" "$work/bin/sudo"
check "with apt-get make deps goes through" deps build
check "make deps asks for what building needs and no other package" diff - "$work/asked" <<'EOF'
apt-get update -q
apt-get install --yes --no-install-recommends -q gcc make pkg-config libhwloc-dev libpci-dev libxml2-dev libjson-c-dev
EOF
check "it says so before" says \
	"apt-get install --yes --no-install-recommends gcc make pkg-config libhwloc-dev libpci-dev libxml2-dev libjson-c-dev"
: >"$work/asked"
check "with everything there make deps installs nothing" \
	sh -c 'tests/deps.sh build | grep -qx "deps: every package needed to build is there"'

# runs TARGET: the lists that it goes through
runs() { make -n --no-print-directory DEPS= "$@" | grep -oE 'tests/deps.sh [a-z]+' | sort -u | tr '\n' ' '; }
check "make demo installs what building needs and no more" test "$(runs demo)" = "tests/deps.sh build "
check "make check installs the rest too" test "$(runs check)" = "tests/deps.sh build tests/deps.sh check "
check "so does make check-vm" test "$(runs check-vm)" = "tests/deps.sh build tests/deps.sh check "
# a call without a list prints the usage, which other output may hide
check "each script that calls tests/deps.sh says for what" test "$(grep -nE '^[^#]*tests/deps\.sh' Makefile tests/*.sh tests/vm/*.sh |
	grep -vE 'tests/deps\.sh (build|check)')" = ""
check "with DEPS=no nothing is looked for" test "$(runs DEPS=no check)" = ""
finish
