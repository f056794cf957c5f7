#!/bin/bash
# In a running guest: the NCCL file for what it shows, from what is known of the host
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh

host=$roots/hgx-h200
"$hgxtopo" dump --json --with-ids --from "$host" >"$work/host.json"
"$hgxtopo" dump --json --from "$host" >"$work/plain.json"
"$hgxtopo" emit --all --dir "$work/vm" --from "$host" 2>/dev/null
planned=$work/vm/hgx-vm.nccl.xml

# guest CHANGE…: its captured root is $work/guest
guest() {
	rm -rf "$work/guest"
	tests/guest.py "$work/vm/hgx-vm.guest.json" "$work/vm/hgx-vm.map.json" "$work/host.json" "$@" >"$work/guest.txt" &&
		tests/hosts/mkhost.py "$work/guest.txt" "$work/guest"
}
nccl() { "$hgxtopo" emit --nccl --from "$work/guest" --host-json "$@" >"$work/out.xml" 2>"$work/err"; }
same() { cmp "$work/out.xml" "$planned"; }
# says WORDS…: standard error is exactly these lines
says() { printf 'hgxtopo: %s\n' "$@" | diff - "$work/err"; }
known="note: matched with the plan by GUID: 8 NICs"
drives="note: matched with the plan by serial number: 8 NVMe drives"
rest="note: matched with the plan by address: 8 GPUs, 4 NVSwitches"

guest || bad "a guest could be made"
check "a guest as planned" nccl "$work/host.json"
check "it says how the devices were matched" says "$known" "$drives" "$rest"
check "its file is the planned one" same
nccl "$work/plain.json"
check "without serial numbers: by address" says "note: matched with the plan by address: 8 GPUs, 8 NICs, 8 NVMe drives, 4 NVSwitches"
check "the file is the same" same
nccl "$work/vm/hgx-vm.guest.json"
check "the plan's own topology of the guest will do" same
nccl - <"$work/host.json"
check "standard input will do" same
check "switches only" nccl "$work/host.json" --profile switches-only
check "they are 11 elements" test "$(grep -c '<[a-z]' "$work/out.xml")" = 11
check "without the host the guest's links would be those of emulated ports" sh -c \
	"'$hgxtopo' emit --nccl --profile host --from '$work/guest' | grep -q '2.5 GT/s'"

guest swap=0000:25:00.0,0000:45:00.0
nccl "$work/host.json"
check "NICs that changed places are told" test "$(grep -c 'NIC .* is at .* in the plan' "$work/err")" = 2
check "and what that breaks" grep -q 'warning: NIC 0000:25:00.0 .* shares its PCIe switch with 0000:23:00.0, but not in the plan' "$work/err"
nccl "$work/plain.json"
check "without serial numbers nobody can know" says "note: matched with the plan by address: 8 GPUs, 8 NICs, 8 NVMe drives, 4 NVSwitches"

guest drop=0000:24:00.0
nccl "$work/host.json"
check "a missing GPU is told" grep -q 'warning: GPU 0000:24:00.0 (.*) of the plan is not in the guest' "$work/err"
check "and is not in the file" sh -c "grep -v 0000:24:00.0 '$planned' | cmp - '$work/out.xml'"

guest flat=0000:24:00.0
nccl "$work/host.json"
check "a GPU without a switch is told" grep -q 'warning: GPU 0000:0[0-9a-f]:00.0 .* is not below a PCIe switch' "$work/err"
check "with its link of the host" grep -q '^    <pci busid="0000:09:00.0" class="0x030200" link_speed="32.0 GT/s PCIe" link_width="16"/>' "$work/out.xml"

guest cpus=40 numa=pci0000:40
nccl "$work/host.json"
check "CPUs that are missing are told" grep -q 'warning: NUMA node 0 has 40 CPUs, but the plan gives it 44' "$work/err"
check "so is a root bus without NUMA node" grep -q 'has no NUMA node, but the plan puts it on node 1' "$work/err"

guest "other=04.0 port id=1af4:1041 class=020000 driver=virtio-pci acs=none port=endpoint"
nccl "$work/host.json"
check "a NIC of the guest's own is not the plan's matter" says "$known" "$drives" "$rest"
check "and is not in the file" same

guest
nccl "$work/host.json" --gpus 0-3
check "with options that are not the domain's, the rest is not in the plan" test "$(grep -c 'is not in the plan' "$work/err")" -gt 0
nccl "$work/vm/hgx-vm.guest.json" --gpus 0-3
check "options do not go with a guest that is planned" grep -q '^hgxtopo: --gpus is about a plan; .* is a guest that has been planned already' "$work/err"

# a mirror in a domain with devices of its own, which have no address before libvirt gives one
"$hgxtopo" emit --all --dir "$work/based" --from "$host" --base tests/vm/base.xml 2>/dev/null
rm -rf "$work/guest"
tests/guest.py "$work/based/base.guest.json" "$work/based/base.map.json" "$work/host.json" >"$work/guest.txt" &&
	tests/hosts/mkhost.py "$work/guest.txt" "$work/guest" || bad "a guest with devices of its own could be made"
nccl "$work/host.json" --base tests/vm/base.xml
check "with a base domain: as planned" cmp "$work/out.xml" "$work/based/base.nccl.xml"
check "the guest's own devices are no differences" sh -c "sed -n '/matched with/p' '$work/err' | wc -l | grep -qx 3 && ! grep -q warning '$work/err'"

# what tells devices from another, as drivers and configuration space say it
cat >"$work/numbers.txt" <<END
include $PWD/tests/hosts/parts.txt
machine M 1
kernel 6.1.0 root=/dev/sda1
cpu C vendor=GenuineIntel family=6 model=143 stepping=1 threads=1 bits=46/48 flags=lm
node 0 package=0 cpus=0-3 memory=8G
root 10 numa=0
  01.0 root-port
    00.0 gpu-h200 uuid=GPU-8d1e
  02.0 root-port
    00.0 gpu-h200 uuid=GPU-????????
  03.0 root-port
    00.0 cx7 guid=a088:c203:0012:3456 dsn=a0-88-c2-03-00-12-34-56
  04.0 root-port
    00.0 nvme-boot serial=S6XB
END
for who in "" user; do
	rm -rf "$work/ids"
	{ cat "$work/numbers.txt"; echo $who; } >"$work/ids$who.txt"
	tests/hosts/mkhost.py "$work/ids$who.txt" "$work/ids" || bad "a machine with ids could be made"
	"$hgxtopo" dump --json --with-ids --from "$work/ids" | sed -n 's/.*"address": "0000:\(..\).*"ids": \(.*\) },*$/\1 \2/p' >"$work/found$who"
done
check "root finds every number" diff - "$work/found" <<'END'
11 { "drive_serial": null, "guid": "GPU-8d1e", "device_serial": null }
13 { "drive_serial": null, "guid": "a088:c203:0012:3456", "device_serial": "a0-88-c2-03-00-12-34-56" }
14 { "drive_serial": "S6XB", "guid": null, "device_serial": null }
END
check "a user finds all but those of configuration space" diff - "$work/founduser" <<'END'
11 { "drive_serial": null, "guid": "GPU-8d1e", "device_serial": null }
13 { "drive_serial": null, "guid": "a088:c203:0012:3456", "device_serial": null }
14 { "drive_serial": "S6XB", "guid": null, "device_serial": null }
END

"$hgxtopo" emit --nccl --install --from nowhere >"$work/install" 2>"$work/err"
check "--install tells the place" grep -q '/var/run/nvidia-topologyd/virtualTopology.xml' "$work/install"
check "and complains of nothing" test ! -s "$work/err"
sed -n '/^  printf/,/tmpfiles.d/p' "$work/install" | sed "s|/etc/tmpfiles.d|$work|" >"$work/install.sh"
check "its words for systemd-tmpfiles are a shell's" sh "$work/install.sh"
check "and two lines" test "$(grep -c '^[dC] /run/nvidia-topologyd' "$work/nvidia-topologyd.conf")" = 2
finish
