#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Bad input gives exit status 3, one sentence with file, place and remedy, no output and no leaks
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
cd "$work" || exit 1

# said_json FILE: the sentence of an error that is an object, if it has all members
said_json() {
	sed -nE 's/^\{ "format": "hgxtopo-error", "version": 1, "code": "[a-z-]+", "rule": "[a-z-]+", "text": "(.*)", "node": [^ ]+, "option": [^ ]+ \}$/hgxtopo: \1/p' "$1" |
		sed 's/\\"/"/g'
}
# refuse NAME SENTENCE ARGS…: exit status 3, nothing on stdout, only that sentence on stderr; with
# --json as an object
refuse() {
	local name=$1 sentence=$2 status errors
	shift 2
	"$hgxtopo" "$@" >out 2>err </dev/null
	status=$?
	case " $* " in
	*" --json "*) errors=$(said_json err) ;;
	*) errors=$(without_rules err) && every_rule err || errors="no rule: $errors" ;;
	esac
	if [ $status != 3 ] || [ -s out ] || [ "$errors" != "hgxtopo: $sentence" ]; then
		bad "$name: status $status"
		printf '    wanted: hgxtopo: %s\n    got:    %s\n' "$sentence" "$errors"
		return
	fi
	ok "$name"
	[ -z "${leaks:-}" ] && return
	check "$name: nothing leaks" valgrind -q --leak-check=full --show-leak-kinds=all \
		--errors-for-leak-kinds=definite,indirect,possible --error-exitcode=99 "$hgxtopo" "$@"
}
# valgrind passes on the command's own status: 3 is expected, 99 is a leak
valgrind() { command valgrind "$@" >out 2>err; [ $? = 3 ] && [ ! -s out ] || { cat err; false; }; }

# a sanitized program does not run under valgrind and finds leaks itself
if [ -z "${SANITIZE:-}" ]; then
	type -P valgrind >/dev/null && leaks=yes || missing "leaks"
fi
"$hgxtopo" dump --json --from example:hgx-h200 >good.json
mkdir empty
ln -s /sys linked-sys && mkdir linked && ln -s /sys linked/sys && ln -s /proc linked/proc
echo 'hello' >text.txt
: >empty.json
echo '[1, 2]' >array.json
echo '{} x' >rest.json
echo '{ "format": "other" }' >other.json
sed 's/"version": 1/"version": 2/' good.json >version.json
head -c 20000 good.json >short.json
short_line=$(($(tr -cd '\n' <short.json | wc -c) + 1))
sed 's/"address": "0000:16:00.0", "kind": "switch-up", "kind_inferred": false, "parent": "0000:15:01.0"/"address": "0000:16:00.0", "kind": "switch-up", "kind_inferred": false, "parent": "0000:17:01.0"/' good.json >cycle.json
sed 's/"parent": "0000:17:01.0"/"parent": "0000:17:09.0"/' good.json >orphan.json
sed 's/"address": "0000:19:00.0"/"address": "0000:19:20.0"/' good.json >range.json
sed 's/"address": "0000:19:00.0"/"address": "0000:1a:00.0"/' good.json >twice.json
sed '0,/"numa_node": 0/s//"numa_node": 7/' good.json >node.json
sed '/"0000:19:00.0", "kind"/s/"host_use": null/"host_use": null, "ids": 3/' good.json >ids.json
index() { grep -n '"address"' good.json | awk -v pattern="$1" '$0 ~ pattern { print NR - 1; exit }'; }

refuse "a missing directory" "nowhere: no such file or directory; give live, a directory, a JSON file, a libvirt domain or example:NAME" \
	dump --from nowhere
refuse "an empty directory" "empty: has no sys/devices/system/cpu, so it is not a captured root directory; capture the machine's sys/ and proc/ into it" \
	dump --from empty
refuse "a directory whose sys leads out of it" "linked: has no sys/devices/system/cpu, so it is not a captured root directory; capture the machine's sys/ and proc/ into it" \
	dump --from linked
refuse "a file that is not JSON" "text.txt: neither a libvirt domain (XML) nor a topology (JSON); 'virsh dumpxml' writes the one, 'hgxtopo dump --json' the other" \
	dump --from text.txt
refuse "an empty file" "empty.json: neither a libvirt domain (XML) nor a topology (JSON); 'virsh dumpxml' writes the one, 'hgxtopo dump --json' the other" \
	dump --from empty.json
refuse "a JSON text that is not an object" "array.json: neither a libvirt domain (XML) nor a topology (JSON); 'virsh dumpxml' writes the one, 'hgxtopo dump --json' the other" \
	dump --from array.json
refuse "a file that is neither, with a host" "text.txt: neither a libvirt domain (XML) nor a topology (JSON); 'virsh dumpxml' writes the one, 'hgxtopo dump --json' the other" \
	dump --from text.txt --host good.json
printf ' \n{' >begun.json
refuse "a JSON of one character" "begun.json:2: the text is cut off here; give a complete topology written by 'hgxtopo dump --json'" \
	dump --from begun.json
refuse "text after the JSON" "rest.json:1:4: the JSON ends before this; remove what follows" \
	dump --from rest.json
refuse "a JSON of another program" "other.json: not a topology (\"format\" is not \"hgxtopo\"); give one written by 'hgxtopo dump --json'" \
	dump --from other.json
refuse "the JSON of another version" "version.json: \"version\" is 2, and this library reads 1; write the topology again with this library, or read it with the one that wrote it" \
	emit --libvirt --from version.json
refuse "a truncated JSON" "short.json:$short_line: the text is cut off here; give a complete topology written by 'hgxtopo dump --json'" \
	emit --nccl --from short.json
refuse "a JSON with a cycle" "cycle.json: 0000:1c:00.0: the parents above it form a cycle; correct one of them" \
	dump --json --from cycle.json
refuse "a parent that does not exist" "orphan.json: 0000:19:00.0: its parent 0000:17:09.0 does not exist; add it or correct the name" \
	dump --from orphan.json
refuse "a PCI address out of range" "range.json: pci[$(index '0000:19:00.0')]: \"address\" is \"0000:19:20.0\", which is not a PCI address such as \"0000:19:00.0\" (lower case, bus 00-ff, device 00-1f, function 0-7)" \
	dump --from range.json
refuse "the same address twice" "twice.json: 0000:1a:00.0 appears twice; remove one of them" dump --from twice.json
refuse "a NUMA node that does not exist" "node.json: cpu0: NUMA node 7 does not exist; add it or correct the number" \
	dump --from node.json
refuse "a host for --host-json that does not exist" "nowhere: no such file or directory; give live, a directory, a JSON file, a libvirt domain or example:NAME" \
	emit --nccl --from good.json --host-json nowhere
refuse "ids that are not an object" "ids.json: pci[$(index '0000:19:00.0')]: \"ids\" is not an object; correct it" dump --from ids.json
refuse "an example that does not exist" "example:none: no such example; there is example:hgx-h200" \
	dump --from example:none
refuse "an empty base domain" "empty.json: the file is empty; give a libvirt domain, as 'virsh dumpxml' writes it" \
	emit --libvirt --from good.json --base empty.json
refuse "a base domain from /dev/null" "/dev/null: the file is empty; give a libvirt domain, as 'virsh dumpxml' writes it" \
	emit --libvirt --from good.json --base /dev/null
refuse "an empty base domain on standard input" "standard input: the file is empty; give a libvirt domain, as 'virsh dumpxml' writes it" \
	emit --libvirt --from good.json --base -
refuse "an empty source" "--from: the name is empty; give live, a directory, a JSON file, a libvirt domain or example:NAME" dump --from ''
refuse "an empty standard input" "standard input: neither a libvirt domain (XML) nor a topology (JSON); 'virsh dumpxml' writes the one, 'hgxtopo dump --json' the other" \
	dump --from -
refuse "a file in a directory that does not exist" "nowhere/out.xml: No such file or directory; nothing was written" \
	dump --from good.json -o nowhere/out.xml
refuse "a directory as output" "empty: Is a directory; give the name of a file in it" dump --from good.json -o empty
colour=$'\e[31m' c1=$'\xc2\x9b'
refuse "a file name with control characters" "a?[31mb: no such file or directory; give live, a directory, a JSON file, a libvirt domain or example:NAME" \
	dump --from "a${colour}b"
refuse "a file name with an 8-bit control character" "a??31mb?ü: no such file or directory; give live, a directory, a JSON file, a libvirt domain or example:NAME" \
	dump --from "a${c1}31mb"$'\xff'"ü"
refuse "an output file with control characters" "nowhere?[31m/out.xml: No such file or directory; nothing was written" \
	dump --from good.json -o "nowhere$colour/out.xml"
refuse "a full disk" "/dev/full: No space left on device; the output is incomplete" \
	dump --from good.json -o /dev/full

echo '<domain><devices/></domain>' >empty.xml
echo '<system version="1"/>' >nccl.xml
"$hgxtopo" emit --libvirt --from good.json 2>/dev/null >vm.xml
sed 's/q35/pc-i440fx-7.2/' vm.xml >i440fx.xml
head -c 2000 vm.xml >cut.xml
refuse "an XML of something else" "nccl.xml:1: the root element is <system>, not <domain>; give a domain as virsh dumpxml writes it" \
	dump --from nccl.xml
refuse "a domain without a machine" "empty.xml:1: <os><type> is not hvm; only fully virtualized q35 domains can be read" \
	dump --matrix --from empty.xml
refuse "a domain of another machine" "i440fx.xml:$(grep -n '<type arch' vm.xml | cut -d: -f1): machine type pc-i440fx-7.2 is not supported; only q35 domains can be read" \
	dump --json --from i440fx.xml
refuse "a host for a source that is not a domain" "good.json: not a libvirt domain; --host is only valid with one" \
	dump --from good.json --host good.json
refuse "a host for a machine" "live: not a libvirt domain; --host is only valid with one" dump --host good.json
refuse "--libvirt-version with a source that is not a domain" "good.json: not a libvirt domain, so --libvirt-version does not apply; leave it out" \
	dump --from good.json --libvirt-version 11.3
refuse "--libvirt-version with an example" "example:hgx-h200: not a libvirt domain, so --libvirt-version does not apply; leave it out" \
	dump --from example:hgx-h200 --libvirt-version 11.3
refuse "--libvirt-version with a malformed version" "--libvirt-version: '11' is not a version; write it as 8.2 or 8.2.1" \
	dump --from vm.xml --libvirt-version 11
refuse "a host that is a domain" "the host of a domain cannot be a guest; give the machine it runs on" \
	dump --from vm.xml --host vm.xml
refuse "a host that does not exist" "nowhere: no such file or directory; give live, a directory, a JSON file, a libvirt domain or example:NAME" \
	dump --from vm.xml --host nowhere
"$hgxtopo" dump --from cut.xml >out 2>err
check "a truncated domain is refused" test "$? $(wc -l <err) $(wc -c <out)" = "3 1 0"

refuse "a base domain that does not exist" "nowhere.xml: No such file or directory" \
	emit --libvirt --from good.json --base nowhere.xml
refuse "a directory as base domain" "empty: Is a directory" emit --nccl --from good.json --base empty
# a sparse file; only as much as the limit is read
truncate -s 100M large.xml
refuse "100 MB of base domain" "large.xml: larger than 16 MiB; give a libvirt domain, as 'virsh dumpxml' writes it" \
	emit --libvirt --from good.json --base large.xml
if [ -z "${SANITIZE:-}" ]; then
	frugal() { ulimit -v 120000 && exec "$hgxtopo" emit --libvirt --from good.json --base "$1" >out 2>err <large.xml; }
	for base in large.xml -; do
		(frugal $base)
		check "100 MB of base domain ($base) are not held in memory" grep -q 'larger than 16 MiB' err
	done
fi

# A failed call does not change the old file.
echo old >kept.xml
"$hgxtopo" emit --libvirt --from short.json -o kept.xml 2>/dev/null
check "a failed emit does not change the old file" grep -qx old kept.xml
check "a failed emit leaves no other file" test "$(find . -name 'kept.xml*' | wc -l)" = 1
check "emit into a file writes all of it" sh -c "'$hgxtopo' emit --libvirt --from good.json -o kept.xml 2>/dev/null && tail -n 1 kept.xml | grep -qx '</domain>'"
ln -s kept.xml link.xml
check "a link to a file stays a link" sh -c "'$hgxtopo' emit --nccl --from good.json -o link.xml 2>/dev/null && test -L link.xml && head -n 1 kept.xml | grep -q '<system'"

# If an option is repeated, the last one counts.
"$hgxtopo" emit --map --from good.json --name a --name b >out 2>err
check "the last --name counts" grep -qx b out
"$hgxtopo" emit --libvirt --smt maybe >out 2>err
check "the refusal of a wrong word lists the right ones" \
	grep -q "^hgxtopo: --smt must be on or off, not 'maybe';" err
"$hgxtopo" emit --libvirt --smt "$colour" >out 2>err
check "a wrong word with control characters is printed without them" \
	grep -qF "hgxtopo: --smt must be on or off, not '?[31m';" err
for range in "--vcpus=100000|--vcpus takes all or a whole number from 1 to 65535, not '100000'" \
	"--vcpus=0|--vcpus takes all or a whole number from 1 to 65535, not '0'" \
	"--reserve-cores=65536|--reserve-cores takes a whole number from 0 to 65535, not '65536'" \
	"--vms=3/2|--vms takes I/N or all/N, such as 1/4 or all/4, with N from 1 to 65535 and I from 1 to N, not '3/2'" \
	"--vms=0/2|--vms takes I/N or all/N, such as 1/4 or all/4, with N from 1 to 65535 and I from 1 to N, not '0/2'"; do
	"$hgxtopo" emit --libvirt "${range%%|*}" >out 2>err
	check "the refusal of ${range%%|*} says the range" grep -qF "hgxtopo: ${range#*|};" err
done
"$hgxtopo" emit --nccl --profile host --skip 19:00.0 >out 2>err
check "--profile host names the VM option that it refuses" \
	grep -q '^hgxtopo: --skip is about a VM; --profile host is about the bare host;' err

# blames WORDS ARGS…: wrong usage, and this is what is wrong
blames() {
	"$hgxtopo" "${@:2}" >out 2>err
	local status=$?
	case " $* " in
	*" --json "* | *" -j"*) check "'${*:2}' is refused: $1" test "$status $(said_json err)" = "2 hgxtopo: $1" ;;
	*) check "'${*:2}' is refused: $1" test "$status $(cut -d\; -f1 err)" = "2 hgxtopo: $1" ;;
	esac
}
blames "unknown option '-c' in '-vcpus'" emit --libvirt -vcpus 8
blames "unknown option '-x' in '-jx'" dump -jx
blames "unknown option '-x' in '-xj'" dump -j -xj
blames "unknown option '-x'" dump -j -x --json
blames "unknown option '-j' in '-jx'" emit --from=x -jx
blames "unknown option '-x' in '-xf'" emit --from=x -xf
blames "unknown option '--nonsense'" emit --libvirt --nonsense --map
blames "'--json' takes no value" dump --json=3 -xj
blames "'--libvirt' takes no value" emit --libvirt=3
blames "'--vf' takes no value" emit --libvirt --vf=1 --from x
blames "unknown option '-ä'" dump -ä
blames "-o needs a value" dump -o
# tells SENTENCE ARGS…: wrong usage; all that it says before it names the help
tells() {
	"$hgxtopo" "${@:2}" >out 2>err
	check "'${*:2}' is refused: $1" test "$? $(without_rules err | sed -n "\$s/; see 'hgxtopo emit --help'$//p")" = "2 hgxtopo: $1"
}
tells "--all writes several files; give --dir" emit --all
tells "--all writes several files; give --dir instead of --output" emit --all -o x
tells "--all writes several files; give --dir instead of --output" emit --all --dir plans -o x
tells "vm.xml is a guest; give its host with --from, and a domain that is to be changed with --base" \
	emit --libvirt --from vm.xml
tells "vm.xml is a guest, but --from must be the host of the domain in --base" emit --libvirt --from vm.xml --base vm.xml
tells "--gpus is about a plan, but vm.xml is a guest, which is taken as it is; leave out --gpus, or give the host with --from and the domain with --base" \
	emit --nccl --from vm.xml --gpus all
tells "--nics none leaves no NIC to share; leave out --vf" emit --libvirt --nics none --vf
tells "--profile host is about the bare host, but vm.xml is a guest; give the host with --from" \
	emit --nccl --profile host --from vm.xml --host example:hgx-h200
tells "--host-json is for a running guest, but vm.xml is the plan of one; leave out --host-json, and with a libvirt domain give its host with --host" \
	emit --nccl --host-json good.json --from vm.xml

# Wrong usage gives exit status 2 and one line.
while read -r args; do
	# shellcheck disable=SC2086
	"$hgxtopo" $args >out 2>err
	status=$?
	check "usage: 'hgxtopo $args' exits with 2 and one line" \
		test "$status $(wc -l <err) $(wc -c <out)" = "2 1 0"
done <<EOF

nonsense
dump --nonsense
dump --json --matrix
dump extra
dump --from
emit
emit --libvirt --nccl
emit --libvirt --memory
emit --libvirt --memory 12
emit --libvirt --memory 0G
emit --libvirt --memory 99999999999999999999G
emit --libvirt --reserve-cores -1
emit --libvirt --reserve-cores 1x
emit --libvirt --profile host
emit --nccl --profile none
emit --nccl --driver vfio-pci
emit --libvirt --install
emit --libvirt --host-json good.json
emit --nccl --install --output x
emit --nccl --install --from x
emit --nccl --install --profile host
emit --nccl --install --base x
emit --all --dir plans --base x --ovmf-code x
emit --nccl --host-json
emit --nccl --host-json=
emit --nccl --host-json good.json --profile host
emit --nccl --host-json - --from -
emit --nccl --host-json - --base -
dump --with-ids
dump --matrix --with-ids
emit --nccl --profile host --memory 1G
emit --nccl --profile host --gpus all
emit --nccl --profile host --vf
emit --nccl --profile host --base nowhere.xml
emit --libvirt --smt maybe
emit --libvirt --smt
emit --libvirt --hugepages 4K
emit --libvirt --mirror socket
emit --libvirt --p2p-clique on
emit --libvirt --nvswitch some
emit --libvirt --vf=1
emit --libvirt --vcpus 0
emit --libvirt --vcpus many
emit --libvirt --vcpus 99999999999999999999
emit --libvirt --memory 1G/node
emit --libvirt --memory 12/cell
emit --libvirt --memory 0G/cell
emit --libvirt --vms 2
emit --libvirt --vms 0/2
emit --libvirt --vms 3/2
emit --libvirt --vms 1/0
emit --libvirt --vms 1/2x
emit --libvirt --vms /2
emit --libvirt --vms all/
emit --libvirt --vms all/2
emit --nccl --vms all/2
emit --map --vms all/2 --base vm.xml
emit --libvirt --base vm.xml --name x
emit --libvirt --base - --from -
emit --map --libvirt
emit --libvirt --json
emit --all
emit --all --dir
emit --all --dir plans --output x
emit --libvirt --dir plans
emit --all --dir plans --profile guest
emit --map --driver vfio-pci
emit --libvirt --from example:hgx-h200 --name a/b
emit --kernel-args --from example:hgx-h200 --driver nvidia
dump --json=3
dump -xj
dump --from example:hgx-h200 -o
EOF
finish
