#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""apart.py HGXTOPO SOURCE GPUS… [-- OPTION…]: plans one VM for each of GPUS by a call of its own, and says what
two of them share, what a domain and its map say differently, and what of the host is given to nobody. Prints
nothing if all is well."""

import json
import subprocess
import sys
import xml.etree.ElementTree


def run(command, source, *arguments):
    done = subprocess.run([command, *arguments, "--from", source], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(arguments)}: {done.stderr}")
    return done.stdout


def numbers(text):
    """The numbers of a list such as 0-3,8."""
    ranges = [part.partition("-") for part in (text or "").split(",") if part]
    return {n for first, _, last in ranges for n in range(int(first), int(last or first) + 1)}


class Host:
    def __init__(self, text):
        topology = json.loads(text)
        self.core = {c["id"]: (c["package"], c["die"], c["core"]) for c in topology["cpus"] if c["online"]}
        self.memory = {n["id"]: n["memory"] for n in topology["numa_nodes"]}
        self.devices = {d["address"]: d["kind"] for d in topology["pci"]}


class VM:
    def __init__(self, gpus, domain, vm):
        self.gpus = gpus
        tree = xml.etree.ElementTree.fromstring(domain)
        self.pins = {int(p.get("vcpu")): int(p.get("cpuset")) for p in tree.iter("vcpupin")}
        self.threads = numbers(next(tree.iter("emulatorpin")).get("cpuset"))
        self.cells = {int(m.get("cellid")): int(m.get("nodeset")) for m in tree.iter("memnode")}
        self.memory = {self.cells[int(c.get("id"))]: int(c.get("memory")) * 1024 for c in tree.iter("cell")}
        sources = [h.find("source/address") for h in tree.iter("hostdev")]
        self.devices = {"{:04x}:{:02x}:{:02x}.{:x}".format(*(int(a.get(n), 16) for n in ("domain", "bus", "slot", "function")))
                        for a in sources}
        self.map = vm

    def differs(self):
        """What domain and map say differently."""
        told = self.map
        yield from self.compare("pins", self.pins, {v["id"]: v["host_cpu"] for v in told["vcpus"]})
        yield from self.compare("QEMU's threads", self.threads, numbers(told["emulator_cpus"]))
        yield from self.compare("memory", self.memory, {c["host_node"]: c["memory"] for c in told["cells"]})
        yield from self.compare("devices", self.devices, {d["host"] for d in told["devices"]})

    def compare(self, what, domain, other):
        if domain != other:
            yield f"--gpus {self.gpus}: {what}: the domain has {domain}, the map {other}"


def shared(host, a, b):
    """What two VMs share. QEMU's threads may share cores with each other, but not with a vCPU of the other VM."""
    cores = [{host.core[cpu] for cpu in vm.pins.values()} for vm in (a, b)]
    threads = [{host.core[cpu] for cpu in vm.threads} for vm in (a, b)]
    for what, both in (("cores", cores[0] & cores[1]), ("devices", a.devices & b.devices),
                       ("cores of QEMU's threads", cores[0] & threads[1] | cores[1] & threads[0])):
        if both:
            yield f"--gpus {a.gpus} and --gpus {b.gpus} share {what}: {sorted(both)}"


def unused(host, vms, whole):
    """What all VMs together do not have of what the VM of the whole host has."""
    for node, size in host.memory.items():
        parts = sum(vm.memory.get(node, 0) for vm in vms)
        if parts != whole.memory.get(node, 0):
            yield f"node{node} has {size}: the VMs have {parts}, the whole host's VM {whole.memory.get(node)}"
    for what, parts, all_ in (("CPUs", [set(vm.pins.values()) for vm in vms], set(whole.pins.values())),
                              ("devices", [vm.devices for vm in vms], {d for d in whole.devices if len(vms) == 1 or host.devices[d] != "nvswitch"})):
        if set().union(*parts) != all_:
            yield f"{what} of the whole host's VM that no VM has, or the reverse: {sorted(set().union(*parts) ^ all_)}"


def main(command, source, *arguments):
    gpus, options = arguments, []
    if "--" in arguments:
        at = arguments.index("--")
        gpus, options = arguments[:at], arguments[at + 1:]
    host = Host(run(command, source, "dump", "--json"))

    def plan(which):
        chosen = ["--gpus", which, *options]
        return VM(which, run(command, source, "emit", "--libvirt", *chosen),
                  json.loads(run(command, source, "emit", "--map", "--json", *chosen))["vms"][0])

    vms = [plan(which) for which in gpus]
    wrong = [text for vm in vms for text in vm.differs()]
    for i, vm in enumerate(vms):
        for other in vms[i + 1:]:
            wrong += shared(host, vm, other)
    if not options:
        wrong += unused(host, vms, plan("all"))
    for line in wrong:
        print(line)
    sys.exit(bool(wrong))


main(*sys.argv[1:])
