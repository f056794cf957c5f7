#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Makes the root directory of each test machine in DIR, unless it is there and newer than what it
# is made of: tests/hosts/roots.sh DIR
set -eu
dir=$(realpath -m "$1")
mkdir -p "$dir"
cd "$(dirname "$0")"
for host in */host.txt; do
	name=${host%/host.txt} outdated=
	for source in "$host" parts.txt mkhost.py hostroot/*.py; do
		[ "$dir/$name" -nt "$source" ] || outdated=yes
	done
	[ "$outdated" ] || continue
	# an interrupted one has another name, which no pattern matches
	rm -rf "$dir/$name" "$dir/.$name"
	python3 mkhost.py "$host" "$dir/.$name"
	touch "$dir/.$name"
	mv "$dir/.$name" "$dir/$name"
done
