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

python3 -c 'import jsonschema' 2>/dev/null || { missing "the JSON schema"; finish; exit; }
dump() {
	"$hgxtopo" dump --json --from "$2" >"$work/dump.json"
	check "$1: the JSON matches the schema" valid "$work/dump.json"
	check "$1: reading the JSON back and dumping again gives the same bytes" same_again "$work/dump.json"
	"$hgxtopo" dump --json --with-ids --from "$2" >"$work/ids.json"
	check "$1: the JSON with serial numbers matches the schema" valid "$work/ids.json"
	"$hgxtopo" dump --json --from "$2" >"$work/second.json"
	check "$1: the same machine gives the same bytes" cmp "$work/dump.json" "$work/second.json"
}
# a machine for which no VM can be planned has no map
map() {
	"$hgxtopo" emit --map --json --from "$2" >"$work/map.json" 2>/dev/null || return
	check "$1: the map matches its schema" valid "$work/map.json" hgxtopo-map
	"$hgxtopo" emit --map --json --from "$2" >"$work/second.json" 2>/dev/null
	check "$1: the same machine gives the same map" cmp "$work/map.json" "$work/second.json"
}
for root in "$roots"/*/; do
	dump "$(basename "$root")" "${root%/}"
	map "$(basename "$root")" "${root%/}"
done
dump "the example" example:hgx-h200
map "the example" example:hgx-h200
"$hgxtopo" emit --libvirt --from example:hgx-h200 >"$work/vm.xml" 2>/dev/null
dump "a domain" "$work/vm.xml"
"$hgxtopo" emit --map --json --vms all/2 --reserve-cores 0 --from example:hgx-h200 >"$work/map.json" 2>/dev/null
check "the map of two VMs without reserved cores matches its schema" valid "$work/map.json" hgxtopo-map
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
finish
