#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs every test; the last line counts them. V=1 names those that pass.
set -u
cd "$(dirname "$0")/.."
# libvirt waits for processes that somebody has to collect
[ -n "${REAPED:-}" ] || ! command -v python3 >/dev/null || REAPED=yes exec tests/reap.py tests/run.sh
export B=${B:-build}
. tests/count.sh

echo "test machines"
HGX_TEST_ROOTS=$(realpath "$B")/hosts
export HGX_TEST_ROOTS
rm -rf "$HGX_TEST_ROOTS"
tests/hosts/roots.sh "$HGX_TEST_ROOTS" || exit 1

echo "unit tests"
add_scripts tests/unit/*/*.c tests/fuzz/*.c
add_scripts tests/cli/*.sh
total
