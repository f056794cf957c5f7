#!/bin/bash
# make deps where there is no apt-get: the names of the packages, and a stop
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh

# a PATH with what the script itself uses, and nothing it looks for
mkdir "$work/bin"
for tool in sh id ls getent cat; do ln -s "$(command -v $tool)" "$work/bin/$tool"; done
PATH=$work/bin tests/deps.sh >"$work/out" 2>&1
status=$?
check "without apt-get make deps stops" test $status = 1
check "it lists Debian's names" grep -q 'Debian, Ubuntu:.* libhwloc-dev .*libpci-dev .*libxml2-dev' "$work/out"
check "it lists Fedora's names" grep -q 'Fedora:.* hwloc-devel .*pciutils-devel .*libxml2-devel' "$work/out"
check "it says what to do" grep -q 'install them and run make again' "$work/out"
check "with everything there it installs nothing" sh -c 'tests/deps.sh | grep -qx "deps: every package is there"'
finish
