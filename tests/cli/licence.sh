#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Each file of the tarball says under which licence it is
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
only_for release_build

tests/dist.sh tree "$work/tree.tar.gz" >"$work/dist.out" || cat "$work/dist.out"
tar -xzf "$work/tree.tar.gz" -C "$work"
line='SPDX-License-Identifier: LGPL-2.1-or-later'
# files that have no comments, or of which every byte counts; CONTRIBUTING.md tells of them
may_lack() {
	case $1 in
	tests/hosts/*/host.txt) false ;;
	LICENSE | NEWS | *.json | *.xml | *.err | tests/hosts/*/*.txt) ;;
	*) false ;;
	esac
}
# silent DIR: the files that do not say it in their first lines
silent() {
	(cd "$1" && find . -type f -printf '%P\n' | sort | while read -r file; do
		may_lack "$file" || head -n 3 "$file" | grep -qF "$line" || echo "$file"
	done)
}
check "each file says it in its first lines" diff /dev/null <(silent "$work/tree")
check "there are hundreds of them" test "$(grep -rlF "$line" "$work/tree" | wc -l)" -gt 200
sed -i "/$line/d" "$work/tree/cli/main.c" "$work/tree/tests/hosts/made-one-gpu/host.txt"
check "a file that does not is found" diff <(silent "$work/tree") - <<'END'
cli/main.c
tests/hosts/made-one-gpu/host.txt
END
check "LICENSE is that licence" sh -c 'head -n 2 LICENSE | tr -s " \n" " " | grep -q "LESSER GENERAL PUBLIC LICENSE Version 2.1"'
finish
