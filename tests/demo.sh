#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Shows what hgxtopo does, on the built-in example host and on this machine.
set -eu
hgxtopo=$1

show() {
	echo
	echo "\$ hgxtopo $*"
	"$hgxtopo" "$@"
}

# show_part LINES ARGS…: the beginning of a long output, and how much is left.
show_part() {
	lines=$1
	shift
	echo
	echo "\$ hgxtopo $*"
	"$hgxtopo" "$@" 2>"$errors" | awk -v most="$lines" \
		'NR <= most { print } END { if (NR > most) print "… " NR - most " more lines" }'
	cat "$errors"
}

errors=$(mktemp)
trap 'rm -f "$errors"' EXIT
echo 'The example: an HGX H200 server with 8 GPUs, 8 InfiniBand NICs and 4 NVSwitches.'
show_part 24 dump --from example:hgx-h200
show_part 10 dump --matrix --from example:hgx-h200
show_part 40 emit --libvirt --from example:hgx-h200
show emit --nccl --from example:hgx-h200 2>/dev/null
show emit --kernel-args --from example:hgx-h200 2>/dev/null
echo
echo 'This machine:'
show_part 40 dump
