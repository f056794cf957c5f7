#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Linux in the domains: every function, path, CPU, node and NCCL bus id is as planned
#
# Each shape is booted by one of the firmwares, and the example by both. HGX_BOOTS=all boots each by
# both.
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh

boot=$(realpath "$B")/vm
small="--memory 2G --vcpus 8"

# plan CASE SOURCE OPTION…: makes the files that linux.py needs
plan() {
	local case=$1 from=$2 name="--name $1"
	shift 2
	[[ " $* " = *" --base "* ]] && name=
	mkdir "$work/$case" && echo "$*" >"$work/$case/options" &&
		"$hgxtopo" dump --json --from "$from" >"$work/$case/host.json" &&
		"$hgxtopo" emit --all --dir "$work/$case" --from "$from" $name "$@" 2>"$work/plan.err" ||
		bad "$case: no plan: $(tail -n 1 "$work/plan.err")"
}

made() { python3 tests/hosts/mkhost.py "tests/hosts/$1/host.txt" "$work/$1"; }

# planned RUN SENTENCE: passes without differences, otherwise shows them and both trees
planned() {
	if [ -e "$work/$1.log" ] && [ ! -s "$work/$1.log" ]; then
		ok "$2"
	else
		bad "$2"
		sed 's/^/    /' "$work/$1.log"
	fi
}

# caught KIND WORDS: passes if these words report a domain that was damaged like this
caught() {
	if grep -q "$2" "$work/two-seabios-$1.log"; then
		ok "a wrong prediction ($1) is caught"
	else
		bad "a wrong prediction ($1) is not caught"
	fi
}

if ! command -v virsh >/dev/null || ! command -v qemu-system-x86_64 >/dev/null || [ ! -e "$boot/vmlinuz" ]; then
	missing "guests with Linux"
	finish
	exit
fi
made made-a100-nested
made made-epyc-nps4
plan nps4 "$work/made-epyc-nps4" --vcpus 16 --memory 4G --skip 04:00.1
plan example example:hgx-h200 $small
plan root-complex example:hgx-h200 $small --mirror root-complex
plan a100 "$work/made-a100-nested" $small
plan quarter example:hgx-h200 $small --vms 2/4
# one GPU, whose stand-in has its real BAR of 256 GiB
plan one example:hgx-h200 $small --gpus 0
plan base example:hgx-h200 $small --gpus 0,4 --base tests/vm/base.xml
plan two example:hgx-h200 $small --gpus 0,4

boots="nps4/ovmf example/ovmf example/seabios root-complex/seabios a100/seabios quarter/seabios base/ovmf one/ovmf"
if [ "${HGX_BOOTS:-}" = all ]; then
	boots="$boots nps4/seabios root-complex/ovmf a100/ovmf quarter/ovmf base/seabios one/seabios"
fi
damages="bus node switch swap"
runs=$boots
for damage in $damages; do runs="$runs two/seabios/$damage"; done
# shellcheck disable=SC2086
python3 tests/vm/linux.py --boot "$boot" --hgxtopo "$hgxtopo" "$work" $runs
for guest in $boots; do
	planned "${guest%/*}-${guest#*/}" "${guest%/*}: Linux on ${guest#*/} shows what was planned"
done
caught bus 'is not in the guest'
caught node 'planned on NUMA node 0, is on 1'
caught switch 'of the host: path class'
caught swap 'stands for'
finish
