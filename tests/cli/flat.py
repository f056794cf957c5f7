#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""A flat VM: every GPU and NIC of a host on a root port of its own.

    flat.py domain HOST.json HOST.nccl.xml >vm.xml     the devices that the host's file lists
    flat.py tree HOST.json FILE.nccl.xml [vm.xml]      the file as a tree, with host addresses

The tree is what NCCL makes of a file: for each CPU its switches and devices with class and link,
in any order, without busids of switches, CPU masks and node numbers. Addresses of a guest are told
as those of the host by the domain. The file is read as NCCL reads it: one element a line, one
blank before each attribute, nothing else."""
import json
import re
import sys

ELEMENT = re.compile(r'^ *<(/?)(system|cpu|pci)((?: [a-z_]+="[^"<>&]{0,253}")*)(/?)>$')
SOURCE = re.compile(r"<source><address domain='0x(.*?)' bus='0x(.*?)' slot='0x(.*?)' function='0x(.)'/>"
                    r"</source><address type='pci' domain='0x0000' bus='0x(..)' slot='0x00' function='0x(.)'")


def read(name):
    """The root of the file: (element, attributes, children)."""
    root = (None, {}, [])
    stack = [root]
    for number, line in enumerate(open(name), 1):
        match = ELEMENT.match(line.rstrip("\n"))
        if not match or "\t" in line:
            sys.exit(f"{name}:{number}: NCCL does not read this")
        end, element, words, empty = match.groups()
        if end:
            if stack.pop()[0] != element:
                sys.exit(f"{name}:{number}: the tags do not match")
            continue
        attributes = dict(re.findall(r'([a-z_]+)="([^"]*)"', words))
        if element == "pci" and not {"busid", "class"} <= set(attributes):
            sys.exit(f"{name}:{number}: a pci element without busid or class")
        node = (element, attributes, [])
        stack[-1][2].append(node)
        if not empty:
            stack.append(node)
    if len(stack) != 1 or len(root[2]) != 1 or root[2][0][1] not in ({"version": "1"}, {"version": "2"}):
        sys.exit(f"{name}: not one whole system")
    return root[2][0]


def leaves(node):
    if node[0] == "pci" and not node[1]["class"].startswith("0x0604"):
        yield node[1]["busid"]
    for child in node[2]:
        yield from leaves(child)


def card(address):
    return address[:-2]


def domain(host, listed):
    """Functions of one card stay together: NCCL takes the ports of a NIC for one."""
    wanted = {card(a) for a in listed}
    cards = {}
    for f in host["pci"]:
        if f["address"] in listed or (card(f["address"]) in wanted and f["kind"] == "nic" and
                                      not f.get("physical_function")):
            cards.setdefault(card(f["address"]), []).append(f["address"])
    print("<domain type='qemu'>\n<name>flat</name>\n<memory unit='GiB'>64</memory>\n<vcpu>6</vcpu>\n"
          "<os><type arch='x86_64' machine='q35'>hvm</type></os>\n<features><acpi/></features>\n"
          "<cpu mode='host-passthrough'/>\n<devices>\n<controller type='pci' index='0' model='pcie-root'/>")
    for i, functions in enumerate(cards.values(), 1):
        print(f"<controller type='pci' index='{i}' model='pcie-root-port'><address type='pci' domain='0x0000' "
              f"bus='0x00' slot='0x{1 + (i - 1) // 8:02x}' function='0x{(i - 1) % 8}'"
              f"{' multifunction=' + chr(39) + 'on' + chr(39) if i % 8 == 1 else ''}/></controller>")
        for number, address in enumerate(functions):
            d, b, s, f = re.split("[:.]", address)
            # a guest passes over a slot without function 0
            function = f if functions[0].endswith(".0") else number
            print(f"<hostdev mode='subsystem' type='pci'><source><address domain='0x{d}' bus='0x{b}' slot='0x{s}' "
                  f"function='0x{f}'/></source><address type='pci' domain='0x0000' bus='0x{i:02x}' slot='0x00' "
                  f"function='0x{function}'/></hostdev>")
    print("</devices>\n</domain>")


def tree(node, hosts):
    """A value that is equal for equal trees."""
    element, attributes, children = node
    inside = sorted(tree(child, hosts) for child in children)
    if element != "pci":
        return [element, inside]
    words = [attributes["class"], attributes.get("link_speed", ""), attributes.get("link_width", "")]
    if not attributes["class"].startswith("0x0604"):
        words.append(hosts.get(attributes["busid"], attributes["busid"]))
    return [words, inside]


def main(what, host, nccl, *vm):
    host = json.load(open(host))
    if what == "domain":
        domain(host, set(leaves(read(nccl))))
        return
    hosts = {}
    for d, b, s, f, bus, function in SOURCE.findall(open(vm[0]).read()) if vm else []:
        hosts[f"0000:{bus}:00.{function}"] = f"{d}:{b}:{s}.{f}"
    # a NIC is listed at function 0 of its bus, which the VM may not have
    for guest, address in list(hosts.items()):
        hosts.setdefault(guest[:-1] + "0", address[:-1] + "0")
    print(json.dumps(tree(read(nccl), hosts), indent=1))


main(*sys.argv[1:])
