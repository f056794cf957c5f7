# SPDX-License-Identifier: LGPL-2.1-or-later
"""Predictions that are wrong on purpose, compared with a guest as it really was. Each must be
caught for what is wrong with it: by exactly these sentences and no others."""

from __future__ import annotations

import copy
import dataclasses

from judge import differences
from sametree import tree_differences
from seen import UNSET

FREE_BUS = "0000:7f:00.0"  # where a guest with two nodes has nothing


class Wrong:
    """Copies of a prediction and a guest, to be made wrong, and the parts that are used for
    it: those of the first and the last GPU."""

    def __init__(self, prediction, guest):
        self.p, self.guest = copy.deepcopy((prediction, guest))
        self.first, self.last = self.p.gpus()[0], self.p.gpus()[-1]
        self.a, self.b = (self.guest.named[gpu.name] for gpu in (self.first, self.last))
        self.bus = self.p.expanders[0]
        self.leaf, = (leaf for leaf in self.p.leaves if leaf.address == self.a.address)

    def function(self):
        return self.p.functions[self.a.address]


def bus_of_function(w):
    w.p.functions[FREE_BUS] = w.p.functions.pop(w.a.address)
    return [f"{FREE_BUS} gpu: is not in the guest",
            f"{w.a.address} {w.a.name}: is in the guest but not in the plan"]


def bus_of_root(w):
    root = w.p.roots[1]
    w.p.roots[1] = "pci0000:30"
    seen = [root if name == "pci0000:30" else name for name in w.p.roots]
    return [f"root buses: planned {w.p.roots}, in the guest {seen}"]


def bus_in_map(w):
    for table in (w.p.hosts, w.p.cells):
        table[FREE_BUS] = table.pop(w.a.address)
    return [f"{FREE_BUS}: planned to be {w.first.host} of the host, stands for None"]


def bus_in_comment(w):
    w.first.said = FREE_BUS
    return [f"{w.a.name}: its comment says {FREE_BUS}, is at {w.a.address}"]


def bus_of_expander(w):
    w.bus.number += 1
    return [f"{w.bus.name}: planned as bus {w.bus.number}, is {w.bus.number - 1}"]


def bus_in_nccl(w):
    w.leaf.address = FREE_BUS
    return [f"NCCL file: {FREE_BUS}: is not in the guest",
            f"NCCL file: {w.a.address}: {w.a.name} is not in it"]


def node_of_function(w):
    w.function()["numa_node"] = 1
    return [f"{w.a.address}: planned on NUMA node 1, is on 0"]


def node_in_map(w):
    w.p.cells[w.a.address] = 1
    return [f"{w.a.address}: the map has it in cell 1, is on NUMA node 0"]


def node_of_expander(w):
    w.bus.node = 1
    return [f"{w.bus.name}: planned on NUMA node 1, is on 0"]


def node_in_nccl(w):
    w.leaf.node = 1
    return [f"NCCL file: {w.a.address}: is below cpu 1, but on NUMA node 0"]


def switch_of_function(w):
    w.function()["parent"] = w.b.parent
    return [f"{w.a.address}: planned below {w.b.parent}, is below {w.a.parent}"]


def switch_kind(w):
    w.p.functions[w.a.above[1]]["kind"] = "switch-down"
    return [f"{w.a.above[1]}: planned as switch-down, is a 104c:8232"]


def switch_in_nccl(w):
    w.leaf.within = w.b.above[1]
    return [f"NCCL file: {w.a.address}: is not below {w.b.above[1]} in the guest"]


def swapped_kinds(w):
    nic, = (f for f in w.p.functions.values()
            if f["kind"] == "nic" and f["parent"][:7] == w.a.parent[:7])
    nic["kind"], w.function()["kind"] = "gpu", "nic"
    name = "ua-nic-" + w.p.hosts[nic["address"]].replace(":", "_").replace(".", "_")
    return [f"{w.a.address}: planned as nic, but {w.a.name} is there",
            f"{nic['address']}: planned as gpu, but {name} is there"]


def swapped_in_map(w):
    w.p.hosts[w.a.address], w.p.hosts[w.b.address] = w.last.host, w.first.host
    return [f"{w.a.address}: planned to be {w.last.host} of the host, "
            f"stands for {w.first.host}",
            f"{w.b.address}: planned to be {w.first.host} of the host, "
            f"stands for {w.last.host}"]


def swapped_comments(w):
    w.first.said, w.last.said = w.last.said, w.first.said
    return [f"{w.a.name}: its comment says {w.b.address}, is at {w.a.address}",
            f"{w.b.name}: its comment says {w.a.address}, is at {w.b.address}"]


def swapped_in_nccl(w):
    nic = next(leaf for leaf in w.p.leaves if leaf.kind == "nic")
    name = "ua-nic-" + w.p.hosts[nic.address].replace(":", "_").replace(".", "_")
    nic.kind, w.leaf.kind = "gpu", "nic"
    return [f"NCCL file: {w.a.address}: is a nic, but {w.a.name} is there",
            f"NCCL file: {nic.address}: is a gpu, but {name} is there"]


def left_out_of_map(w):
    for table in (w.p.hosts, w.p.cells):
        del table[w.a.address]
    return [f"{w.first.host} of the host: is assigned but not in the map"]


def bar_without_place(w):
    """As a firmware without enough room leaves it."""
    w.a.bars = [(kind, UNSET[1]) for kind, _ in w.a.bars]
    return [f"{w.a.address} {w.a.name}: BARs without an address: {len(w.a.bars)}"]


MISTAKES = (
    ("a bus number in the guest's topology", bus_of_function),
    ("the number of a root bus", bus_of_root),
    ("a bus number in the map", bus_in_map),
    ("a bus number in a comment", bus_in_comment),
    ("the number of an expander bus", bus_of_expander),
    ("a bus number in the NCCL file", bus_in_nccl),
    ("a NUMA node in the guest's topology", node_of_function),
    ("a NUMA node in the map", node_in_map),
    ("the NUMA node of an expander bus", node_of_expander),
    ("a NUMA node in the NCCL file", node_in_nccl),
    ("a switch in the guest's topology", switch_of_function),
    ("a switch taken for a port", switch_kind),
    ("a switch in the NCCL file", switch_in_nccl),
    ("a GPU and a NIC swapped in the guest's topology", swapped_kinds),
    ("two GPUs swapped in the map", swapped_in_map),
    ("two comments swapped", swapped_comments),
    ("a GPU and a NIC swapped in the NCCL file", swapped_in_nccl),
    ("a device missing from the map", left_out_of_map),
    ("a device whose BARs have no address", bar_without_place),
)


def wrong_argument(qemu):
    """The arguments of `emit --qemu` with another number for an expander bus."""
    options = [option.replace("bus_nr=32", "bus_nr=33") for option in qemu.options]
    return dataclasses.replace(qemu, options=options)


def results(prediction, guest, libvirt, qemu):
    """[(what was wrong, the sentences reported, the sentences expected)]"""
    said = [sentence.split(":")[0]
            for sentence in tree_differences(libvirt, wrong_argument(qemu))]
    found = [("a bus number in the arguments of emit --qemu", said, ["ua-pxb-node0"])]
    for what, mistake in MISTAKES:
        wrong = Wrong(prediction, guest)
        due = mistake(wrong)
        found.append((what, sorted(differences(wrong.p, wrong.guest, libvirt)), sorted(due)))
    return found
