#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Says whether a mirror in a domain has lost anything of the domain.

    base_keeps.py BASE MIRROR       every loss, one a line; exit 1 if there is one
    base_keeps.py --planted BASE    leaves out one thing of the domain after another: each such
                                    loss must be noticed
    base_keeps.py --flat MAP        a domain with the devices of that map on ports of pcie.0, each
                                    with settings of its own

Every element, attribute, text and comment of the domain must be in the mirror, in its order. Of
elements that assign a device only their PCI address may change, and nothing may be added.
"""

from __future__ import annotations

import copy
import json
import re
import sys
import xml.etree.ElementTree as ET

TEXT = "(text)"
OUR_COMMENT = " hgxtopo: "
OUR_CONTROLLER = re.compile(r"ua-(pxb|rp|up|port)-")


def read(path):
    builder = ET.TreeBuilder(insert_comments=True)
    return ET.parse(path, ET.XMLParser(target=builder)).getroot()


def is_comment(element):
    return element.tag is ET.Comment


def name(element):
    return "comment" if is_comment(element) else element.tag


def text(element):
    return (element.text or "") if is_comment(element) else (element.text or "").strip()


def is_assigned(element):
    return ((element.tag == "hostdev" and element.get("type") == "pci")
            or (element.tag == "interface" and element.get("type") == "hostdev"))


def is_ours(element):
    """A comment or controller that an earlier run wrote."""
    if is_comment(element):
        return text(element).startswith(OUR_COMMENT)
    alias = element.find("alias")
    return (element.tag == "controller" and alias is not None
            and OUR_CONTROLLER.match(alias.get("name", "")) is not None)


def own_address(element):
    """What a mirror may change of it."""
    address = element.find("address")
    return address if address is not None and address.get("type") == "pci" else None


def counts(element, parent):
    """Whether it has to be in the mirror."""
    if is_ours(element):
        return False
    return not (is_assigned(parent) and element is own_address(parent))


def same_self(old, new):
    return (name(old) == name(new) and text(old) == text(new)
            and all(new.get(key) == value for key, value in old.attrib.items())
            and (not is_assigned(old) or len(old.attrib) == len(new.attrib)))


def losses(old, new, path=()):
    """What of the old element the new one lacks."""
    inside, at = list(new), 0
    for child in old:
        if not counts(child, old):
            continue
        below, found = (*path, name(child)), None
        for position in range(at, len(inside)):
            if same_self(child, inside[position]) and not losses(child, inside[position], below):
                found = position
                break
        if found is None:
            return [f"lost or out of order: {'/'.join(below)} {child.attrib or text(child)!r}"]
        at = found + 1
    if is_assigned(old):
        added = [child for child in new if counts(child, new)]
        if len(added) != len([child for child in old if counts(child, old)]):
            return [f"added to {'/'.join(path)} {old.attrib}"]
    return []


def compare(old, new):
    if not same_self(old, new):
        return [f"another <{name(old)}>"]
    return losses(old, new)


def places(element, way=()):
    """All that counts: the way to it by numbers, and an attribute of it, its text or None."""
    for number, child in enumerate(element):
        if not counts(child, element):
            continue
        below = (*way, number)
        yield below, None
        if text(child):
            yield below, TEXT
        for key in child.attrib:
            yield below, key
        if not is_comment(child):
            yield from places(child, below)


def parent_of(root, way):
    for number in way[:-1]:
        root = root[number]
    return root


def spoilt(root, way, key):
    """A copy without that, or with another text."""
    root = copy.deepcopy(root)
    parent = parent_of(root, way)
    if key is None:
        parent.remove(parent[way[-1]])
    elif key is TEXT:
        parent[way[-1]].text += "1"
    else:
        del parent[way[-1]].attrib[key]
    return root


def swapped(root, number):
    """A copy with two devices in the other order."""
    root = copy.deepcopy(root)
    devices = root.find("devices")
    one = devices[number]
    devices.remove(one)
    devices.insert(number + 1, one)
    return root


def planted(root):
    """Every loss that is not noticed."""
    if compare(root, root):
        yield "a domain differs from itself"
    count = 0
    for way, key in places(root):
        count += 1
        if not compare(root, spoilt(root, way, key)):
            yield f"not noticed: {name(parent_of(root, way)[way[-1]])} {key or ''}"
    devices = root.find("devices")
    for number in range(len(devices) - 1):
        if ET.tostring(devices[number]) == ET.tostring(devices[number + 1]):
            continue
        if is_ours(devices[number]) or is_ours(devices[number + 1]):
            continue
        if not compare(root, swapped(root, number)):
            yield f"not noticed: {name(devices[number])} behind its neighbour"
    if not count:
        yield "nothing was left out"


# A flat domain ------------------------------------------------------------------

HEAD = """<domain type='kvm'>
  <name>flat</name>
  <memory unit='GiB'>4</memory>
  <vcpu>4</vcpu>
  <os><type arch='x86_64' machine='q35'>hvm</type></os>
  <features><acpi/></features>
  <cpu mode='host-passthrough'/>
  <devices>
    <disk type='file'><source file='/a.img'/><target dev='vda' bus='virtio'/></disk>
"""

# In turn; some have an address of their own, which the mirror replaces.
EXTRAS = ("<driver name='vfio'/>{source}<boot order='{number}'/>{address}",
          "{source}<rom bar='off'/><alias name='ua-mine-{number}'/>",
          "<!-- {number} -->{source}{address}",
          "{source}<boot order='{number}'/><rom enabled='no'/>")


def flat(path):
    with open(path) as file:
        devices = json.load(file)["vms"][0]["devices"]
    lines = [HEAD]
    for number, device in enumerate(reversed(devices), 1):
        domain, bus, rest = device["host"].split(":")
        slot, function = rest.split(".")
        source = (f"<source><address domain='0x{domain}' bus='0x{bus}' slot='0x{slot}' "
                  f"function='0x{function}'/></source>")
        address = f"<address type='pci' bus='{number}' slot='0' function='0'/>"
        inside = EXTRAS[number % len(EXTRAS)].format(source=source, address=address, number=number)
        lines.append(f"    <controller type='pci' index='{number}' model='pcie-root-port'>"
                     f"<address type='pci' bus='0' slot='{1 + number // 8}' "
                     f"function='{number % 8}'/></controller>\n")
        lines.append(f"    <hostdev mode='subsystem' type='pci' managed='"
                     f"{('yes', 'no')[number % 2]}'>{inside}</hostdev>\n")
    return "".join(lines) + "  </devices>\n</domain>\n"


def main(arguments):
    if arguments[0] == "--flat":
        print(flat(arguments[1]), end="")
        return 0
    if arguments[0] == "--planted":
        found = list(planted(read(arguments[1])))
    else:
        found = compare(read(arguments[0]), read(arguments[1]))
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
