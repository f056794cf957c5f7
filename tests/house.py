#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Checks the floors of the library: includes and calls run downward, and never in a circle;
the parts of a plan, which plan/plan.c calls one after the other, do not call one another; and
emitters do not decide.

    house.py SOURCES OBJECTS

SOURCES holds the rooms, OBJECTS the object of each source file as ROOM_NOUN.o. A line for each
arrow that runs upward, for each circle of files, for each part that uses another and for each
emitter that decides; the exit status is 1 if there is any."""

import os
import re
import subprocess
import sys

# From the ground up; a room uses itself and those before it.
FLOORS = ['util', 'model', 'format', 'source', 'guest', 'domain', 'plan', 'emit', 'match', 'forecast',
          'compare', 'check']
PLAN = 'plan/plan.c'  # calls the parts of a plan in their order
# What decides for the plan; an emitter reads what came of it (guest/hardware.h).
DECIDE = {'guest/version.c', 'guest/apic.c'}


def files_of(sources):
    """ROOM/NOUN.c and ROOM/NOUN.h of every room."""
    return sorted(f'{room}/{name}' for room in os.listdir(sources)
                  if os.path.isdir(f'{sources}/{room}')
                  for name in os.listdir(f'{sources}/{room}') if name.endswith(('.c', '.h')))


def includes(sources, files):
    """The files that each file includes, by '#include "room/noun.h"' or '#include <room/noun.h>'."""
    found = {}
    rooms = {os.path.dirname(file) for file in files}
    for file in files:
        with open(f'{sources}/{file}', encoding='utf-8') as stream:
            names = re.findall(r'^\s*#\s*include\s*(["<])([^">]+)[">]', stream.read(), re.M)
        found[file] = {name for quote, name in names if name != 'hgxtopo.h' and
                       (quote == '"' or os.path.dirname(name) in rooms)}
    return found


def symbols(objects, files):
    """(the file that defines each global symbol, the symbols that each file needs)."""
    defined, wanted = {}, {}
    for file in files:
        if not file.endswith('.c'):
            continue
        path = f"{objects}/{file[:-2].replace('/', '_')}.o"
        lines = subprocess.run(['nm', path], check=True, capture_output=True, text=True).stdout
        wanted[file] = set()
        for line in lines.splitlines():
            kind, name = line.split()[-2:]
            if kind == 'U':
                wanted[file].add(name)
            elif kind.isupper():
                defined[name] = file
    return defined, wanted


def calls(objects, files):
    """The files whose functions or data each file uses, as the linker sees them."""
    defined, wanted = symbols(objects, files)
    return {file: {defined[name] for name in names if name in defined} - {file}
            for file, names in wanted.items()}


def floor(file):
    room = file.split('/')[0]
    return FLOORS.index(room) if room in FLOORS else None


def upward(arrows, verb):
    """Arrows to a higher floor or to a file that does not exist, and files in no room."""
    for file, targets in sorted(arrows.items()):
        if floor(file) is None:
            yield f"{file}: '{file.split('/')[0]}' is not a room; house.py lists the rooms"
            continue
        for target in sorted(targets):
            if target not in arrows and not target.endswith('.c'):
                yield f'{file} {verb} {target}, which is not a header of a room'
            elif floor(target) is not None and floor(target) > floor(file):
                yield f'{file} {verb} {target}, on a higher floor'


def circles(arrows, verb):
    """Files that lead back to themselves: Tarjan's strongly connected components."""
    number, low, stack, found = {}, {}, [], []

    def visit(file):
        number[file] = low[file] = len(number)
        stack.append(file)
        for target in sorted(arrows.get(file, ())):
            if target not in number:
                visit(target)
                low[file] = min(low[file], low[target])
            elif target in stack:
                low[file] = min(low[file], number[target])
        if low[file] == number[file]:
            at = stack.index(file)
            found.append(stack[at:])
            del stack[at:]

    for file in sorted(arrows):
        if file not in number:
            visit(file)
    for circle in found:
        if len(circle) > 1:
            yield f"a circle of files, each of which {verb} the next: {', '.join(sorted(circle))}"


def entangled(arrows):
    """Parts of a plan that use one another."""
    if PLAN not in arrows:
        yield f'{PLAN} is not there'
    parts = {file for file in arrows.get(PLAN, ()) if os.path.dirname(file) == os.path.dirname(PLAN)}
    for file in sorted(parts):
        for target in sorted(arrows[file] & parts):
            yield f'{file} uses {target}, and {PLAN} calls both: only it puts the parts in order'


def deciding(arrows):
    """Emitters that ask what only the plan should."""
    for file in sorted(file for file in arrows if os.path.dirname(file) == 'emit'):
        for target in sorted(arrows[file] & DECIDE):
            yield f'{file} uses {target}: emitters spell, the plan decides'


def main():
    sources, objects = sys.argv[1:3]
    files = files_of(sources)
    included, used = includes(sources, files), calls(objects, files)
    faults = list(entangled(used)) + list(deciding(used))
    for arrows, verb in ((included, 'includes'), (used, 'uses')):
        faults += list(upward(arrows, verb)) + list(circles(arrows, verb))
    for fault in faults:
        print(fault)
    if not files:
        print(f'{sources}: no rooms here')
    return 1 if faults or not files else 0


sys.exit(main())
