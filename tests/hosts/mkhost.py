#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Turns the description of a machine into a captured root directory.

    mkhost.py tests/hosts/NAME/host.txt OUTDIR

OUTDIR must not exist or must be empty. It gets the /proc and /sys that Linux shows on such a
machine, as far as hwloc, libpci and hgxtopo read them. tests/hosts/README.md documents the
format of a description. The same description always gives the same bytes.
"""
import os
import sys

sys.dont_write_bytecode = True

from hostroot import describe, functions, network, pci, software, storage, system, tree


def main(arguments):
    if len(arguments) != 2:
        print("usage: mkhost.py HOST.TXT OUTDIR", file=sys.stderr)
        return 2
    source, out = arguments
    try:
        root = make_root(describe.Description(source))
        if os.path.isdir(out) and os.listdir(out):
            raise describe.Bad(f"{out}: the directory is not empty")
        root.write(out)
    except (describe.Bad, OSError) as error:
        print(f"mkhost: {error}", file=sys.stderr)
        return 3
    return 0


def make_root(description):
    root = tree.Tree()
    machine = system.System(description)
    found = pci.lay_out(description)
    system.put_system(root, machine)
    for f in found:
        functions.put_function(root, description, machine, f)
    functions.put_drm(root, found)
    storage.Storage(root, description, found)
    network.Network(root, description, found)
    software.put_software(root, description)
    root.file("usr/share/misc/pci.ids", pci_ids(description, found))
    return root


def pci_ids(description, found):
    """Only the names of devices that occur, so they are the same on every distribution."""
    lines = ["# Names of the devices of one test machine."]
    vendors = {line.value("id", describe.hexadecimal): line["name"]
               for line in description.lines["vendor"]}
    devices = {(f.vendor, f.device): f.line["name"] for f in found if "name" in f.line}
    for vendor in sorted({f.vendor for f in found} & set(vendors)):
        lines.append(f"{vendor:04x}  {vendors[vendor]}")
        lines += [f"\t{device:04x}  {name}"
                  for (of, device), name in sorted(devices.items()) if of == vendor]
    for line in sorted(description.lines["class"], key=lambda line: line["id"]):
        base, sub = line["id"][:2], line["id"][2:]
        if any(f"{f.class_code:06x}".startswith(base + sub) for f in found):
            lines.append((f"\t{sub}  " if sub else f"C {base}  ") + line["name"])
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
