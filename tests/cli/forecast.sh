#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# hgxtopo forecast: sources, options, JSON, and the decisions that NCCL's own graph code took
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
make_roots

# A guest with devices on plain root ports, as the README has it
sed -n '/^<!-- file: flat.xml -->$/,/^```$/p' README.md | sed '1,2d; $d' >"$work/flat.xml"
"$hgxtopo" emit --nccl --from example:hgx-h200 -o "$work/topo.xml" 2>/dev/null
"$hgxtopo" dump --json --from "$work/flat.xml" --host example:hgx-h200 -o "$work/guest.json"

forecast() { "$hgxtopo" forecast "$@" 2>"$work/err"; }
# shows SENTENCE LINE ARGS…: the line is in the output
shows() {
	local sentence=$1 line=$2
	shift 2
	forecast "$@" >"$work/out"
	check "$sentence" grep -qxF -e "$line" "$work/out"
}
shows "a flat guest has no GPUDirect RDMA" 'guest without a file  1 × PHB, 24 GB/s, GPUDirect RDMA off' \
	--from "$work/flat.xml" --host example:hgx-h200
shows "with our file it has" 'guest with our file   1 × PIX, 48 GB/s, GPUDirect RDMA on; 48 GB/s together' \
	--from "$work/flat.xml" --host example:hgx-h200
shows "the bare host stands beside it, with the devices of the guest" \
	'bare host             1 × PIX, 48 GB/s, GPUDirect RDMA on; 48 GB/s together' \
	--from "$work/flat.xml" --host example:hgx-h200
shows "a host without options of a VM is bare" \
	'bare host with our file  8 × PIX, 48 GB/s, GPUDirect RDMA on; 384 GB/s together' --from example:hgx-h200
shows "options of a VM plan one" 'guest with our file   2 × PIX, 48 GB/s, GPUDirect RDMA on; 96 GB/s together' \
	--from example:hgx-h200 --vms 2/4
shows "a guest in JSON is a guest" 'guest without a file  1 × PHB, 24 GB/s, GPUDirect RDMA off' --from "$work/guest.json"
shows "its host can stand beside it" 'bare host             1 × PIX, 48 GB/s, GPUDirect RDMA on; 48 GB/s together' \
	--from "$work/guest.json" --host example:hgx-h200
# again NAME HOST OPTION…: the JSON of a planned guest has the forecast of the plan
again() {
	local name=$1 host=$2
	shift 2
	rm -rf "$work/plan"
	"$hgxtopo" emit --all --dir "$work/plan" --from "$host" "$@" 2>/dev/null
	forecast --json --from "$host" "$@" >"$work/planned"
	grep 'NVLink' "$work/err" >"$work/noticed"
	forecast --json --from "$work/plan/"*.guest.json >"$work/again"
	check "$name: the JSON of the guest decides as the plan" cmp "$work/planned" "$work/again"
	check "$name: it knows as much of NVLinks" sh -c 'grep NVLink "$1" | cmp - "$2"' sh "$work/err" "$work/noticed"
}
again "the example" example:hgx-h200 --gpus all
again "half of the example" example:hgx-h200 --vms 2/2
check "half of a board has NVLinks" test ! -s "$work/noticed"
again "made-16-gpus" "$roots/made-16-gpus" --gpus all
again "a machine whose NICs say their speed" "$roots/made-connectx8" --gpus all
again "a part of made-16-gpus" "$roots/made-16-gpus" --vms 1/2
shows "a topology file stands for itself" "$work/topo.xml  8 × PIX, 48 GB/s, GPUDirect RDMA on; 384 GB/s together" \
	--from "$work/topo.xml"
check "of a topology file it is assumed that there are NVLinks" grep -q 'an NVSwitch board is assumed' "$work/err"
shows "a GPU leaves a slower NIC" "$work/topo.xml  1 × PHB, 25 GB/s, GPUDirect RDMA off; 7 × PIX, 25 GB/s, GPUDirect RDMA on" \
	--from "$work/topo.xml" --net-speed 200,0000:25:00.0=100 --pxn off
shows "without support there is no GPUDirect RDMA" "$work/topo.xml  8 × PHB, 48 GB/s, GPUDirect RDMA off" --from "$work/topo.xml" --gdr off
check "what is left out of a VM is not told" sh -c "! grep -q 'left out' '$work/err'"
forecast --from - <"$work/topo.xml" >"$work/stdin"
check "a file can come from standard input" grep -q '^standard input  8 × PIX' "$work/stdin"
forecast --json --from "$work/topo.xml" --nodes 2 >"$work/nodes"
forecast --json --from "$work/topo.xml" --nodes 1 >"$work/node"
check "nothing depends on the number of nodes" cmp "$work/nodes" "$work/node"
forecast --json --from "$work/topo.xml" -o "$work/written"
check "-o writes a file" cmp "$work/nodes" "$work/written"
shows "RCCL is told apart" "RCCL has the same reader and the same limit for GPUDirect RDMA; which of several equal NICs it takes was not compared" \
	--from "$roots/made-mi300x"
forecast --json --from "$work/topo.xml" --net-speed 100 >"$work/slow"
check "GB/s are numbers" grep -q '"bandwidth": 12.5,' "$work/slow"

# refuse SENTENCE STATUS TEXT ARGS…
refuse() {
	local sentence=$1 wanted=$2 text=$3 status
	shift 3
	forecast "$@" >"$work/out"
	status=$?
	check "$sentence: status" test "$status $(wc -c <"$work/out")" = "$wanted 0"
	check "$sentence: text" grep -qxF -e "hgxtopo: $text" <(without_rules "$work/err")
	check "$sentence: its rule" every_rule "$work/err"
}
refuse "a wrong choice" 2 "--nvlink takes on or off, not 'maybe'; see 'hgxtopo forecast --help'" --nvlink maybe
refuse "a wrong number" 2 "--nodes takes a number from 1 to 1000000, not '0'; see 'hgxtopo forecast --help'" --nodes 0
refuse "a wrong plugin" 2 "--net-plugin takes ib or exact, not 'tcp'; see 'hgxtopo forecast --help'" --net-plugin tcp
refuse "a wrong speed" 2 "--net-speed: 'fast' is not a speed; give Gb/s such as 400, or ADDRESS=400 for one NIC, with commas between several; see 'hgxtopo forecast --help'" \
	--from example:hgx-h200 --net-speed fast
refuse "an old GPU" 2 "--compute-capability: 70 is not supported; it must be 80 (A100) or more, such as 90 (H100); see 'hgxtopo forecast --help'" \
	--from example:hgx-h200 --compute-capability 70
refuse "all VMs at once" 2 "a forecast is about one VM; give --vms 1/4, 2/4 and so on; see 'hgxtopo forecast --help'" --vms all/4
refuse "a VM of a topology file" 2 "an NCCL topology file stands for itself; --gpus does not apply to it; see 'hgxtopo forecast --help'" \
	--from "$work/topo.xml" --gpus 0
refuse "a host of a topology file" 2 "an NCCL topology file stands for itself; --host does not apply to it; see 'hgxtopo forecast --help'" \
	--from "$work/topo.xml" --host example:hgx-h200
refuse "a host of a host" 2 "--host is only valid with a libvirt domain or the topology of a guest in --from; see 'hgxtopo forecast --help'" \
	--from example:hgx-h200 --host example:hgx-h200
no_gpu() { forecast --from "$roots/made-no-gpu"; [ $? = 3 ] && grep -qx 'hgxtopo: there is no GPU that NCCL could use \[no-gpu\]' "$work/err"; }
check "a host without GPUs is refused" no_gpu
{ echo '<?xml version="1.0"?>'; cat "$work/topo.xml"; } >"$work/declared.xml"
refuse "a declaration" 3 "$work/declared.xml:1:20: NCCL cannot read this file: it must not have an XML declaration (<?xml … ?>); remove that line" \
	--from "$work/declared.xml"
echo text >"$work/text"
unknown() { forecast --from "$work/flat.xml"; [ $? = 3 ] && grep -q 'unknown without the host.s topology; give it too (--host) \[device-unknown\]$' "$work/err"; }
check "a domain without its host is refused with the remedy" unknown
refuse "neither a topology nor a domain" 3 "$work/text: neither a libvirt domain (XML) nor a topology (JSON); 'virsh dumpxml' writes the one, 'hgxtopo dump --json' the other" \
	--from "$work/text"
refuse "a file that is not there" 3 "nothing.xml: no such file or directory; give live, a directory, a JSON file, a libvirt domain or example:NAME" \
	--from nothing.xml

# ------------------------------------------- what NCCL takes for something else in a file
refuse "a NIC that is not there" 2 "--net-speed: there is no NIC 0000:99:00.0; there are: 0000:25:00.0, 0000:2b:00.0, 0000:30:00.0, 0000:36:00.0, 0000:45:00.0, 0000:4b:00.0, 0000:50:00.0, 0000:56:00.0; see 'hgxtopo forecast --help'" \
	--from "$work/topo.xml" --net-speed 0000:99:00.0=200
"$hgxtopo" forecast --from example:hgx-h200 --gpus 0 --net-speed 99:00.0=200 >"$work/out" 2>"$work/err"
check "with a plan, the NICs have both addresses" \
	grep -qE 'there is no NIC 0000:99:00.0; there are: 0000:[0-9a-f:.]+ \(0000:1a:00\.0 of the host\);' "$work/err"
for address in 0000:03:00.0 0000:1a:00.0; do
	forecast --from "$work/flat.xml" --host example:hgx-h200 --net-speed $address=100 >"$work/out"
	check "$address, in the guest or on the host, is the NIC of each forecast" test "$(grep -c '12.5 GB/s, GPUDirect' "$work/out")" = 3
done
printf '%s\n' '<system version="1">' '<cpu numaid="0" affinity="ff" arch="x86_64" vendor="GenuineIntel" familyid="6" modelid="143">' \
	'<pci busid="0000:20:00.0" class="0x060400"/>' '<pci busid="0000:20:00.0" class="0x060400"/>' '</cpu>' '</system>' |
	sed 's|/>$| link_speed="32.0 GT/s PCIe" link_width="16"&|' >"$work/twins.xml"
"$hgxtopo" forecast --from "$work/twins.xml" >"$work/out" 2>"$work/err"
check "a file without GPUs is refused; first is said what is wrong in it" \
	test "$? $(grep -n 'two switches have the id 0000:20:00.0' "$work/err" | cut -d: -f1) $(grep -n '\[no-gpu\]$' "$work/err" | cut -d: -f1)" = "3 1 2"
# doubts SENTENCE TEXT SED: the file that sed makes has a warning with the text, and topo.xml has none
forecast --from "$work/topo.xml" >/dev/null
check "of our own file there is no doubt" sh -c "! grep warning '$work/err'"
doubts() {
	sed "$3" "$work/topo.xml" >"$work/doubt.xml"
	forecast --from "$work/doubt.xml" >"$work/out"
	check "$1" test "$? $(grep -cF -- "$2" "$work/err")" = "0 1"
}
switches=($(grep -o 'busid="[^"]*" class="0x060400"' "$work/topo.xml" | cut -d'"' -f2))
doubts "switches that differ in the function only" "switch ${switches[0]%.*}.1: it differs from the address of another switch in the function only" \
	"s/${switches[1]}/${switches[0]%.*}.1/"
doubts "two switches of one id" "switch ${switches[0]}: it stands for two switches" "s/${switches[1]}/${switches[0]}/"
doubts "a <pci> without its link" "without link_speed or link_width: 1 <pci>, of which this is the first" '0,/<pci/s/ link_speed="[^"]*"//'
doubts "a blank before the =" "NCCL does not see this value: a blank before the = parts it from its name" '0,/link_width=/s/link_width=/link_width =/'
doubts "a processor of Arm" "whether C2C connects the GPUs and their CPU is unknown" 's/arch="x86_64"/arch="arm64"/'
sed 's/ arch="x86_64"//; 0,/<pci busid="0000:25:00.0"[^>]*\/>/s/\/>/><nic><net name="mlx5_0" speed="400000"\/><\/nic><\/pci>/' "$work/topo.xml" >"$work/net.xml"
net() { forecast --from "$work/net.xml"; [ $? = 3 ] && grep -qF 'NCCL fills in nothing in a file with a <net>, and gives up on this <cpu> without arch' "$work/err"; }
check "a <cpu> without arch in a file with <net> is refused" net
"$hgxtopo" emit --nccl --profile switches-only --from example:hgx-h200 -o "$work/switches.xml" 2>/dev/null
switches() { forecast --from "$work/switches.xml"; [ $? = 3 ] && grep -q '^hgxtopo: the file lists no GPU: NCCL finds the GPUs and NICs in the sysfs' "$work/err"; }
check "a file with switches only is refused with the reason" switches
for id in 2941:on 2901:off; do
	"$hgxtopo" dump --json --from "$roots/made-grace" | sed -E '/"kind": "gpu"/{s/"device": "0x[0-9a-f]*"/"device": "0x'${id%:*}'"/; s/"device_name": ("[^"]*"|null)/"device_name": null/}' >"$work/grace.json"
	forecast --from "$work/grace.json" >"$work/out"
	check "a GPU ${id%:*} of Grace that pci.ids has no name for" test "$(grep -c 'whether C2C connects' "$work/err")" = "$([ ${id#*:} = on ]; echo $?)"
done

if python3 -c 'import jsonschema' 2>/dev/null; then
	for source in example:hgx-h200 "$work/topo.xml" "$work/guest.json" "$roots/made-epyc-nps4" "$roots/made-amd-gpus"; do
		forecast --json --from "$source" >"$work/forecast.json"
		check "$(basename "$source"): the JSON matches its schema" \
			python3 -m jsonschema -i "$work/forecast.json" docs/hgxtopo-forecast.schema.json
	done
	sed 's/"SYS"/"NODE"/' "$work/forecast.json" | sed 's/"path": "-"/"path": "NODE"/' >"$work/wrong.json"
	check "the schema knows the types of path" \
		sh -c "! python3 -m jsonschema -i '$work/wrong.json' docs/hgxtopo-forecast.schema.json"
else
	missing "the JSON schema"
fi

decisions=${HGXTOPO_DECISIONS:-}
if [ -e "$decisions/000.xml" ]; then
	check "all decisions of NCCL's own graph code" python3 tests/cli/decisions.py "$hgxtopo" "$decisions"
	mkdir "$work/changed"
	cp "$decisions/000.xml" "$work/changed"
	sed 's/"path":"PHB"/"path":"PIX"/' "$decisions/000.json" >"$work/changed/000.json"
	check "another decision is noticed" sh -c "! python3 tests/cli/decisions.py '$hgxtopo' '$work/changed'"
	check "no decisions are not taken for good" sh -c "! python3 tests/cli/decisions.py '$hgxtopo' '$work'"
else
	skip "the decisions of NCCL's own graph code: HGXTOPO_DECISIONS is not set to their directory"
fi
finish
