#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs a command and collects every process that its children leave behind.

    reap.py COMMAND …

libvirt asks QEMU what it can do by starting it as a daemon, and then waits until that process is
gone. In a container whose first process collects others seldom, that takes a minute each time."""

from __future__ import annotations

import ctypes
import os
import sys

PR_SET_CHILD_SUBREAPER = 36


def main():
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    child = os.fork()
    if not child:
        os.execvp(sys.argv[1], sys.argv[1:])
    while True:
        process, status = os.wait()
        if process == child:
            sys.exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))


main()
