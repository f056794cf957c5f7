# SPDX-License-Identifier: LGPL-2.1-or-later
# For the test scripts: one line per test. A script that sources this ends with `finish`.
B=${B:-build}
hgxtopo=$(realpath "$B/hgxtopo")
roots=$(realpath "$B")/hosts
passed=0 failed=0 skipped=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The root directories of the test machines, in $roots, for a script that reads them.
make_roots() { tests/hosts/roots.sh "$roots" || exit 1; }

ok() { passed=$((passed + 1)); [ -z "${V:-}" ] || echo "ok: $*"; }
bad() { failed=$((failed + 1)); echo "FAILED: $*"; }
skip() { skipped=$((skipped + 1)); echo "skipped: $*"; }

# check SENTENCE COMMAND…: passes if the command succeeds
check() {
	sentence=$1
	shift
	if "$@" >"$work/check.out" 2>&1; then
		ok "$sentence"
	else
		bad "$sentence"
		sed 's/^/    /' "$work/check.out" | head -n 20
	fi
}

# Counts the tests of a program that writes "ok: …" or "FAILED: …" for each.
count_lines() {
	while IFS= read -r line; do
		case $line in
		"ok: "*) ok "${line#ok: }" ;;
		*) bad "${line#FAILED: }" ;;
		esac
	done
}

# Distances between the two nodes of a host: what they are, and the row of each.
odd_slits='one way longer|[ 10, 21 ]|[ 31, 10 ]
to itself not 10|[ 12, 21 ]|[ 21, 0 ]
the farthest|[ 10, 255 ]|[ 254, 10 ]
as near as itself|[ 10, 10 ]|[ 10, 10 ]
nearer than itself|[ 10, 9 ]|[ 9, 10 ]
nearer one way|[ 10, 21 ]|[ 9, 10 ]
no distance|[ 10, 0 ]|[ 0, 10 ]
one row missing|[ 10, 21 ]|null
no SLIT|null|null'

# with_slit ROW ROW: the example with these distances
with_slit() {
	"$hgxtopo" dump --json --from example:hgx-h200 |
		sed "s/\(\"distances\": \)\[ 10, 21 \]/\1$1/; s/\(\"distances\": \)\[ 21, 10 \]/\1$2/"
}

# Without a package nothing is tested; in CI that is a failure.
missing() {
	if [ "${CI:-}" = true ]; then bad "$1: a package is missing"; else skip "$1: a package is missing; run make deps-check"; fi
}

# The functions of the header; those that only its comments name are not in it.
declared() { ${CC:-cc} -E -P include/hgxtopo.h | grep -oE '\bhgx_[a-z0-9_]+\(' | tr -d '(' | sort -u; }

# What a program that links the archive needs besides; not all of it is there where the library
# is built: Debian's libxml2-dev leaves out liblzma-dev.
static_flags() { pkg-config --static --libs libhgxtopo | sed 's/-lhgxtopo/-l:libhgxtopo.a/'; }
links_static() {
	# shellcheck disable=SC2046
	echo 'int main(void) { return 0; }' | ${CC:-cc} -x c -o /dev/null - \
		$(pkg-config --static --libs hwloc libpci json-c libxml-2.0) 2>/dev/null && return
	missing "programs that link the archive"
	return 1
}

# The build of a release, by the compiler of most: what is slow and the same for the others is
# tested with it alone.
release_build() {
	[ -z "${SANITIZE:-}" ] || return 1
	case ${CC:-cc} in cc | gcc) ;; *) return 1 ;; esac
}

# A domain that libvirt accepts without KVM too: of another type (from 11.3 on it finds no firmware
# for type kvm there) and without the host's own processor.
tame() {
	sed -Ez "s/(<domain[^>]*[[:space:]]type=)(['\"])kvm\2/\1\2qemu\2/; s/mode=(['\"])host-passthrough\1/mode='maximum'/
		s/[[:space:]]migratable=(['\"])off\1//" "$1"
}

# only_for CONDITION: ends a script here if its rest shows nothing of this build that it does not
# show of another
only_for() {
	"$@" && return
	finish
	exit
}
# What the command does with memory is seen by the sanitizers; another compiler adds nothing to that.
release_or_sanitized() { [ -n "${SANITIZE:-}" ] || release_build; }

# make_python: a python3 in $work/bin that imports the checkout's package, over the library of this
# build. $interpreter is what it runs, not a script that looks for one; $preload is what it takes for
# that to load a library with sanitizers.
make_python() {
	interpreter=$(python3 -c 'import sys; print(sys.executable)')
	preload=
	if [ -n "${SANITIZE:-}" ]; then
		preload=LD_PRELOAD=$("${CC:-cc}" -print-file-name=libasan.so)
		[ -e "${preload#*=}" ] || return 1
	fi
	mkdir -p "$work/bin"
	cat >"$work/bin/python3" <<-END
		#!/bin/sh
		export HGXTOPO_LIBRARY="$(realpath "$B/libhgxtopo.so")" PYTHONPATH="$PWD/bindings/python" PYTHONDONTWRITEBYTECODE=1
		[ -z "$preload" ] || export ASAN_OPTIONS=\${ASAN_OPTIONS:-detect_leaks=0} PYTHONMALLOC=malloc $preload
		exec \${UNDER:-} "$interpreter" "\$@"
	END
	chmod 755 "$work/bin/python3"
}

# without_rules FILE…: its lines without the id of the rule in brackets, with which they end
without_rules() { sed -E 's/ \[[a-z0-9]+(-[a-z0-9]+)*\]$//' "$@"; }
# every_rule FILE: whether each line ends with one
every_rule() { ! grep -vE ' \[[a-z0-9]+(-[a-z0-9]+)*\]$' "$1"; }

finish() {
	echo "$passed passed, $failed failed, $skipped skipped" >"${COUNT:-/dev/null}"
	echo "  $(basename "$0"): $passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ]
}
