#!/bin/bash
# make install into a scratch directory, and two programs of another project on top of it
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh

at=$work/at
make_quietly() { make --no-print-directory B="$B" DESTDIR="$at" PREFIX=/opt/hgx "$@"; }
check "make install works" make_quietly install
export PKG_CONFIG_SYSROOT_DIR='' PKG_CONFIG_PATH=$work/pc
# what a package would find after it is unpacked: the prefix is where the files are now
mkdir -p "$work/pc"
for pc in libhgxtopo libhgxtopo-static; do
	sed "s|/opt/hgx|$at/opt/hgx|" "$at/opt/hgx/lib/pkgconfig/$pc.pc" >"$work/pc/$pc.pc"
done
# the sanitizers' runtime has to come first in a program that is not built with them
flags=${SANITIZE:+-fsanitize=address,undefined}
build() {
	# shellcheck disable=SC2046,SC2086
	${CC:-cc} -Wall -Wextra -Werror $flags -o "$work/$1" "tests/consumer/$1.c" $(pkg-config --cflags --libs "$2")
}
check "a program builds against the shared library" build list_gpus libhgxtopo
check "a program builds against the static library" build write_domain libhgxtopo-static
export LD_LIBRARY_PATH=$at/opt/hgx/lib
needs() { readelf -d "$work/$1" | grep -q "$2"; }
check "the shared one needs libhgxtopo.so.0" needs list_gpus 'libhgxtopo.so.0'
check "the static one needs no libhgxtopo.so" sh -c "! readelf -d '$work/write_domain' | grep -q libhgxtopo"
"$work/list_gpus" >"$work/gpus"
check "the shared one lists the GPUs with their NICs" diff - "$work/gpus" <<'EOF'
0000:19:00.0 0000:1a:00.0 PIX
0000:3b:00.0 0000:3c:00.0 PIX
0000:4c:00.0 0000:4d:00.0 PIX
0000:5d:00.0 0000:5e:00.0 PIX
0000:9b:00.0 0000:9c:00.0 PIX
0000:bb:00.0 0000:bc:00.0 PIX
0000:cb:00.0 0000:cc:00.0 PIX
0000:db:00.0 0000:dc:00.0 PIX
EOF
"$work/write_domain" >"$work/domain.xml"
"$hgxtopo" emit --libvirt --from example:hgx-h200 --name consumer --reserve-cores 8 >"$work/command.xml" 2>/dev/null
check "the static one writes the domain the command writes" cmp "$work/domain.xml" "$work/command.xml"
exported() {
	nm -D --defined-only "$at"/opt/hgx/lib/libhgxtopo.so | awk '$2 != "A" { sub("@.*", "", $3); print $3 }' | sort
}
declared() { grep -oE '\bhgx_[a-z_]+\(' include/hgxtopo.h | tr -d '(' | sort -u; }
exported >"$work/exported"
# functions named in comments only are declared too
declared >"$work/declared"
# Its comments are documentation that clang understands, in both languages.
header() { ${CC:-cc} -x "$1" -fsyntax-only -Wall -Wextra -Wdocumentation -Werror include/hgxtopo.h; }
if "${CC:-cc}" --version 2>/dev/null | grep -q clang; then
	check "the header's comments are documentation, in C" header c
	check "the header's comments are documentation, in C++" header c++
fi
check "exactly the functions of the header are exported" diff "$work/declared" "$work/exported"
check "the installed command runs" "$at/opt/hgx/bin/hgxtopo" --version
check "the man page is installed" test -s "$at/opt/hgx/share/man/man1/hgxtopo.1"
check "make uninstall works" make_quietly uninstall
check "make uninstall leaves no file" test -z "$(find "$at" ! -type d)"
finish
