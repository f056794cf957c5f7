#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The emitted domains are defined by the real libvirt (its QEMU driver inside virsh, no daemon)
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
only_for release_build
make_roots

libvirt() { virsh -q -c "qemu:///embed?root=$work/libvirt" "$@" 2>"$work/virsh.err"; }

define() {
	tame "$1" >"$work/d.xml"
	libvirt "define --validate $work/d.xml; list --all --uuid" >"$work/uuid"
	if ! grep -q . "$work/uuid"; then
		grep -v -E '(info|warning) :' "$work/virsh.err"
		return 1
	fi
	libvirt undefine --nvram "$(cat "$work/uuid")"
}

if ! command -v virsh >/dev/null; then
	missing "virsh define"
	finish
	exit
fi
# libvirt's own schema
schema=/usr/share/libvirt/schemas/domain.rng
valid() { xmllint --noout --relaxng "$schema" "$1"; }
if ! command -v xmllint >/dev/null || [ ! -e "$schema" ]; then
	missing "xmllint and libvirt's schemas"
	valid() { :; }
fi

# shape SENTENCE ARGS…: libvirt accepts the domain that `emit --libvirt ARGS` writes
shape() {
	local sentence=$1
	shift
	if ! "$hgxtopo" emit --libvirt "$@" >"$work/shape.xml" 2>"$work/shape.err"; then
		bad "$sentence: no domain"
		sed 's/^/    /' "$work/shape.err" | tail -n 3
		return
	fi
	check "$sentence: the domain matches libvirt's schema" valid "$work/shape.xml"
	check "$sentence: libvirt accepts the domain" define "$work/shape.xml"
}

mkdir -p "$work/libvirt/etc"
printf 'user = "root"\ngroup = "root"\n' >"$work/libvirt/etc/qemu.conf"
for dir in tests/hosts/*/host.txt; do
	dir=${dir%/host.txt}
	[ -e "$dir/domain.xml" ] && [ -s "$dir/domain.xml" ] || continue
	check "$(basename "$dir"): the domain matches libvirt's schema" valid "$dir/domain.xml"
	check "$(basename "$dir"): libvirt accepts the domain" define "$dir/domain.xml"
done
# and those for newer ones, by a libvirt that is new enough
version=$(virsh --version)
for file in tests/hosts/*/domain-*.xml; do
	for_version=${file##*/domain-}
	for_version=${for_version%.xml}
	check "$(basename "$(dirname "$file")"), for libvirt $for_version: the domain matches libvirt's schema" valid "$file"
	printf '%s\n' "$for_version" "$version" | sort -CV || continue
	check "$(basename "$(dirname "$file")"): libvirt $version accepts the domain for $for_version" define "$file"
done
"$hgxtopo" emit --libvirt --from example:hgx-h200 >"$work/example.xml" 2>/dev/null
check "the example: libvirt accepts the domain" define "$work/example.xml"
"$hgxtopo" emit --libvirt --from example:hgx-h200 --name 'a <b> & c' --memory 1792G --reserve-cores 8 \
	>"$work/options.xml" 2>/dev/null
check "the example with --name, --memory and --reserve-cores: libvirt accepts the domain" define "$work/options.xml"
check "--memory 1792G gives each cell 939524096 KiB, as in the vendor's guide" \
	test "$(grep -c "memory='939524096' unit='KiB'" "$work/options.xml")" = 2
example="--from example:hgx-h200"
map="--module-ids 4,6,5,7,0,2,1,3"
while IFS='|' read -r sentence args; do
	# shellcheck disable=SC2086
	shape "$sentence" $args
done <<END
VM 1 of 2|$example --vms 1/2
VM 2 of 4|$example --vms 2/4
VM 3 of 8|$example --vms 3/8
an uneven VM|$example --vms 2/3 --uneven
a partition of four GPUs|$example --partition 2 $map
a partition of one GPU|$example --partition 9 $map
one expander bus per root bus|$example --mirror root-complex
one expander bus per root bus of a VM|$example --mirror root-complex --vms 1/2
huge pages|$example --memory 64G --hugepages 1G
few vCPUs|$example --gpus 0-1 --vcpus 8 --memory 32G/cell
libvirt 7.0|$example --libvirt-version 7.0 --qemu-version 6.2
no NICs, one drive|$example --nics none --nvme 18:00.0 --gpus 0
an additional NIC and drive|$example --gpus 0 --add 3a:00.0,3c:00.0
END
sed "s/<target busNr='64'>/<target busNr='255'>/" "$work/example.xml" >"$work/broken.xml"
check "the damage changes the domain" sh -c "! grep -q \"busNr='64'\" '$work/broken.xml'"
if define "$work/broken.xml" >/dev/null; then bad "libvirt accepted bus 255"; else ok "libvirt refuses bus 255"; fi

while IFS='|' read -r what one two; do
	with_slit "$one" "$two" >"$work/slit.json"
	shape "distances, $what" --from "$work/slit.json"
done <<<"$odd_slits"

made() { shape "$1" --from "$roots/$2" "${@:3}"; }
made "several dies per socket" made-epyc-nps4
made "several dies per socket, one expander bus per root bus" made-epyc-nps4 --mirror root-complex
made "several dies per socket in one of two VMs" made-epyc-nps4 --vms 2/2
made "one node of a socket" made-epyc-nps4 --vms 3/8
made "huge pages of 2 MiB" made-epyc-nps4 --hugepages 2M --memory 4G
made "no SMT siblings" made-epyc-nps4 --smt off
made "16 GPUs in four VMs" made-16-gpus --vms 4/4
"$hgxtopo" dump --json --from "$roots/made-16-gpus" | sed 's/ SXM / PCIe /' >"$work/pcie.json"
shape "GPUDirect cliques" --from "$work/pcie.json"
check "two GPUs of a switch have an id of their own" sh -c "grep \"x-nv-gpudirect-clique.*value='7'\" $work/shape.xml | wc -l | grep -qx 2"
made "libvirt 6.0" made-one-gpu --libvirt-version 6.0 --qemu-version 4.2

# A random host with too few cores or too many devices is skipped.
random_host=$B/tests/unit/random_host seeds="$(seq 20) $RANDOM"
if [ ! -x "$random_host" ]; then
	[ "${CI:-}" = true ] && bad "$random_host is not built" || skip "random hosts: run make $random_host"
	seeds=
fi
for seed in $seeds; do
	case $((seed % 3)) in 0) args="--mirror root-complex" ;; 1) args="--vms 1/1 --smt off" ;; *) args= ;; esac
	"$random_host" "$seed" >"$work/random.json"
	# shellcheck disable=SC2086
	"$hgxtopo" emit --libvirt --from "$work/random.json" $args >/dev/null 2>&1 || continue
	# shellcheck disable=SC2086
	shape "random_host $seed $args" --from "$work/random.json" $args
done
finish
