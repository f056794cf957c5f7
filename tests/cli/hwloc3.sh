#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# The one file that uses hwloc compiles with the interface of hwloc 3 too
#
# No release of Debian has hwloc 3 yet. Its headers are those of the hwloc 2 that is here, changed in
# what hwloc 3 documents: infos are a structure, and looked up by a function of their own.
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
only_for release_build

include=$(pkg-config --variable=includedir hwloc)
mkdir "$work/include"
cp -r "$include/hwloc.h" "$include/hwloc" "$work/include/"
sed -i -e 's/^#define HWLOC_API_VERSION .*/#define HWLOC_API_VERSION 0x00030000/' \
	-e 's/^  struct hwloc_info_s \*infos;.*/  struct hwloc_infos_s infos;/' -e '/^  unsigned infos_count;/d' \
	-e 's/^struct hwloc_obj {/struct hwloc_infos_s { struct hwloc_info_s *array; unsigned count, allocated; };\n&/' \
	-e 's/^hwloc_obj_get_info_by_name(hwloc_obj_t obj,/hwloc_get_info_by_name(struct hwloc_infos_s *infos,/' \
	"$work/include/hwloc.h"
sed -i -e 's/^hwloc_obj_get_info_by_name(hwloc_obj_t obj,/hwloc_get_info_by_name(struct hwloc_infos_s *infos,/' \
	-e 's/obj->infos_count/infos->count/' -e 's/&obj->infos\[i\]/\&infos->array[i]/' "$work/include/hwloc/inlines.h"

# compiles FILE
compiles() {
	# shellcheck disable=SC2046
	${CC:-cc} -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -fsyntax-only -I"$work/include" -Iinclude -Ilibhgxtopo \
		$(pkg-config --cflags libpci json-c libxml-2.0) "$1"
}
check "the headers are those of hwloc 3" grep -q 'struct hwloc_infos_s infos;' "$work/include/hwloc.h"
check "source/cpu.c compiles with them" compiles libhgxtopo/source/cpu.c
check "no other file includes hwloc" \
	test "$(grep -rl 'include <hwloc' libhgxtopo cli include)" = libhgxtopo/source/cpu.c
sed 's/HWLOC_API_VERSION >= 0x00030000/0/' libhgxtopo/source/cpu.c >"$work/old.c"
if compiles "$work/old.c" >/dev/null 2>&1; then bad "what hwloc 2 had is noticed"; else ok "what hwloc 2 had is noticed"; fi
finish
