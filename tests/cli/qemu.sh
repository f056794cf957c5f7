#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# emit --qemu: the same arguments as lines, for a shell and as JSON; QEMU's own parser accepts them
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
make_roots
cd "$work" || exit 1

name="it's a, \"\$VM\" \`x\` \\ é"
one() { "$hgxtopo" emit --from example:hgx-h200 --name "$name" "$@" 2>/dev/null; }
one --qemu >lines
one --qemu --shell >shell
one --qemu --json >json
check "sh can read the command" sh -n shell
check "JSON has the same arguments as the lines" python3 - <<'EOT'
import json
assert json.load(open("json")) == open("lines").read().splitlines()
EOT
check "the command has the same arguments after the name of QEMU" python3 - <<'EOT'
import shlex
command = open("shell").read().replace(" \\\n", " ")  # shlex does not support continued lines
assert shlex.split(command) == ["qemu-system-x86_64", *open("lines").read().splitlines()]
EOT
check "the arguments contain the name with its comma doubled" grep -qxF "guest=${name/,/,,},debug-threads=on" lines
mkdir bin
printf '#!/bin/sh\nprintf "%%s\\n" "$@"\n' >bin/qemu-system-x86_64
chmod 755 bin/qemu-system-x86_64
check "a shell passes on the same arguments" sh -c 'VM=wrong PATH=$PWD/bin:$PATH sh shell | cmp - lines'
check "more can be appended" sh -c 'PATH=$PWD/bin:$PATH eval "$(cat shell) -serial mon:stdio" | tail -n 1 | grep -qx mon:stdio'
check "the firmware is the one given" \
	sh -c '"$1" emit --qemu --from example:hgx-h200 --ovmf-code C.fd --ovmf-vars V.fd 2>/dev/null | grep -c "filename=[CV].fd$" | grep -qx 2' sh "$hgxtopo"

# usage SENTENCE ARGS…: exit status 2 and that sentence
usage() {
	local said=$1
	shift
	"$hgxtopo" emit --from example:hgx-h200 "$@" >out 2>err
	check "$*: exit 2" test $? = 2
	case " $* " in
	*" --json "*) check "$*: $said" grep -qF "\"rule\": \"usage\", \"text\": \"$said\"" err ;;
	*) check "$*: $said" grep -qxF "hgxtopo: $said; see 'hgxtopo emit --help'" <(without_rules err) ;;
	esac
}
usage "--shell is only valid with --qemu" --map --shell
usage "give --shell or --json, not both" --qemu --shell --json
usage "--json is only valid with --map, --qemu or --check" --nccl --json
usage "--ovmf-code is only valid with --qemu or --all" --nccl --ovmf-code x
usage "--ovmf-vars is only valid with --qemu" --all --dir d --ovmf-vars x
usage "--ovmf-vars needs the name of a file, in UTF-8 without control characters" --qemu --ovmf-vars ''
usage "give one of --libvirt, --nccl, --kernel-args, --qemu, --map or --all" --qemu --nccl
usage "--vms all/2 is only valid with --map, --kernel-args or --all; give --vms 1/2, 2/2 and so on" --qemu --vms all/2

cat >base.xml <<'EOT'
<domain type='kvm'><name>theirs</name><memory>1</memory><vcpu>1</vcpu>
<os firmware='efi'><type arch='x86_64' machine='q35'>hvm</type></os><devices/></domain>
EOT
"$hgxtopo" emit --qemu --base base.xml --gpus all --from example:hgx-h200 >out 2>err
check "--qemu with a base domain: exit 3" test $? = 3
check "--qemu with a base domain: nothing is written" test ! -s out
check "--qemu with a base domain: it says why" grep -qxF "hgxtopo: theirs: only libvirt can start the domain's own devices; write a libvirt domain, or leave out --base [domain-needs-libvirt]" err
check "--all works with a base domain" "$hgxtopo" emit --all --dir based --base base.xml --gpus all --from example:hgx-h200
check "--all writes everything except the arguments then" test "$(ls based | wc -l)" = 6 -a ! -e based/theirs.qemu

if ! command -v qemu-system-x86_64 >/dev/null; then
	missing "QEMU's own parser"
	finish
	exit
fi
# accepted: QEMU gets as far as the first device of the host, which does not exist here
accepted() {
	sed -e '/^-machine$/,+1s/accel=kvm/accel=tcg/' -e 's/^host,/max,/' -e 's/,host-phys-bits=on//' \
		-e 's/size=[0-9]*M/size=64M/' -e "s/^[0-9]*M\$/$((64 * $(grep -c '^node,' args)))M/" \
		-e 's/host-nodes=[0-9]*/host-nodes=0/' -e 's/host=0000:/host=fff0:/' args >small
	mapfile -t small <small
	timeout 60 qemu-system-x86_64 "${small[@]}" -S </dev/null >said 2>&1
	grep -q "vfio-pci,host=fff0:.*no such host device" said || { cat said; false; }
}
code=/usr/share/OVMF/OVMF_CODE_4M.fd
if [ -e $code ]; then
	cp /usr/share/OVMF/OVMF_VARS_4M.fd vars.fd
	for machine in example:hgx-h200 "$roots/made-epyc-nps4" "$roots/made-amd-gpus"; do
		"$hgxtopo" emit --qemu --from "$machine" --ovmf-vars vars.fd >args 2>/dev/null
		check "QEMU accepts the arguments of $(basename "$machine")" accepted
	done
	sed -i 's/policy=bind/policy=bond/' args
	if accepted >/dev/null; then bad "QEMU took a wrong argument"; else ok "a wrong argument is noticed"; fi
	while IFS='|' read -r what one two; do
		with_slit "$one" "$two" >slit.json
		check "distances, $what: the host has them" test "$(sed -n 's/.*"distances": \(null\|[^]]*]\).*/\1/p' slit.json)" = "$one
$two"
		"$hgxtopo" emit --qemu --from slit.json --ovmf-vars vars.fd >args 2>/dev/null
		check "distances, $what: QEMU takes the arguments" accepted
	done <<<"$odd_slits"
	printf '%s\n' -numa dist,src=0,dst=1,val=9 >>args
	if accepted >/dev/null; then bad "QEMU took a distance of 9"; else ok "QEMU refuses a distance of 9"; fi
else
	skip "QEMU's own parser: no $code"
fi
finish
