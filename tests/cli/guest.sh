#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# In a running guest: the NCCL file for what it really shows, with what is known about the host
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
only_for release_or_sanitized
make_roots

host=$roots/hgx-h200
"$hgxtopo" dump --json --with-ids --from "$host" >"$work/host.json"
"$hgxtopo" dump --json --from "$host" >"$work/plain.json"
"$hgxtopo" emit --all --dir "$work/vm" --from "$host" 2>/dev/null
planned=$work/vm/hgx-vm.nccl.xml

# guest CHANGE…: makes $work/guest, the captured root of a guest
guest() {
	rm -rf "$work/guest"
	tests/cli/guest.py "$work/vm/hgx-vm.guest.json" "$work/vm/hgx-vm.map.json" "$work/host.json" "$@" >"$work/guest.txt" &&
		tests/hosts/mkhost.py "$work/guest.txt" "$work/guest"
}
nccl() { "$hgxtopo" emit --nccl --from "$work/guest" --host-json "$@" >"$work/out.xml" 2>"$work/err"; }
same() { cmp "$work/out.xml" "$planned"; }
# says WORDS…: standard error is exactly these lines
says() { printf 'hgxtopo: %s\n' "$@" | diff - <(without_rules "$work/err"); }
known="note: matched with the plan by GUID: 8 NICs"
drives="note: matched with the plan by serial number: 8 NVMe drives"
rest="note: matched with the plan by address: 8 GPUs, 4 NVSwitches"

guest || bad "no guest could be made"
check "a guest as planned gets a file" nccl "$work/host.json"
check "notes say how its devices were matched" says "$known" "$drives" "$rest"
check "the file is the planned one" same
nccl "$work/plain.json"
check "without serial numbers, devices are matched by address" says "note: matched with the plan by address: 8 GPUs, 8 NICs, 8 NVMe drives, 4 NVSwitches"
check "the file is the same" same
nccl "$work/vm/hgx-vm.guest.json"
check "the file is the same with NAME.guest.json of the plan" same
nccl - <"$work/host.json"
check "the file is the same with the host from standard input" same
check "--profile switches-only writes a file" nccl "$work/host.json" --profile switches-only
check "that file has 11 elements" test "$(grep -c '<[a-z]' "$work/out.xml")" = 11
check "without the host, the links would be those of emulated ports" sh -c \
	"'$hgxtopo' emit --nccl --profile host --from '$work/guest' | grep -q '2.5 GT/s'"

guest swap=0000:25:00.0,0000:45:00.0
nccl "$work/host.json"
check "swapped NICs are reported" test "$(grep -c 'NIC .* is at .* in the plan' "$work/err")" = 2
check "a warning says what the swap breaks" grep -q 'warning: NIC 0000:25:00.0 .* shares its PCIe switch with 0000:23:00.0, but not in the plan' "$work/err"
nccl "$work/plain.json"
check "without serial numbers, a swap goes unnoticed" says "note: matched with the plan by address: 8 GPUs, 8 NICs, 8 NVMe drives, 4 NVSwitches"

guest drop=0000:24:00.0
nccl "$work/host.json"
check "a missing GPU is reported" grep -q 'warning: GPU 0000:24:00.0 (.*) of the plan is not in the guest' "$work/err"
check "the missing GPU is not in the file" sh -c "grep -v 0000:24:00.0 '$planned' | cmp - '$work/out.xml'"

# with UUIDs, as the driver of the GPUs tells them on the host and in the guest
cp "$work/host.json" "$work/kept.json"
plain_host=$work/kept.json
uuids() {
	python3 -c 'import json, sys
host = json.load(open(sys.argv[1]))
for i, gpu in enumerate(f for f in host["pci"] if f["kind"] == "gpu"):
    gpu["ids"] = {"drive_serial": None, "device_serial": None}
    gpu["ids"]["guid"] = f"GPU-{i:08x}-0000-0000-0000-000000000000"
json.dump(host, open(sys.argv[2], "w"))' "$plain_host" "$work/uuids.json"
}
check "the GPUs get UUIDs" uuids
guest flat=0000:24:00.0
nccl "$plain_host"
check "a GPU elsewhere that nothing identifies is refused" \
	sh -c 'test ! -s "$1/out.xml" && grep -q "^hgxtopo: GPU 0000:[0-9a-f:.]* (.*no serial number or GUID tells which of its devices this is" "$1/err" && grep -q "hgxtopo emit --nccl --from DOMAIN --host SOURCE" "$1/err"' sh "$work"
cp "$work/uuids.json" "$work/host.json"
guest flat=0000:24:00.0
nccl "$work/host.json"
check "a GPU without a switch is reported" grep -q 'warning: GPU 0000:0[0-9a-f]:00.0 .* is not below a PCIe switch' "$work/err"
check "that GPU and its NIC are below the host's switch" sh -c \
	'grep -A 2 "busid=\"ffff:ff:01.0\" class=\"0x060400\" link_speed=\"32.0 GT/s PCIe\"" "$1" | grep -c "class=\"0x0302\|class=\"0x0207" | grep -qx 2' sh "$work/out.xml"
guest flat=all
nccl "$work/host.json"
check "a note says that the guest has no switches" grep -q 'note: no GPU or NIC of the guest is below a PCIe switch' "$work/err"
tree() { sed 's/busid="[^"]*"//; s/numaid="[^"]*" affinity="[^"]*"//' "$1"; }
tree "$planned" >"$work/planned.tree"
tree "$work/out.xml" >"$work/flat.tree"
check "the file of a flat guest has the tree of the host" cmp "$work/planned.tree" "$work/flat.tree"
nccl "$plain_host"
check "without UUIDs the file of a flat guest is refused" test ! -s "$work/out.xml"
cp "$plain_host" "$work/host.json"

guest cpus=40 numa=pci0000:40
nccl "$work/host.json"
check "missing CPUs are reported" grep -q 'warning: NUMA node 0 has 40 CPUs, but the plan gives it 44' "$work/err"
check "a root bus without a NUMA node is reported" grep -qE '(has|have) no NUMA node, but the plan puts it on node 1' "$work/err"

guest "other=04.0 port id=1af4:1041 class=020000 driver=virtio-pci acs=none port=endpoint"
nccl "$work/host.json"
check "a NIC that only the guest has is not reported" says "$known" "$drives" "$rest"
check "that NIC is not in the file" same

guest
nccl "$work/host.json" --gpus 0-3
check "with other options than the domain's, some devices are not in the plan" grep -qE 'not in the plan: .*guest-more' "$work/err"
nccl "$work/vm/hgx-vm.guest.json" --gpus 0-3
check "options are refused with a guest that is already planned" grep -q '^hgxtopo: --gpus is about a plan; .* is a guest that has been planned already' "$work/err"

# a mirror in a domain with its own devices, which have no address until libvirt gives them one
"$hgxtopo" emit --all --dir "$work/based" --from "$host" --base tests/vm/base.xml --gpus all 2>/dev/null
rm -rf "$work/guest"
tests/cli/guest.py "$work/based/base.guest.json" "$work/based/base.map.json" "$work/host.json" >"$work/guest.txt" &&
	tests/hosts/mkhost.py "$work/guest.txt" "$work/guest" || bad "no guest with its own devices could be made"
nccl "$work/host.json" --base tests/vm/base.xml --gpus all
check "with a base domain, the file is the planned one" cmp "$work/out.xml" "$work/based/base.nccl.xml"
check "the domain's own devices are not reported" sh -c "sed -n '/matched with/p' '$work/err' | wc -l | grep -qx 3 && ! grep -q warning '$work/err'"

# numbers that distinguish devices, from drivers and from configuration space
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
	tests/hosts/mkhost.py "$work/ids$who.txt" "$work/ids" || bad "no machine with ids could be made"
	"$hgxtopo" dump --json --with-ids --from "$work/ids" | sed -n 's/.*"address": "0000:\(..\).*"ids": \(.*\) },*$/\1 \2/p' >"$work/found$who"
done
check "root finds every number" diff - "$work/found" <<'END'
11 { "drive_serial": null, "guid": "GPU-8d1e", "device_serial": null }
13 { "drive_serial": null, "guid": "a088:c203:0012:3456", "device_serial": "a0-88-c2-03-00-12-34-56" }
14 { "drive_serial": "S6XB", "guid": null, "device_serial": null }
END
check "an ordinary user finds all except those of configuration space" diff - "$work/founduser" <<'END'
11 { "drive_serial": null, "guid": "GPU-8d1e", "device_serial": null }
13 { "drive_serial": null, "guid": "a088:c203:0012:3456", "device_serial": null }
14 { "drive_serial": "S6XB", "guid": null, "device_serial": null }
END

"$hgxtopo" emit --nccl --install >"$work/install" 2>"$work/err"
check "--install names the place" grep -q '/var/run/nvidia-topologyd/virtualTopology.xml' "$work/install"
check "--install prints no error" test ! -s "$work/err"
sed -n '/^  printf/,/tmpfiles.d/p' "$work/install" | sed "s|/etc/tmpfiles.d|$work|" >"$work/install.sh"
check "a shell can run its commands for systemd-tmpfiles" sh "$work/install.sh"
check "they write two lines" test "$(grep -c '^[dC] /run/nvidia-topologyd' "$work/nvidia-topologyd.conf")" = 2
finish
