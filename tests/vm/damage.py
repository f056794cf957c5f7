# SPDX-License-Identifier: LGPL-2.1-or-later
"""Wrong predictions: a damaged plan must differ from what was seen in the guest."""

from __future__ import annotations

import copy
import re


def gpus(plan):
    """The first and the last GPU of the guest."""
    found = [address for address, function in sorted(plan.guest.functions.items())
             if function["kind"] == "gpu"]
    return found[0], found[-1]


def root_of(plan, address):
    return plan.guest.chain(address)[-1]


def next_bus(place):
    """An address or a root bus such as "pci0000:40", one bus further."""
    head, bus, rest = re.fullmatch("((?:pci)?0000:)(..)(.*)", place).groups()
    return f"{head}{int(bus, 16) + 1:02x}{rest}"


def damage_bus(plan):
    """Everything below the last expander bus is predicted one bus further."""
    root = root_of(plan, gpus(plan)[1])
    moved = [address for address in plan.guest.functions if root_of(plan, address) == root]
    for address in sorted(moved, reverse=True):
        function = plan.guest.functions.pop(address)
        function["parent"] = next_bus(function["parent"])
        plan.guest.functions[next_bus(address)] = function
        if address in plan.devices:
            plan.devices[next_bus(address)] = plan.devices.pop(address)


def damage_node(plan):
    """An expander bus is predicted on the other node."""
    first, last = gpus(plan)
    root, node = root_of(plan, first), plan.guest.functions[last]["numa_node"]
    for address, function in plan.guest.functions.items():
        if root_of(plan, address) == root:
            function["numa_node"] = node


def damage_switch(plan):
    """The last GPU's port is predicted on the first GPU's switch."""
    first, last = (plan.guest.functions[gpu]["parent"] for gpu in gpus(plan))
    plan.guest.functions[last]["parent"] = plan.guest.functions[first]["parent"]


def damage_swap(plan):
    first, last = gpus(plan)
    plan.devices[first], plan.devices[last] = plan.devices[last], plan.devices[first]


# What must be reported for each.
DAMAGE = {
    "bus": (damage_bus, "is not in the guest"),
    "node": (damage_node, "planned on NUMA node 1, is on 0"),
    "switch": (damage_switch, "planned below"),
    "swap": (damage_swap, "stands for"),
}


def damaged(plan, kind):
    wrong = copy.copy(plan)
    wrong.guest, wrong.devices = copy.deepcopy(plan.guest), dict(plan.devices)
    DAMAGE[kind][0](wrong)
    return wrong
