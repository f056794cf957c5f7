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
	if unit_counts "$output" $status >"$counts"; then
		echo "  ${program#"$B/tests/"}: $(cat "$counts")"
	else
		echo "$output"
		echo "$source ended with status $status: $(cat "$counts")"
	fi
	add "$source"
done

add_scripts tests/cli/*.sh
total
