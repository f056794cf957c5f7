#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The pages name files and headings that are there
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh

# anchors PAGE: of its headings, as a site makes them: lower case, '-' for a blank, no signs
anchors() { sed -n 's/^#\+ //p' "$1" | tr 'A-Z ' 'a-z-' | tr -cd 'a-z0-9\n_-'; }

# astray PAGE: links to what is not there
astray() {
	local target file anchor
	grep -oE '\]\([^)]*\)' "$1" | sed 's/^](//; s/)$//' | grep -v '^https\?:' | while read -r target; do
		file=${target%%#*} anchor=${target#"${target%%#*}"}
		file=$(dirname "$1")/${file:-$(basename "$1")}
		[ -e "$file" ] || { echo "$target"; continue; }
		[ -z "$anchor" ] || anchors "$file" | grep -qx -e "${anchor#\#}" || echo "$target"
	done
}
# absent PAGE: files in `…` that are not there
absent() {
	grep -oE '`(libhgxtopo|cli|include|tests|docs|pkgconfig|\.ci)/[a-z0-9_./-]+`' "$1" | tr -d '`' | sort -u |
		while read -r file; do [ -e "$file" ] || echo "$file"; done
}
for page in *.md docs/*.md tests/hosts/README.md; do
	check "$page: its links lead somewhere" diff /dev/null <(astray "$page")
done
for page in README.md CONTRIBUTING.md SECURITY.md docs/packaging.md; do
	check "$page: the files that it names are there" diff /dev/null <(absent "$page")
done
check "docs/capture.sh --help says what it does" sh -c 'docs/capture.sh --help | grep -q "^  sudo docs/capture.sh DIR "'
check "and nothing of its code" sh -c '! docs/capture.sh --help | grep -q "^set\|^#"'
capture() { docs/capture.sh "$@" 2>"$work/usage"; test "$? $(cat "$work/usage")" = "2 usage: docs/capture.sh DIR"; }
check "without a directory it says how it is used" capture
check "with another option too" capture --version
printf '%s\n' '[a](README.md#licence) [b](README.md#nothing) [c](nothing.md)' '`tests/lib.sh` `tests/nothing.sh`' >"$work/page.md"
ln -s "$PWD/README.md" "$work/README.md"
check "a link that leads nowhere is found" diff <(astray "$work/page.md") <(printf '%s\n' 'README.md#nothing' nothing.md)
check "so is a file that is not there" diff <(absent "$work/page.md") <(echo tests/nothing.sh)
finish
