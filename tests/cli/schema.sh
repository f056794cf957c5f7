#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The JSON of every machine matches its schema and can be read back
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
only_for release_or_sanitized
make_roots

# valid FILE [SCHEMA]
valid() {
	python3 - "$1" "docs/${2:-hgxtopo}.schema.json" <<'EOF'
import json, sys, jsonschema
schema = json.load(open(sys.argv[2]))
jsonschema.Draft7Validator.check_schema(schema)
errors = list(jsonschema.Draft7Validator(schema).iter_errors(json.load(open(sys.argv[1]))))
for error in errors[:5]:
    print('/'.join(map(str, error.path)) + ': ' + error.message)
sys.exit(bool(errors))
EOF
}

same_again() {
	"$hgxtopo" dump --json --from "$1" >"$work/again.json" && cmp "$1" "$work/again.json"
}

same_again_from() {
	"$hgxtopo" dump --json --from "$1" >"$work/again.json" && "$hgxtopo" dump --json --from example:hgx-h200 | cmp - "$work/again.json"
}

python3 -c 'import jsonschema' 2>/dev/null || { missing "the JSON schema"; finish; exit; }
# dump NAME SOURCE [OPTION…]
dump() {
	"$hgxtopo" dump --json --from "${@:2}" >"$work/dump.json"
	check "$1: the JSON matches the schema" valid "$work/dump.json"
	check "$1: reading the JSON back and dumping again gives the same bytes" same_again "$work/dump.json"
	"$hgxtopo" dump --json --with-ids --from "${@:2}" >"$work/ids.json"
	check "$1: the JSON with serial numbers matches the schema" valid "$work/ids.json"
	"$hgxtopo" dump --json --from "${@:2}" >"$work/second.json"
	check "$1: the same machine gives the same bytes" cmp "$work/dump.json" "$work/second.json"
}
# a machine for which no VM can be planned has no map
map() {
	"$hgxtopo" emit --map --json --from "$2" >"$work/map.json" 2>/dev/null || return
	check "$1: the map matches its schema" valid "$work/map.json" hgxtopo-map
	"$hgxtopo" emit --map --json --from "$2" >"$work/second.json" 2>/dev/null
	"$hgxtopo" emit --nccl --quiet --findings "$work/told.json" --from "$2" >/dev/null 2>"$work/err"
	check "$1: what was noticed matches its schema" valid "$work/told.json" hgxtopo-findings
	check "$1: --quiet leaves nothing on standard error" test ! -s "$work/err"
	check "$1: the same machine gives the same map" cmp "$work/map.json" "$work/second.json"
}
# what is wrong with a machine
check_json() {
	"$hgxtopo" check --json --verbose --from "$2" >"$work/findings.json"
	check "$1: the findings match their schema" valid "$work/findings.json" hgxtopo-findings
}
for root in "$roots"/*/; do
	check_json "$(basename "$root")" "${root%/}"
	dump "$(basename "$root")" "${root%/}"
	map "$(basename "$root")" "${root%/}"
done
dump "the example" example:hgx-h200
map "the example" example:hgx-h200
"$hgxtopo" emit --libvirt --from example:hgx-h200 >"$work/vm.xml" 2>/dev/null
dump "a domain" "$work/vm.xml"
dump "a domain with its host" "$work/vm.xml" --host example:hgx-h200
dump "a domain that is flat" tests/bases/flat.xml --host example:hgx-h200
for damage in 's/"origins"/"origin"/' 's/"vcpus": "[^"]*"/"vcpus": 7/' 's/"outer": null/"outer": -1/' 's/"listed": true/"listed": 1/' \
	's/"host": "0000:/"host": "0x0:/' 's/"origin_fabric": [a-z]*/"origin_fabric": null/'; do
	sed "$damage" "$work/dump.json" >"$work/damaged.json"
	if valid "$work/damaged.json" >/dev/null; then bad "the schema accepts $damage"; else ok "the schema refuses $damage"; fi
done
"$hgxtopo" emit --map --json --vms all/2 --reserve-cores 0 --from example:hgx-h200 >"$work/map.json" 2>/dev/null
check "the map of two VMs without reserved cores matches its schema" valid "$work/map.json" hgxtopo-map
for base in tests/bases/*.xml; do
	# shellcheck disable=SC2046
	"$hgxtopo" emit --libvirt --from example:hgx-h200 --base "$base" --check --json $(grep -qE "<hostdev|type='hostdev'" "$base" || echo --gpus all) \
		>"$work/changes.json" 2>/dev/null
	check "$(basename "$base"): its changes match their schema" valid "$work/changes.json" hgxtopo-changes
done
"$hgxtopo" emit --libvirt --from example:hgx-h200 --base "$work/vm.xml" --check --json >"$work/none.json" 2>/dev/null
check "no changes match the schema" valid "$work/none.json" hgxtopo-changes
for damage in 's/"kind": "changed"/"kind": "moved"/' 's/"count": 1/"count": 0/' 's/"line": [0-9][0-9]*/"line": "7"/' 's/"inside": \[ {/"inside": [ { "more": 1,/'; do
	sed "$damage" "$work/changes.json" >"$work/damaged.json"
	if valid "$work/damaged.json" hgxtopo-changes >/dev/null; then bad "the schema of changes accepts $damage"; else ok "the schema of changes refuses $damage"; fi
done
"$hgxtopo" dump --json >"$work/live.json"
check "this machine: the JSON matches the schema" valid "$work/live.json"
check "this machine: reading the JSON back and dumping again gives the same bytes" same_again "$work/live.json"
for damage in 's/"kind": "gpu"/"kind": "tpu"/' 's/"format": "hgxtopo"/"format": "x"/' 's/"vendor": "0x10de"/"vendor": 4318/'; do
	"$hgxtopo" dump --json --from example:hgx-h200 | sed "$damage" >"$work/damaged.json"
	if valid "$work/damaged.json" >/dev/null; then bad "the schema accepts $damage"; else ok "the schema refuses $damage"; fi
done
for damage in 's/"kind": "gpu"/"kind": "root-port"/' 's/"host_cpu": 9 /"host_cpu": "9" /' 's/"cell": 0/"cell": -1/'; do
	"$hgxtopo" emit --map --json --from example:hgx-h200 2>/dev/null | sed "$damage" >"$work/damaged.json"
	if valid "$work/damaged.json" hgxtopo-map >/dev/null; then bad "the map's schema accepts $damage"; else ok "the map's schema refuses $damage"; fi
done
"$hgxtopo" emit --all --vms all/2 --dir "$work/all" --findings "$work/told.json" --from example:hgx-h200 2>/dev/null
check "what was noticed about two VMs matches its schema" valid "$work/told.json" hgxtopo-findings
check "it is told of each" test "$(grep -c '"verdicts": \[' "$work/told.json")" = 2
check "each finding is told once" test -z "$(sed '/"vms"/,$d' "$work/told.json" | grep '"rule"' | sed 's/,$//' | sort | uniq -d)"
check "a guest with its plan matches the schema" valid "$work/all/hgx-vm-2.guest.json"
sed 's/"fate": "[a-z-]*"/"fate": "lost"/' "$work/told.json" >"$work/damaged.json"
if valid "$work/damaged.json" hgxtopo-findings >/dev/null; then bad "their schema accepts another fate"; else ok "their schema refuses another fate"; fi
# errors with --json
while read -r status rule args; do
	# shellcheck disable=SC2086
	"$hgxtopo" $args --json --quiet >"$work/out" 2>"$work/err.json"
	check "$args: exit status $status" test $? = "$status"
	check "$args: the error matches its schema" valid "$work/err.json" hgxtopo-error
	check "$args: its rule" grep -q "\"rule\": \"$rule\"" "$work/err.json"
done <<END
2 usage dump --nonsense
3 file-missing dump --from nowhere
3 device-missing emit --map --from example:hgx-h200 --gpus 8
3 device-in-use emit --map --from example:hgx-h200 --add 01:00.0
2 device-kind emit --map --from example:hgx-h200 --gpus 1a:00.0
3 file-unwritable dump --from example:hgx-h200 -o /nowhere/file
2 usage diff a
END
# the option at fault, also of one that the command reads
while read -r option args; do
	# shellcheck disable=SC2086
	"$hgxtopo" $args --quiet >"$work/out" 2>"$work/err.json"
	check "$args: the error names $option" grep -q "\"option\": $option }" "$work/err.json"
done <<END
"memory" emit --map --json --memory 8
"reserve_cores" emit --map --json --reserve-cores x
"smt" emit --map --json --smt maybe
"vms" check --json --vms
"gpus" emit --map --json --from example:hgx-h200 --gpus 8
null dump --json --nonsense
END
for form in pretty compact; do
	"$hgxtopo" dump --json --$form --from example:hgx-h200 >"$work/$form.json"
	check "--$form: the same content" same_again_from "$work/$form.json"
done
check "--compact is one line" test "$(wc -l <"$work/compact.json")" = 1
check "--pretty has a member a line" grep -qx '      "address": "0000:19:00.0",' "$work/pretty.json"
"$hgxtopo" check --json --from example:hgx-h200 | sed 's/"severity": "[a-z]*"/"severity": "bad"/' >"$work/damaged.json"
if valid "$work/damaged.json" hgxtopo-findings >/dev/null; then bad "their schema accepts another severity"; else ok "their schema refuses another severity"; fi

# The default size of huge pages is told where it is not that of x86.
cp -r "$roots/made-one-gpu" "$work/pages"
sed -i 's/^Hugepagesize:.*/Hugepagesize:    1048576 kB/' "$work/pages/proc/meminfo"
dump "huge pages of 1 GiB by default" "$work/pages"
check "they are told" grep -q '"default_huge_page": 1073741824' "$work/dump.json"
check "those of 2 MiB are not" sh -c '! "$1" dump --json --from "$2" | grep -q default_huge_page' sh "$hgxtopo" "$roots/made-one-gpu"
echo "<domain type='kvm'><name>d</name><memory unit='GiB'>8</memory><memoryBacking><hugepages/></memoryBacking><vcpu>2</vcpu>
<os><type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/></features><devices/></domain>" >"$work/hugepages.xml"
for from in pages dump.json; do
	"$hgxtopo" emit --libvirt --gpus all --base "$work/hugepages.xml" --from "$work/$from" >/dev/null 2>"$work/err"
	check "$from: <hugepages/> means pages of 1 GiB" sh -c \
		'grep -q "too few free huge pages of 1 GiB" "$1" && ! grep -q "names no page size" "$1"' sh "$work/err"
done
sed -i 's/"default_huge_page": 1073741824/"default_huge_page": 4096/' "$work/dump.json"
"$hgxtopo" dump --from "$work/dump.json" >"$work/out" 2>"$work/err"
check "another size is refused" test "$? $(grep -c '"default_huge_page" is neither 2097152 nor 1073741824' "$work/err")" = "3 1"
finish
