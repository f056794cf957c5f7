# SPDX-License-Identifier: LGPL-2.1-or-later
"""A guest as its firmware left it, read through QEMU's monitor."""

from __future__ import annotations

import json
from dataclasses import dataclass

from standin import Refused

NO_NODE = 128  # as QEMU writes it
ROM = 6  # the BAR of an option ROM, which is enabled only to read it
UNSET = (0, -1, 2**64 - 1)  # of a BAR: no address, or not enabled


class Monitor:
    """Talks QMP over one end of a socket pair."""

    def __init__(self, end, timeout):
        end.settimeout(timeout)
        self.lines = end.makefile("rw")
        self.read()  # the greeting
        self.ask("qmp_capabilities")

    def read(self):
        line = self.lines.readline()
        if not line:
            raise EOFError
        return json.loads(line)

    def ask(self, command, **arguments):
        self.lines.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.lines.flush()
        while True:  # skip events in between
            reply = self.read()
            if "return" in reply:
                return reply["return"]
            if "error" in reply:
                raise Refused(reply["error"]["desc"])


@dataclass
class Function:
    """A PCI function. The chipset's have no QEMU id."""

    address: str
    name: str
    model: tuple[int, int]
    parent: str
    root: int
    above: list[str]  # addresses of the bridges, outermost first
    bars: list[tuple[str, int]]

    def memory_bars(self):
        return [address for kind, address in self.bars if kind == "memory"]


class Guest:
    """The result of query-pci, and what QEMU says about its expander buses."""

    def __init__(self, answer):
        self.functions, self.nodes, self.numbers = {}, {}, {}
        self.roots = sorted("pci0000:%02x" % bus["bus"] for bus in answer)
        for bus in answer:
            self.walk(bus["devices"], "pci0000:%02x" % bus["bus"], [], bus["bus"])
        self.hidden = self.take_hidden()
        self.named = {f.name: f for f in self.functions.values() if f.name}

    def walk(self, devices, parent, above, root):
        for device in devices:
            number = device["bus"], device["slot"], device["function"]
            address = "0000:%02x:%02x.%x" % number
            bars = [(region["type"], region["address"]) for region in device["regions"]
                    if region["bar"] != ROM]
            model = device["id"]["vendor"], device["id"]["device"]
            self.functions[address] = Function(address, device["qdev_id"], model, parent,
                                               root, above, bars)
            below = device.get("pci_bridge", {}).get("devices", [])
            self.walk(below, address, above + [address], root)

    def take_hidden(self):
        """No guest looks into a slot without function 0. Returns the QEMU ids there."""
        hidden = [address for address in self.functions
                  if address[:-1] + "0" not in self.functions]
        return {self.functions.pop(address).name for address in hidden}

    def ask_expanders(self, monitor):
        """Asks for their numbers, and the NUMA nodes that QEMU writes into the ACPI tables."""
        # including those whose own function is in a slot that no guest looks into
        for item in monitor.ask("qom-list", path="/machine/peripheral"):
            if item["type"] == "child<pxb-pcie>":
                path = f"/machine/peripheral/{item['name']}"
                number, node = (monitor.ask("qom-get", path=path, property=name)
                                for name in ("bus_nr", "numa_node"))
                self.numbers[item["name"]] = number
                self.nodes[number] = None if node == NO_NODE else node

    def node(self, function):
        return self.nodes.get(function.root)


def is_numbered(answer):
    bridges = [device["pci_bridge"]["bus"] for bus in answer for device in bus["devices"]
               if "pci_bridge" in device]
    return not bridges or any(bus["secondary"] for bus in bridges)
