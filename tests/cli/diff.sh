#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# diff and fingerprint: a renumbered host is the same, one change is one difference, and a fleet shows the odd ones
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
make_roots

# same HOST: whatever is renumbered, it is the same host
same() {
	"$hgxtopo" diff "$work/host.json" "$work/host.json" >"$work/out" 2>&1
	check "$1 does not differ from itself" test "$? $(wc -c <"$work/out")" = "0 0"
	python3 tests/cli/diff.py renumber "$work/host.json" >"$work/renumbered.json"
	"$hgxtopo" diff "$work/host.json" "$work/renumbered.json" >"$work/out" 2>&1
	check "$1 renumbered is the same" test "$? $(wc -c <"$work/out")" = "0 0"
	check "and has the same fingerprint" test \
		"$("$hgxtopo" fingerprint "$work/host.json")" = "$("$hgxtopo" fingerprint "$work/renumbered.json")"
}

# agrees HOST: in whatever order its root buses are, it is the same host; where diff finds nothing, the fingerprint is the same
agrees() {
	python3 tests/cli/diff.py agree "$hgxtopo" "$work/host.json" 6 >"$work/wrong" 2>&1
	check "$1: diff and fingerprint agree, whatever is renumbered" diff /dev/null "$work/wrong"
}

# changes HOST: each single change is told, and nothing else; the fingerprint follows it
changes() {
	rm -rf "$work/changes"
	mkdir "$work/changes"
	python3 tests/cli/diff.py changes "$work/renumbered.json" "$work/host.json" "$work/changes" >"$work/due"
	python3 tests/cli/diff.py judge "$hgxtopo" "$work/host.json" "$work/changes" <"$work/due" >"$work/wrong" 2>>"$work/tried"
	check "$1: each of $(wc -l <"$work/due") changes is told alone" diff /dev/null "$work/wrong"
}

for root in "$roots"/*/; do
	host=$(basename "$root")
	"$hgxtopo" dump --json --from "$root" -o "$work/host.json" 2>/dev/null || continue
	same "$host"
	agrees "$host"
	changes "$host"
done
check "each change was made to several hosts" test \
	"$(sort "$work/tried" | uniq -d | wc -l)" = "$(python3 -c 'import sys; sys.path.insert(0, "tests/cli"); sys.dont_write_bytecode = True; import diff; print(len(diff.CHANGES))')"

# ------------------------------------------------------------------ sentences
"$hgxtopo" dump --json --from example:hgx-h200 -o "$work/host.json"
python3 tests/cli/diff.py renumber "$work/host.json" >"$work/renumbered.json"
python3 tests/cli/diff.py changes "$work/renumbered.json" "$work/host.json" "$work/changes" >/dev/null
says() {
	"$hgxtopo" diff "$work/host.json" "$work/changes/$1.json" >"$work/out"
	check "$1: the sentence" grep -qE "$2" "$work/out"
	check "$1: one line" test "$(wc -l <"$work/out")" = 1
}
says narrow_gpu '^warning: GPU 0000:21:00\.0 \(.*\), expected as 0000:19:00\.0: link trained x4 of x16, expected x16$'
says gone_nic '^problem: NIC 0000:01:00\.0 \(.*\): missing$'
says other_node ': on NUMA node 1, expected on NUMA node 0$'
says dimm '^warning: node[01]: [0-9.]+ GiB of memory, expected [0-9.]+ GiB$'
says driver ': driver vfio-pci, expected tg3$'
says groups_join ': its IOMMU group also holds .*, which is not expected$'
says fewer_nodes '^warning: 1 NUMA node, expected 2: another NUMA mode of the firmware, or memory that is missing$'
sed 's/"driver": "nvidia"/"driver": "vfio-pci"/' "$work/host.json" >"$work/drivers.json"
"$hgxtopo" diff "$work/host.json" "$work/drivers.json" >"$work/out"
check "devices that differ in the same way share a line" grep -qE \
	'^note: 8 GPUs \(0000:19:00\.0, .*0000:db:00\.0\): driver vfio-pci, expected nvidia$' "$work/out"

# ------------------------------------------------------- a domain, its host and its guest
sed -n '/^<!-- file: flat.xml -->$/,/^```$/p' README.md | sed '1,2d; $d' >"$work/flat.xml"
"$hgxtopo" dump --json --from "$work/flat.xml" --host "$work/host.json" -o "$work/guest.json"
for pair in "guest.json $work/flat.xml" "flat.xml $work/guest.json"; do
	# shellcheck disable=SC2086
	"$hgxtopo" diff $work/$pair --host "$work/host.json" >"$work/out" 2>&1
	check "--host is for the domain of $pair" test "$? $(wc -c <"$work/out")" = "0 0"
	# shellcheck disable=SC2086
	"$hgxtopo" diff $work/$pair >"$work/out" 2>"$work/err"
	check "without it, what is unknown is not compared" test "$? $(wc -c <"$work/out")" = "0 0"
	check "and a line says what it would add" test "$(grep -c '^hgxtopo: note: .*flat.xml: .* (--host SOURCE adds them)$' "$work/err")" = 1
done
sed 's/bus=.0x1a./bus="0x1b"/; s/<vcpu>16/<vcpu>8/' "$work/flat.xml" >"$work/other.xml"
"$hgxtopo" diff "$work/flat.xml" "$work/other.xml" >"$work/out" 2>/dev/null
check "what the domains say is compared" test "$? $(grep -c 'CPU' "$work/out")" = "1 1"
"$hgxtopo" diff "$work/flat.xml" "$work/other.xml" --host "$work/host.json" >"$work/out" 2>&1
check "with the host, its devices too" test "$? $(grep -c 'NVSwitch' "$work/out")" = "1 1"

# A device that the driver tells by its number is followed to another slot.
"$hgxtopo" dump --json --with-ids --from "$roots/hgx-h200" -o "$work/ids.json"
check "a host with serial numbers does not differ from itself" "$hgxtopo" diff "$work/ids.json" "$work/ids.json"

# ---------------------------------------------------------------------- fleet
python3 tests/cli/diff.py fleet "$work/host.json" "$work/fleet" 40
python3 tests/cli/diff.py changes "$work/fleet/host00007.json" "$work/host.json" "$work/changes" >/dev/null
for change in narrow_gpu gone_gpu processor fewer_nodes acs ats bar driver groups_join huge_pages virtual_functions; do
	cp "$work/changes/$change.json" "$work/fleet/odd_$change.json"
done
# Without root, capabilities cannot be read: what is unknown does not differ.
sed -E 's/"(acs|ats)": \{[^}]*\}/"\1": null/g' "$work/fleet/host00005.json" >"$work/fleet/user1.json"
cp "$work/fleet/user1.json" "$work/fleet/user2.json"
echo '{ "format": 3' >"$work/fleet/broken.json"
echo 'not one of them' >"$work/fleet/README"
mkfifo "$work/fleet/pipe.json"
mkdir "$work/fleet/directory.json"
"$hgxtopo" diff --fleet "$work/fleet" >"$work/out" 2>"$work/err"
check "a fleet with odd hosts: exit status 1" test $? = 1
check "the norm is told" grep -qE '^42 hosts alike: .*, GPUs 10de:2335, such as .*/host00000\.json$' "$work/out"
check "each odd host has a line" test "$(grep -c "^$work/fleet/odd_.*: \(note\|warning\|problem\): " "$work/out")" = 11
check "nobody else has" test "$(grep -c "^$work/fleet/" "$work/out")" = 11
check "the broken file is named" grep -q "^hgxtopo: $work/fleet/broken.json:.*; give a complete topology written by 'hgxtopo dump --json'; left out \\[json-truncated\\]$" "$work/err"
check "so is a pipe" grep -qE "^hgxtopo: $work/fleet/pipe.json: not a regular file; left out \\[file-unreadable\\]$" "$work/err"
check "and a directory" grep -qiE "^hgxtopo: $work/fleet/directory.json: is a directory; left out \\[file-unreadable\\]$" "$work/err"
check "the sum is told" grep -qx '56 files: 42 as expected, 11 different, 3 unreadable' "$work/out"
"$hgxtopo" diff --fleet "$work/fleet" --json -o "$work/fleet.json.out" 2>/dev/null
check "the JSON says the same" python3 -c '
import json, sys
fleet = json.load(open(sys.argv[1]))
assert [one["hosts"] for one in fleet["alike"]] == [42], fleet["alike"]
assert sorted(one["file"].split("_", 1)[1] for one in fleet["different"]) == \
    ["acs.json", "ats.json", "bar.json", "driver.json", "fewer_nodes.json", "gone_gpu.json",
     "groups_join.json", "huge_pages.json", "narrow_gpu.json", "processor.json",
     "virtual_functions.json"]
assert all(len(one["differences"]["findings"]) == 1 for one in fleet["different"])
assert [one["file"].rsplit("/", 1)[1] for one in fleet["unreadable"]] == \
    ["broken.json", "directory.json", "pipe.json"]
assert not any("hgx_" in one["error"] for one in fleet["unreadable"])' "$work/fleet.json.out"
if python3 -c 'import jsonschema' 2>/dev/null; then
	check "it matches its schema" python3 -c '
import json, sys, jsonschema
jsonschema.validate(json.load(open(sys.argv[1])), json.load(open("docs/hgxtopo-fleet.schema.json")))' "$work/fleet.json.out"
else
	missing "the JSON schema"
fi
ls "$work"/fleet/host*.json | "$hgxtopo" diff --fleet - >"$work/out" 2>&1
check "the names may come from standard input; no odd host: exit status 0" test $? = 0
check "then the norm and the sum are told" test "$(wc -l <"$work/out")" = 2
# A lost DIMM; what is missing is not addressed as on this host; without a majority there is no norm
cp "$work/changes/dimm.json" "$work/fleet/odd_dimm.json"
"$hgxtopo" diff --fleet "$work/fleet" >"$work/out" 2>/dev/null
check "a lost DIMM is told" grep -qE '/odd_dimm.json: warning: node[01]: .* of memory, expected ' "$work/out"
check "what is missing has the address of the norm" \
	grep -qE "/odd_gone_gpu.json: problem: GPU .*: missing \(numbered as in $work/fleet/host00000.json\)$" "$work/out"
mkdir "$work/two"
cp "$work/host.json" "$work/two/a.json"
cp "$work/changes/gone_gpu.json" "$work/two/b.json"
"$hgxtopo" diff --fleet "$work/two" >"$work/out" 2>&1
check "two hosts that differ have no norm" \
	grep -qE "^no norm: no two hosts alike: .*; compared with $work/two/a.json$" "$work/out"
cp "$work/host.json" "$work/two/c.json"
cp "$work/changes/gone_gpu.json" "$work/two/d.json"
"$hgxtopo" diff --fleet "$work/two" >"$work/out" 2>&1
check "nor have two of each" grep -qE "^no norm: as many hosts are otherwise: .*; compared with $work/two/a.json$" "$work/out"
# Guests are no hosts.
rm "$work"/two/[bd].json
cp "$work/guest.json" "$work/two/g.json"
cp "$work/guest.json" "$work/two/h.json"
"$hgxtopo" diff --fleet "$work/two" >"$work/out" 2>&1
check "guests are a model of their own" test "$? $(grep -c '^2 hosts alike: guest: ' "$work/out")" = "0 1"
"$hgxtopo" diff "$work/host.json" "$work/guest.json" >"$work/out" 2>"$work/err"
check "a note says that one is a guest" test "$? $(grep -c '^hgxtopo: note: B is the topology of a guest' "$work/err")" = "1 1"
mkdir "$work/none"
"$hgxtopo" diff --fleet "$work/none" >"$work/out" 2>&1
check "a directory without hosts is an error" test "$? $(grep -c 'no FILE.json in it' "$work/out")" = "3 1"

# ----------------------------------------------------------------- wrong usage
while IFS='|' read -r words sentence; do
	# shellcheck disable=SC2086
	"$hgxtopo" $words >"$work/out" 2>&1 </dev/null
	check "'$words' is wrong usage" test "$? $(grep -cF -- "$sentence" "$work/out")" = "2 1"
done <<'END'
diff|give two sources, A and B, or --fleet
diff example:hgx-h200|give two sources
diff a b c|and no more
diff - -|only one of A and B can be standard input
diff --fleet x y|unexpected argument 'y' beside --fleet
diff --fleet|--fleet needs a value
diff --wrong|unknown option '--wrong'
diff a b -o|-o needs a value
diff example:hgx-h200 example:hgx-h200 --host example:hgx-h200|--host is only valid with a libvirt domain as A or B
fingerprint a b|unexpected argument 'b'
END
finish
