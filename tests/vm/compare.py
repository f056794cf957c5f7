# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares what Linux shows in a guest with the plan: one sentence for each difference."""

from __future__ import annotations

import json
import os
import subprocess
import xml.etree.ElementTree as ET
from itertools import combinations

# The chipset of a q35, which is not part of a guest topology.
CHIPSET = {"0000:00:00.0", "0000:00:1f.0", "0000:00:1f.2", "0000:00:1f.3"}
BRIDGES = ("root-port", "switch-up", "switch-down", "bridge")
# The guest's path class for each path class of the host. Nested switches are flattened. An
# expander bus stands for a whole NUMA node, or for a root bus; in that case NODE stays NODE.
PROMISED = {"PIX": "PIX", "PXB": "PIX", "PHB": "PHB", "NODE": "PHB", "SYS": "SYS"}
# Linux's IORESOURCE_MEM and IORESOURCE_UNSET.
MEMORY_RESOURCE, UNSET_RESOURCE = 0x200, 0x20000000


class Machine:
    """A topology as `hgxtopo dump --json` writes it."""

    def __init__(self, text):
        self.json = json.loads(text)
        self.functions = {function["address"]: function for function in self.json["pci"]}

    def chain(self, address):
        """A function and everything above it; the root bus is last."""
        names = [address]
        while names[-1] in self.functions:
            names.append(self.functions[names[-1]]["parent"])
        return names

    def node(self, address):
        nodes = (self.functions[name]["numa_node"] for name in self.chain(address)[:-1])
        return next((node for node in nodes if node is not None), None)

    def switches(self, names):
        return sum(name in self.functions and self.functions[name]["kind"] == "switch-up"
                   for name in names)

    def path_class(self, a, b):
        """Worked out here again, independently of the library."""
        above_a, above_b = self.chain(a), self.chain(b)
        common = next((name for name in above_a if name in above_b), None)
        if common is None:
            near = self.node(a) == self.node(b) or len(self.json["numa_nodes"]) < 2
            return "NODE" if near else "SYS"
        if common not in self.functions:
            return "PHB"
        between = above_a[:above_a.index(common)] + above_b[:above_b.index(common)]
        return "PIX" if self.switches(between + [common]) < 2 else "PXB"


class Plan:
    """The files of `emit --all` in DIR/NAME, the host they were made from, and the options."""

    def __init__(self, directory):
        self.name = os.path.basename(directory)
        self.path = f"{directory}/{self.name}"
        with open(f"{directory}/host.json") as file:
            self.host = Machine(file.read())
        with open(f"{self.path}.guest.json") as file:
            self.guest = Machine(file.read())
        with open(f"{self.path}.map.json") as file:
            vm, = json.load(file)["vms"]
        self.devices = {device["guest"]: device["host"] for device in vm["devices"]}
        self.cells = {cell["id"]: cell["memory"] for cell in vm["cells"]}
        with open(f"{directory}/options") as file:
            options = file.read()
        self.promised = dict(PROMISED)
        if "--mirror root-complex" in options:
            self.promised["NODE"] = "NODE"
        self.nccl = ET.parse(f"{self.path}.nccl.xml").getroot()


class Guest:
    """A directory that the small guest sent; the library reads it as any captured host."""

    def __init__(self, directory, hgxtopo):
        self.directory, self.hgxtopo = directory, hgxtopo
        self.machine = Machine(self.dump("--json"))
        with open(f"{directory}/serials") as file:
            self.serials = dict(line.split() for line in file)
        with open(f"{directory}/memory") as file:
            self.memory = {int(node): int(size) for node, size in map(str.split, file)}

    def dump(self, *options):
        done = subprocess.run([self.hgxtopo, "dump", *options, "--from", self.directory],
                              stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout

    def resource_lines(self, address):
        with open(f"{self.directory}/sys/bus/pci/devices/{address}/resource") as file:
            return [[int(word, 16) for word in line.split()] for line in file]

    def resources(self, address):
        """(start, size) of each memory BAR; start is None if it has no address."""
        lines = self.resource_lines(address)
        return [(None if flags & UNSET_RESOURCE else start, end - start + 1)
                for start, end, flags in lines[:6] if flags & MEMORY_RESOURCE]

    def matrix(self):
        """{(address, address): path class} according to the library's own matrix."""
        table, legend = self.dump("--matrix").split("\n\n")[:2]
        address = {words[0]: words[1] for words in map(str.split, legend.splitlines())}
        columns, *rows = map(str.split, table.splitlines())
        return {(address[row[0]], address[column]): said for row in rows
                for column, said in zip(columns, row[1:]) if column in address}


# One function for each promise ------------------------------------------------


def check_functions(plan, guest):
    planned, seen = plan.guest.functions, guest.machine.functions
    for address in sorted(planned.keys() - seen.keys()):
        yield f"{address} {planned[address]['kind']}: is not in the guest"
    for address in sorted(seen.keys() - planned.keys() - CHIPSET):
        yield f"{address} {seen[address]['kind']}: is in the guest but not in the plan"
    for address in sorted(planned.keys() & seen.keys()):
        yield from check_function(address, planned[address], seen[address])
    if plan.guest.json["host_bridges"] != guest.machine.json["host_bridges"]:
        yield (f"root buses: planned {plan.guest.json['host_bridges']}, "
               f"in the guest {guest.machine.json['host_bridges']}")


def check_function(address, planned, seen):
    if planned["parent"] != seen["parent"]:
        yield f"{address}: planned below {planned['parent']}, is below {seen['parent']}"
    if planned["numa_node"] != seen["numa_node"]:
        yield (f"{address}: planned on NUMA node {planned['numa_node']}, "
               f"is on {seen['numa_node']}")
    if planned["kind"] in BRIDGES and planned["kind"] != seen["kind"]:
        yield f"{address}: planned as {planned['kind']}, is a {seen['kind']}"


def check_identities(plan, guest):
    """The serial number of a stand-in is the address of its host device."""
    for address, host in sorted(plan.devices.items()):
        if (serial := guest.serials.get(address)) != host:
            yield f"{address}: planned to be {host} of the host, stands for {serial}"


def check_paths(plan, guest):
    matrix = guest.matrix()
    place = {host: address for address, host in guest.serials.items()}
    for a, b in combinations(sorted(plan.devices.values() & place.keys()), 2):
        on_host = plan.host.path_class(a, b)
        seen = guest.machine.path_class(place[a], place[b])
        if seen != plan.promised[on_host]:
            yield (f"{a}, {b} of the host: path class {on_host}, which becomes "
                   f"{plan.promised[on_host]} in the guest, but it is {seen}")
        if (said := matrix.get((place[a], place[b]))) != seen:
            yield f"{place[a]}, {place[b]}: path class {seen}, but the matrix says {said}"


def groups(cpus, keys):
    """The CPUs that have these keys in common; an unknown die is the only one."""
    found = {}
    for cpu in cpus:
        found.setdefault(tuple(cpu[key] or 0 for key in keys), set()).add(cpu["id"])
    return sorted(map(sorted, found.values()))


def check_cpus(plan, guest):
    planned, seen = plan.guest.json["cpus"], guest.machine.json["cpus"]
    for keys in (["id"], ["numa_node"], ["package"], ["package", "die"],
                 ["package", "die", "core"]):
        if groups(planned, keys) != groups(seen, keys):
            yield (f"CPUs by {', '.join(keys)}: planned {groups(planned, keys)}, "
                   f"in the guest {groups(seen, keys)}")
    nodes = [{cpu["id"]: cpu["numa_node"] for cpu in cpus} for cpus in (planned, seen)]
    if nodes[0] != nodes[1]:
        yield f"NUMA nodes of CPUs: planned {nodes[0]}, in the guest {nodes[1]}"


def check_memory(plan, guest):
    if plan.cells != guest.memory:
        yield f"memory of NUMA nodes: planned {plan.cells}, in the guest {guest.memory}"
    for planned, seen in zip(plan.guest.json["numa_nodes"], guest.machine.json["numa_nodes"]):
        if len(plan.cells) > 1 and planned["distances"] != seen["distances"]:
            yield (f"node{planned['id']}: planned distances {planned['distances']}, "
                   f"in the guest {seen['distances']}")
        # MemTotal does not include what the kernel keeps for itself
        if not 0.7 * planned["memory"] < seen["memory"] <= planned["memory"]:
            yield (f"node{planned['id']}: planned {planned['memory']} bytes, "
                   f"has {seen['memory']}")


def check_nccl(plan, guest):
    for cpu in plan.nccl.iterfind("cpu"):
        node = int(cpu.get("numaid"))
        mask = int(cpu.get("affinity").replace(",", ""), 16)
        seen = sum(1 << other["id"] for other in guest.machine.json["cpus"]
                   if other["numa_node"] == node)
        if mask != seen:
            yield f"NCCL file: cpu {node}: affinity {mask:x}, in the guest {seen:x}"
        for element in cpu.iterfind("pci"):
            yield from check_nccl_function(plan, guest, element, node, None)


def check_nccl_function(plan, guest, element, node, above):
    address = element.get("busid")
    if address not in guest.machine.functions:
        yield f"NCCL file: {address}: is not in the guest"
        return
    function = guest.machine.functions[address]
    if function["kind"] == "switch-up":
        real = function
    else:
        real = plan.host.functions.get(guest.serials.get(address), function)
    if element.get("class") != real["class"]:
        yield (f"NCCL file: {address}: class {element.get('class')}, but a {real['class']} "
               "is there")
    if guest.machine.node(address) != node:
        yield f"NCCL file: {address}: on cpu {node}, but on node {guest.machine.node(address)}"
    if above and above not in guest.machine.chain(address):
        yield f"NCCL file: {address}: is not below {above} in the guest"
    for child in element.iterfind("pci"):
        yield from check_nccl_function(plan, guest, child, node, address)


def check_bars(bars, guest):
    """Every BAR has an address, and the stand-ins have the sizes that they were given."""
    for address, size in sorted(bars.items()):
        if address not in guest.machine.functions:
            continue
        resources = guest.resources(address)
        if not all(start for start, _ in resources):
            yield f"{address}: a BAR has no address: {resources}"
        if size and size not in (seen for _, seen in resources):
            yield f"{address}: no BAR of {size} bytes among {resources}"


def differences(plan, guest, bars):
    for check in (check_functions, check_identities, check_paths, check_cpus, check_memory,
                  check_nccl):
        yield from check(plan, guest)
    yield from check_bars(bars, guest)


def counts(plan):
    devices = len(plan.devices)
    bridges = sum(function["kind"] in BRIDGES for function in plan.guest.functions.values())
    return (f"{devices} devices, {bridges} bridges, {devices * (devices - 1) // 2} pairs, "
            f"{len(plan.guest.json['cpus'])} CPUs, {len(plan.cells)} NUMA nodes")


def trees(plan, guest):
    planned = subprocess.run([guest.hgxtopo, "dump", "--from", f"{plan.path}.guest.json"],
                             stdout=subprocess.PIPE, text=True).stdout
    return f"--- planned\n{planned}--- in the guest\n{guest.dump()}"
