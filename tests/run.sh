#!/bin/bash
# Every test; the last line counts them. V=1 names those that pass.
set -u
cd "$(dirname "$0")/.."
export B=${B:-build}
passed=0 failed=0 skipped=0
counts=$(mktemp)
trap 'rm -f "$counts"' EXIT

add() {
	local p f s
	if read -r p _ f _ s _ <"$counts" && [ -n "${s:-}" ]; then
		passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	else
		failed=$((failed + 1))
		echo "FAILED: $1 ended without a count"
	fi
	: >"$counts"
}

echo "test machines"
mkdir -p "$B/hosts"
for host in tests/hosts/*/host.txt; do
	name=$(basename "$(dirname "$host")")
	rm -rf "$B/hosts/$name"
	python3 tests/mkhost.py "$host" "$B/hosts/$name" || exit 1
done
HGX_TEST_ROOTS=$(realpath "$B/hosts")
export HGX_TEST_ROOTS

echo "unit tests"
for source in tests/test_*.c; do
	program=$B/tests/$(basename "$source" .c)
	output=$("$program" 2>&1)
	status=$?
	# Check's closing line: 100%: Checks: 12, Failures: 0, Errors: 0
	if [[ $output =~ Checks:\ ([0-9]+),\ Failures:\ ([0-9]+),\ Errors:\ ([0-9]+) ]]; then
		bad=$((BASH_REMATCH[2] + BASH_REMATCH[3]))
		echo "$((BASH_REMATCH[1] - bad)) passed, $bad failed, 0 skipped" >"$counts"
		[ $bad = 0 ] || echo "$output"
		echo "  $(basename "$source" .c): ${BASH_REMATCH[1]} tests, $bad failed"
	else
		echo "$output"
		echo "$source ended with $status and no count"
	fi
	add "$source"
done

for script in tests/check-*.sh; do
	echo "$(sed -n '2s/^# //p' "$script")"
	COUNT=$counts "$script"
	add "$script"
done

echo
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
