#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares the table in docs/hardware.md with the tables of the library.

    hardware.py PAGE LIBRARY

One line for each rule, class or id that only one of them has.
"""
import pathlib
import re
import sys

MAKERS = {"NVIDIA": "10de", "AMD": "1002"}


def rows_of(page):
    """The rule and the kind of each row, by the device that it is about."""
    rows = {}
    for line in page.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) == 6 and not cells[1].startswith("-"):
            rows[cells[1]] = cells[2], cells[3].strip("`")
    return rows


def row_of(rows, start):
    found = [row for device, row in rows.items() if device.startswith(start)]
    return found[0] if len(found) == 1 else ("", "")


def listed(rule, start):
    """The ids that follow a word of a rule: "1a03, 102b"; a vendor before the first is left out."""
    found = re.search(re.escape(start) + r"((?:(?:, | or )?(?:[0-9a-f]{4}:)?[0-9a-f]{2,4}\b)+)", rule)
    return set(re.findall(r"\b[0-9a-f]{2,4}\b(?!:)", found[1])) if found else set()


# what the page says

def told_rules(rows):
    for device, (rule, kind) in rows.items():
        if kind not in ("nvswitch", "gpu", "accelerator", "nvme", "nic"):
            continue
        named = re.findall(r"vendor (\w{4})", rule)
        if not named and device.startswith("display of"):
            named = [MAKERS[maker] for maker in re.findall(r"NVIDIA|AMD", device)]
        for vendor in named or ["0"]:
            for code in re.findall(r"\b(?:class|or) ([0-9a-f]{2}[0-9a-fx]{2})\b", rule.split(";")[0]):
                behind = "root bus" in rule or "behind a port" in rule
                yield vendor, code, behind, "BAR" in rule, kind


def told(page):
    rows = rows_of(page)
    management = row_of(rows, "management of a switch")[0]
    chipset = row_of(rows, "part of the processor")[0]
    return {
        "rule": set(told_rules(rows)),
        "maker of consoles": listed(row_of(rows, "console")[0], "Makers of consoles: "),
        "VMD controller": listed(row_of(rows, "VMD controller")[0], ""),
        "management of switches": listed(management, ""),
        "subsystem of switches": listed(management, "subsystem "),
        "Data Direct": listed(row_of(rows, "Data Direct")[0], ""),
        "class of the chipset": listed(chipset, "class "),
        "class of the chipset on a root bus": listed(chipset, "root bus also "),
        "class of storage": listed(row_of(rows, "RAID")[0], "class "),
    }


# what the library does

def array(text, head):
    """The numbers of an array, by the words before its brace."""
    found = re.search(re.escape(head) + r"[^{]*\{([^}]*)\}", text)
    return set(re.findall(r"0x([0-9a-f]+)", found[1])) if found else set()


def prefix(code, mask):
    return (code[:4] if mask.startswith("ffff") else code[:2] + "xx")


def done_rules(text):
    for vendor, code, mask, behind, card, kind in re.findall(
            r"\{ (0x\w{4}|0), 0x(\w{6}), 0x(\w{6}), (\w+), (\w+), HGX_(\w+) \}", text):
        yield vendor[-4:], prefix(code, mask), behind == "true", card == "true", kind.lower()


def done(library):
    classify = (library / "model/classify.c").read_text(encoding="utf-8")
    use = (library / "source/use.c").read_text(encoding="utf-8")
    direct = (library / "source/direct.c").read_text(encoding="utf-8")
    chipset = re.findall(r"\{ 0x(\w{6}), 0x(\w{6}), (true|false) \}", classify)
    of_chipset = {at: {prefix(code, mask).replace("xx", "") for code, mask, where in chipset if where == at}
                  for at in ("true", "false")}
    return {
        "rule": set(done_rules(classify)),
        "maker of consoles": array(classify, "uint16_t vendors[] ="),
        "VMD controller": array(classify, "uint16_t devices[] ="),
        "management of switches": array(use, "static const uint16_t devices[] ="),
        "subsystem of switches": set(re.findall(r"subsystem_device == 0x(\w{4})", use)),
        "Data Direct": set(re.findall(r"DATA_DIRECT 0x(\w{4})", direct)),
        "class of the chipset": of_chipset["false"],
        "class of the chipset on a root bus": of_chipset["true"],
        "class of storage": set(re.findall(r"class_code == 0x(01\w\w)\b", classify)),
    }


def main(page, library):
    says, does = told(pathlib.Path(page)), done(pathlib.Path(library))
    for what, ids in does.items():
        if not ids:
            print(f"{what}: the library's table was not found")
        for one in sorted(ids - says[what]):
            print(f"{what} {one}: not in {page}")
        for one in sorted(says[what] - ids):
            print(f"{what} {one}: not in the library")


if __name__ == "__main__":
    main(*sys.argv[1:])
