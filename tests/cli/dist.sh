#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# make dist: the same tarball each time; built outside git, in two directories, it gives the same bytes
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
make_roots

only_for release_build
# nothing of the build that runs this test
unset MAKEFLAGS MFLAGS MAKELEVEL DEPS CFLAGS CPPFLAGS LDFLAGS SOURCE_DATE_EPOCH
export B=build
dist() { make --no-print-directory dist B="$1"; }

check "make dist makes a tarball" dist "$work/first"
# warned DIR: make dist there says that files are not as committed
warned() { make --no-print-directory -C "$1" dist B="$work/warned" 2>&1 | grep -q 'the working tree is not as committed'; }
tarball=$(find "$work/first" -name '*.tar.gz')
name=$(basename "$tarball" .tar.gz)
check "it is named after the version" test "$name" = "libhgxtopo-$("$hgxtopo" --version | head -n 1 | sed 's/.* //')"
check "everything in it is below one directory" \
	test "$(tar -tzf "$tarball" | cut -d/ -f1 | sort -u)" = "$name"
(umask 077 && dist "$work/second" >/dev/null)
check "made again it has the same bytes" cmp "$tarball" "$work/second/$name.tar.gz"

mkdir "$work/one" "$work/two"
for at in one two; do tar -xzf "$tarball" -C "$work/$at"; done
one=$work/one/$name two=$work/two/$name
check "so has that of a tarball that was unpacked" \
	sh -c 'cd "$1" && make --no-print-directory dist && cmp "build/$2.tar.gz" "$3"' sh "$one" "$name" "$tarball"

mkdir "$one/build-other" "$one/tests/built" "$one/notes"
for file in build-other/flags build-other/lib.o tests/built/flags tests/built/x.o notes/mine a.patch; do : >"$one/$file"; done
check "what is built in other directories, and what is not of the project, is not packed" \
	sh -c 'cd "$1" && make --no-print-directory dist && cmp "build/$2.tar.gz" "$3"' sh "$one" "$name" "$tarball"
rm -r "$one/build-other" "$one/tests/built" "$one/notes" "$one/a.patch"
if command -v git >/dev/null; then
	git -C "$two" init -q && git -C "$two" add . && git -C "$two" -c user.name=x -c user.email=x@x commit -qm x
	if warned "$two"; then bad "a tree as committed is packed with a warning"; else ok "a tree as committed is packed without a warning"; fi
	echo >>"$two/NEWS"
	check "one that is changed with one" warned "$two"
	rm -rf "$two/.git"
	sed -i '$d' "$two/NEWS"
fi

# make demo with what building needs and no other program, no Python among them
mkdir "$work/bin"
for tool in sh make gcc cc as ld ar objcopy pkg-config awk cat find getent head id ln ls mkdir mktemp od rm sed stat; do
	ln -s "$(command -v $tool)" "$work/bin/$tool"
done
demo() (cd "$one" && PATH=$work/bin make -j2 WERROR=1 demo >"$work/demo")
check "make demo works there, with nothing but what building needs" demo
check "it shows the example" grep -q '^  pci0000:15$' "$work/demo"

# the other by the name of a symbolic link
ln -s "$two" "$work/link"
check "make works in the other directory" sh -c 'cd "$1" && make -j2' sh "$work/link"
check "made again it has nothing to do" make -C "$two" -q
for file in libhgxtopo.a libhgxtopo.so hgxtopo; do
	check "$file has the same bytes in both" cmp "$one/build/$file" "$two/build/$file"
	check "$file does not name the directory" sh -c 'grep -qF "$1" "$2"; test $? = 1' sh "$work" "$one/build/$file"
done

cd "$one" || exit 1
check "unit tests run there" sh -c 'make -s WERROR=1 build/tests/unit/util/values && build/tests/unit/util/values'
# the tests of the sources and of the texts do not need git either; the roots of the machines are
# as they were, and SANITIZE leaves out valgrind, which would find the same here
ln -s "$roots" build/hosts
for script in emit-all licence docs words readme rules schema; do
	check "$script.sh passes there" "tests/cli/$script.sh"
done
check "errors.sh passes there" env SANITIZE=1 tests/cli/errors.sh
check "it can be installed from there" tests/cli/install.sh
finish
