#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# make install into a scratch directory: which files are there, how they are built, and programs on top of them
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh

at=$work/at
prefix=$at/opt/hgx
make_quietly() { make --no-print-directory B="$B" DESTDIR="$at" PREFIX=/opt/hgx "$@"; }
check "make install works" make_quietly install

# everything in libhgxtopo.pc follows its prefix, which is changed to where the files are now
mkdir "$work/pc"
sed "s|^prefix=.*|prefix=$prefix|" "$prefix/lib/pkgconfig/libhgxtopo.pc" >"$work/pc/libhgxtopo.pc"
export PKG_CONFIG_PATH=$work/pc LD_LIBRARY_PATH=$prefix/lib
config() { pkg-config "$@" libhgxtopo | sed 's/ *$//'; }
check "shared use needs -lhgxtopo alone" test "$(config --libs)" = "-L$prefix/lib -lhgxtopo"
check "static use needs the libraries below it too" \
	sh -c 'for l in hgxtopo hwloc pci json-c xml2; do echo " $1 " | grep -q -e " -l$l " || exit 1; done' sh "$(config --static --libs)"
check "the header is where it says" test -e "$(config --cflags-only-I | cut -d' ' -f1 | sed 's/^-I//')/hgxtopo.h"
check "the prefix stands once in what is installed" test "$(grep -c /opt/hgx "$prefix/lib/pkgconfig/libhgxtopo.pc")" = 1
check "it names the hwloc that is needed" grep -q '^Requires.private: hwloc >= 2.0 libpci json-c libxml-2.0$' "$work/pc/libhgxtopo.pc"
check "its version is the library's" test "hgxtopo $(config --modversion)" = "$("$hgxtopo" --version | head -n 1)"

# the sanitizers' runtime has to come first in a program that is not built with them
flags=${SANITIZE:+-fsanitize=address,undefined}
# build PROGRAM FLAGS…: of another project
build() {
	# shellcheck disable=SC2086
	${CC:-cc} -Wall -Wextra -Werror $flags -o "$work/$1" "tests/consumer/$1.c" $(config --cflags) "${@:2}"
}
# shellcheck disable=SC2046
check "a program builds against the shared library" build list_gpus $(config --libs)
needs() { readelf -d "$work/$1" | grep -q "NEEDED.*\[$2\]"; }
# below 1.0 the soname carries the minor version
abi=$(config --modversion | sed -E 's/^(0\.[0-9]+|[0-9]+)\..*/\1/')
soname() { readelf -d "$prefix/lib/libhgxtopo.so" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p'; }
check "the soname is libhgxtopo.so.$abi" test "$(soname)" = "libhgxtopo.so.$abi"
check "it needs libhgxtopo.so.$abi" needs list_gpus "libhgxtopo.so.$abi"
"$work/list_gpus" >"$work/gpus"
check "it lists the GPUs with their NICs" diff - "$work/gpus" <<'EOF'
0000:19:00.0 0000:1a:00.0 PIX
0000:3b:00.0 0000:3c:00.0 PIX
0000:4c:00.0 0000:4d:00.0 PIX
0000:5d:00.0 0000:5e:00.0 PIX
0000:9b:00.0 0000:9c:00.0 PIX
0000:bb:00.0 0000:bc:00.0 PIX
0000:cb:00.0 0000:cc:00.0 PIX
0000:db:00.0 0000:dc:00.0 PIX
EOF
if links_static; then
	# shellcheck disable=SC2046
	check "a program builds against the archive" build write_domain $(static_flags)
	check "it needs no libhgxtopo.so" sh -c "! readelf -d '$work/write_domain' | grep -q libhgxtopo"
	"$work/write_domain" >"$work/domain.xml"
	"$hgxtopo" emit --libvirt --from example:hgx-h200 --name consumer --reserve-cores 8 >"$work/command.xml" 2>/dev/null
	check "it writes the domain the command writes" cmp "$work/domain.xml" "$work/command.xml"
fi

declared >"$work/declared"
exported() { nm -D --defined-only "$prefix/lib/libhgxtopo.so" | awk '$2 != "A" { print $3 }' | sort; }
exported >"$work/exported"
check "exactly the functions of the header are exported" diff "$work/declared" <(sed 's/@.*//' "$work/exported")
check "each with the version of the soname" test "$(sed 's/.*@//' "$work/exported" | sort -u)" = "HGXTOPO_$abi"
nm -g --defined-only "$prefix/lib/libhgxtopo.a" | awk 'NF == 3 { print $3 }' | sort >"$work/archived"
check "they are the only global names of the archive" diff "$work/declared" "$work/archived"

if [ -z "${SANITIZE:-}" ]; then
	for file in bin/hgxtopo lib/libhgxtopo.so; do
		check "$file: relocations are read-only" sh -c "readelf -lW '$prefix/$file' | grep -q GNU_RELRO"
		check "$file: all symbols are bound at the start" sh -c "readelf -d '$prefix/$file' | grep -q BIND_NOW"
		check "$file: the stack is guarded" sh -c "nm -D '$prefix/$file' | grep -q __stack_chk_fail"
		! grep -q FORTIFY_SOURCE "$B/flags" ||
			check "$file: libc's calls are checked" sh -c "nm -D '$prefix/$file' | grep -q _chk@"
	done
	check "the command is position-independent" sh -c "readelf -d '$prefix/bin/hgxtopo' | grep -q 'Flags:.* PIE'"
fi
# flags VARIABLE=…: with which a source would be compiled
flags() { make -n --no-print-directory B="$work/none" SANITIZE= "$@" | grep -e '-c -o .*/lib/util_arena.o'; }
has() { check "$1" grep -qE -e "$2" <<<"$3"; }
hasnt() { check "$1" test -z "$(grep -E -e "$2" <<<"$3")"; }
has "a release is built with the stack protector and FORTIFY" \
	'-fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 ' "$(flags CFLAGS=-O2 | tr -s ' ')"
hasnt "without optimisation there is no FORTIFY" FORTIFY "$(flags CFLAGS='-O2 -O0')"
hasnt "nor with the sanitizers" 'FORTIFY|stack-protector' "$(flags SANITIZE=1 CFLAGS=-O2)"
hasnt "a packager's level of FORTIFY is not set again" 'SOURCE=2' "$(flags CFLAGS=-O2 CPPFLAGS=-D_FORTIFY_SOURCE=3)"
has "a packager's flags come after the project's own" '-std=.*-fstack.* -DTHEIRS -Os .*-c ' "$(flags CPPFLAGS=-DTHEIRS CFLAGS=-Os)"
has "flags in the environment will do" '-DTHEIRS -Os ' "$(unset MAKEFLAGS && CPPFLAGS=-DTHEIRS CFLAGS=-Os flags)"
has "the linker gets LDFLAGS" '-shared' "$(make -n B="$work/none" LDFLAGS=-Wl,--theirs | grep -e -Wl,--theirs)"

# built FLAGS…: what make prints of one object
built() { make --no-print-directory B="$work/one" "$@" "$work/one/lib/util_bdf.o" 2>/dev/null; rm -r "$work/one"; }
check "make prints what it makes" test "$(built V=)" = "  CC	$work/one/lib/util_bdf.o"
has "with V=1 it prints the commands" " -c -o $work/one/lib/util_bdf.o " "$(built V=1)"
hasnt "and only them" '^  CC' "$(built V=1)"
# relative VARIABLE=…: it is refused, and nothing is installed
relative() {
	make --no-print-directory DESTDIR="$work/nowhere/" "$@" install >"$work/refused" 2>&1
	check "make install refuses $1" sh -c 'test $1 != 0 && grep -q "^$2 is \".*\"; it must be an absolute path$" "$3" && ! test -e "$4"' \
		sh $? "${1%%=*}" "$work/refused" "$work/nowhere"
}
relative LIBDIR=lib64
relative PREFIX=usr
relative PREFIX=
relative DATADIR=share/hgxtopo PREFIX=/usr
check "the installed command runs" "$prefix/bin/hgxtopo" --version
check "the man page is installed" test -s "$prefix/share/man/man1/hgxtopo.1"
schemas() { sed -n 's/^\.It Pa \(.*\.schema\.json\)$/\1/p' "$prefix/share/man/man1/hgxtopo.1"; }
check "so is that of the rules" test -s "$prefix/share/man/man7/hgxtopo-rules.7"
check "it names seven JSON Schemas" test "$(schemas | wc -l)" = 7
# shellcheck disable=SC2046
check "they are where it says" sh -c 'for file; do test -s "$file" || exit 1; done' sh $(schemas | sed "s|^|$at|")
check "make uninstall works" make_quietly uninstall
check "make uninstall leaves no file" test -z "$(find "$at" ! -type d)"
check "and no directory of its own" test ! -e "$prefix/share/hgxtopo"
printf '#!/bin/sh\necho "$@" >>"%s"\nexec install "$@"\n' "$work/log" >"$work/install"
chmod 755 "$work/install"
check "make install works with another install" make_quietly install INSTALL="$work/install"
check "it has installed every file" diff <(find "$at" -type f -printf '%f\n' | sort) \
	<(awk '/^-m/ { for (i = 3; i < NF; i++) { sub(".*/", "", $i); print $i } }' "$work/log" | sort)
finish
