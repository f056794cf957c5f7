#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the examples of a Markdown file and compares what they print.

A ```console block contains commands after "$ " and their output on both streams; a line "…"
stands for any number of lines. A block after "<!-- file: NAME -->" is written to that file
first. The commands run one after the other in the current directory, with pipefail. Each has to
exit with status 0, or with that of a comment behind it: "$ false    # exit status 1"; a command
whose reader stops early (SIGPIPE) is fine. Prints one line per example."""

import re
import subprocess
import sys

CUT_OFF = 128 + 13


def blocks(text):
    """(file name or None, language, lines) of each fenced block."""
    pattern = r'(?:^<!-- file: (\S+) -->\n)?^```(\w*)\n(.*?)^```$'
    for match in re.finditer(pattern, text, re.M | re.S):
        yield match.group(1), match.group(2), match.group(3).splitlines()


def examples(lines):
    """(command, expected lines) of a console block."""
    found = []
    for line in lines:
        if line.startswith('$ '):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


def matches(expected, got):
    """Whether got is as expected; "…" matches any number of lines."""
    if not expected:
        return not got
    if expected[0] == '…':
        return any(matches(expected[1:], got[skip:]) for skip in range(len(got) + 1))
    return bool(got) and expected[0] == got[0] and matches(expected[1:], got[1:])


def status_of(command):
    """The exit status that a command is to have."""
    match = re.search(r'# exit status (\d+)$', command)
    return int(match.group(1)) if match else 0


def main():
    sys.setrecursionlimit(10000)
    failed = ran = 0
    with open(sys.argv[1], encoding='utf-8') as stream:
        text = stream.read()
    for name, language, lines in blocks(text):
        if name:
            with open(name, 'w', encoding='utf-8') as stream:
                stream.write('\n'.join(lines) + '\n')
        if language != 'console':
            continue
        for command, expected in examples(lines):
            out = subprocess.run(['bash', '-o', 'pipefail', '-c', command], stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True, stdin=subprocess.DEVNULL)
            ran += 1
            right = out.returncode in (status_of(command), CUT_OFF)
            if right and matches(expected, out.stdout.splitlines()):
                print(f'ok {command}')
                continue
            failed += 1
            print(f'not ok {command}\n' + '\n'.join(out.stdout.splitlines()[:30]))
            if not right:
                print(f'exit status {out.returncode}')
    return 1 if failed or not ran else 0


sys.exit(main())
