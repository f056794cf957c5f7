#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A program that has every internal name of the library as its own, and still gets the right plan
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
only_for test -z "${SANITIZE:-}"

prefix=$work/prefix
check "make install works" make --no-print-directory B="$B" DESTDIR= PREFIX="$prefix" install
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig LD_LIBRARY_PATH=$prefix/lib

# What the library's files see of each other, and nobody else may. Whoever calls one of these
# gets the program's.
nm -g --defined-only "$B"/lib/*.o "$B"/libhgxtopo/examples/*.o |
	awk 'NF == 3 && $3 !~ /^(hgx_|_)/ { print $3 }' | sort -u >"$work/names"
check "there are hundreds of them" test "$(wc -l <"$work/names")" -gt 200
{
	echo '#include <stdio.h>'
	echo '#include <stdlib.h>'
	sed 's/.*/int &(void) { fputs("the program has lent its &()\\n", stderr); abort(); }/' "$work/names"
} >"$work/clash.c"

flags="-w -fno-builtin ${SANITIZE:+-fsanitize=address,undefined}"
# build NAME LIBRARY…
build() {
	# shellcheck disable=SC2046,SC2086
	${CC:-cc} $flags -rdynamic $(pkg-config --cflags libhgxtopo) -o "$work/$1" \
		tests/consumer/write_domain.c "$work/clash.c" "${@:2}"
}
"$hgxtopo" emit --libvirt --from example:hgx-h200 --name consumer --reserve-cores 8 >"$work/command.xml" 2>/dev/null
right() { "$work/$1" >"$work/program.xml" && cmp "$work/program.xml" "$work/command.xml"; }

# shellcheck disable=SC2046
check "it links to the shared library" build shared $(pkg-config --libs libhgxtopo)
check "and gets the domain that the command writes" right shared
if ! links_static; then
	finish
	exit
fi
static=$(static_flags)
# shellcheck disable=SC2086
check "it links to the archive" build static $static
check "and gets the domain that the command writes" right static

# cross-compilers and other linkers
one_object() { make -n --no-print-directory B="$work/other" "$@" "$work/other/libhgxtopo.o" | grep -e ' -r -nostdlib'; }
check "the one object is for the machine that the flags name" sh -c 'case $1 in
	*" --target=x86_64-linux-gnu --sysroot=/ -m64 -fuse-ld=bfd "*) ;; *) echo "$1"; false ;; esac' - \
	"$(one_object CFLAGS='--target=x86_64-linux-gnu -g --sysroot=/ -m64' LDFLAGS='-Wl,-s -fuse-ld=bfd' \
		WERROR= SANITIZE=)"
check "other flags are not for it" sh -c '! echo "$1" | grep -e " -g \| -Wl,-s "' - \
	"$(one_object CFLAGS='-g -O2' LDFLAGS=-Wl,-s)"

# the same with the library as it is before its names are made local
ar rcs "$work/parts.a" "$B"/lib/*.o "$B"/libhgxtopo/examples/*.o
# shellcheck disable=SC2086
if build open ${static/-l:libhgxtopo.a/$work/parts.a} >/dev/null 2>&1 && right open >/dev/null 2>&1; then
	bad "names that clash are not noticed"
else
	ok "names that clash are noticed"
fi
finish
