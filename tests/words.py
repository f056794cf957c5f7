#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Finds texts of the library that know its command: an option such as --uneven, a sub-command
such as 'hgxtopo dump', or a source such as example:NAME. Only util/words.c may.

    words.py SOURCES

A line for each string literal that does; the exit status is 1 if there is any."""

import os
import re
import sys

WORDS = 'util/words.c'
TOKENS = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)+\'|\s+|.', re.S)
KNOWS = re.compile(r"--[a-z]|\bhgxtopo [a-z]|'hgxtopo|\bexample:[a-z%]")


def literals(source):
    """(line, text) of each string literal; those that the compiler joins are one."""
    line, start, joined = 1, 0, None
    for match in TOKENS.finditer(source):
        token = match.group()
        if token.startswith('"'):
            if joined is None:
                start, joined = line, ''
            joined += token[1:-1]
        elif joined is not None and not token.isspace() and not token.startswith(('/*', '//')):
            yield start, joined
            joined = None
        line += token.count('\n')
    if joined is not None:
        yield start, joined


def main():
    sources = sys.argv[1]
    found = seen = 0
    for folder, _, names in sorted(os.walk(sources)):
        for name in sorted(names):
            path = os.path.join(folder, name)
            file = os.path.relpath(path, sources)
            if not name.endswith(('.c', '.h')) or file == WORDS:
                continue
            with open(path, encoding='utf-8') as stream:
                for line, text in literals(stream.read()):
                    seen += 1
                    if KNOWS.search(text):
                        print(f'{file}:{line}: "{text}"')
                        found += 1
    if not seen:
        print(f'{sources}: no texts here')
    return 1 if found or not seen else 0


sys.exit(main())
