# SPDX-License-Identifier: LGPL-2.1-or-later
"""For the tests of the Python package: each claim is a function, and its docstring says what is
claimed. A script ends with run(globals()), which prints "ok CLAIM" or "not ok CLAIM" for each."""

import os
import subprocess
import sys
import traceback

import hgxtopo

COMMAND = os.environ['HGXTOPO']
ROOTS = os.environ['HGX_TEST_ROOTS']


def example():
    return hgxtopo.Topology.from_example('hgx-h200')


def command(*arguments):
    """What the command hgxtopo prints, with the environment of the shell."""
    environment = {name: value for name, value in os.environ.items() if name != 'LD_PRELOAD'}
    done = subprocess.run([COMMAND, *arguments], check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=environment, encoding='utf-8')
    return done.stdout


def refused(kind, function, *arguments, **keywords):
    """The exception of that kind that a call raises."""
    try:
        result = function(*arguments, **keywords)
    except kind as error:
        return error
    raise AssertionError(f'not refused: {result!r}')


def same(got, expected):
    if got != expected:
        raise AssertionError(f'got {got!r}\nexpected {expected!r}')


def run(names):
    failed = 0
    for name, claim in list(names.items()):
        if not name.startswith('test_'):
            continue
        try:
            claim()
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print(f'not ok {claim.__doc__}')
            traceback.print_exc(file=sys.stdout)
        else:
            print(f'ok {claim.__doc__}')
    sys.stdout.flush()
    sys.exit(1 if failed else 0)
