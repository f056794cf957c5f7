# SPDX-License-Identifier: LGPL-2.1-or-later
"""A small root: a shell, a few programs and their libraries, taken from this machine and packed
in the format that the kernel unpacks (cpio, "newc"). The small guest's also contains init.sh and
capture.sh."""

from __future__ import annotations

import gzip
import os
import re
import shutil
import stat
import subprocess

from standin import Skip

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = ("sh", "basename", "cat", "cp", "dirname", "find", "grep", "gzip", "ls", "mkdir",
            "mount", "readlink", "rm", "sed", "sleep", "stty", "tar", "uname", "wc", "xargs")


def libraries(program):
    """The shared libraries of a program and its loader, according to ldd."""
    said = subprocess.run(["ldd", program], capture_output=True, text=True)
    return re.findall(r"(/\S+) \(0x", said.stdout)


def programs(names):
    """{path in the small root: file here}, including the libraries"""
    found = {}
    for name in names:
        program = shutil.which(name)
        if not program:
            raise Skip(f"{name} is missing")
        found[f"bin/{name}"] = program
        found.update((library.lstrip("/"), library) for library in libraries(program))
    return found


def of_guest():
    return {"init": f"{HERE}/init.sh", "capture.sh": f"{HERE}/../../docs/capture.sh",
            **programs(PROGRAMS)}


def entry(number, name, mode, content=b""):
    numbers = (number, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08x" % n for n in numbers) + name.encode() + b"\0"
    return padded(head) + padded(content)


def padded(data):
    return data + bytes(-len(data) % 4)


def of_live_guest(hgxtopo):
    found = programs(("sh", "mount", "sleep", "stty"))
    found["bin/hgxtopo"] = hgxtopo
    found.update((library.lstrip("/"), library) for library in libraries(hgxtopo))
    return {"init": f"{HERE}/live-init.sh", **found}


def write(path, content):
    """content: {path in the small root: file here}. Compressed if the path ends with gz."""
    directories, parts = {"proc", "sys", "dev"}, []
    for name in content:
        while name := os.path.dirname(name):
            directories.add(name)
    for name in sorted(directories):
        parts.append(entry(len(parts) + 1, name, stat.S_IFDIR | 0o755))
    for name, source in sorted(content.items()):
        with open(source, "rb") as file:
            parts.append(entry(len(parts) + 1, name, stat.S_IFREG | 0o755, file.read()))
    parts.append(entry(0, "TRAILER!!!", 0))
    archive = b"".join(parts)
    with open(path, "wb") as out:
        out.write(gzip.compress(archive, 1) if path.endswith("gz") else archive)
