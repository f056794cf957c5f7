# SPDX-License-Identifier: LGPL-2.1-or-later
"""The stand-in host: a virtual machine with the root buses, switches, NUMA nodes and devices of
a described server, each at the server's own address. The devices are emulated. Each has its own
number, which identifies it wherever it appears."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import time

import initramfs
from identity import identity_of
from standin import QEMU, Refused, Skip, die_with_parent

HERE = os.path.dirname(os.path.abspath(__file__))
PORTS = {"root-port": "pcie-root-port", "switch-up": "x3130-upstream",
         "switch-down": "xio3130-downstream"}
DEVICES = ("gpu", "nic", "nvme", "nvswitch")
DRIVES = ("gpu", "nvme")  # others are e1000e, of which SeaBIOS supports 14: each has an IO BAR
CPUS, MIB = 2, 1536  # of each NUMA node
PROGRAMS = ("sh", "cat", "chroot", "insmod", "mkdir", "mount")
# QEMU had one of its own before 8.0. Its successor announces what is mounted below a directory,
# which an overlay of the directory does not take; Debian has a link to it in the old place.
VIRTIOFSD = {"/usr/libexec/virtiofsd": ("--shared-dir={}", "--cache=always", "--sandbox=chroot",
                                        "--no-announce-submounts"),
             "/usr/lib/qemu/virtiofsd": ("-o", "source={}", "-o", "cache=always",
                                         "-o", "sandbox=chroot")}
KERNEL = ("console=ttyS0 panic=-1 mitigations=off nokaslr pcie_ports=compat pci=noaer "
          "no_timer_check intel_iommu=on iommu=pt")


def find_virtiofsd():
    for path in VIRTIOFSD:
        if os.access(path, os.X_OK):
            return path
    raise Skip("virtiofsd is missing (Debian 12: qemu-system-common; since: virtiofsd)")


def check_installed(boot):
    find_virtiofsd()
    if not shutil.which("insmod"):
        raise Skip("insmod is missing (Debian: kmod)")
    if not os.path.exists(f"{boot}/modules/order"):
        raise Skip(f"{boot}/modules is missing: tests/vm/kernel.sh fetches it")


class StandIns:
    """The part of a server below the root buses that have GPUs, and its stand-ins."""

    def __init__(self, machine):
        """machine: the server, a compare.Machine"""
        functions = machine.functions
        self.machine = machine
        self.buses = sorted({machine.chain(address)[-1] for address in functions
                             if functions[address]["kind"] == "gpu"})
        self.functions = {address: function for address, function in sorted(functions.items())
                          if machine.chain(address)[-1] in self.buses
                          and function["kind"] in (*PORTS, *DEVICES)}
        devices = [address for address, function in self.functions.items()
                   if function["kind"] in DEVICES]
        self.numbers = {address: self.number(address, count)
                        for count, address in enumerate(devices, 1)}

    def number(self, address, count):
        """Does not reveal the place: a drive's serial number, or the serial number in
        configuration space, which e1000e derives from its MAC address."""
        if self.functions[address]["kind"] in DRIVES:
            return f"DRIVE{7919 * count % 10007:05d}"
        return f"52-54-00-ff-ff-00-00-{count:02x}"

    def identities(self):
        return {address: identity_of(function) for address, function in self.functions.items()}

    def device_options(self):
        options = []
        for bus in self.buses:
            below = next(address for address, function in self.functions.items()
                         if function["parent"] == bus)
            options.append(f"pxb-pcie,id={name_of(bus)},bus=pcie.0,bus_nr={int(bus[8:], 16)},"
                           f"numa_node={self.machine.node(below)}")
        for chassis, (address, function) in enumerate(self.functions.items(), 1):
            options.append(f"{self.driver(address, function['kind'], chassis)},"
                           f"id={name_of(address)},bus={name_of(function['parent'])},"
                           f"addr={address[8:]}")
        return [word for option in options for word in ("-device", option)]

    def driver(self, address, kind, chassis):
        if kind == "switch-up":
            return PORTS[kind]
        if kind in PORTS:
            return f"{PORTS[kind]},chassis={chassis},slot={chassis},hotplug=off"
        number = self.numbers[address]
        if kind in DRIVES:
            return f"nvme,serial={number},max_ioqpairs=1"
        words = number.split("-")
        return f"e1000e,romfile=,mac={':'.join(words[:3] + words[5:])}"

    def node_options(self):
        nodes = self.machine.json["numa_nodes"]
        options = ["-smp", f"{CPUS * len(nodes)},sockets={len(nodes)},cores={CPUS},threads=1",
                   "-m", f"{MIB * len(nodes)}M"]
        for number, node in enumerate(nodes):
            first = CPUS * number
            options += ["-object", f"memory-backend-memfd,id=memory{number},size={MIB}M,share=on",
                        "-numa", f"node,nodeid={number},memdev=memory{number},"
                        f"cpus={first}-{first + CPUS - 1}"]
        for number, node in enumerate(nodes):
            for other, distance in enumerate(node["distances"]):
                options += ["-numa", f"dist,src={number},dst={other},val={distance}"]
        return options


def name_of(place):
    """A valid QEMU id for an address or a root bus such as "pci0000:15"."""
    return "at-" + place.replace(":", "-").replace(".", "-")


class Host:
    """The machine itself, and two virtiofsd: one serves this machine's files, mounted
    read-only, the other the only directory that the machine writes to."""

    def __init__(self, directory, boot, out):
        self.directory, self.boot, self.out = directory, boot, out
        self.processes, self.process = [], None
        self.console = f"{directory}/host.console"

    def start(self, stand_ins, script):
        """script: what the host's shell runs"""
        options = ["-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "qemu64",
                   "-device", "intel-iommu,intremap=on,caching-mode=on",
                   *stand_ins.node_options(), *self.share("root", "/"),
                   *self.share("out", self.out), *stand_ins.device_options(),
                   "-kernel", f"{self.boot}/vmlinuz", "-initrd", self.write_root(script),
                   "-append", KERNEL, "-serial", f"file:{self.console}"]
        command = [QEMU, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
                   *options]
        with open(f"{self.directory}/host.argv", "w") as file:
            file.write(shlex.join(command) + "\n")
        self.process = self.run(command, "host.qemu")

    def run(self, command, log):
        with open(f"{self.directory}/{log}", "w") as file:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file,
                                       stderr=file, preexec_fn=die_with_parent)
        self.processes.append(process)
        return process

    def share(self, tag, source):
        socket = f"{self.directory}/{tag}.socket"
        program = find_virtiofsd()
        daemon = self.run([program, f"--socket-path={socket}",
                           *(word.format(source) for word in VIRTIOFSD[program])],
                          f"{tag}.virtiofsd")
        for _ in range(200):
            if os.path.exists(socket):
                return ["-chardev", f"socket,id={tag},path={socket}",
                        "-device", f"vhost-user-fs-pci,chardev={tag},tag={tag}"]
            if daemon.poll() is not None:
                break
            time.sleep(0.1)
        with open(f"{self.directory}/{tag}.virtiofsd") as log:
            raise Refused(f"virtiofsd did not start: {log.read()}")

    def write_root(self, script):
        content = {"init": f"{HERE}/host-init.sh", **initramfs.programs(PROGRAMS)}
        for name, text in (("out", self.out), ("run.sh", script)):
            with open(f"{self.directory}/host.{name}", "w") as file:
                file.write(text)
            content[name] = f"{self.directory}/host.{name}"
        for name in os.listdir(f"{self.boot}/modules"):
            content[f"modules/{name}"] = f"{self.boot}/modules/{name}"
        initramfs.write(f"{self.directory}/host.gz", content)
        return f"{self.directory}/host.gz"

    def stop(self):
        for process in reversed(self.processes):
            process.kill()
            process.wait()
