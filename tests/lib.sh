# For the test scripts: one line a test. A script that sources this ends with `finish`.
B=${B:-build}
hgxtopo=$(realpath "$B/hgxtopo")
roots=$(realpath "$B")/hosts
passed=0 failed=0 skipped=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

ok() { passed=$((passed + 1)); [ -z "${V:-}" ] || echo "ok: $*"; }
bad() { failed=$((failed + 1)); echo "FAILED: $*"; }
skip() { skipped=$((skipped + 1)); echo "skipped: $*"; }

# check SENTENCE COMMAND…: passes if the command does
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

# Without a package nothing is tested; in CI that is a failure.
missing() {
	if [ "${CI:-}" = true ]; then bad "$1: a package is missing"; else skip "$1: a package is missing; run make deps"; fi
}

# A domain as libvirt takes it without KVM too: of another type, for from 11.3 on it finds no
# firmware for one of type kvm there, and without the host's own processor.
tame() { sed -Ez "s/(<domain[^>]*[[:space:]]type=)(['\"])kvm\2/\1\2qemu\2/; s/mode=(['\"])host-passthrough\1/mode='maximum'/" "$1"; }

finish() {
	echo "$passed passed, $failed failed, $skipped skipped" >"${COUNT:-/dev/null}"
	echo "  $(basename "$0"): $passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ]
}
