#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A unit test counts as passed only if its program ends well and has tested something
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
counted() { bash -c '. tests/count.sh; unit_counts "$@"' - "$1" "$2"; }
while IFS='|' read -r sentence output status line good; do
	text=$(counted "$output" "$status")
	check "$sentence" test "$? $text" = "$good $line failed, 0 skipped"
done <<'EOT'
all passed|100%: Checks: 12, Failures: 0, Errors: 0|0|12 passed, 0|0
some failed|75%: Checks: 12, Failures: 2, Errors: 1|1|9 passed, 3|1
a sanitizer found a leak at the end|100%: Checks: 12, Failures: 0, Errors: 0|23|12 passed, 1|1
a crash at the end|100%: Checks: 12, Failures: 0, Errors: 0|139|12 passed, 1|1
nothing was tested|100%: Checks: 0, Failures: 0, Errors: 0|0|0 passed, 1|1
there is no count|Segmentation fault|139|0 passed, 1|1
there is nothing at all||0|0 passed, 1|1
EOT
finish
