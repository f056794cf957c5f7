#!/usr/bin/env python3
"""Boots SeaBIOS and OVMF and looks whether every device landed where hgxtopo said.

The domain goes through libvirt itself (define --validate, domxml-to-native, no daemon, no
root, no KVM needed), is scaled down to what any machine can start, and gets an emulated
stand-in for each host device, at the same bus, address and id. The firmware numbers the
buses; `query-pci` tells where everything is. Compared are the `-> guest DDDD:BB:SS.F`
comments before the <hostdev> and <controller> elements and the bus ids of the NCCL file.

With --qemu the guest is started from `emit --qemu` instead, without libvirt; it has to be the
same: the ids of its devices are the aliases of the domain.

Exit status: 0 all where predicted, 1 not, 2 usage, 77 a package is missing.
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field

sys.dont_write_bytecode = True

from arguments import Lines, properties
from standin import (QEMU, QEMU_NAMESPACE, Libvirt, Refused, Skip, check_installed,
                     die_with_parent, drive_options, firmware_options, nvme, place_of,
                     qemu_options, scaled)

# TCG has 40 address bits, of which OVMF opens 128 GiB for 64-bit BARs.
GPU_BARS_MIB, GPU_BAR_MIB = 65536, 4096
# Seconds without a change after which an answer that agrees is believed. One that does
# not agree has to stand for PATIENCE times as long: the firmware may only be slow.
SILENCE = {"seabios": 1.0, "ovmf": 6.0}
PATIENCE = 2.5
PREDICTION = re.compile(r"-> guest ([0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])")
NCCL_KINDS = {"0x02": "nic", "0x03": "gpu"}


# What should be: the domain and the NCCL file --------------------------------


@dataclass
class Part:
    """A <hostdev> or a PCI <controller>."""

    name: str
    model: str
    predicted: str | None
    host: str | None = None
    bus_number: int | None = None  # expander buses only
    node: str = "-1"  # as NCCL calls it when it is not known


@dataclass
class Leaf:
    """A <pci> of the NCCL file; within is the bus id of the switch around it."""

    busid: str
    kind: str  # "switch", "gpu" or "nic"
    node: str
    within: str | None


@dataclass
class Expected:
    devices: list[Part]
    bridges: list[Part]
    expanders: list[Part]
    leaves: list[Leaf] = field(default_factory=list)


def host_address(element):
    number = [int(element.get(key), 0) for key in ("domain", "bus", "slot", "function")]
    return "%04x:%02x:%02x.%x" % tuple(number)


def alias_of(element):
    alias = element.find("alias")
    return alias.get("name") if alias is not None else None


def device_of(element, comment, said):
    host = host_address(element.find("source/address"))
    if said and host not in comment:
        raise Refused(f"{host}: the comment before it is about another: {comment}")
    return Part(alias_of(element) or f"hostdev {host}", "vfio-pci", said, host=host)


def controller_of(element, said):
    index = int(element.get("index"))
    part = Part(alias_of(element) or f"pci.{index}", element.get("model"), said)
    if part.model == "pcie-expander-bus":
        part.bus_number = int(element.find("target").get("busNr"), 0)
        part.node = element.findtext("target/node", "-1")
    return part


def read_domain(path):
    parser = ET.XMLParser(target=ET.TreeBuilder(insert_comments=True))
    expected = Expected([], [], [])
    comment = ""
    for element in ET.parse(path, parser).getroot().find("devices"):
        if element.tag is ET.Comment:
            comment = element.text
            continue
        said = PREDICTION.search(comment)
        said = said and said[1]
        if element.tag == "hostdev" and element.get("type") == "pci":
            expected.devices.append(device_of(element, comment, said))
        elif element.tag == "controller" and element.get("type") == "pci":
            part = controller_of(element, said)
            if part.model == "pcie-expander-bus":
                expected.expanders.append(part)
            elif part.model != "pcie-root":
                expected.bridges.append(part)
        comment = ""
    if not expected.devices:
        raise Refused(f"{path}: there is no PCI <hostdev> in it")
    return expected


def read_nccl(path):
    leaves = []

    def walk(element, node, within):
        for pci in element.iterfind("pci"):
            busid, kind = pci.get("busid"), pci.get("class")
            if not kind.startswith("0x0604"):
                leaves.append(Leaf(busid, NCCL_KINDS.get(kind[:4], kind), node, within))
            elif busid.startswith("ffff:"):  # invented: the guest has no such switch
                walk(pci, node, within)
            else:
                leaves.append(Leaf(busid, "switch", node, within))
                walk(pci, node, busid)

    for cpu in ET.parse(path).getroot().iterfind("cpu"):
        walk(cpu, cpu.get("numaid"), None)
    if not leaves:
        raise Refused(f"{path}: there is no <pci> in it")
    return leaves


def damage(expected, how):
    """Makes the expectation wrong, for the test that shows that this one notices."""
    gpus = [device for device in expected.devices if device.name.startswith("ua-gpu")]
    alike = gpus if len(gpus) > 1 else expected.devices
    first, second = alike[0], alike[-1]
    if how and (first is second or not first.predicted):
        raise Refused("--break needs two devices with a prediction")
    if how == "bus":
        domain, bus, rest = first.predicted.split(":")
        first.predicted = "%s:%02x:%s" % (domain, int(bus, 16) + 1, rest)
    elif how == "swap":
        first.predicted, second.predicted = second.predicted, first.predicted


# QEMU: stand-ins, monitor ---------------------------------------------------


def stand_ins(expected, bar_less):
    """What stands for a host device; the first one has no memory BAR if bar_less."""
    gpus = sum(device.name.startswith("ua-gpu") for device in expected.devices)
    gpu_bar = GPU_BAR_MIB
    while gpus * gpu_bar > GPU_BARS_MIB:
        gpu_bar //= 2

    def make(device):
        nonlocal bar_less
        if bar_less:
            bar_less = False
            return {"driver": "piix3-usb-uhci", **place_of(device)}
        # the GPU's fits nowhere below 4 GiB
        return nvme(device, gpu_bar if device["id"].startswith("ua-gpu") else 0)

    return make


class Monitor:
    """Speaks QMP over one end of a socket pair."""

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

    def ask(self, command):
        self.lines.write(json.dumps({"execute": command}) + "\n")
        self.lines.flush()
        while True:  # events come in between
            reply = self.read()
            if "return" in reply:
                return reply["return"]
            if "error" in reply:
                raise Refused(reply["error"]["desc"])


@dataclass
class Seen:
    """A PCI function as the guest's firmware left it."""

    address: str
    bars: list[int]
    bridges: list[str]  # the bridges above it, outermost first
    root: int


def guest_devices(answer):
    """query-pci's answer as {QEMU id: Seen}, without the chipset, which has no ids."""
    seen = {}

    def walk(devices, bridges, root):
        for device in devices:
            number = device["bus"], device["slot"], device["function"]
            address = "0000:%02x:%02x.%x" % number
            if device["qdev_id"]:
                bars = [region["address"] for region in device["regions"]
                        if region["type"] == "memory"]
                seen[device["qdev_id"]] = Seen(address, bars, bridges, root)
            below = device.get("pci_bridge", {}).get("devices", [])
            walk(below, bridges + [address], root)

    for bus in answer:
        walk(bus["devices"], [], bus["bus"])
    return seen


def is_numbered(answer):
    bridges = [d["pci_bridge"]["bus"] for bus in answer for d in bus["devices"]
               if "pci_bridge" in d]
    return not bridges or any(bus["secondary"] for bus in bridges)


class Boot:
    """One QEMU running one firmware, watched until it has settled."""

    def __init__(self, firmware, options, judge, directory, timeout, flash):
        self.firmware, self.judge, self.timeout = firmware, judge, timeout
        self.path = f"{directory}/{firmware}"
        self.started = self.changed = time.monotonic()
        self.answer, self.monitor, self.wrong, self.late = [], None, None, False
        command = [QEMU, "-nodefaults", "-no-user-config", "-display", "none"]
        ours, theirs = socket.socketpair()
        command += ["-chardev", f"socket,id=qmp,fd={theirs.fileno()}", "-mon",
                    "chardev=qmp,mode=control", *options,
                    *firmware_options(firmware, self.path, flash)]
        with open(f"{self.path}.argv", "w") as script:
            script.write(shlex.join(command) + "\n")
        with open(f"{self.path}.log", "w") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                pass_fds=[theirs.fileno()], preexec_fn=die_with_parent)
        theirs.close()
        self.end = ours

    def poll(self):
        """Looks once; `wrong` is set when it has seen enough."""
        try:
            if not self.monitor:
                self.monitor = Monitor(self.end, self.timeout)
            answer = self.monitor.ask("query-pci")
        except (EOFError, OSError):
            self.process.wait(10)
            with open(f"{self.path}.log") as log:
                raise Refused(f"{self.firmware}: QEMU ended: {log.read()}") from None
        now = time.monotonic()
        if answer != self.answer:
            self.answer, self.changed = answer, now
        quiet = now - self.changed
        self.late = now - self.started > self.timeout
        if not self.late and (quiet < SILENCE[self.firmware] or not is_numbered(answer)):
            return
        wrong = self.judge(guest_devices(answer))
        if self.late or not wrong or quiet > PATIENCE * SILENCE[self.firmware]:
            self.wrong = wrong

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.end.close()
        with open(f"{self.path}.json", "w") as dump:
            json.dump(self.answer, dump, indent=1)


# Should be and is ------------------------------------------------------------


def said_of(part, seen):
    """What is wrong with the place of one device or bridge, or None."""
    if not seen:
        return "is not in the guest"
    if part.predicted and seen.address != part.predicted:
        return f"is at {seen.address}"
    if any(bar in (0, -1, 2**64 - 1) for bar in seen.bars):
        return f"is at {seen.address}, but the firmware mapped not all of its BARs"
    if part.host and not seen.bars:
        return f"is at {seen.address} without a memory BAR"
    return None


def check_devices(expected, guest, hosts):
    for part in expected.devices:
        name = hosts.get(part.host)
        if name != part.name:
            yield part, f"is called {name} in QEMU, not by its alias"
        elif not part.predicted:
            yield part, "has no '-> guest' comment before it"
        elif said := said_of(part, guest.get(name)):
            yield part, said
    for part in expected.bridges + expected.expanders:
        if said := said_of(part, guest.get(part.name)):
            yield part, said


def check_expanders(expected, guest, below):
    """Whatever hangs directly on an expander bus is on the bus number it was given."""
    for part in expected.expanders:
        for name in below.get(part.name, []):
            seen = guest.get(name)
            if seen and int(seen.address[5:7], 16) != part.bus_number:
                yield part, f"is bus {part.bus_number:02x}, but {name} at {seen.address}"


def check_leaf(leaf, at, expected, guest):
    name = at.get(leaf.busid)
    part = next((p for p in expected.devices + expected.bridges if p.name == name), None)
    if not part:
        return "names nothing that is in the guest"
    if leaf.kind == "switch" and part.model != "pcie-switch-upstream-port":
        return f"is a switch, but {name} is there"
    if leaf.kind != "switch" and not name.startswith(f"ua-{leaf.kind}"):
        return f"is a {leaf.kind}, but {name} is there"
    if leaf.within and leaf.within not in guest[name].bridges:
        return f"is not below {leaf.within} in the guest"
    nodes = {expander.bus_number: expander.node for expander in expected.expanders}
    node = nodes.get(guest[name].root, leaf.node)
    if node != leaf.node:
        return f"is below cpu {leaf.node}, but on the expander bus of node {node}"
    return None


def check_nccl(expected, guest):
    at = {seen.address: name for name, seen in guest.items()}
    for leaf in expected.leaves:
        if said := check_leaf(leaf, at, expected, guest):
            yield Part("NCCL file", leaf.kind, leaf.busid), said
    listed = {at.get(leaf.busid) for leaf in expected.leaves if leaf.kind != "switch"}
    for part in expected.devices if listed else []:
        if part.name.startswith("ua-gpu") and part.name not in listed:
            yield part, "is not in the NCCL file"


def children_of_buses(options):
    below = {}
    for option, value in zip(options, options[1:]):
        if option == "-device":
            device = properties(value)
            below.setdefault(device.get("bus"), []).append(device.get("id"))
    return below


def judge_of(expected, options, hosts):
    below = children_of_buses(options)

    def judge(guest):
        return [*check_devices(expected, guest, hosts),
                *check_expanders(expected, guest, below),
                *check_nccl(expected, guest)]

    return judge


def report(boot, expected):
    counts = f"{len(expected.devices)} devices, {len(expected.bridges)} bridges"
    if not boot.wrong:
        print(f"{boot.firmware}: {counts}, all where predicted")
        return
    late = f" (not settled after {boot.timeout:g} s)" if boot.late else ""
    print(f"{boot.firmware}: {counts}, {len(boot.wrong)} not as predicted{late}")
    width = max(len(part.name) for part, _ in boot.wrong)
    for part, said in boot.wrong:
        print(f"  {part.name:{width}}  {part.predicted or '-':12}  {said}")


# The command -----------------------------------------------------------------


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--domain", required=True, help="the emitted libvirt domain")
    parser.add_argument("--nccl", required=True, help="the emitted NCCL topology file")
    parser.add_argument("--qemu", metavar="FILE",
                        help="the arguments of `emit --qemu`, in place of libvirt's")
    parser.add_argument("--firmware", choices=["seabios", "ovmf", "both"], default="both")
    parser.add_argument("--keep", metavar="DIR", help="leave commands and answers there")
    parser.add_argument("--timeout", type=float, default=120, metavar="S")
    parser.add_argument("--break", dest="damage", choices=["bus", "bar-less", "swap"],
                        help="make the expectation wrong: has to end with 1")
    return parser.parse_args()


def start_options(options, make, directory):
    """QEMU's arguments, {host address: QEMU id}, and how they name the firmware's flash."""
    if options.qemu:
        lines = Lines(options.qemu, make)
        return lines.options, lines.hosts, lines.flash_options
    libvirt = Libvirt(f"{directory}/libvirt", options.timeout)
    arguments = libvirt.arguments(scaled(libvirt.complete(options.domain)))
    return *qemu_options(arguments, make), drive_options


def run(options, directory):
    firmwares = ["seabios", "ovmf"] if options.firmware == "both" else [options.firmware]
    check_installed(firmwares, not options.qemu)
    ET.register_namespace("qemu", QEMU_NAMESPACE)
    expected = read_domain(options.domain)
    expected.leaves = read_nccl(options.nccl)
    damage(expected, options.damage)
    make = stand_ins(expected, options.damage == "bar-less")
    qemu, hosts, flash = start_options(options, make, directory)
    judge = judge_of(expected, qemu, hosts)
    boots = []
    try:
        for firmware in firmwares:
            boots.append(Boot(firmware, qemu, judge, directory, options.timeout,
                              flash))
        while any(boot.wrong is None for boot in boots):
            time.sleep(0.2)
            for boot in boots:
                if boot.wrong is None:
                    boot.poll()
    finally:
        for boot in boots:
            boot.stop()
    for boot in boots:
        report(boot, expected)
    return any(boot.wrong for boot in boots)


def main():
    options = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    directory = tempfile.mkdtemp(prefix="hgxtopo-firmware-")
    try:
        return int(run(options, directory))
    except Skip as missing:
        print(f"skipped: {missing}", file=sys.stderr)
        return 77
    except (Refused, OSError, ET.ParseError, subprocess.TimeoutExpired) as failure:
        print(f"firmware.py: {failure}", file=sys.stderr)
        return 1
    finally:
        if options.keep:
            shutil.copytree(directory, options.keep, dirs_exist_ok=True)
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
