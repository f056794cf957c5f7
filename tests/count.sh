# SPDX-License-Identifier: LGPL-2.1-or-later
# For tests/run.sh and tests/vm/run.sh: adds up the counts that each script writes to $counts.
# A script that sources this ends with `total`.
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

# Each script, under its first line of words, which says what it shows.
add_scripts() {
	local script
	for script; do
		sed -n '/^#!\|SPDX-License/d; s/^# //p; q' "$script"
		COUNT=$counts "$script"
		add "$script"
	done
}

total() {
	echo
	echo "$passed passed, $failed failed, $skipped skipped"
	[ $failed = 0 ]
}
