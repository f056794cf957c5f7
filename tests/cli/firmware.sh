#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Under SeaBIOS and OVMF, everything in the guests is where it was predicted (takes minutes)
#
# Each kind of shape is booted once. HGX_BOOTS=all boots more of each, and more random hosts. Those
# are the hosts of the property tests; HGX_SEED=N boots only that of seed N, and HGX_SEEDS=M those of
# M seeds from N on.
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
make_roots

shapes=()

firmware() { python3 tests/vm/firmware.py "$@"; }

# plan NAME SOURCE OPTION…: writes the files of its plan into a directory of its own
plan() {
	local name=$1 from=$2
	shift 2
	"$hgxtopo" emit --all --dir "$work/$name" --from "$from" "$@" 2>"$work/plan.err"
}

# shape NAME SOURCE OPTION…: a guest to boot
shape() {
	if plan "$@" --name "$1"; then
		shapes+=("$1")
	else
		bad "$1: no plan: $(tail -n 1 "$work/plan.err")"
	fi
}

# more NAME SOURCE OPTION…: a guest of a kind that another one shows too
all_boots() { [ "${HGX_BOOTS:-}" = all ]; }
more() { if all_boots; then shape "$@"; fi; }

# into NAME BASE SOURCE OPTION…: the same in a base domain
into() {
	local name=$1 base=$2
	shift 2
	# a device of the user's is known by its alias, which tells its kind
	sed "s|<name>.*</name>|<name>$name</name>|; s|<source><address domain='0' bus='0x19'.*</source>|&<alias name='ua-gpu-own'/>|" "$base" >"$work/$name.xml"
	if plan "$name" "$@" --base "$work/$name.xml"; then
		shapes+=("$name")
	else
		bad "$name: no plan: $(tail -n 1 "$work/plan.err")"
	fi
}

full() {
	tests/vm/full_host.sh "$1" >"$work/full-$1.txt" && python3 tests/hosts/mkhost.py "$work/full-$1.txt" "$work/full-$1"
}

random() {
	"$B/tests/unit/random_host" "$1" >"$work/random-$1.json"
	shape "random-$1" "$work/random-$1.json" "${@:2}"
}

# For some seeds there is no plan: a device that the host needs has the same id as one that the
# VM gets.
random_from() {
	for ((seed = $1; seed < $1 + $2; seed++)); do
		"$B/tests/unit/random_host" "$seed" >"$work/random-$seed.json"
		if plan "random-$seed" "$work/random-$seed.json" --name "random-$seed"; then
			shapes+=("random-$seed")
		else
			skip "random-$seed: no plan: $(tail -n 1 "$work/plan.err")"
		fi
	done
}

# predicted NAME: passes if nothing is wrong, otherwise shows what is
predicted() {
	if [ -e "$work/$1/wrong" ] && [ ! -s "$work/$1/wrong" ]; then
		ok "$1: everything is where it was predicted"
	else
		bad "$1: not everything is where it was predicted"
		head -n 40 "$work/$1/wrong" 2>&1 | sed 's/^/    /'
	fi
}

# boot OPTION…: boots all shapes; V=1 lists each guest
boot() {
	[ ${#shapes[@]} != 0 ] || return
	firmware "$@" "${shapes[@]/#/$work/}" >"$work/boots"
	local status=$?
	[ -z "${V:-}" ] || cat "$work/boots"
	grep 'not ready after' "$work/boots"
	if [ $status = 77 ]; then
		missing "firmware"
		finish
		exit
	fi
	for name in "${shapes[@]}"; do
		predicted "$name"
	done
}

# noticed SENTENCE NAME EXPRESSION OPTION…: a guest that was made wrong is reported like this
noticed() {
	firmware --emitter qemu --firmware seabios "${@:4}" "$work/$2" >/dev/null
	if grep -q "$3" "$work/$2/wrong"; then
		ok "$1 is noticed"
	else
		bad "$1 is not noticed"
		sed 's/^/    /' "$work/$2/wrong"
	fi
}

# what boots is the same, whoever compiled the command
only_for release_build
if ! command -v virsh >/dev/null || ! command -v qemu-system-x86_64 >/dev/null; then
	missing "firmware"
	finish
	exit
fi

if [ -n "${HGX_SEED:-}" ]; then
	random_from "$HGX_SEED" "${HGX_SEEDS:-1}"
	boot
	finish
	exit
fi

full 5
shape full "$work/full-5" --nvme all
full 6
if plan fuller "$work/full-6" --nvme all; then bad "more than 256 buses are not refused"; else ok "more than 256 buses are refused"; fi
check "the refusal shows the arithmetic" grep -q '257 PCI controllers are needed for 86 devices (8 spare root ports, 2 expander buses, ' "$work/plan.err"

shape example example:hgx-h200
shape root-complex example:hgx-h200 --mirror root-complex
shape quarter example:hgx-h200 --vms 2/4
more eighth example:hgx-h200 --vms 3/8
shape nested "$roots/made-a100-nested"
shape nps4 "$roots/made-epyc-nps4"
more nps4-eighth "$roots/made-epyc-nps4" --vms 3/8
more one "$roots/made-one-gpu"
shape cliques "$roots/made-16-gpus"
shape amd "$roots/made-amd-gpus"
more mi300x "$roots/made-mi300x" --qemu-version 7.2 --libvirt-version 9.0
shape mi300x-vf "$roots/made-mi300x-vf" --qemu-version 7.2 --libvirt-version 9.0
sed "s|include ..|include $PWD/tests/hosts|; s/cx6-dx/& vfs=4/" tests/hosts/made-pcie-gpus/host.txt >"$work/ports.txt"
python3 tests/hosts/mkhost.py "$work/ports.txt" "$work/ports"
shape two-ports "$work/ports" --gpus 0-1 --vf --nics 41:00
shape connectx8 "$roots/made-connectx8" --qemu-version 7.2 --libvirt-version 9.0
shape inner-switches "$roots/made-narrow-links"
into base tests/vm/base.xml example:hgx-h200 --gpus all
bases="conventional expander"
if all_boots; then
	bases="$bases foreign guide installed"
	into base-small tests/vm/base.xml example:hgx-h200 --gpus 0,4
fi
for base in $bases; do
	into "$base" "tests/bases/$base.xml" example:hgx-h200 --gpus 0,4
done
# the aliases tell the kinds
into flat <(sed "s|ua-second|ua-gpu-bb-own|; s|bus='0x9b'.*</source>|&<alias name='ua-gpu-9b-own'/>|; s|<boot order='1'/>|&<alias name='ua-nvme-own'/>|; s|persistent='ua-net0'/>|&<alias name='ua-nic-own'/>|" tests/bases/flat.xml) example:hgx-h200
if ! all_boots; then
	:
elif [ -n "${HGXTOPO_HOSTS:-}" ] && [ -e "$HGXTOPO_HOSTS/dell-xe9680-h100/sysroot.tar.xz" ]; then
	tar -xJf "$HGXTOPO_HOSTS/dell-xe9680-h100/sysroot.tar.xz" -C "$work"
	shape xe9680 "$work/xe9680-real"
else
	skip "the real XE9680: HGXTOPO_HOSTS is not set"
fi

everything="--nics all --nvme all --nvswitch all"
while read -r seed args; do
	# shellcheck disable=SC2086
	random "$seed" $args
done <<END
1 $everything
10
60 --vf --vms 1/2
93 --mirror root-complex
END
while all_boots && read -r seed args; do
	# shellcheck disable=SC2086
	random "$seed" $args
done <<END
5 --vms 2/2
13
14 --vms 2/2
16 --mirror root-complex
22 --mirror root-complex
24 --vf --vms 1/2
42
46 --nvme all
48 $everything
54
65 $everything
84 --mirror root-complex
94
102 $everything
113
116 --vms 2/3 --uneven
END
boot --mistaken example --both example --both nps4

# Wrong predictions, compared with the guest that the example really was.
while IFS='|' read -r verdict what; do
	check "a wrong prediction is caught: $what" test "$verdict" = caught
done <"$work/example/mistakes"
check "twenty wrong predictions were tried" test "$(wc -l <"$work/example/mistakes")" = 20

# Wrong guests, compared with the prediction.
plan swapped example:hgx-h200
sed -i '/^vfio/{s/bus=ua-port-0000_19/bus=OTHER/;s/bus=ua-port-0000_3b/bus=ua-port-0000_19/;s/bus=OTHER/bus=ua-port-0000_3b/}' \
	"$work/swapped/hgx-vm.qemu"
noticed "a GPU in place of another" swapped '0000:24:00.0: planned to be 0000:19:00.0 of the host, stands for 0000:3b:00.0'
plan lost example:hgx-h200
sed -i 's/bus_nr=64/bus_nr=45/' "$work/lost/hgx-vm.qemu"
noticed "a function that the firmware loses" lost '0000:40:00.3 root-port: is not in the guest'
plan bar-less example:hgx-h200
noticed "a device without a memory BAR" bar-less '0000:23:00.0 ua-nvme-0000_18_00_0: has no memory BAR' --bar-less
finish
