#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The comments of headers are documentation that clang understands, and each header explains itself
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
only_for release_build

# unexplained DIR: headers below it that do not begin with a comment about the file
unexplained() {
	(cd "$1" && for header in */*.h; do
		[ "$(sed -n '2s/\(@file\).*/\1/p' "$header")" = '/** @file' ] || echo "$header"
	done)
}
# documented LANGUAGE DIR HEADER…: clang reads the headers and their comments
documented() {
	local language=$1 dir=$2
	shift 2
	printf '#include "%s"\n' "$@" |
		"${CC:-cc}" -x "$language" -fsyntax-only -Wall -Wextra -Wdocumentation -Werror -D_GNU_SOURCE \
			-Iinclude -I"$dir" -
}
headers() { (cd "$1" && echo */*.h); }

check "every header begins by saying what it is for" diff /dev/null <(unexplained libhgxtopo)
cp -r libhgxtopo "$work/house"
sed -i '2s|^/\*\*|/*|' "$work/house/util/arena.h"
sed -i '2,/\*\//d' "$work/house/model/topo.h"
check "a header that does not is found" diff <(unexplained "$work/house" | grep -e arena -e model/topo) \
	<(printf '%s\n' model/topo.h util/arena.h)

if "${CC:-cc}" --version 2>/dev/null | grep -q clang; then
	check "the comments of hgxtopo.h are documentation, in C" documented c libhgxtopo hgxtopo.h
	check "the comments of hgxtopo.h are documentation, in C++" documented c++ libhgxtopo hgxtopo.h
	check "the comments of the other headers are documentation" documented c libhgxtopo $(headers libhgxtopo)
	rm -r "$work/house"
	cp -r libhgxtopo "$work/house"
	sed -i 's|^/\*\* Frees everything|/** @param nothing Frees everything|' "$work/house/util/arena.h"
	documented c "$work/house" $(headers "$work/house") 2>"$work/faults"
	check "a comment about a parameter that does not exist is found" test $? != 0
	check "it is named" grep -q "util/arena.h:.*'nothing' not found" "$work/faults"
fi
finish
