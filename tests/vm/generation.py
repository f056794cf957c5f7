#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Asks the libvirt, the QEMU and the OVMF that are installed whether they do what hgxtopo
believes of their versions.

    generation.py HGXTOPO LIBVIRT-ROOT

For each row one line: "same|what" or "differs|what: what was found". Rows are what hgxtopo
writes or refuses by version, where it shows, and what the facts it is built on say of a
version. Nothing is assigned: QEMU takes or refuses its arguments before any device is opened. Exit status: 0, or 77 if a
version is not known.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import socket
import subprocess
import sys
import time
import xml.etree.ElementTree as ET

sys.dont_write_bytecode = True

from boot import Boot, Started
from seen import UNSET, Monitor
from standin import die_with_parent, drive_options, without_kvm

HOST = "example:hgx-h200"
NAMESPACE = "xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'"


def number(text):
    """(11, 3) of "11.3.0"."""
    return tuple(map(int, text.split(".")[:2]))


class Installed:
    """The programs, their versions, and what hgxtopo writes for them."""

    def __init__(self, hgxtopo, root):
        self.hgxtopo, self.root = hgxtopo, root
        software = json.loads(self.run(hgxtopo, "dump", "--json"))["software"]
        self.libvirt, self.qemu, self.ovmf = (software[name] for name in
                                              ("libvirt", "qemu", "ovmf"))
        if not (self.libvirt and self.qemu and self.ovmf):
            sys.exit(77)
        self.fast, self.many = self.hosts_with_links(), self.host_with_cpus()

    @staticmethod
    def run(*words, **options):
        return subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              **options).stdout

    def emit(self, *words, host=HOST):
        done = subprocess.run([self.hgxtopo, "emit", *words, "--from", host, "--libvirt-version",
                               self.libvirt, "--qemu-version", self.qemu],
                              capture_output=True, text=True)
        return done.stdout or done.stderr

    def hosts_with_links(self):
        """The example with links of each speed, by the number of GT/s."""
        text = self.run(self.hgxtopo, "dump", "--json", "--from", HOST)
        paths = {}
        for speed in (2500, 5000, 8000, 16000, 32000, 64000):
            paths[speed] = f"{self.root}/links-{speed}.json"
            with open(paths[speed], "w") as file:
                file.write(re.sub(r'"mts": \d+', f'"mts": {speed}', text))
        return paths

    def host_with_cpus(self):
        """The example with three times the cores: 288 CPUs, which QEMU 7.2 can have."""
        host = json.loads(self.run(self.hgxtopo, "dump", "--json", "--from", HOST))
        cpus = host["cpus"]
        host["cpus"] = [{**cpu, "id": cpu["id"] + times * len(cpus),
                         "core": cpu["core"] + times * len(cpus)}
                        for times in range(3) for cpu in cpus]
        path = f"{self.root}/cpus.json"
        with open(path, "w") as file:
            json.dump(host, file)
        return path

    # libvirt

    def assigning(self):
        """The environment of a virsh that believes this host assigns devices (vfio.c)."""
        library = f"{self.root}/vfio.so"
        if not os.path.exists(library):
            subprocess.run([*shlex.split(os.environ.get("CC") or "cc"), "-D_GNU_SOURCE", "-shared",
                            "-fPIC", "-o", library, f"{os.path.dirname(__file__)}/vfio.c", "-ldl"],
                           check=True)
        return {**os.environ, "HOME": self.root, "LD_PRELOAD": library}

    def virsh(self, *words):
        return self.run("virsh", "-q", "-c", f"qemu:///embed?root={self.root}", *words,
                        env=self.assigning())

    def keeps(self, word, **parts):
        """Whether a domain of these parts is defined, and still has the word then."""
        path = f"{self.root}/probe.xml"
        with open(path, "w") as file:
            file.write(domain(**parts))
        script = f"define --validate {path}; dumpxml probe; undefine --nvram probe"
        return word in self.virsh(script)

    def translates(self, word, **parts):
        """Whether the arguments that libvirt gives QEMU for it have the word."""
        path = f"{self.root}/probe.xml"
        with open(path, "w") as file:
            file.write(domain(**parts))
        return word in self.virsh("domxml-to-native", "qemu-argv", "--xml", path)

    def defines(self, text):
        """Whether a whole domain is accepted, on a machine without KVM too."""
        path = f"{self.root}/whole.xml"
        tree = ET.ElementTree(ET.fromstring(text))
        without_kvm(tree)
        tree.write(path)
        name = tree.getroot().findtext("name")
        return f"<name>{name}</name>" in self.virsh(
            f"define --validate {path}; dumpxml {name}; undefine --nvram {name}")

    # QEMU

    def takes(self, *words):
        """Whether QEMU makes a machine of these arguments."""
        done = subprocess.run(
            ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none",
             "-machine", "q35,accel=tcg", "-S", "-monitor", "stdio", *words],
            input="quit\n", capture_output=True, text=True, timeout=120)
        return done.returncode == 0

    def takes_port(self, properties):
        return self.takes("-device", f"pcie-root-port,id=probed,chassis=1,slot=1,{properties}")

    def most_vcpus(self):
        """What QEMU's newest q35 says."""
        words = ["qemu-system-x86_64", "-machine", "none", "-nodefaults", "-display", "none",
                 "-qmp", "stdio"]
        asked = [{"execute": "qmp_capabilities"}, {"execute": "query-machines"},
                 {"execute": "quit"}]
        said = self.run(*words, input="\n".join(map(json.dumps, asked)))
        machines = next(json.loads(line)["return"] for line in said.splitlines()
                        if '"cpu-max"' in line)
        return max(machine["cpu-max"] for machine in machines if machine.get("alias") == "q35")

    def guest_speed(self, speed):
        """The speed of a root port's link as a guest reads it: 1 for 2.5 GT/s, 6 for 64."""
        return self.look(port_speed, f"pcie-root-port,id=probed,chassis=1,slot=1,addr=2,"
                         f"x-speed={speed},x-width=16")

    def guest_widths(self, translation):
        """The address widths that the IOMMU says it translates, a bit each; 0: none. QEMU 7.2 has
        eim with KVM only."""
        return self.look(lambda read: read(IOMMU_CAPABILITY) >> 8 & 0x1F,
                         f"intel-iommu,intremap=on,caching-mode=on,dma-translation={translation}")

    @staticmethod
    def look(what, device):
        """What a function finds in the memory of a guest with the device."""
        ours, theirs = socket.socketpair()
        process = subprocess.Popen(
            ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none",
             "-machine", "q35,accel=tcg", "-chardev", f"socket,id=qmp,fd={theirs.fileno()}",
             "-mon", "chardev=qmp,mode=control", "-device", device],
            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, pass_fds=[theirs.fileno()],
            preexec_fn=die_with_parent)
        theirs.close()
        try:
            monitor = Monitor(ours, 60)
            return what(lambda address: examine(monitor, address))
        finally:
            process.kill()
            process.wait()
            ours.close()


# SeaBIOS opens the configuration space of PCI Express there, which the monitor reads.
CONFIG = 0xB0000000
PORT = CONFIG + (2 << 15)
# Intel's IOMMU has its registers there.
IOMMU_CAPABILITY = 0xFED90008


def examine(monitor, address):
    """The 32 bits at a physical address; 0: nothing is there yet."""
    said = monitor.ask("human-monitor-command", **{"command-line": f"xp /1wx {address:#x}"})
    found = re.search(r": (0x[0-9a-f]+)", said)
    return int(found[1], 16) if found else 0


def port_speed(read):
    deadline = time.monotonic() + 60
    while read(PORT) != 0x000C1B36:  # a root port of QEMU's
        if time.monotonic() > deadline:
            return None
        time.sleep(0.2)
    place = read(PORT + 0x34) & 0xFF
    while place:
        head = read(PORT + place)
        if head & 0xFF == 0x10:
            return read(PORT + place + 0x0C) & 0xF
        place = head >> 8 & 0xFF
    return None


def domain(boot="<os>", in_boot="", features="", cpu="", devices="", more=""):
    return (f"<domain type='qemu' {NAMESPACE}><name>probe</name><memory unit='MiB'>64</memory>"
            f"<vcpu>4</vcpu>{boot}<type arch='x86_64' machine='q35'>hvm</type>{in_boot}</os>"
            f"<features><acpi/>{features}</features>{cpu}<devices>{devices}</devices>{more}"
            "</domain>")


def topology(words):
    return f"<cpu mode='maximum'><topology sockets='1' {words} threads='1'/></cpu>"


PORT_XML = ("<controller type='pci' index='1' model='pcie-root-port'>{}<alias name='ua-x'/>"
            "</controller>")
OVERRIDE = ("<qemu:override><qemu:device alias='ua-x'><qemu:frontend><qemu:property "
            "name='x-speed' type='string' value='8'/></qemu:frontend></qemu:device>"
            "</qemu:override>")
ASSIGNED = ("<hostdev mode='subsystem' type='pci' managed='yes'>{}<source>"
            "<address domain='0' bus='0xfe' slot='0x1f' function='7'/></source></hostdev>")
REMAPPING = "<iommu model='intel'><driver intremap='on'/></iommu>"

# What hgxtopo writes for this libvirt, and what of a domain has to be kept then.
WRITTEN = (
    ("a firmware without secure boot", "name='secure-boot'",
     {"boot": "<os firmware='efi'>",
      "in_boot": "<firmware><feature enabled='no' name='secure-boot'/></firmware>"}),
    ("ports without hotplug", "hotplug='off'",
     {"devices": PORT_XML.format("<target hotplug='off'/>")}),
    ("migratable='off'", "migratable='off'",
     {"cpu": "<cpu mode='maximum' migratable='off'/>"}),
    ("<maxphysaddr>", "<maxphysaddr mode='passthrough'",
     {"cpu": "<cpu mode='host-passthrough'><maxphysaddr mode='passthrough'/></cpu>"}),
    ("properties of QEMU's devices", "x-speed", {"devices": PORT_XML.format(""),
                                                 "more": OVERRIDE}),
)


def libvirt_rows(installed):
    written = installed.emit("--libvirt")
    for what, word, parts in WRITTEN:
        yield f"libvirt {installed.libvirt} has {what}", word in written, \
            installed.keeps(word, **parts)
    loader = re.search("<loader .*/>", written)
    parts = WRITTEN[0][2]
    yield "the firmware that libvirt picks for it keeps variables", True, installed.translates(
        "pflash", boot=parts["boot"], in_boot=parts["in_boot"] + (loader[0] if loader else ""))
    yield "libvirt has dies", True, installed.keeps("dies='2'", cpu=topology("dies='2' cores='2'"))
    yield "a wrong element is noticed", False, installed.keeps("dies='3'", cpu=topology("dies='3' cores='2'"))
    version = number(installed.libvirt)
    # not written: older ones refuse the one and want the other
    for what, word, parts in (
            ("clusters in a topology", "clusters='1'",
             {"cpu": topology("dies='1' clusters='1' cores='4'")}),
            ("interrupt remapping without <ioapic driver='qemu'/>", "intremap",
             {"devices": REMAPPING})):
        if version <= (9, 0) or version >= (11, 3):
            yield f"libvirt {installed.libvirt}: {what}", version >= (11, 3), \
                installed.keeps(word, **parts)
    yield from iommufd_rows(installed)
    yield from many_vcpus_rows(installed)
    yield "no domain has clusters", False, "clusters=" in written
    yield "interrupt remapping with <ioapic driver='qemu'/>", True, installed.keeps(
        "intremap", features="<ioapic driver='qemu'/>", devices=REMAPPING)


def many_vcpus_rows(installed):
    """The IOMMU of domains with more than 255 vCPUs."""
    written = installed.emit("--libvirt", host=installed.many)
    yield f"libvirt {installed.libvirt} has dma_translation='off'", \
        "dma_translation='off'" in written, installed.keeps(
            "dma_translation='off'", features="<ioapic driver='qemu'/>",
            devices="<iommu model='intel'><driver intremap='on' caching_mode='on' eim='on' "
                    "dma_translation='off'/></iommu>")
    yield "a domain with more than 255 vCPUs is defined", True, installed.defines(written)


def iommufd_rows(installed):
    """Never started: a host with devices would be needed."""
    written = installed.emit("--libvirt", "--iommufd")
    device = {"devices": ASSIGNED.format("<driver name='vfio' iommufd='yes'/>")}
    default = {"boot": "<iommufd enabled='yes'/><os>", "devices": ASSIGNED.format("")}
    yield f"libvirt {installed.libvirt} assigns a device through iommufd", \
        "<driver name='vfio' iommufd='yes'/>" in written, \
        installed.keeps("iommufd='yes'", **device)
    yield f"libvirt {installed.libvirt} assigns all devices through iommufd", \
        "<iommufd enabled='yes'/>" in written, installed.keeps("<iommufd enabled='yes'/>", **default)
    yield f"QEMU {installed.qemu} has iommufd", number(installed.qemu) >= (9, 0), \
        " iommufd\n" in installed.run("qemu-system-x86_64", "-object", "help")
    if "<iommufd enabled='yes'/>" not in written:
        return
    yield "a domain written with --iommufd is defined", True, installed.defines(written)
    based = installed.emit("--libvirt", "--iommufd", "--base", "tests/bases/guide.xml", "--gpus", "0-1")
    yield "so is one with a base domain", True, installed.defines(based)
    for what, parts in (("one device", device), ("all", default)):
        yield f"QEMU is told to go through iommufd: {what}", True, \
            installed.translates('"iommufd":"iommufd0"', **parts)


SPEEDS = ((2500, "2_5"), (5000, "5"), (8000, "8"), (16000, "16"), (32000, "32"), (64000, "64"))


def speed_rows(installed):
    for code, (speed, word) in enumerate(SPEEDS, 1):
        takes = installed.takes_port(f"x-speed={word}")
        written = installed.emit("--qemu", host=installed.fast[speed])
        yield f"QEMU {installed.qemu} has ports of {word} GT/s", \
            f"x-speed={word}," in written or f"x-speed={word}\n" in written, takes
        if takes:
            yield f"a guest sees a port of {word} GT/s", code, installed.guest_speed(word)


def large_ram(installed, vendor):
    """990 GiB in 1 TiB: there is room for them, but not above HyperTransport's range."""
    return installed.takes("-cpu", f"qemu64,vendor={vendor}", "-m", "990G", "-machine",
                           "memory-backend=ram", "-object",
                           "memory-backend-ram,id=ram,size=990G,reserve=off")


def qemu_rows(installed):
    limit = re.search(r"more than the (\d+)", installed.emit("--libvirt", "--vcpus", "65535"))
    yield f"QEMU {installed.qemu} has as many vCPUs as is said", int(limit[1]), \
        installed.most_vcpus()
    yield from speed_rows(installed)
    yield "x-speed=128 is refused", False, installed.takes_port("x-speed=128")
    yield "an IOMMU for interrupts only is written", True, \
        ",dma-translation=off" in installed.emit("--qemu", host=installed.many)
    yield "a guest sees that it translates no addresses", 0, installed.guest_widths("off")
    yield "a guest sees that the usual one translates some", True, installed.guest_widths("on") > 0
    yield "ports have hotplug=off", True, installed.takes_port("hotplug=off")
    yield "-smp has dies", True, installed.takes("-smp", "4,sockets=1,dies=2,cores=2")
    yield "memory has prealloc-threads", True, installed.takes(
        "-m", "64M", "-machine", "memory-backend=ram", "-object",
        "memory-backend-ram,id=ram,size=64M,prealloc=on,prealloc-threads=2")
    yield "990 GiB of RAM stay below 1 TiB with Intel's processors", True, \
        large_ram(installed, "GenuineIntel")
    yield "and move above it with AMD's", False, large_ram(installed, "AuthenticAMD")


# OVMF

def without_place(guest):
    return [name for name, function in guest.named.items()
            if any(address in UNSET for address in function.memory_bars())]


def start(vendor, count, asked, path):
    """OVMF with so many devices with a BAR of 16 GiB each, on a machine of 40 address bits."""
    options = ["-machine", "q35,accel=tcg", "-cpu", f"qemu64,vendor={vendor}", "-m", "512M"]
    if asked:
        options += ["-fw_cfg", f"name=opt/ovmf/X-PciMmio64Mb,string={asked << 10}"]
    # a bridge tells when the firmware has been there
    options += ["-device", "pcie-root-port,id=bridge,chassis=1,slot=1,hotplug=off,addr=1"]
    for index in range(count):  # a BAR of any size takes no memory
        options += ["-device", "pci-testdev,membar=16G,bus=pcie.0,"
                    f"id=test-{index},addr={index + 2:#x}"]
    return Boot("ovmf", Started(options, {}, drive_options), without_place, path, 240)


def fit(root, layouts):
    """Of each (vendor, count, GiB asked for): whether every BAR has a place. Side by side, for
    a guest that has none is only believed after a while."""
    boots = [start(*layout, f"{root}/layout-{place}") for place, layout in enumerate(layouts)]
    running = set(boots)
    try:
        while running:
            running -= {boot for boot in running if boot.poll()}
            time.sleep(0.1)
    finally:
        for boot in boots:
            boot.stop()
    return [not boot.wrong for boot in boots]


# (vendor, GiB asked for, how many fit): of AMD's processors OVMF believes 40 bits, and opens
# an eighth of what they reach by itself; of Intel's it does not, and opens 32 GiB.
WINDOWS = (("AuthenticAMD", 0, 8), ("GenuineIntel", 0, 2), ("GenuineIntel", 64, 4))


def ovmf_rows(installed):
    rows = [(f"OVMF {installed.ovmf} has place for {count} BARs of 16 GiB ({vendor}"
             + (f", asked for {asked} GiB)" if asked else ")"), count == most,
             (vendor, count, asked))
            for vendor, asked, most in WINDOWS for count in (most, most + 1)]
    # a window asked for was the least once, and is now what is opened
    version = number(installed.ovmf)
    if version <= (2022, 11) or version >= (2025, 2):
        rows.append((f"OVMF {installed.ovmf} opens more than it is asked for",
                     version <= (2022, 11), ("AuthenticAMD", 8, 64)))
    found = fit(installed.root, [layout for _, _, layout in rows])
    for (what, said, _), fits in zip(rows, found):
        yield what, said, fits


def main(arguments):
    installed = Installed(*arguments)
    print(f"versions|libvirt {installed.libvirt}, QEMU {installed.qemu}, OVMF {installed.ovmf}")
    for rows in (libvirt_rows, qemu_rows, ovmf_rows):
        for what, said, found in rows(installed):
            print(f"same|{what}" if said == found else
                  f"differs|{what}: said {said}, found {found}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
