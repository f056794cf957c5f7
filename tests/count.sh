# SPDX-License-Identifier: LGPL-2.1-or-later
# For tests/run.sh and tests/vm/run.sh: adds up the counts that each script writes to $counts.
# A script that sources this ends with `total`.
passed=0 failed=0 skipped=0
counts=$(mktemp)
times=$(mktemp)
outputs=
trap 'rm -rf "$counts" "$times" "$outputs"' EXIT

# timed FILE NAME COMMAND…: runs it; adds a line with its milliseconds of CPU, those that passed,
# and its name
timed() {
	local status start=${EPOCHREALTIME/./} user system TIMEFORMAT='%3U %3S'
	{ time "${@:3}" 2>&4 4>&-; } 4>&2 2>"$1.spent"
	status=$?
	read -r user system <"$1.spent"
	rm -f "$1.spent"
	echo "$((10#${user/./} + 10#${system/./})) $(((${EPOCHREALTIME/./} - start) / 1000)) $2" >>"$1"
	return $status
}

# Where the time goes: the slowest of those that were timed.
slowest() {
	[ -s "$times" ] || return 0
	echo
	echo "seconds of CPU, and of the clock, of the slowest; the rest together"
	sort -rn "$times" | awk 'NR <= 12 { printf "  %7.1f %7.1f  %s\n", $1 / 1000, $2 / 1000, $3; next }
		{ cpu += $1; passed += $2 } END { if (NR > 12) printf "  %7.1f %7.1f  %d others\n", cpu / 1000, passed / 1000, NR - 12 }'
}

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

# unit_counts OUTPUT STATUS: the counts of a program that uses Check, from its last line ("100%:
# Checks: 12, Failures: 0, Errors: 0"). It fails, and counts one failed test at least, if the
# program did not end well or tested nothing.
unit_counts() {
	local tests=0 bad=0
	if [[ $1 =~ Checks:\ ([0-9]+),\ Failures:\ ([0-9]+),\ Errors:\ ([0-9]+) ]]; then
		tests=${BASH_REMATCH[1]} bad=$((BASH_REMATCH[2] + BASH_REMATCH[3]))
	fi
	if [ "$bad" = 0 ] && { [ "$2" != 0 ] || [ "$tests" = 0 ]; }; then
		bad=1 tests=$((tests + 1))
	fi
	echo "$((tests - bad)) passed, $bad failed, 0 skipped"
	[ "$bad" = 0 ]
}

# one SOURCE: runs a script, or the program of a unit test; the counts go to $COUNT
one() {
	local output status
	case $1 in *.sh) "$1"; return ;; esac
	output=$("$B/${1%.c}" 2>&1)
	status=$?
	if unit_counts "$output" $status >"$COUNT"; then
		output=${1#tests/}
		echo "  ${output%.c}: $(cat "$COUNT")"
	else
		echo "$output"
		echo "$1 ended with status $status: $(cat "$COUNT")"
	fi
}

# begin ARRAY: starts as many of those that are left as may run at once
begin() {
	local -n all=$1
	while [ "$begun" -lt "${#all[@]}" ] && [ "$(jobs -rp | wc -l)" -lt "${JOBS:-$(nproc)}" ]; do
		(
			COUNT=$outputs/$begun.count timed "$outputs/$begun.time" "${all[begun]}" one "${all[begun]}" >"$outputs/$begun.out" 2>&1
			touch "$outputs/$begun.done"
		) &
		begun=$((begun + 1))
	done
}

# Each script, under its first line of words, which says what it shows, and each program of a unit
# test. JOBS of them run at once (default: one a processor); what they print comes in order.
add_scripts() {
	local scripts=("$@") begun=0 i
	outputs=$(mktemp -d)
	for i in "${!scripts[@]}"; do
		begin scripts
		while [ ! -e "$outputs/$i.done" ]; do
			wait -n
			begin scripts
		done
		[[ ${scripts[i]} = *.c ]] || sed -n '/^#!\|SPDX-License/d; s/^# //p; q' "${scripts[i]}"
		cat "$outputs/$i.out"
		cat "$outputs/$i.time" >>"$times"
		[ ! -e "$outputs/$i.count" ] || mv "$outputs/$i.count" "$counts"
		add "${scripts[i]}"
	done
	rm -rf "$outputs"
}

total() {
	slowest
	echo
	echo "$passed passed, $failed failed, $skipped skipped"
	[ $failed = 0 ]
}
