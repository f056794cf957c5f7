#!/bin/bash
# --from domain.xml: what a guest will see is what the plan said, also after libvirt had the domain
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
cd "$work" || exit 1

# same MACHINE OPTIONS…: the plan's NCCL file and matrix, and those of its domain
same() {
	local machine=$1
	shift
	"$hgxtopo" emit --libvirt --from "$machine" "$@" >vm.xml 2>/dev/null &&
		"$hgxtopo" emit --nccl --from "$machine" "$@" >planned 2>/dev/null &&
		"$hgxtopo" emit --nccl --from vm.xml --host "$machine" >read 2>/dev/null &&
		cmp planned read
}
for machine in example:hgx-h200 "$roots"/made-a100-nested "$roots"/made-epyc-nps4 "$roots"/made-16-gpus; do
	check "$(basename "$machine"): its domain has the NCCL file of its plan" same "$machine"
done
check "the same with an expander bus for each root bus" same example:hgx-h200 --mirror root-complex
check "the same for VM 3 of 8" same example:hgx-h200 --vms 3/8

host=example:hgx-h200
"$hgxtopo" emit --all --dir all --from $host 2>/dev/null
"$hgxtopo" dump --matrix --from all/hgx-vm.guest.json >planned
matrix() { "$hgxtopo" dump --matrix --from "$1" "${@:2}" 2>err | sed 's/  [^ ].*(.*)$//'; }
matrix all/hgx-vm.xml --host $host >read
sed -i 's/  [^ ].*(.*)$//' planned
check "its matrix is that of the guest" cmp planned read
check "with the host there is nothing to tell" test ! -s err
matrix - <all/hgx-vm.xml >read
check "without the host the classes are the same" sh -c 'sed "/^$/q" planned >a; sed "/^$/q" read >b; cmp a b'
check "and it says what is not known" grep -q '^hgxtopo: note: devices that the domain assigns: 28; ' err
check "a byte order mark and blanks before it do no harm" \
	sh -c '{ printf "\357\273\277\n  "; sed "/^<?xml/d" all/hgx-vm.xml; } >bom.xml; "$1" dump --from bom.xml | head -n 1 | grep -q ^guest:' sh "$hgxtopo"
"$hgxtopo" dump --json --from all/hgx-vm.xml --host $host >read.json
check "its JSON can be read back" sh -c '"$1" emit --nccl --from read.json 2>/dev/null | cmp - all/hgx-vm.nccl.xml' sh "$hgxtopo"
"$hgxtopo" emit --nccl --from all/hgx-vm.xml >out 2>err
check "an NCCL file needs the host" \
	test "$? $(wc -c <out) $(tail -n 1 err)" = "3 0 hgxtopo: 0000:24:00.0: device and link speed are unknown without the host's topology; give it too (--host)"
"$hgxtopo" emit --libvirt --from all/hgx-vm.xml >out 2>err
check "a guest is not planned" test "$? $(wc -c <out)" = "2 0"
"$hgxtopo" emit --nccl --gpus 0 --from all/hgx-vm.xml --host $host >out 2>err
check "and its devices are not chosen" test "$? $(wc -c <out)" = "2 0"

if ! command -v virsh >/dev/null; then
	missing "domains defined by libvirt"
	finish
	exit
fi
libvirt() { virsh -q -c "qemu:///embed?root=$work/libvirt" "$@" 2>virsh.err; }
# without /dev/kvm libvirt knows no domains of type kvm, and of others no host-passthrough
tame() { sed -E "s/type='kvm'/type='qemu'/; s/mode='host-passthrough'/mode='maximum'/; s/ migratable='off'//" "$1"; }
mkdir -p libvirt/etc
printf 'user="root"\ngroup="root"\n' >libvirt/etc/qemu.conf
# defined FILE: what libvirt makes of it
defined() {
	tame "$1" >tame.xml
	libvirt define --validate tame.xml && libvirt dumpxml "$(libvirt list --all --uuid | head -n 1)" >dump.xml &&
		libvirt undefine --nvram "$(libvirt list --all --uuid | head -n 1)" || { cat virsh.err; false; }
}
if ! defined all/hgx-vm.xml >out; then
	cat out
	bad "libvirt does not take the domain"
else
	"$hgxtopo" emit --nccl --from dump.xml --host $host >read
	check "what libvirt dumps has the same NCCL file" cmp all/hgx-vm.nccl.xml read
	sed 's|</devices>|<disk type="file" device="disk"><source file="/d"/><target dev="vda" bus="virtio"/></disk><interface type="user"><model type="virtio"/></interface></devices>|' all/hgx-vm.xml >more.xml
	"$hgxtopo" dump --json --from more.xml --host $host >before.json
	check "devices without an address are told" grep -q "without a PCI address: 2 of the domain's devices and controllers (the first is the <disk> in line " before.json
	check "they are on the spare ports" sh -c 'grep -c "\"address\": \"0000:0[12]:00.0\"" before.json | grep -qx 2'
	check "libvirt gives them an address" defined more.xml
	"$hgxtopo" dump --json --from dump.xml --host $host >read.json
	check "it is that one" sh -c 'for f in before read; do sed -n "/^  \"pci\"/,/^  ]/p" $f.json >$f; done; test -s read && cmp before read'
	check "nothing is left to tell" sh -c '! grep -q libvirt-places read.json'
	check "and the mirror stays where it is" sh -c '"$1" emit --nccl --from dump.xml --host "$2" 2>/dev/null | cmp - all/hgx-vm.nccl.xml' sh "$hgxtopo" $host
fi
finish
