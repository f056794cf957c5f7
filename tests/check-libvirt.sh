#!/bin/bash
# The domains, defined by the real libvirt (its QEMU driver inside virsh, no daemon)
set -u
cd "$(dirname "$0")/.."
. tests/lib.sh

libvirt() { virsh -q -c "qemu:///embed?root=$work/libvirt" "$@" 2>"$work/virsh.err"; }

define() {
	# without /dev/kvm libvirt knows no domains of type kvm
	sed "s/<domain type='kvm'>/<domain type='qemu'>/" "$1" >"$work/d.xml"
	if ! libvirt define --validate "$work/d.xml"; then
		grep -v -E '(info|warning) :' "$work/virsh.err"
		return 1
	fi
	libvirt undefine --nvram "$(libvirt list --all --uuid | head -n 1)"
}

if ! command -v virsh >/dev/null; then
	missing "virsh define"
	finish
	exit
fi
mkdir -p "$work/libvirt/etc"
printf 'user = "root"\ngroup = "root"\n' >"$work/libvirt/etc/qemu.conf"
for dir in tests/hosts/*/; do
	[ -e "$dir/domain.xml" ] && [ -s "$dir/domain.xml" ] || continue
	check "$(basename "$dir"): libvirt accepts the domain" define "$dir/domain.xml"
done
"$hgxtopo" emit --libvirt --from example:hgx-h200 >"$work/example.xml" 2>/dev/null
check "the example: libvirt accepts the domain" define "$work/example.xml"
"$hgxtopo" emit --libvirt --from example:hgx-h200 --name 'a <b> & c' --memory 1792G --reserve-cores 8 \
	>"$work/options.xml" 2>/dev/null
check "the example with --name, --memory and --reserve-cores: libvirt accepts the domain" define "$work/options.xml"
check "--memory 1792G gives each cell the 939524096 KiB of the vendor's guide" \
	test "$(grep -c "memory='939524096' unit='KiB'" "$work/options.xml")" = 2
sed "s/<target busNr='64'>/<target busNr='255'>/" "$work/example.xml" >"$work/broken.xml"
check "a damaged domain is refused, so the check can fail" sh -c "! grep -q \"busNr='64'\" '$work/broken.xml'"
if define "$work/broken.xml" >/dev/null; then bad "libvirt accepted bus 255"; else ok "libvirt refuses bus 255"; fi
finish
