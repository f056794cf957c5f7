#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The mirror takes nothing from a domain: every element of the user's stays, on every test host,
# and what libvirt writes back is not changed again
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
make_roots

keeps() { tests/cli/base_keeps.py "$@"; }
filter() { "$hgxtopo" emit --libvirt --hugepages off --reserve-cores 1 --from "$source" --base "$@" 2>"$work/emit.err"; }
devices() { grep -qE "<hostdev|type='hostdev'" "$1" || echo --gpus all; }

# What a mirror decides of the devices, as text
inside() { sed -n '/<devices/,/<.devices>/p; /<qemu:override/,/<.qemu:override>/p' "$1"; }

number=0
sources=() names=()
# mirror NAME FILE: nothing is lost, and a second run changes nothing
mirror() {
	number=$((number + 1))
	sources[number]=$source names[number]=$1
	# shellcheck disable=SC2046
	filter "$2" $(devices "$2") >"$work/$number.xml" || { cat "$work/emit.err"; return 1; }
	keeps "$2" "$work/$number.xml" || return
	filter "$work/$number.xml" >"$work/twice.xml" || { cat "$work/emit.err"; return 1; }
	cmp "$work/$number.xml" "$work/twice.xml"
}

for base in tests/bases/*.xml; do
	check "$(basename "$base"): each planted loss is noticed" keeps --planted "$base"
done
for source in example:hgx-h200 "$roots"/*/; do
	source=${source%/}
	name=$(basename "$source")
	"$hgxtopo" emit --map --json --from "$source" >"$work/map.json" 2>/dev/null || continue
	keeps --flat "$work/map.json" >"$work/flat.xml"
	check "$name, a flat domain" mirror "$name, a flat domain" "$work/flat.xml"
	for base in tests/bases/*.xml; do
		# these are of the example: another host has neither their devices nor two nodes
		[ "$source" = example:hgx-h200 ] || [ -n "$(devices "$base")" ] || continue
		[ "$source" = example:hgx-h200 ] || ! grep -q '<node>1' "$base" || continue
		check "$name, $(basename "$base")" mirror "$name, $(basename "$base")" "$base"
	done
done
check "each planted loss in a flat domain is noticed" keeps --planted "$work/flat.xml"

if ! command -v virsh >/dev/null; then
	missing "domains written back by libvirt"
	finish
	exit
fi

# All in one session: to start the driver takes longest.
mkdir -p "$work/libvirt/etc"
printf 'user="root"\ngroup="root"\n' >"$work/libvirt/etc/qemu.conf"
for i in $(seq "$number"); do
	tame "$work/$i.xml" | sed "s|<name>.*</name>|<name>keeps-$i</name>|" >"$work/d$i.xml"
	printf 'define %s\ndumpxml keeps-%d\nundefine --nvram keeps-%d\n' "$work/d$i.xml" "$i" "$i"
done | virsh -q -c "qemu:///embed?root=$work/libvirt" >"$work/dumps.txt" 2>"$work/virsh.err"
sed -n '/^<domain/,/^<.domain>/p' "$work/dumps.txt" | awk -v work="$work" '
	/^<domain/ { head = $0; next }
	/<name>keeps-/ { split($0, part, /keeps-|</); file = work "/dump" part[3] ".xml"; print head >file }
	file { print >file }
	/^<.domain>/ { close(file); file = "" }'

# written_back NUMBER: the devices in what libvirt wrote back do not change
written_back() {
	source=${sources[$1]}
	filter "$work/dump$1.xml" >"$work/again.xml" || { cat "$work/emit.err" "$work/virsh.err"; return 1; }
	keeps "$work/dump$1.xml" "$work/again.xml" || return
	inside "$work/dump$1.xml" >"$work/before"
	inside "$work/again.xml" | diff "$work/before" -
}
for i in $(seq "$number"); do
	check "${names[i]}: libvirt takes it, and the devices that it writes back stay as they are" written_back "$i"
done
finish
