# SPDX-License-Identifier: LGPL-2.1-or-later
"""What hgxtopo predicts about a guest, in each file that predicts something: NAME.guest.json,
the comments of the domain, the map and the NCCL file."""

from __future__ import annotations

import glob
import json
import os
import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass

from standin import Refused, is_assigned

PLACE = re.compile(r"-> guest ([0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])")
NCCL_KINDS = {"0x02": "nic", "0x03": "gpu", "0x12": "gpu"}


@dataclass
class Part:
    """A <hostdev> or a PCI <controller> of the domain."""

    name: str  # the alias
    said: str | None  # the address in the comment before it
    host: str | None = None


@dataclass
class Expander:
    """An expander bus of the domain."""

    name: str
    number: int
    node: int | None


@dataclass
class Leaf:
    """A <pci> of the NCCL file; `within` is the bus id of the switch around it."""

    address: str
    kind: str  # "switch", "gpu" or "nic"
    node: int | None
    within: str | None


class Prediction:
    """The files of one `emit --all` in their own directory."""

    def __init__(self, directory):
        files = glob.glob(f"{glob.escape(directory)}/*.guest.json")
        if len(files) != 1:
            raise Refused(f"{directory}: not the directory of one emit --all")
        self.path = files[0][:-len(".guest.json")]
        with open(files[0]) as file:
            guest = json.load(file)
        self.functions = {function["address"]: function for function in guest["pci"]}
        self.roots = sorted(guest["host_bridges"])
        with open(f"{self.path}.map.json") as file:
            vm, = json.load(file)["vms"]
        self.hosts = {device["guest"]: device["host"] for device in vm["devices"]}
        self.cells = {device["guest"]: device["cell"] for device in vm["devices"]}
        self.parts, self.expanders = read_domain(f"{self.path}.xml")
        self.leaves = read_nccl(f"{self.path}.nccl.xml")
        # with a base domain, whose own devices only libvirt can start
        self.base = not os.path.exists(f"{self.path}.qemu")

    def gpus(self):
        return [part for part in self.parts if part.name.startswith("ua-gpu")]

    def counts(self):
        devices = sum(part.host is not None for part in self.parts)
        return f"{devices} devices, {len(self.parts) - devices} bridges"


def alias_of(element):
    alias = element.find("alias")
    return alias.get("name") if alias is not None else None


def host_address(element):
    numbers = [int(element.get(key), 0) for key in ("domain", "bus", "slot", "function")]
    return "%04x:%02x:%02x.%x" % tuple(numbers)


def device_of(element, comment, said):
    host = host_address(element.find("source/address"))
    if said and host not in comment:
        raise Refused(f"{host}: the comment before it is about another device: {comment}")
    return Part(alias_of(element) or f"hostdev {host}", said, host)


def expander_of(element, name):
    node = element.findtext("target/node")
    number = int(element.find("target").get("busNr"), 0)
    return Expander(name, number, None if node is None else int(node))


def read_domain(path):
    parser = ET.XMLParser(target=ET.TreeBuilder(insert_comments=True))
    parts, expanders, comment = [], [], ""
    for element in ET.parse(path, parser).getroot().find("devices"):
        if element.tag is ET.Comment:
            comment = element.text
            continue
        said = PLACE.search(comment)
        said = said and said[1]
        if is_assigned(element):
            parts.append(device_of(element, comment, said))
        elif element.tag == "controller" and element.get("type") == "pci":
            name = alias_of(element)
            if not name and element.get("index"):
                name = f"pci.{element.get('index')}"
            if element.get("model") == "pcie-expander-bus":
                expanders.append(expander_of(element, name))
            elif name and element.get("model") != "pcie-root":
                parts.append(Part(name, said))
        comment = ""
    if not any(part.host for part in parts):
        raise Refused(f"{path}: has no PCI <hostdev>")
    return parts, expanders


def read_nccl(path):
    leaves = []

    def walk(element, node, within):
        for pci in element.iterfind("pci"):
            address, kind = pci.get("busid"), pci.get("class")
            if not kind.startswith("0x0604"):
                leaves.append(Leaf(address, NCCL_KINDS.get(kind[:4], kind), node, within))
            elif address.startswith("ffff:"):  # invented: the guest does not have this switch
                walk(pci, node, within)
            else:
                leaves.append(Leaf(address, "switch", node, within))
                walk(pci, node, address)

    for cpu in ET.parse(path).getroot().iterfind("cpu"):
        node = int(cpu.get("numaid"))
        walk(cpu, None if node < 0 else node, None)
    if not leaves:
        raise Refused(f"{path}: has no <pci>")
    return leaves
