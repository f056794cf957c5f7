#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The mirror takes nothing from a domain: every element of the user's stays, on every test host,
# and what libvirt writes back is not changed again
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
only_for release_or_sanitized
make_roots

keeps() { tests/cli/base_keeps.py "$@"; }
filter() { "$hgxtopo" emit --libvirt --from "$source" --base "$@" 2>"$work/emit.err"; }
devices() { grep -qE "<hostdev|type='hostdev'" "$1" || echo --gpus all; }

number=0
sources=() names=() options=()
# A domain that has more than the host: another cell, or more memory.
too_large='it belongs to guest NUMA node 1, but the mirror has 1|GiB of memory, but the 1 NUMA node that its cells are on can give'
# These do not fit into the window that the firmware opens at their address bits, or have nothing on that host.
too_large+='|of 64-bit addresses; with 40 address bits|assigns no device of this host'
# Not taken through libvirt too, which takes most of the time: $far is "far" for a domain with devices
# that its host does not have, and for one that libvirt need not accept.
far=
# mirror NAME FILE [OPTION…]: nothing is lost, and a second run changes nothing
mirror() {
	number=$((number + 1))
	sources[number]=$source names[number]=$1 options[number]=${*:3}
	if ! filter "${@:2}" >"$work/$number.xml"; then
		rm "$work/$number.xml"
		grep -E "$too_large" "$work/emit.err" && return
		cat "$work/emit.err"
		return 1
	fi
	[ -z "$far" ] || mv "$work/$number.xml" "$work/far.xml"
	[ -n "$far" ] || cp "$2" "$work/base$number.xml"
	set -- "$1" "$2" "$work/${far:-$number}.xml"
	keeps "$2" "$3" || return
	filter "$3" >"$work/twice.xml" || { cat "$work/emit.err"; return 1; }
	cmp "$3" "$work/twice.xml"
}

for base in tests/bases/*.xml; do
	check "$(basename "$base"): each planted loss is noticed" keeps --planted "$base"
done
for archive in ${HGXTOPO_HOSTS:+"$HGXTOPO_HOSTS"/*/sysroot.tar.xz}; do
	mkdir -p "$work/real" && tar -xJf "$archive" -C "$work/real"
done
for source in example:hgx-h200 "$roots"/*/ "$work"/real/*/; do
	source=${source%/}
	name=$(basename "$source")
	"$hgxtopo" emit --map --json --from "$source" >"$work/map.json" 2>/dev/null || continue
	keeps --flat "$work/map.json" >"$work/flat.xml"
	far=
	check "$name, a flat domain" mirror "$name, a flat domain" "$work/flat.xml"
	for base in tests/bases/*.xml; do
		# the devices that these assign are the example's; those of another host come besides
		gpus=--gpus\ all
		[ "$source" != example:hgx-h200 ] || gpus=$(devices "$base")
		far=
		[ "$source" = example:hgx-h200 ] || { [ -n "$(devices "$base")" ] && ! grep -q '<node>1' "$base"; } || far=far
		# shellcheck disable=SC2086
		check "$name, $(basename "$base")" mirror "$name, $(basename "$base")" "$base" $gpus
	done
done
# domains that are not part of the project either, with the host that they are for
cases=${HGXTOPO_CASES:-}
far=far
if [ -e "$cases/host-x/sys.tar.xz" ]; then
	source=$work/host-x
	mkdir "$source"
	for archive in "$cases"/host-x/*.tar.xz; do tar -xJf "$archive" -C "$source"; done
	for base in "$cases"/*/vm.xml; do
		name=$(basename "$(dirname "$base")")
		# shellcheck disable=SC2046
		check "$name" mirror "$name" "$base" $(devices "$base")
	done
else
	skip "domains of other people: HGXTOPO_CASES is not set to their directory"
fi
check "each planted loss in a flat domain is noticed" keeps --planted "$work/flat.xml"

only_for release_build
if ! command -v virsh >/dev/null; then
	missing "domains written back by libvirt"
	finish
	exit
fi

mkdir -p "$work/libvirt/etc"
printf 'user="root"\ngroup="root"\n' >"$work/libvirt/etc/qemu.conf"

# through_libvirt FROM TO: defines each domain and dumps it, all in one session, as to start the
# driver takes longest
through_libvirt() {
	for i in $(seq "$number"); do
		[ -e "$work/$1$i.xml" ] || continue
		tame "$work/$1$i.xml" | sed "s|<name>.*</name>|<name>keeps-$i</name>|" >"$work/d$i.xml"
		printf 'define %s\ndumpxml keeps-%d\nundefine --nvram keeps-%d\n' "$work/d$i.xml" "$i" "$i"
	done | virsh -q -c "qemu:///embed?root=$work/libvirt" >"$work/dumps.txt" 2>"$work/virsh.err"
	rm -f "$work/$2"[0-9]*.xml
	sed -n '/^<domain/,/^<.domain>/p' "$work/dumps.txt" | awk -v to="$work/$2" '
		/^<domain/ { head = $0; next }
		/<name>keeps-/ { split($0, part, /keeps-|</); file = to part[3] ".xml"; print head >file }
		file { print >file }
		/^<.domain>/ { close(file); file = "" }'
}

# settled NUMBER FILE: a mirror that libvirt wrote back does not change
settled() {
	source=${sources[$1]}
	filter "$2" >"$work/again.xml" || { cat "$work/emit.err" "$work/virsh.err"; return 1; }
	diff "$2" "$work/again.xml"
}

# mirrored NUMBER: a domain that libvirt wrote gets a mirror and loses nothing
mirrored() {
	source=${sources[$1]}
	# shellcheck disable=SC2086
	filter "$work/plain$1.xml" ${options[$1]} >"$work/mirror$1.xml" ||
		{ cat "$work/emit.err" "$work/virsh.err"; return 1; }
	keeps "$work/plain$1.xml" "$work/mirror$1.xml"
}

through_libvirt "" written
for i in $(seq "$number"); do
	[ -e "$work/base$i.xml" ] || continue
	check "${names[i]}: libvirt takes it, and a second run on what it writes back changes nothing" \
		settled "$i" "$work/written$i.xml"
done
# of these, libvirt takes the mirror only: no memory, or an expander bus of a cell that is missing
refused() { [ ! -e "$work/base$1.xml" ] || [[ ${names[$1]} = *", foreign.xml" || ${names[$1]} = *", guide.xml" ]]; }
through_libvirt base plain
for i in $(seq "$number"); do
	refused "$i" && continue
	check "${names[i]}, as libvirt writes it" mirrored "$i"
done
through_libvirt mirror written
for i in $(seq "$number"); do
	refused "$i" && continue
	check "${names[i]}, as libvirt writes it: nor does it change the second time" settled "$i" "$work/written$i.xml"
done
finish
