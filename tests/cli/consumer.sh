#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Programs of other projects that use every function, in C and C++, by pkg-config, CMake and Meson
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh

top=$PWD
prefix=$work/prefix
check "make install works" make --no-print-directory B="$B" DESTDIR= PREFIX="$prefix" install
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig LD_LIBRARY_PATH=$prefix/lib
case ${CC:-cc} in *clang*) cxx=${CC/clang/clang++} ;; *) cxx=g++ ;; esac
warnings="-Wall -Wextra -Werror -pedantic ${SANITIZE:+-fsanitize=address,undefined}"
c() { "${CC:-cc}" -std=c11 "$@"; }
cpp() { "$cxx" -std=c++17 "$@"; }

# runs DIR NAME: the program is linked as its name says, and finds nothing wrong
runs() {
	check "$2 runs" "$1/$2"
	local needed
	needed=$(readelf -d "$1/$2" | grep -c 'NEEDED.*libhgxtopo')
	case $2 in
	*-shared) check "$2 has the shared library" test "$needed" = 1 ;;
	*) check "$2 has the archive" test "$needed" = 0 ;;
	esac
}

mkdir "$work/by-hand"
links_static && static=$(static_flags) || static=
config() { pkg-config "$@" libhgxtopo; }
for language in c cpp; do
	if ! command -v "$cxx" >/dev/null && [ $language = cpp ]; then
		missing "programs in C++"
		continue
	fi
	# shellcheck disable=SC2046,SC2086
	check "pkg-config: every.$language, shared" $language $warnings -o "$work/by-hand/$language-shared" \
		tests/consumer/every.$language $(config --cflags --libs)
	runs "$work/by-hand" $language-shared
	if [ -n "$static" ]; then
		# shellcheck disable=SC2046,SC2086
		check "pkg-config: every.$language, static" $language $warnings -o "$work/by-hand/$language-static" \
			tests/consumer/every.$language $(config --cflags) $static
		runs "$work/by-hand" $language-static
	fi
	# a new function is to be used here too
	used() { nm -D -u "$work/by-hand/$language-shared" | sed -n 's/ *U \(hgx_[a-z0-9_]*\).*/\1/p' | sort; }
	check "every.$language uses every function of the header" diff <(declared) <(used)
	# a sanitized program does not run under valgrind, and looks for leaks by itself
	if [ -n "${SANITIZE:-}" ]; then
		continue
	elif command -v valgrind >/dev/null; then
		check "every.$language leaks nothing" valgrind -q --leak-check=full --show-leak-kinds=all \
			--suppressions=tests/consumer/libpci.supp --errors-for-leak-kinds=definite,indirect,possible --error-exitcode=99 "$work/by-hand/$language-shared"
	else
		missing "leaks of every.$language"
	fi
done

if ! release_build || [ -z "$static" ]; then
	finish
	exit
fi
# whole SYSTEM: the four programs that it has built
whole() { for name in c-shared c-static cpp-shared cpp-static; do runs "$work/$1" $name; done; }
if command -v cmake >/dev/null && command -v g++ >/dev/null; then
	check "CMake configures" cmake -S tests/consumer -B "$work/cmake"
	check "CMake builds" cmake --build "$work/cmake"
	whole cmake
else
	missing "CMake"
fi
if command -v meson >/dev/null && command -v ninja >/dev/null && command -v g++ >/dev/null; then
	check "Meson configures" meson setup "$work/meson" tests/consumer
	check "Meson builds" ninja -C "$work/meson"
	whole meson
else
	missing "Meson"
fi
if command -v cmake >/dev/null && command -v meson >/dev/null && command -v ninja >/dev/null && command -v g++ >/dev/null; then
	mkdir "$work/page"
	page() (cd "$work/page" && python3 "$top/tests/cli/readme.py" "$top/docs/c.md")
	check "the examples of the page for C print what it says" page
else
	missing "the page for C"
fi
finish
