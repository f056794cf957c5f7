# SPDX-License-Identifier: LGPL-2.1-or-later
"""What must hold after real assignment: one sentence for each thing that does not."""

from __future__ import annotations

import collections
import json
import re
import subprocess

import compare
from damage import DAMAGE, damaged
from identity import KEYS

PAGE = 4096


def of_host(stand_ins, live):
    """hgxtopo, run live, sees the server that the stand-in host was modelled on."""
    seen = {address for address in live.functions if live.chain(address)[-1] in stand_ins.buses}
    for address in sorted(seen ^ stand_ins.functions.keys()):
        yield f"{address}: is {'' if address in seen else 'not '}on the stand-in host"
    for address in sorted(seen & stand_ins.functions.keys()):
        server, function = stand_ins.functions[address], live.functions[address]
        for key in ("kind", "parent", "numa_node", "vendor", "device", "class"):
            if server[key] != function[key]:
                yield (f"{address}: {key} is {server[key]} on the server, "
                       f"but was read as {function[key]}")
        number, ids = stand_ins.numbers.get(address), function.get("ids") or {}
        if number and number not in (ids.get("drive_serial"), ids.get("device_serial")):
            yield f"{address}: was given the serial number {number}, but {ids} was read"


class LiveGuest(compare.Guest):
    """What live-init.sh sent: hgxtopo's dump, resources and memory blocks."""

    def __init__(self, directory, hgxtopo):
        self.hgxtopo, self.directory = hgxtopo, f"{directory}/seen.json"
        with open(f"{directory}/sent", "rb") as file:
            text = file.read().partition(b"LIVE\n")[2].decode()
        topology, resources, memory = re.split("(?:RESOURCES|MEMORY)\n", text.partition("END\n")[0])
        self.machine = compare.Machine(topology)
        with open(self.directory, "w") as file:
            file.write(topology)
        self.memory = {int(node): int(size) for node, size in
                       map(str.split, memory.splitlines())}
        self.lines = collections.defaultdict(list)
        for line in resources.splitlines():
            address, *words = line.split()
            self.lines[address].append([int(word, 16) for word in words])
        ids = {address: function.get("ids") or {}
               for address, function in self.machine.functions.items()}
        self.serials = {address: known.get("drive_serial") or known.get("device_serial")
                        for address, known in ids.items() if any(known.values())}

    def resource_lines(self, address):
        return self.lines[address]


class Seen:
    """A guest that ran: its plan, and what was seen in it and, at the time, on the host."""

    def __init__(self, directory, stand_ins, live, hgxtopo):
        self.directory, self.live, self.hgxtopo = directory, live, hgxtopo
        self.plan = compare.Plan(directory)
        self.guest = LiveGuest(directory, hgxtopo)
        place = {number: address for address, number in stand_ins.numbers.items()}
        self.guest.serials = {address: place.get(number, number)
                              for address, number in self.guest.serials.items()}

    def bars(self):
        """A device brings its BARs along: they are as large as on the host."""
        return {address: max(bar["size"] for bar in self.live.functions[host]["bars"]
                             if bar["type"] != "io")
                for address, host in self.plan.devices.items()}

    def judge(self):
        """(suffix of the guest's name, what is wrong) for each claim"""
        wrong = list(compare.differences(self.plan, self.guest, self.bars()))
        yield "", wrong + ([compare.trees(self.plan, self.guest)] if wrong else [])
        yield "-drivers", list(self.wrong_drivers())
        yield "-memory", list(self.wrong_memory())
        yield "-nccl", list(self.wrong_nccl())
        for kind in DAMAGE:
            yield f"-{kind}", list(self.not_caught(kind))

    def not_caught(self, kind):
        said = list(compare.differences(damaged(self.plan, kind), self.guest, {}))
        if not any(DAMAGE[kind][1] in sentence for sentence in said):
            yield f"nothing says '{DAMAGE[kind][1]}': {said}"

    def wrong_drivers(self):
        with open(f"{self.directory}/drivers.json") as file:
            during = json.load(file)
        with open(f"{self.directory}/drivers-after.json") as file:
            after = json.load(file)
        for host in self.plan.devices.values():
            if during.get(host) != "vfio-pci":
                yield f"{host}: had the driver {during.get(host)} while the guest ran"
            if after.get(host) != self.live.functions[host]["driver"]:
                yield (f"{host}: has the driver {after.get(host)} after the guest, had "
                       f"{self.live.functions[host]['driver']} before")
        for host, driver in during.items():
            if driver == "vfio-pci" and host not in self.plan.devices.values():
                yield f"{host}: was assigned but is not in the plan"

    def wrong_memory(self):
        """VFIO pins all of a guest's memory: counts the pages of each cell by node."""
        pages = collections.defaultdict(collections.Counter)
        with open(f"{self.directory}/numa_maps") as file:
            for line in file:
                if bound := re.search(r" bind:(\d+) ", line):
                    found = re.findall(r" N(\d+)=(\d+)", line)
                    pages[int(bound[1])].update({int(node): int(count) for node, count in found})
        with open(f"{self.plan.path}.map.json") as file:
            vm, = json.load(file)["vms"]
        for cell in vm["cells"]:
            node, found = cell["host_node"], pages[cell["host_node"]]
            if set(found) != {node} or found[node] * PAGE < cell["memory"]:
                yield (f"cell {cell['id']}: {cell['memory'] // PAGE} pages bound to host node "
                       f"{node} were planned; by node there are {dict(found)}")

    def dress(self):
        """hgxtopo's dump of the guest, in which each device gets the identity of the device that
        it stands for, by its number, as on the host."""
        with open(self.guest.directory) as file:
            topology = json.load(file)
        for function in topology["pci"]:
            host = self.guest.serials.get(function["address"])
            if host in self.live.functions:
                real = self.live.functions[host]
                function.update({key: real[key] for key in (*KEYS, "kind")})
        path = f"{self.directory}/dressed.json"
        with open(path, "w") as file:
            json.dump(topology, file)
        return path

    def wrong_nccl(self):
        """In the guest, hgxtopo matches by serial number and writes the planned file."""
        with open(f"{self.directory}/options") as file:
            options = file.read().split()
        done = subprocess.run(
            [self.hgxtopo, "emit", "--nccl", "--from", self.dress(), "--host-json",
             f"{self.directory}/host.json", *options], capture_output=True, text=True)
        if done.returncode:
            yield done.stderr
            return
        counts = re.findall(r"^hgxtopo: note: matched with the plan by (.*): (.*)$",
                            done.stderr, re.M)
        matched = sum(map(int, re.findall(r"\d+(?= )", counts[0][1]))) if counts else 0
        if [how for how, _ in counts] != ["serial number"] or matched != len(self.plan.devices):
            yield (f"not all of {len(self.plan.devices)} devices were matched by serial number: "
                   f"{done.stderr}")
        with open(f"{self.plan.path}.nccl.xml") as file:
            if done.stdout != file.read():
                yield f"not the planned file:\n{done.stdout}"
