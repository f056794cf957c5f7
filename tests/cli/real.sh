#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The captures of real machines in HGXTOPO_HOSTS
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
only_for release_or_sanitized

if [ -z "${HGXTOPO_HOSTS:-}" ] || [ ! -e "$HGXTOPO_HOSTS/dell-xe9680-h100/sysroot.tar.xz" ]; then
	skip "the real machines: HGXTOPO_HOSTS is not set to their directory"
	finish
	exit
fi
tar -xJf "$HGXTOPO_HOSTS/dell-xe9680-h100/sysroot.tar.xz" -C "$work"
xe=$work/xe9680-real
"$hgxtopo" dump --json --from "$xe" >"$work/xe.json"
"$hgxtopo" dump --matrix --from "$xe" >"$work/xe.matrix"
"$hgxtopo" emit --libvirt --from "$xe" >"$work/xe.xml" 2>"$work/xe.err"
"$hgxtopo" emit --nccl --from "$xe" >"$work/xe.nccl" 2>/dev/null

count() { grep -c "$1" "$work/$2"; }
check "XE9680: 8 GPUs" test "$(count '"kind": "gpu"' xe.json)" = 8
check "XE9680: 8 ConnectX-7" test "$(grep '"kind": "nic"' "$work/xe.json" | grep -c '"device": "0x1021"')" = 8
check "XE9680: 4 NVSwitches" test "$(count '"kind": "nvswitch"' xe.json)" = 4
check "XE9680: 517 functions" test "$(count '"address":' xe.json)" = 517
# The path class between two addresses, by way of the legend's labels.
class() {
	awk -v a="$1" -v b="$2" '
		NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i + 1 }
		$2 == a { row = $1 }
		$2 == b { other = $1 }
		NR > 1 && !($1 in seen) { seen[$1]; for (i = 1; i <= NF; i++) cell[$1, i] = $i } # the legend comes later
		END { print cell[row, column[other]] }' "$work/xe.matrix"
}
check "XE9680: GPU 19 and NIC 1a are PIX" test "$(class 0000:19:00.0 0000:1a:00.0)" = PIX
check "XE9680: GPUs 19 and 3b are NODE" test "$(class 0000:19:00.0 0000:3b:00.0)" = NODE
check "XE9680: GPU 19 and the first GPU of the other socket are SYS" test "$(class 0000:19:00.0 0000:9b:00.0)" = SYS
assigned() { python3 - "$work/xe.xml" <<'EOF'
import sys, xml.etree.ElementTree as tree
for source in tree.parse(sys.argv[1]).iterfind('.//hostdev/source/address'):
    print('%04x:%02x:%02x.%x' % tuple(int(source.get(k), 16) for k in ('domain', 'bus', 'slot', 'function')))
EOF
}
assigned | sort >"$work/assigned"
of() { grep "$1" "$work/xe.json" | grep -oE '"address": "[^"]*"' | cut -d'"' -f4 | sort; }
of '"kind": "gpu"' >"$work/gpus"
check "XE9680: all 8 GPUs are assigned" test -z "$(comm -23 "$work/gpus" "$work/assigned")"
of '"kind": "nvswitch"' >"$work/nvswitches"
check "XE9680: all 4 NVSwitches are assigned" test -z "$(comm -23 "$work/nvswitches" "$work/assigned")"
of '"vendor": "0x1000", "device": "0x00b2"' >"$work/management"
check "XE9680: there are management endpoints to leave out" test "$(wc -l <"$work/management")" = 8
check "XE9680: no management endpoint is assigned" test -z "$(comm -12 "$work/management" "$work/assigned")"
of '"class": "0x0300' >"$work/vga"
check "XE9680: there is a VGA function, and it is not assigned" test -s "$work/vga" -a -z "$(comm -12 "$work/vga" "$work/assigned")"
check "XE9680: the LOM is not assigned" sh -c "! grep -q '0000:01:00' '$work/assigned'"
check "XE9680: no bridge is assigned" test -z "$(of '"class": "0x060400"' | comm -12 - "$work/assigned")"
check "XE9680: two findings say that the use of drives and NICs is unknown" test "$(grep -c 'the host itself uses is unknown' "$work/xe.err")" = 2
"$hgxtopo" dump --json --from "$work/xe.json" >"$work/again.json"
check "XE9680: reading the JSON back gives the same bytes" cmp "$work/xe.json" "$work/again.json"
# Every GPU and its ConnectX-7 are next to each other below one switch of the NCCL file.
check "XE9680: the NCCL file has 8 switches, each with a GPU and a NIC" python3 - "$work/xe.nccl" <<'EOF'
import sys, xml.etree.ElementTree as tree
system = tree.parse(sys.argv[1]).getroot()
groups = [group for cpu in system for group in cpu]
assert len(system) == 2 and len(groups) == 8, (len(system), len(groups))
for cpu in system:
    assert cpu.get('vendor') == 'GenuineIntel' and cpu.get('modelid') == '143'
for group in groups:
    classes = sorted(leaf.get('class')[:4] for leaf in group)
    assert classes.count('0x03') == 1 and '0x02' in classes, classes
EOF
if command -v virsh >/dev/null; then
	mkdir -p "$work/libvirt/etc"
	printf 'user = "root"\ngroup = "root"\n' >"$work/libvirt/etc/qemu.conf"
	# without /dev/kvm libvirt knows no domains of type kvm, and of others no host-passthrough
	[ -r /dev/kvm ] && [ -w /dev/kvm ] ||
		sed -i "s/<domain type='kvm'/<domain type='qemu'/; s/mode='host-passthrough'/mode='maximum'/; s/ migratable='off'//" "$work/xe.xml"
	check "XE9680: libvirt accepts the domain" virsh -q -c "qemu:///embed?root=$work/libvirt" define --validate "$work/xe.xml"
else
	missing "XE9680: virsh define"
fi

tar -xJf "$HGXTOPO_HOSTS/made-huge/sysroot.tar.xz" -C "$work"
"$hgxtopo" dump --json --from "$work/huge" >"$work/huge.json"
check "made-huge: 16 NUMA nodes, 512 CPUs and 1664 functions" \
	test "$(grep -c '"memory":' "$work/huge.json") $(grep -c '"online":' "$work/huge.json") $(count '"address":' huge.json)" = "16 512 1664"
"$hgxtopo" dump --json --from "$work/huge.json" >"$work/again.json"
check "made-huge: reading the JSON back gives the same bytes" cmp "$work/huge.json" "$work/again.json"
"$hgxtopo" emit --libvirt --from "$work/huge.json" >"$work/huge.xml" 2>"$work/huge.err"
status=$?
check "made-huge: 64 GPUs need more buses than a guest has; the refusal shows the arithmetic" \
	sh -c "test $status = 3 && grep -qE 'PCI (buses|controllers) are needed' '$work/huge.err' && test ! -s '$work/huge.xml'"
finish
