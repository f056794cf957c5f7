# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares a guest with its prediction: one sentence for each difference."""

from __future__ import annotations

from seen import UNSET

# The chipset of a q35, which is not part of a guest topology.
CHIPSET = {"0000:00:00.0", "0000:00:1f.0", "0000:00:1f.2", "0000:00:1f.3"}
# QEMU's bridges by vendor and device.
BRIDGES = {(0x1b36, 0x000c): "root-port", (0x104c, 0x8232): "switch-up",
           (0x104c, 0x8233): "switch-down", (0x1b36, 0x000e): "bridge"}
# What a user appends to the arguments of `emit --qemu`; see arguments.py.
APPENDED = "appended"


def differences(prediction, guest, started):
    """Everything that is wrong. `started` is what QEMU was given; see boot.Started."""
    yield from check_functions(prediction, guest, started.hosts)
    yield from check_map(prediction, guest, started.hosts)
    yield from check_comments(prediction, guest, started.hosts)
    yield from check_expanders(prediction, guest)
    yield from check_nccl(prediction, guest)
    yield from check_devices(prediction, guest, started)


# The guest's topology ----------------------------------------------------------


def check_functions(prediction, guest, hosts):
    planned, seen = prediction.functions, guest.functions
    others = {function.address for function in seen.values() if function.name == APPENDED}
    for address in sorted(planned.keys() - seen.keys()):
        yield f"{address} {planned[address]['kind']}: is not in the guest"
    for address in sorted(seen.keys() - planned.keys() - CHIPSET - others):
        yield f"{address} {seen[address].name}: is in the guest but not in the plan"
    for address in sorted(planned.keys() & seen.keys()):
        yield from check_function(planned[address], seen[address], guest)
        name = seen[address].name
        if name in hosts.values() and not name.startswith(f"ua-{planned[address]['kind']}-"):
            yield f"{address}: planned as {planned[address]['kind']}, but {name} is there"
    if prediction.roots != guest.roots:
        yield f"root buses: planned {prediction.roots}, in the guest {guest.roots}"


def check_function(planned, seen, guest):
    if planned["parent"] != seen.parent:
        yield f"{seen.address}: planned below {planned['parent']}, is below {seen.parent}"
    if planned["numa_node"] != guest.node(seen):
        yield (f"{seen.address}: planned on NUMA node {planned['numa_node']}, "
               f"is on {guest.node(seen)}")
    if planned["kind"] in BRIDGES.values() and BRIDGES.get(seen.model) != planned["kind"]:
        yield (f"{seen.address}: planned as {planned['kind']}, "
               f"is a {seen.model[0]:04x}:{seen.model[1]:04x}")


# The map -----------------------------------------------------------------------


def check_map(prediction, guest, hosts):
    """`hosts` has the QEMU id of each assigned host device."""
    names = {name: host for host, name in hosts.items()}
    for address, host in sorted(prediction.hosts.items()):
        function = guest.functions.get(address)
        stands = function and names.get(function.name)
        if stands != host:
            yield f"{address}: planned to be {host} of the host, stands for {stands}"
        elif prediction.cells[address] != guest.node(function):
            yield (f"{address}: the map has it in cell {prediction.cells[address]}, "
                   f"is on NUMA node {guest.node(function)}")
    for host in sorted(hosts.keys() - set(prediction.hosts.values())):
        yield f"{host} of the host: is assigned but not in the map"


# The domain --------------------------------------------------------------------


def check_comments(prediction, guest, hosts):
    for part in prediction.parts:
        if part.host and hosts.get(part.host) != part.name:
            yield f"{part.name}: is called {hosts.get(part.host)} in QEMU, not by its alias"
        elif part.host and not part.said and not part.name.endswith("-own"):  # the user's has none
            yield f"{part.name}: has no '-> guest' comment before it"
        elif part.name not in guest.named:
            yield f"{part.name}: is not in the guest"
        elif part.said and guest.named[part.name].address != part.said:
            yield (f"{part.name}: its comment says {part.said}, "
                   f"is at {guest.named[part.name].address}")


def check_expanders(prediction, guest):
    for bus in prediction.expanders:
        number = guest.numbers.get(bus.name)
        if number != bus.number:
            yield f"{bus.name}: planned as bus {bus.number}, is {number}"
        elif guest.nodes[number] != bus.node:
            yield f"{bus.name}: planned on NUMA node {bus.node}, is on {guest.nodes[number]}"


# The NCCL file -----------------------------------------------------------------


def check_nccl(prediction, guest):
    for leaf in prediction.leaves:
        for wrong in check_leaf(leaf, guest.functions.get(leaf.address), guest):
            yield f"NCCL file: {leaf.address}: {wrong}"
    listed = {leaf.address for leaf in prediction.leaves}
    for part in prediction.gpus():
        function = guest.named.get(part.name)
        if function and function.address not in listed:
            yield f"NCCL file: {function.address}: {part.name} is not in it"


def check_leaf(leaf, function, guest):
    if not function:
        yield "is not in the guest"
        return
    alias = "ua-up" if leaf.kind == "switch" else f"ua-{leaf.kind}"
    if not function.name.startswith(f"{alias}-"):
        yield f"is a {leaf.kind}, but {function.name} is there"
    if leaf.within and leaf.within not in function.above:
        yield f"is not below {leaf.within} in the guest"
    # a node of the host that has no cell in the guest has a number that no cell has
    if guest.node(function) != leaf.node and leaf.node in guest.nodes.values():
        yield f"is below cpu {leaf.node}, but on NUMA node {guest.node(function)}"


# What QEMU was given -----------------------------------------------------------


def check_devices(prediction, guest, started):
    """Nothing is lost, and everything that is visible can be reached."""
    # libvirt gives a user's single ich9-ehci1 function 7
    hidden = {name for name in guest.hidden if not name.startswith("ua-")}
    for name in sorted(started.names - guest.named.keys() - hidden):
        yield f"{name}: QEMU was given it, but the firmware lost it"
    assigned = set(started.hosts.values())
    for address, function in sorted(guest.functions.items()):
        unset = [bar for _, bar in function.bars if bar in UNSET]
        if unset and address not in CHIPSET:
            yield f"{address} {function.name}: BARs without an address: {len(unset)}"
        if function.name in assigned and not function.memory_bars():
            yield f"{address} {function.name}: has no memory BAR"
