#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# For make check-vm: the tests that boot a guest with Linux. V=1 names those that pass.
set -u
cd "$(dirname "$0")/../.."
# libvirt waits for processes that somebody has to collect
[ -n "${REAPED:-}" ] || ! command -v python3 >/dev/null || REAPED=yes exec tests/reap.py tests/vm/run.sh
export B=${B:-build}
. tests/count.sh
JOBS=1 # each of them takes all processors
add_scripts tests/vm/check-*.sh
total
