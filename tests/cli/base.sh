#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The mirror in existing domains, defined and dumped by the real libvirt
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh

libvirt() { virsh -q -c "qemu:///embed?root=$work/libvirt" "$@" 2>"$work/virsh.err"; }

# A domain that assigns no devices has to be given some.
devices() { grep -qE "<hostdev|type='hostdev'" "$1" || echo --gpus all; }

# filter FILE [OPTION…]
filter() { "$hgxtopo" emit --libvirt --from example:hgx-h200 --base "$@" 2>"$work/emit.err"; }

# The NCCL file of the domain as it is read back.
read_back() { "$hgxtopo" emit --nccl --from "$1" --host example:hgx-h200 2>"$work/emit.err"; }

# What a domain says of vCPUs and memory is there again: each element with all its attributes, and
# whatever is in it.
keeps() {
	python3 - "$1" "$2" <<'END'
import sys, xml.etree.ElementTree as E
names = ["maxMemory", "memory", "currentMemory", "memoryBacking", "vcpu", "vcpus", "iothreads", "iothreadids",
         "cputune", "numatune", "cpu"]
def holds(new, old):
    if new.tag != old.tag or (new.text or "").strip() != (old.text or "").strip() or not old.attrib.items() <= new.attrib.items():
        return False
    rest = list(new)
    for child in old:
        found = next((n for n in rest if holds(n, child)), None)
        if found is None:
            return False
        rest.remove(found)
    return True
old, new = (E.parse(path).getroot() for path in sys.argv[1:])
lost = [name for name in names if old.find(name) is not None and
        (new.find(name) is None or not holds(new.find(name), old.find(name)))]
sys.exit(f"lost: {lost}" if lost else 0)
END
}

define() {
	tame "$1" >"$work/d.xml"
	libvirt define --validate "$work/d.xml" && return
	grep -v -E '(info|warning) :' "$work/virsh.err"
	return 1
}

undefine() { libvirt undefine --nvram "$(libvirt list --all --uuid | head -n 1)"; }

# What a user of libvirt does: define, dump, mirror again, define, and once more.
round() {
	define "$1" || return
	libvirt dumpxml "$(libvirt list --all --uuid | head -n 1)" >"$work/dump.xml"
	undefine
	filter "$work/dump.xml" >"$work/second.xml" || { cat "$work/emit.err"; return 1; }
	define "$work/second.xml" || return
	undefine
	filter - <"$work/second.xml" >"$work/third.xml"
	cmp "$work/second.xml" "$work/third.xml" && same_seats "$1" "$work/second.xml"
}

# The addresses of our devices do not depend on what libvirt has added in between.
same_seats() {
	python3 - "$1" "$2" <<'END'
import sys, xml.etree.ElementTree as E
def seats(path):
    found = {}
    for element in E.parse(path).getroot().find("devices"):
        alias, address, target = (element.find(n) for n in ("alias", "address", "target"))
        if alias is not None and address is not None and alias.get("name").startswith("ua-"):
            found[alias.get("name")] = (element.get("index"), target is not None and target.get("busNr"),
                [int(address.get(k), 0) for k in ("bus", "slot", "function")])
    return found
one, two = map(seats, sys.argv[1:])
# libvirt gives addresses to the user's own
moved = [alias for alias in one if one[alias] != two.get(alias)]
sys.exit(f"moved: {moved}" if moved or not one else 0)
END
}

for base in tests/bases/*.xml; do
	name=$(basename "$base" .xml)
	# shellcheck disable=SC2046
	check "$name: the mirror is put into it" filter "$base" $(devices "$base")
	# shellcheck disable=SC2046
	filter "$base" $(devices "$base") >"$work/$name.xml"
	filter "$work/$name.xml" >"$work/again.xml"
	check "$name: a second run changes nothing" cmp "$work/$name.xml" "$work/again.xml"
	sed 's/$/\r/' "$base" >"$work/crlf.xml"
	# shellcheck disable=SC2046
	filter "$work/crlf.xml" $(devices "$base") | tr -d '\r' >"$work/lf.xml"
	check "$name: line endings are kept" cmp "$work/lf.xml" "$work/$name.xml"
	check "$name: its vCPUs and memory stay" keeps "$base" "$work/$name.xml"
	# shellcheck disable=SC2046
	"$hgxtopo" emit --nccl --from example:hgx-h200 --base "$base" $(devices "$base") >"$work/planned.nccl" 2>/dev/null
	read_back "$work/$name.xml" >"$work/read.nccl"
	check "$name: NCCL is told the same of the plan and of its domain" cmp "$work/planned.nccl" "$work/read.nccl"
	# shellcheck disable=SC2046
	filter "$base" --vcpus all $(devices "$base") >"$work/all.xml"
	check "$name: the host gives all of its vCPUs" grep -q "<vcpu placement=.static.>88<" "$work/all.xml"
	filter "$work/all.xml" --vcpus all >"$work/again.xml"
	check "$name: all of them, and a second run changes nothing" cmp "$work/all.xml" "$work/again.xml"
	# shellcheck disable=SC2046
	check "$name: emit --nccl accepts the same base domain" \
		"$hgxtopo" emit --nccl --from example:hgx-h200 --base "$base" $(devices "$base")
done

# The comparison itself finds a loss.
sed '/<vcpusched/d' "$work/tuned.xml" >"$work/lost.xml"
if keeps tests/bases/tuned.xml "$work/lost.xml" 2>/dev/null; then
	bad "an element that is lost is noticed"
else
	ok "an element that is lost is noticed"
fi

# A GPU of the mirror is where the domain says, although the user has an expander bus at 0x28.
"$hgxtopo" emit --nccl --from example:hgx-h200 --base tests/bases/expander.xml --gpus all \
	--nics near --nvme near --nvswitch all >"$work/nccl.xml" 2>/dev/null
check "the first GPU is on bus 0x44, after the user's buses" grep -q 'busid="0000:44:00.0"' "$work/nccl.xml"

refused() {
	sentence=$1 code=$2 said=$3
	"$hgxtopo" emit --libvirt --from example:hgx-h200 --base "$work/bad" --gpus all >"$work/out" 2>"$work/err"
	status=$?
	if [ $status = "$code" ] && [ ! -s "$work/out" ] && grep -qF "$said" "$work/err"; then
		ok "$sentence"
	else
		bad "$sentence: status $status"
		head -c 600 "$work/err"
	fi
}

sed 's/q35/pc-i440fx-7.2/' tests/bases/tiny.xml >"$work/bad"
refused "a domain that is not a q35 is refused" 3 "machine type pc-i440fx-7.2 is not supported"
# Until 0.2 controllers had no <model>, so that libvirt chose QEMU's device.
"$hgxtopo" emit --libvirt --from example:hgx-h200 >"$work/vm.xml" 2>/dev/null
check "each controller names QEMU's device" test "$(grep -cE "<controller type='pci' index='[1-9]" "$work/vm.xml")" = \
	"$(grep -cE "<model name='(pcie-root-port|x3130-upstream|xio3130-downstream|pxb-pcie)'/>" "$work/vm.xml")"
sed "/<model name='[px]/d" "$work/vm.xml" >"$work/old.xml"
filter "$work/old.xml" >"$work/new.xml"
check "a mirror without models is written anew with them" \
	diff <(grep -v "<model name='pcie-root-port'/>" "$work/vm.xml") <(grep -v "<model name='pcie-root-port'/>" "$work/new.xml")
filter "$work/new.xml" >"$work/again.xml"
check "a second run changes nothing there" cmp "$work/new.xml" "$work/again.xml"
sed 's/<devices.*<.devices>//' tests/bases/tiny.xml | sed 's/<devices.>//' >"$work/bad"
refused "a domain without <devices> is refused" 3 "has no <devices>"
{
	echo '<!DOCTYPE l [<!ENTITY l0 "ha">'
	for i in $(seq 9); do printf '<!ENTITY l%d "%s">\n' "$i" "$(printf "&l$((i - 1));%.0s" 1 2 3 4 5 6 7 8 9 10)"; done
	echo ']><domain>&l9;</domain>'
} >"$work/bad"
refused "an entity bomb is refused" 3 "document type declaration"
echo '<!DOCTYPE domain SYSTEM "http://127.0.0.1:1/x.dtd"><domain/>' >"$work/bad"
refused "an external DTD is refused" 3 "document type declaration"
echo '<domain>&amp;&file;</domain>' >"$work/bad"
refused "an entity is refused" 3 "entity 'file' is not defined"
head -c 100000000 /dev/zero | tr '\0' ' ' >"$work/bad"
refused "100 MB are refused" 3 "16 MiB"
head -c 400 tests/bases/installed.xml >"$work/bad"
refused "half a domain is refused" 3 "bad:"
iconv -t UTF-16 tests/bases/tiny.xml >"$work/bad"
refused "UTF-16 is refused" 3 "UTF-16"
echo '{ "format": "hgxtopo" }' >"$work/bad"
refused "JSON is refused" 3 "it does not start with a tag"
: >"$work/bad"
refused "an empty file is refused" 3 "bad: the file is empty;"

# The example of the man page: one half of the host in a domain, also in one that assigns a part of it.
"$hgxtopo" emit --libvirt --from example:hgx-h200 --vms 1/2 2>/dev/null >"$work/half.xml"
of() { grep -o "<hostdev" "$1" | wc -l; }
filter tests/bases/tiny.xml --vms 1/2 >"$work/out"
check "half of the host has GPUs, NICs and drives" test "$(of "$work/out")" = "$(of "$work/half.xml")"
filter /dev/stdin --gpus 0 --nics none --nvme none <tests/bases/tiny.xml >"$work/one.xml"
filter "$work/one.xml" --vms 1/2 >"$work/out"
check "also if the domain assigns a GPU of it" test "$(of "$work/one.xml") $(of "$work/out")" = "1 $(of "$work/half.xml")"
cp "$work/one.xml" "$work/bad"
refused_half() { "$hgxtopo" emit --libvirt --from example:hgx-h200 --base "$work/bad" --vms 2/2 2>&1 >"$work/out" | grep -q "belongs to VM 1 of 2; remove the element, or plan that VM (--vms 1/2)" && [ ! -s "$work/out" ]; }
check "a GPU of the other half is refused" refused_half

nic="<interface type='user'><model type='virtio'/></interface>"
full() { sed "s|<devices/>|<devices>$(printf "$nic%.0s" $(seq "$1"))</devices>|" >"$work/bad" <<'EOT'
<domain type='kvm'><name>full</name><memory unit='GiB'>1</memory><vcpu>2</vcpu><os><type arch='x86_64' machine='q35'>hvm</type></os><devices/></domain>
EOT
}
full 230
refused "230 devices leave no slots for the mirror; the refusal counts them" 3 "2 expander buses are needed, one per NUMA node with devices, but the chipset, the domain's own devices and the spare root ports leave only 1 of the 32 slots"
full 300
refused "300 devices do not even fit without the mirror" 3 "304 spare root ports are needed for devices without an address, 8 to a slot, but the domain leaves slots of pcie.0 for 240 of them"

if ! command -v virsh >/dev/null; then
	missing "virsh define"
	finish
	exit
fi
mkdir -p "$work/libvirt/etc"
cat >"$work/libvirt/etc/qemu.conf" <<'EOF2'
user = "root"
group = "root"
stdio_handler = "file"
security_driver = "none"
namespaces = []
cgroup_controllers = []
seccomp_sandbox = 0
remember_owner = 0
EOF2
for base in tests/bases/*.xml; do
	name=$(basename "$base" .xml)
	check "$name: libvirt accepts it, and mirroring its dump moves nothing" \
		round "$work/$name.xml"
done

# A running domain has ids, libvirt's own aliases and what libvirt found out while starting it.
tame tests/bases/installed.xml | sed -e '/<disk/,/<.disk>/d' -e 's/4194304/65536/' -e 's/ firmware="efi"//' \
	-e '/spice\|<graphics/d' >"$work/small.xml"
{
	echo "define $work/small.xml"
	echo "start vm1"
	echo "dumpxml vm1"
	echo "destroy vm1"
	echo "undefine vm1"
} | libvirt >"$work/live.txt"
sed -n '/^<domain/,/^<.domain>/p' "$work/live.txt" >"$work/live.xml"
check "the domain runs" grep -q "<domain type='qemu' id='" "$work/live.xml"
check "the mirror is put into a live dump" filter "$work/live.xml" --gpus all
filter "$work/live.xml" --gpus all >"$work/mirror.xml"
check "libvirt accepts that, and mirroring its dump moves nothing" round "$work/mirror.xml"
finish
