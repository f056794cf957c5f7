#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# make check in other Debian releases, each in a chroot that is made once and kept. The release
# "here" is this machine itself.
#
#     tests/generations.sh [--boots N] SUITE…
#
# A chroot is made by debootstrap from the mirror that apt uses here, below HGX_CHROOTS
# (default: hgxtopo in XDG_CACHE_HOME, else in /var/cache); tests/deps.sh installs the packages, the
# tree is copied into an empty directory, and the README's command runs there. What the releases
# bring is printed, and after each a line of passed, failed and skipped; the last line is the sum.
# --boots N boots every guest that there is in each, those of N hosts by chance, and Linux.
set -u
cd "$(dirname "$0")/.." || exit
. tests/count.sh
chroots=${HGX_CHROOTS:-${XDG_CACHE_HOME:-/var/cache}/hgxtopo}
log=$(mktemp)
trap 'rm -f "$counts" "$times" "$log"' EXIT
# directories that are not part of the project, which tests use
inputs=(HGXTOPO_HOSTS HGXTOPO_CASES HGXTOPO_DECISIONS)
boots=0
[ "${1:-}" != --boots ] || { boots=$2; shift 2; }

# cannot WHY: nothing can be tested here, which in CI is a failure
cannot() {
	if [ "${CI:-}" = true ]; then
		echo "FAILED: other Debian releases: $1"
		failed=$((failed + 1))
	else
		echo "skipped: other Debian releases: $1"
		skipped=$((skipped + 1))
	fi
	total
	exit
}

# Everything is mounted in a namespace of its own, which ends with the script: nothing stays
# mounted in a chroot, whatever happens.
[ "$(id -u)" = 0 ] || cannot "only root can make and enter a chroot"
command -v apt-get >/dev/null || cannot "there is no apt-get here"
if [ "${HGX_NAMESPACE:-}" != yes ]; then
	unshare --mount --propagation private true 2>/dev/null || cannot "no file systems can be mounted here"
	rm -f "$counts" "$times" "$log"
	HGX_NAMESPACE=yes exec unshare --mount --propagation private tests/generations.sh --boots "$boots" "$@"
fi

# The first source of packages of this machine that is Debian's main archive.
mirror() {
	apt-get indextargets --format '$(ORIGIN) $(SITE)' 'Identifier: Packages' 2>/dev/null |
		sed -n 's/^Debian //p' | grep -v security | head -n 1
}

need_debootstrap() {
	command -v debootstrap >/dev/null && return
	echo "generations: debootstrap is missing; running apt-get update and apt-get install --yes debootstrap"
	apt-get update -q >/dev/null
	DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends -q debootstrap >/dev/null
}

# The chroot of a suite; one that was interrupted does not have its final name.
make_chroot() {
	local root=$chroots/$1 proxy='' uri
	[ ! -d "$root" ] || return 0
	need_debootstrap || return
	[ -n "$(mirror)" ] || apt-get update -q >/dev/null
	uri=$(mirror)
	if [ -z "$uri" ]; then
		echo "generations: apt has no mirror of Debian here"
		return 1
	fi
	eval "$(apt-config shell proxy Acquire::http::Proxy)"
	[ -z "$proxy" ] || export http_proxy=$proxy
	mkdir -p "$chroots"
	rm -rf --one-file-system "$root.new"
	echo "generations: making $root: debootstrap --variant=minbase $1 … $uri"
	debootstrap --variant=minbase --include=make,ca-certificates "$1" "$root.new" "$uri" >"$log" 2>&1 ||
		{ tail -n 5 "$log"; return 1; }
	# a mirror may stand still; what it has is signed all the same
	{
		apt-config dump | grep -E '^Acquire::https?::(Proxy|Verify|CaInfo)'
		echo 'Acquire::Check-Valid-Until "false";'
	} >"$root.new/etc/apt/apt.conf.d/90machine"
	# it can be made again
	echo force-unsafe-io >"$root.new/etc/dpkg/dpkg.cfg.d/90machine"
	mv "$root.new" "$root"
}

mount_chroot() {
	local root=$1 input
	[ ! -e /etc/resolv.conf ] || cp -L /etc/resolv.conf "$root/etc/resolv.conf"
	# a mount of its own: virtiofsd asks for the one that its files are on
	mount --bind "$root" "$root" && mount -t proc proc "$root/proc" && mount --rbind /sys "$root/sys" &&
		mount --rbind /dev "$root/dev" && mount -t tmpfs tmpfs "$root/tmp" || return
	for input in "${inputs[@]}"; do
		[ -d "${!input:-}" ] || continue
		mkdir "$root/tmp/$input" && mount --bind "${!input}" "$root/tmp/$input" || return
	done
}

# mounted: the variables that name what is mounted, as they are in the chroot
mounted() {
	local input
	for input in "${inputs[@]}"; do
		[ ! -d "${!input:-}" ] || echo "$input=/tmp/$input"
	done
}

# inside ROOT COMMAND: in the copied tree, with what make check takes from the environment
inside() {
	if [ "$1" = / ]; then
		sh -c "$2"
		return
	fi
	chroot "$1" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TMPDIR=/tmp \
		${http_proxy:+"http_proxy=$http_proxy"} ${V:+"V=$V"} ${HGX_BOOTS:+"HGX_BOOTS=$HGX_BOOTS"} \
		$(mounted) \
		sh -c "cd /tmp/hgxtopo && $2"
}

copy_tree() {
	mkdir "$1/tmp/hgxtopo"
	if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
		git ls-files -co --exclude-standard -z | while IFS= read -r -d '' file; do
			[ ! -e "$file" ] || printf '%s\0' "$file"
		done | tar --null -T - -cf -
	else
		tar --exclude=./build\* -cf - .
	fi | tar -xf - -C "$1/tmp/hgxtopo"
}

upgrade='export DEBIAN_FRONTEND=noninteractive
	{ apt-get update -q && apt-get dist-upgrade --yes -q; } >/dev/null || echo "the packages stay as they were"
	tests/deps.sh build && tests/deps.sh check && apt-get clean'

versions() {
	inside "$1" "dpkg-query -W -f '  \${Package} \${Version}\n' gcc libhwloc-dev libpci-dev libjson-c-dev \
		libxml2-dev libvirt-daemon-driver-qemu qemu-system-x86 ovmf seabios golang-go 2>/dev/null"
}

# What a run says is added up; a test that misses a package there is one that failed.
add_log() {
	local p f s missing
	missing=$(grep -c 'a package is missing' "$log")
	if read -r p _ f _ s _ < <(sed -nE 's/^( +[a-z]+\.sh: )?([0-9]+ passed, [0-9]+ failed, [0-9]+ skipped)$/\2/p' "$log" | tail -n 1); then
		echo "$p passed, $((f + missing)) failed, $((s - missing)) skipped" >"$counts"
	fi
}

# prepare SUITE: the chroot, with the packages of today and the tree
prepare() {
	local suite=$1
	[ "$root" != / ] || return 0
	if ! make_chroot "$suite" || ! mount_chroot "$root" || ! copy_tree "$root"; then
		echo "generations: no chroot of $suite"
		return 1
	fi
	if ! inside "$root" "$upgrade" >"$log" 2>&1; then
		echo "generations: $suite: the packages could not be installed"
		tail -n 5 "$log"
		return 1
	fi
	grep -Fx 'the packages stay as they were' "$log" | sed "s/^/generations: $suite: /"
}

# try COMMAND: runs it in the suite
try() {
	local started=$SECONDS
	: >"$counts"
	inside "$root" "$1 2>&1" | tee "$log" | grep --line-buffered -vE '^(cc|gcc|ar|rm|ln|make|\{|\} >)[ :[]|^\s+-|\\$'
	add_log
	echo "$suite: $1: $(cat "$counts"), $((SECONDS - started)) s"
	add "$suite: $1"
}

check_suite() {
	local suite=$1 root=$chroots/$1
	[ "$suite" != here ] || root=/
	if ! prepare "$suite"; then
		add "$suite"
		return
	fi
	echo "$suite, $(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' "$root/etc/os-release"), on $(date -I):"
	versions "$root"
	[ "$boots" = 0 ] || export HGX_BOOTS=all
	try "make check WERROR=1"
	[ "$boots" != 0 ] || return
	try "make check-vm WERROR=1"
	echo "$suite: guests of $boots more hosts by chance"
	try "HGX_SEED=$RANDOM$RANDOM HGX_SEEDS=$boots tests/cli/firmware.sh"
}

for suite; do
	check_suite "$suite"
done
total
