#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Writes the sources as a tarball, the same bytes each time: tests/dist.sh NAME FILE
#
# They are what git tracks, as it is in the working tree; without git, as in a tarball that was
# unpacked, what is below the names that are known to be sources, without what was built. Their date
# is that of the last commit, of the tarball before, or SOURCE_DATE_EPOCH.
set -eu
name=$1 file=$2

if [ -e .git ] && command -v git >/dev/null 2>&1; then
	date=$(git log -1 --format=%ct)
	list() { git ls-files -z; }
	[ -z "$(git status --porcelain)" ] ||
		echo "make dist: warning: the working tree is not as committed; the tarball has it as it is, without untracked files" >&2
else
	date=$(stat -c %Y NEWS)
	list() {
		find .ci .clang-format .editorconfig .gitignore CONTRIBUTING.md LICENSE Makefile NEWS README.md SECURITY.md \
			bindings cli docs include libhgxtopo pkgconfig tests \
			\( -path "${file%/*}" -o -name __pycache__ -o -type d -exec test -e '{}/flags' \; \) -prune -o \
			! -type d -printf '%p\0'
	}
fi
mkdir -p "$(dirname "$file")"
trap 'rm -f "$file.tar"' EXIT
list | LC_ALL=C sort -z | tar --create --file="$file.tar" --format=ustar \
	--owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
	--mtime="@${SOURCE_DATE_EPOCH:-$date}" --transform="s,^,$name/,S" \
	--no-recursion --null --files-from=-
gzip -9n <"$file.tar" >"$file"
echo "$file"
