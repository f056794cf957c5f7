# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads the description of a machine: host.txt and the files it includes."""
import ipaddress
import os
import re
import shlex

# The words and the optional keys of each type of line that is not indented.
SYNTAX = {
    "include": ("file", ""),
    "vendor": ("id name", ""),
    "class": ("id name", ""),
    "part": ("part", "like"),
    "machine": ("maker model", ""),
    "kernel": ("release arguments", ""),
    "cpu": ("model-name", "vendor family model stepping threads bits flags arch no-package"),
    "node": ("number", "package cpus memory huge-1G huge-2M distance"),
    "distance": ("self near far", ""),
    "possible": ("cpus", ""),
    "offline": ("cpus", ""),
    "user": ("", ""),
    "software": ("", "libvirt qemu ovmf"),
    "no-iommu": ("", ""),
    "root": ("bus", "numa"),
    "dm": ("name", "on size"),
    "raid": ("name", "on level"),
    "bond": ("name", "on"),
    "bridge": ("name", "on"),
    "address": ("interface address", "gateway"),
    "mount": ("device folder type", ""),
    "swap": ("device", ""),
}
# The keys of a part and of a function of the PCI tree.
FUNCTION_KEYS = """id subsys class rev name port link now bars driver group numa slot bus
    boot-vga acs ats sriov vf vf-bars vfs net port-name rate no-carrier infiniband nvme
    multipath size partitions lost drm disks vpd serial guid uuid dsn
    memory-node"""
SPEEDS = ("Unknown", "2.5", "5", "8", "16", "32", "64")  # by code in LNKCAP
REQUIRED = object()


class Bad(Exception):
    """The description is wrong: file:line: sentence."""


# What a value means. An error message quotes the docstring as what the value should be.

def number(text):
    "a number"
    return int(text)


def hexadecimal(text):
    "a hexadecimal number"
    return int(text, 16)


def size(text):
    "a size such as 16M"
    digits, unit = re.fullmatch("([0-9]+)([KMGT]?)", text).groups()
    return int(digits) << "_KMGT".index(unit or "_") * 10


def total_and_free(text):
    "a number of pages, or total/free"
    total, _, free = text.partition("/")
    return int(total), int(free or total)


def names(text):
    "a list of names"
    return text.split(",")


def numbers(text):
    "a list of numbers"
    return [int(n) for n in text.split(",")]


def cpu_numbers(text):
    "a list of CPUs such as 0-3,8 or 0-95:1/2"
    found = []
    for part in text.split(","):
        first, last, used, group = re.fullmatch(
            "([0-9]+)(?:-([0-9]+))?(?::([0-9]+)/([0-9]+))?", part).groups()
        found += [cpu for cpu in range(int(first), int(last or first) + 1)
                  if (cpu - int(first)) % int(group or 1) < int(used or 1)]
    return found


def link(text):
    "a link such as 32x16"
    speed, _, width = text.partition("x")
    return SPEEDS.index(speed), int(width)


def ids(text):
    "two ids such as 8086:352a"
    vendor, _, device = text.partition(":")
    return int(vendor, 16), int(device, 16)


def fields(text):
    "a list of VPD fields such as PN:MCX75310AAS,V0:SMDL=SW_MNG"
    found = [field.split(":", 1) for field in text.split(",")]
    if any(len(key.encode()) != 2 or len(value.encode()) > 255 for key, value in found):
        raise ValueError
    return [(key.encode(), value.encode()) for key, value in found]


def bus_address(text):
    "a bus such as 15 or 0001:15"
    domain, _, bus = text.rpartition(":")
    return int(domain or "0", 16), int(bus, 16)


def interface(text):
    "an address such as 10.0.0.1/24"
    return ipaddress.ip_interface(text)


class Line(dict):
    """One line: its words and keys by name, and where it is. key=none removes a key."""
    children = None  # a list if functions may be below it

    def __init__(self, where, values):
        super().__init__((k, v) for k, v in values.items() if v != "none")
        self.where = where

    def bad(self, sentence):
        raise Bad(f"{self.where}: {sentence}")

    def value(self, key, meaning, default=REQUIRED):
        if key not in self:
            return default if default is not REQUIRED else self.bad(f"{key}= is missing")
        try:
            return meaning(self[key])
        except (ValueError, TypeError, AttributeError):
            self.bad(f"{key}={self[key]} is not {meaning.__doc__}")


class Description:
    """The lines of each type in their order, and the parts by name."""

    def __init__(self, path):
        self.path = path
        self.lines = {sort: [] for sort in SYNTAX}
        self.parts = {}
        self.read(path)

    def read(self, path):
        above = []
        with open(path, encoding="utf-8") as file:
            for count, text in enumerate(file, 1):
                text = text.rstrip().expandtabs(8)
                indent = len(text) - len(text.lstrip())
                if text.strip() and not text.lstrip().startswith("#"):
                    while above and above[-1][0] >= indent:
                        above.pop()
                    read = self.read_function if indent else self.read_line
                    above.append((indent, read(f"{path}:{count}", text, above)))

    def read_line(self, where, text, _):
        sort = text.split()[0]
        if sort not in SYNTAX:
            raise Bad(f"{where}: no line begins with '{sort}'")
        words, keys = SYNTAX[sort]
        if sort == "part":
            keys += " " + FUNCTION_KEYS
        values = split(where, text, words, keys)
        line = Line(where, values)
        self.lines[sort].append(line)
        if sort == "include":
            self.include(line, os.path.join(os.path.dirname(where), line["file"]))
        if sort == "part":
            inherited = self.part(line, line["like"]) if "like" in line else {}
            self.parts[line["part"]] = {**inherited, **values}
        if sort == "root":
            line.children = []
        return line

    def include(self, line, path):
        if not os.path.isfile(path):
            line.bad(f"no such file: '{path}'")
        if sum(line["file"] == other["file"] for other in self.lines["include"]) > 1:
            line.bad(f"'{path}' is included twice")
        self.read(path)

    def read_function(self, where, text, above):
        values = split(where, "- " + text, "place part", FUNCTION_KEYS)
        line = Line(where, {**self.part(Line(where, {}), values["part"]), **values})
        line.children = []
        if not above or above[-1][1].children is None:
            line.bad("no root line above this function")
        if not re.fullmatch("[01][0-9a-f][.][0-7]", line["place"]):
            line.bad(f"'{line['place']}' is not a device and function such as 1f.0")
        above[-1][1].children.append(line)
        return line

    def part(self, line, name):
        return self.parts.get(name) or line.bad(f"no such part: '{name}'")

    def one(self, sort):
        if not self.lines[sort]:
            raise Bad(f"{self.path}: no '{sort}' line")
        return self.lines[sort][-1]


def split(where, text, words, keys):
    """The values of a line: its @words in order, then key=value or key."""
    words, keys, values = words.split(), keys.split(), {}
    try:
        first, *found = shlex.split(text, comments=True)
    except ValueError as error:
        raise Bad(f"{where}: {error}") from None
    if len(found) < len(words):
        raise Bad(f"{where}: '{first}' needs {' '.join(words).upper()}")
    for word in found[len(words):]:
        key, _, value = word.partition("=")
        if key not in keys:
            raise Bad(f"{where}: '{key}' is not a key of this line")
        values[key] = value
    return {**values, **dict(zip(words, found))}
