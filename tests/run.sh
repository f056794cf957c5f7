#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs every test; the last line counts them. V=1 names those that pass.
set -u
cd "$(dirname "$0")/.."
export B=${B:-build}
. tests/count.sh

echo "test machines"
HGX_TEST_ROOTS=$(realpath "$B")/hosts
export HGX_TEST_ROOTS
rm -rf "$HGX_TEST_ROOTS"
tests/hosts/roots.sh "$HGX_TEST_ROOTS" || exit 1

echo "unit tests"
for source in tests/unit/*/*.c tests/fuzz/*.c; do
	program=$B/${source%.c}
	output=$("$program" 2>&1)
	status=$?
	# Check's last line: 100%: Checks: 12, Failures: 0, Errors: 0
	if [[ $output =~ Checks:\ ([0-9]+),\ Failures:\ ([0-9]+),\ Errors:\ ([0-9]+) ]]; then
		bad=$((BASH_REMATCH[2] + BASH_REMATCH[3]))
		echo "$((BASH_REMATCH[1] - bad)) passed, $bad failed, 0 skipped" >"$counts"
		[ $bad = 0 ] || echo "$output"
		echo "  ${program#"$B/tests/"}: ${BASH_REMATCH[1]} tests, $bad failed"
	else
		echo "$output"
		echo "$source ended with status $status and without a count"
	fi
	add "$source"
done

add_scripts tests/cli/*.sh
total
