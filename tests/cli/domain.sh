#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# --from domain.xml: the guest sees what was planned, before and after libvirt defines the domain
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
bases=$PWD/tests/bases
make_roots
cd "$work" || exit 1

# same MACHINE OPTIONS…: the plan's NCCL file is that of its domain
same() {
	local machine=$1
	shift
	"$hgxtopo" emit --libvirt --from "$machine" "$@" >vm.xml 2>/dev/null &&
		"$hgxtopo" emit --nccl --from "$machine" "$@" >planned 2>/dev/null &&
		"$hgxtopo" emit --nccl --from vm.xml --host "$machine" >read 2>/dev/null &&
		cmp planned read
}
for machine in example:hgx-h200 "$roots"/made-a100-nested "$roots"/made-epyc-nps4 "$roots"/made-16-gpus; do
	check "$(basename "$machine"): the domain has the same NCCL file as its plan" same "$machine"
done
check "the same with one expander bus per root bus" same example:hgx-h200 --mirror root-complex
check "the same for VM 3 of 8" same example:hgx-h200 --vms 3/8

# Not written by us, but by a libvirt to come: QEMU's generic switch ports
"$hgxtopo" emit --libvirt --from example:hgx-h200 2>/dev/null >x3130.xml
sed 's/x3130-upstream/pcie-upstream-port/; s/xio3130-downstream/pcie-downstream-port/' x3130.xml >generic.xml
for name in x3130 generic; do
	"$hgxtopo" dump --json --from $name.xml --host example:hgx-h200 >$name.json 2>/dev/null
	grep -cE '"vendor": "(0x)?1b36", "device": "(0x)?001[56]"' $name.json >$name.count
	sed -E 's/"vendor": "(0x)?(104c|1b36)", "device": "(0x)?(8232|0015)"/up/; s/"vendor": "(0x)?(104c|1b36)", "device": "(0x)?(8233|0016)"/down/' \
		$name.json >$name.ports
done
check "generic switch ports have their own ids" test "$(cat x3130.count)" = 0 -a "$(cat generic.count)" = \
	"$(grep -cE 'x(io)?3130-' x3130.xml)"
check "apart from these, the guest is the same" cmp x3130.ports generic.ports
check "the NCCL file is the same" sh -c 'for n in x3130 generic; do "$1" emit --nccl --from $n.xml --host "$2" 2>/dev/null >$n.nccl; done
	test -s generic.nccl && cmp x3130.nccl generic.nccl' sh "$hgxtopo" example:hgx-h200
"$hgxtopo" emit --libvirt --from example:hgx-h200 --base generic.xml 2>/dev/null >again.xml
check "in a domain of ours they become those that every QEMU has" sh -c \
	'! grep -q -e "pcie-.*stream-port.[/]" again.xml && grep -q x3130-upstream again.xml'

# OVMF before edk2-stable202308 reserves IO space for ports that can hot-plug
warns() { "$hgxtopo" dump --json --from "$@" 2>&1 | grep -q '"ports-take-io"'; }
silent() { "$hgxtopo" dump --json --from "$@" >out 2>err && ! grep -q '"ports-take-io"' out; }
sed "s/ hotplug='off'//" x3130.xml >hotplug.xml
"$hgxtopo" emit --libvirt --from example:hgx-h200 --vms 1/4 2>/dev/null | sed "s/ hotplug='off'//" >few.xml
sed "s/ firmware='efi'//" hotplug.xml >seabios.xml
sed "s|</domain>|<qemu:commandline><qemu:arg value='-global'/><qemu:arg value='pcie-root-port.io-reserve=0'/></qemu:commandline>&|" \
	hotplug.xml >reserve.xml
"$hgxtopo" dump --json --from example:hgx-h200 | sed 's/"ovmf": [^,}]*/"ovmf": "2023.08"/' >newer.json
"$hgxtopo" dump --json --from example:hgx-h200 | sed 's/"ovmf": [^,}]*/"ovmf": "2023.05"/' >older.json
check "many ports that can hot-plug have a warning" warns hotplug.xml
check "also if the host's OVMF is one of those" warns hotplug.xml --host older.json
check "but not if it is newer" silent hotplug.xml --host newer.json
check "not if no port can hot-plug" silent x3130.xml
check "not if few can" silent few.xml
check "not if they reserve nothing" silent reserve.xml
check "not with SeaBIOS" silent seabios.xml
# The ports of a base domain stay as they are; only those that an earlier run wrote are written anew.
based() { "$hgxtopo" emit --libvirt --from example:hgx-h200 --base "$1" 2>&1 >based.xml | grep -c 'ports of the domain can hot-plug'; }
{
	echo "<domain type='kvm'><os firmware='efi'><type arch='x86_64' machine='q35'>hvm</type></os><memory unit='GiB'>64</memory><vcpu>8</vcpu><devices>"
	for i in $(seq 24); do echo "<controller type='pci' index='$i' model='pcie-root-port'/>"; done
	echo "<hostdev mode='subsystem' type='pci'><source><address bus='0x19' slot='0' function='0'/></source></hostdev></devices></domain>"
} >ports.xml
sed "s|pcie-root-port'/>|pcie-root-port'><target hotplug='off'/></controller>|" ports.xml >off.xml
check "the ports of a base domain have the warning too" test "$(based ports.xml)" = 1
check "not if they cannot hot-plug" test "$(based off.xml)" = 0
check "not if an earlier run wrote them" test "$(based hotplug.xml)" = 0

# In a domain without <topology> each vCPU is a package.
echo "<domain type='kvm'><name>d</name><memory unit='GiB'>8</memory><vcpu>300</vcpu><os><type arch='x86_64'
 machine='q35'>hvm</type></os><features><acpi/></features><devices/></domain>" >many.xml
check "hundreds of packages have one line" sh -c \
	'"$1" dump --from many.xml | grep "^package" | grep -x "package0-299: x86_64 processor, 1 core, 1 CPU each"' sh "$hgxtopo"
check "eight have a line each" sh -c \
	'sed "s/>300</>8</" many.xml | "$1" dump --from - | grep -c "^package[0-7]: x86_64 processor, 1 core, 1 CPU$" | grep -x 8' sh "$hgxtopo"

host=example:hgx-h200
"$hgxtopo" emit --all --dir all --from $host 2>/dev/null
"$hgxtopo" dump --matrix --from all/hgx-vm.guest.json >planned
matrix() { "$hgxtopo" dump --matrix --from "$1" "${@:2}" 2>err | sed 's/  [^ ].*(.*)$//'; }
matrix all/hgx-vm.xml --host $host >read
sed -i 's/  [^ ].*(.*)$//' planned
check "the domain has the same matrix as the planned guest" cmp planned read
check "with the host given, there are no findings" test ! -s err
matrix - <all/hgx-vm.xml >read
check "without the host, the path classes are the same" sh -c 'sed "/^$/q" planned >a; sed "/^$/q" read >b; cmp a b'
check "without the host, a note says what is unknown" grep -q '^hgxtopo: note: devices that the domain assigns: 28; ' err
check "a byte order mark and blanks before the XML are accepted" \
	sh -c '{ printf "\357\273\277\n  "; sed "/^<?xml/d" all/hgx-vm.xml; } >bom.xml; "$1" dump --from bom.xml | head -n 1 | grep -q ^guest:' sh "$hgxtopo"
"$hgxtopo" dump --json --from all/hgx-vm.xml --host $host >read.json
check "the JSON of a domain can be read back" sh -c '"$1" emit --nccl --from read.json 2>/dev/null | cmp - all/hgx-vm.nccl.xml' sh "$hgxtopo"
"$hgxtopo" emit --nccl --from all/hgx-vm.xml >out 2>err
check "without the host, the NCCL file says what the guest shows" \
	sh -c 'sed "s/ link_speed=\"[^\"]*\" link_width=\"[^\"]*\"//; s/ vendor=.*modelid=\"143\"//; s/\"0x030200\"/\"0x030000\"/; s/\"0x020700\"/\"0x020000\"/" all/hgx-vm.nccl.xml | cmp - out'
check "a note says what the host would add" grep -q "give the host's topology too (--host): the file for NCCL then states the switches and links of the host" err
sed 's/<alias name=.ua-\(gpu\|nic\)-.*//' all/hgx-vm.xml >nameless.xml
"$hgxtopo" emit --nccl --from nameless.xml >out 2>err
check "a file without any GPU needs the host" \
	sh -c 'test "$1 $(wc -c <out)" = "3 0" && tail -n 1 err | grep -q "device and link speed are unknown without the host.s topology; give it too (--host)"' sh $?
"$hgxtopo" emit --nccl --from all/hgx-vm.xml --host "$roots/made-one-gpu" >out 2>err
check "it has to be the domain's host" \
	test "$? $(wc -c <out) $(tail -n 1 err)" = "3 0 hgxtopo: 0000:24:00.0: device and link speed are unknown, because the host that was given does not have this device; give the host that the domain runs on [device-unknown]"
"$hgxtopo" emit --nccl --from "$bases/tiny.xml" >out 2>err
check "a domain without GPUs needs no NCCL file" \
	test "$? $(wc -c <out) $(tail -n 1 err)" = "3 0 hgxtopo: this VM has no GPU; NCCL does not need a file for it [no-gpu]"
"$hgxtopo" emit --libvirt --from all/hgx-vm.xml >out 2>err
check "a guest cannot be planned" test "$? $(wc -c <out)" = "2 0"
"$hgxtopo" emit --nccl --gpus 0 --from all/hgx-vm.xml --host $host >out 2>err
check "options that choose devices are refused for a guest" test "$? $(wc -c <out)" = "2 0"

"$hgxtopo" dump --json --from read.json >guest.json
"$hgxtopo" emit --nccl --libvirt-version 11.3 --from guest.json >out 2>err
check "--libvirt-version is refused for the JSON of a guest" \
	test "$? $(cat err)" = "3 hgxtopo: guest.json: not a libvirt domain, so --libvirt-version does not apply; leave it out [source-kind]"
sed 's|</devices>|<controller type="usb" index="1" model="nec-xhci"/><controller type="virtio-serial"/></devices>|' \
	all/hgx-vm.xml >open.xml
"$hgxtopo" dump --json --from open.xml --libvirt-version 10.0 >old.json
"$hgxtopo" dump --json --from open.xml --libvirt-version 12.8 >new.json
check "versions of libvirt place devices differently" sh -c '! cmp -s old.json new.json'
check "a note names the version" sh -c 'grep -q "they are assumed where libvirt 10.0 puts them" old.json && grep -q "they are assumed where libvirt 12.8 puts them" new.json'
"$hgxtopo" dump --json --from open.xml --host $host | grep -q "they are assumed where libvirt 9.0 puts them"
check "the default is the version of the host" test $? = 0
"$hgxtopo" emit --nccl --libvirt-version 12.8 --from open.xml --host $host >out 2>err
check "emit --nccl takes --libvirt-version for a domain" sh -c 'grep -q "libvirt 12.8" err && cmp out all/hgx-vm.nccl.xml'

if ! command -v virsh >/dev/null; then
	missing "domains defined by libvirt"
	finish
	exit
fi
"$hgxtopo" dump --json --from open.xml --libvirt-version "$(virsh --version)" >told.json
"$hgxtopo" dump --json --from open.xml >found.json
check "without a host, the default is the version installed here" cmp told.json found.json
libvirt() { virsh -q -c "qemu:///embed?root=$work/libvirt" "$@" 2>virsh.err; }
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
	bad "libvirt does not accept the domain"
else
	"$hgxtopo" emit --nccl --from dump.xml --host $host >read
	check "libvirt's dump has the same NCCL file" cmp all/hgx-vm.nccl.xml read
	sed 's|</devices>|<disk type="file" device="disk"><source file="/d"/><target dev="vda" bus="virtio"/></disk><interface type="user"><model type="virtio"/></interface></devices>|' all/hgx-vm.xml >more.xml
	"$hgxtopo" dump --json --from more.xml --host $host --libvirt-version "$(virsh --version)" >before.json
	check "a note names devices without an address" grep -q "without a PCI address: 2 of the domain's devices and controllers (the first is the <disk> in line " before.json
	check "these devices are on the spare ports" sh -c 'grep -c "\"address\": \"0000:0[12]:00.0\"" before.json | grep -qx 2'
	check "libvirt gives these devices an address" defined more.xml
	"$hgxtopo" dump --json --from dump.xml --host $host >read.json
	check "libvirt gives them the predicted address" sh -c 'for f in before read; do sed -n "/^  \"pci\"/,/^  ]/p" $f.json >$f; done; test -s read && cmp before read'
	check "after that, there is no such note" sh -c '! grep -q libvirt-places read.json'
	check "the mirror has not moved" sh -c '"$1" emit --nccl --from dump.xml --host "$2" 2>/dev/null | cmp - all/hgx-vm.nccl.xml' sh "$hgxtopo" $host
fi
finish
