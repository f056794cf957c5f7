#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Spoils one file of a captured root after another, and dumps the machine each time.

    spoiled.py HGXTOPO ROOT

The dump must succeed, print nothing but JSON, and be read back as the same bytes; or it must be
refused with status 3 and one sentence that does not speak of JSON. If it shows another machine than
before, a finding must say so, unless Linux could have written that value. ROOT is changed on the
way. Prints each failure; exit 1 if there is one.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

VALUES = ["", "-1\n", "1\n", "-2147483649\n", "\x01garbage, \xff\n", "256\n", "65535\n", "65536\n", "2147483647\n",
          "4294967295\n", "99999999999999999999\n", "0-4294967295\n", "10 5 0 -1 300 x\n"]
CPU = "sys/devices/system/cpu"
NODE = "sys/devices/system/node"
# What only people read.
UNREAD = re.compile(r"/(modalias|irq|enable|d3cold_allowed|msi_bus|reset_method)$")


def plain_files(place):
    """Those in it and below; links are not followed."""
    return sorted(Path(where, name) for where, _, names in os.walk(place) for name in names
                  if not Path(where, name).is_symlink())


def representatives(top):
    """The files of two CPUs and two nodes, and two of each name of those of devices."""
    files = [file for place in (CPU, NODE) for file in sorted((top / place).iterdir()) if file.is_file()]
    for place in (top / CPU / "cpu0", top / CPU / "cpu8", *sorted(top.glob(NODE + "/node[0-9]*"))[:2]):
        files += plain_files(place)
    seen = {}
    for file in plain_files(top / "sys/devices"):
        if re.search(r"/pci[0-9a-f:]+/.*/[^/]*:[^/]*$", str(file.parent)) and not UNREAD.search(str(file)):
            seen[file.name] = seen.get(file.name, 0) + 1
            files += [file] if seen[file.name] < 3 else []
    return files + [top / "proc/cpuinfo", top / "proc/meminfo"]


def dump(hgxtopo, source, text=None):
    return subprocess.run([hgxtopo, "dump", "--json", "--from", source], input=text, capture_output=True, timeout=60)


# Values of VALUES that Linux could have written into such a file, and files that it could lack.
SMALL = {"1\n", "256\n", "65535\n"}
PLAUSIBLE = [
    ("/numa_node$", {"-1\n", "1\n"}),
    ("/revision$", {"1\n"}),
    ("/sriov_totalvfs$", SMALL),
    ("/nr_hugepages$", SMALL | {"65536\n", "2147483647\n", "4294967295\n"}),
    ("hugepages-1048576kB/free_hugepages$", {"1\n"}),
]


# A line of proc/cpuinfo that only people read, and one whose lack a plan tells.
UNTOLD = re.compile("^(model name|address sizes)")


def plausible(file, value):
    return any(re.search(pattern, str(file)) and value in values for pattern, values in PLAUSIBLE)


def machine(text):
    """What a dump shows, and what it says about that."""
    shown = json.loads(text)
    return shown, {(finding["rule"], finding["text"]) for finding in shown.pop("findings", [])}


def first_difference(one, other, at=""):
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        parts = one.keys()
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        parts = range(len(one))
    else:
        return None if one == other else f"{at}: {one!r:.90} became {other!r:.90}"
    found = (first_difference(one[part], other[part], f"{at}/{part}") for part in parts)
    return next((difference for difference in found if difference), None)


def fault(hgxtopo, root, before=None):
    """What is wrong with the dump; None if nothing is. @before is what it was like before."""
    got = dump(hgxtopo, root)
    words = got.stderr.decode(errors="replace")
    if got.returncode == 3:
        if words.count("\n") != 1 or not words.startswith('{ "format": "hgxtopo-error"'):
            return f"not one sentence: {words!r}"
        words = json.loads(words)["text"]
        return words if re.search("add it|remove one|correct", words) else None
    if got.returncode or words:
        return f"status {got.returncode}: {words!r}"
    if re.search(rb'"[a-z]+(4294967295|-\d+)"', got.stdout):
        return "a node has an impossible number"
    again = dump(hgxtopo, "-", got.stdout)
    if again.returncode or again.stderr:
        return "not read back: " + again.stderr.decode(errors="replace")
    if again.stdout != got.stdout:
        return "read back as something else"
    if not before:
        return None
    shown, findings = machine(got.stdout)
    difference = first_difference(before[0], shown)
    return f"no finding says why {difference}" if difference and findings <= before[1] else None


def spoil_files(judge, root):
    for file in representatives(Path(root)):
        before = file.read_bytes()
        for value in [None, *VALUES]:
            if value is None:
                file.unlink()
            else:
                file.write_bytes(value.encode("latin-1"))
            yield f"{file.relative_to(root)} = {value!r}", judge(plausible(file, value))
        file.write_bytes(before)


def spoil_links(judge, root):
    """Without the link of one device; those below it have no parent then."""
    for link in sorted(Path(root, "sys/bus/pci/devices").iterdir()):
        target = os.readlink(link)
        link.unlink()
        yield f"{link.name} is missing", judge()
        link.symlink_to(target)


def spoil_lines(judge, root):
    """The value of each line of files that have several."""
    files = [Path(root, "proc/cpuinfo"), *sorted(Path(root, NODE).glob("node[0-9]*/meminfo"))[:2]]
    for file in files:
        before = file.read_text()
        for key in sorted({line.split(":")[0] for line in before.splitlines() if ":" in line}):
            for value in ("", "-1", "65536", "99999999999999999999 kB", "\x01,\xff"):
                after = re.sub(rf"(?m)^{re.escape(key)}:.*$", lambda _: key + ": " + value, before)
                file.write_bytes(after.encode("latin-1"))
                yield f"{file.relative_to(root)}, {key.strip()} = {value!r}", judge(bool(UNTOLD.match(key)))
        for value in ("-1", "-1024", "99999999999999999999"):
            file.write_text(re.sub(r"(?m)[0-9]+ kB$", value + " kB", before))
            yield f"{file.relative_to(root)} has {value} kB", judge()
        file.write_text(before)


def spoil_directories(judge, root):
    """Without a directory, and with a copy of it that has an odd number."""
    for path in (CPU + "/cpu0", CPU + "/cpu1", NODE + "/node0", NODE + "/node1", NODE):
        place, kept = Path(root, path), Path(root, "kept")
        if not place.exists():
            continue
        place.rename(kept)
        yield path + " is missing", judge()
        kept.rename(place)
        stem = re.sub(r"\d*$", "", path)
        for number in ("8191", "65536", "999999999", "4294967295", "99999999999999999999", "-1", "x"):
            if stem == path:
                continue
            shutil.copytree(place, root + "/" + stem + number, symlinks=True)
            yield f"{path} is there as {stem}{number} too", judge()
            shutil.rmtree(root + "/" + stem + number)


def main(hgxtopo, root):
    count = failures = 0
    before = machine(dump(hgxtopo, root).stdout)

    def judge(silent=False):
        return fault(hgxtopo, root, None if silent else before)

    for spoil in (spoil_directories, spoil_links, spoil_lines, spoil_files):
        for what, wrong in spoil(judge, root):
            count += 1
            if wrong:
                failures += 1
                print(f"{what}: {wrong.strip()}")
    wrong = fault(hgxtopo, root)
    if wrong or count < 500:
        print(f"{count} tried; as it was at first: {wrong}")
    return failures > 0 or bool(wrong) or count < 500


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], os.path.realpath(sys.argv[2])))
