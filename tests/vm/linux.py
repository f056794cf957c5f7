#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Boots Linux in the emitted domains and compares what it shows with the plan.

    linux.py [--jobs N] --boot DIR --hgxtopo PROGRAM WORK RUN...

A RUN is CASE/FIRMWARE or CASE/FIRMWARE/DAMAGE. WORK/CASE contains what 'emit --all --name CASE'
wrote, the host as host.json, and the options as one line. Firmware: seabios, ovmf. Damage is
done to the domain, not to the plan, and must be noticed: bus, node, switch, swap.

The domain goes through libvirt as in firmware.py, but with its own CPUs and memory, so plan it
small. The stand-ins are NVMe drives whose serial numbers are the host's addresses. The guest
sends what docs/capture.sh captures through a serial port, which takes no PCI address. The
differences are in WORK/CASE-FIRMWARE[-DAMAGE].log. A guest that sends nothing says nothing about
the plan and is started once more.

Exit status: 0 everything is as it must be, 1 it is not, 2 usage, 77 something must be installed
first.
"""

from __future__ import annotations

import argparse
import copy
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
import xml.etree.ElementTree as ET

sys.dont_write_bytecode = True

import compare
import initramfs
from standin import (QEMU, QEMU_NAMESPACE, Libvirt, Refused, Skip, check_installed,
                     die_with_parent, emulated, firmware_options, nvme, qemu_options)

MIB = 1 << 20
MOST = 40  # differences in a log
# TCG has 40 address bits, which OVMF does not believe of an Intel CPU, so it opens 32 GiB for
# 64-bit BARs. BARs that are larger on the host are therefore reduced to LARGE_MIB. A single one
# is as large as on the host, and OVMF is told to open 768 GiB.
LARGE_MIB, OVMF_MIB = 1024, 786432
# With a thread for each vCPU, QEMU 7.2 sometimes keeps executing an instruction that the kernel
# has patched on another vCPU (an int3 that is no longer in memory, in 1 of 20 starts on busy
# cores), and the guest hangs. One thread for all vCPUs does not take longer here.
ACCELERATOR = "tcg,thread=single"
# Threads and dies as Intel's CPUs show them: TCG lacks topoext, which AMD's CPUs need for it.
# An Intel CPU answers for a leaf of CPUID that it does not have as for its last one. With dies that
# is 0x1f, and TCG of QEMU 9 and newer ends (an assertion in encode_topo_cpuid1f) if ECX does not
# have one of its levels, as when SeaBIOS looks for KVM. The last leaf is thus an empty one.
CPU = "qemu64,vendor=GenuineIntel,level=0x20"
# Less work for TCG. A lost interrupt (all drives of a guest start at once) costs five seconds
# instead of a minute. Without no_timer_check, a kernel on busy cores finds that its timer does not
# tick, and panics.
KERNEL = ("console=ttyS0 panic=-1 mitigations=off nokaslr pcie_ports=compat pci=noaer "
          "no_timer_check nvme_core.admin_timeout=5")


# Damage -----------------------------------------------------------------------


def controllers(domain, model):
    return [element for element in domain.find("devices").iterfind("controller")
            if element.get("model") == model]


def gpus(domain):
    found = [element for element in domain.find("devices").iterfind("hostdev")
             if element.find("alias").get("name").startswith("ua-gpu")]
    return found[0], found[-1]


def damage_bus(domain):
    target = controllers(domain, "pcie-expander-bus")[-1].find("target")
    target.set("busNr", str(int(target.get("busNr"), 0) + 1))


def damage_node(domain):
    first, *_, last = controllers(domain, "pcie-expander-bus")
    first.find("target/node").text = last.find("target/node").text


def damage_switch(domain):
    """The last GPU's port moves to the first switch."""
    bus = gpus(domain)[1].find("address").get("bus")
    port, = (element for element in controllers(domain, "pcie-switch-downstream-port")
             if int(element.get("index")) == int(bus, 16))
    up = controllers(domain, "pcie-switch-upstream-port")[0]
    port.find("address").set("bus", "0x%02x" % int(up.get("index")))
    port.find("address").set("slot", "0x1f")


def damage_swap(domain):
    first, second = (gpu.find("address") for gpu in gpus(domain))
    first.attrib, second.attrib = dict(second.attrib), dict(first.attrib)


DAMAGE = {"bus": damage_bus, "node": damage_node, "switch": damage_switch,
          "swap": damage_swap}


# From a plan to a running QEMU -------------------------------------------------


def bar_sizes(plan):
    """{host address: MiB of the large BAR of its stand-in}; 0: it does not need one."""
    sizes = {}
    for host in plan.devices.values():
        bars = plan.host.functions[host]["bars"]
        memory = [bar["size"] for bar in bars if bar["type"] != "io"]
        sizes[host] = max(memory, default=0) // MIB
    if sum(size > LARGE_MIB for size in sizes.values()) < 2:
        return sizes
    return {host: min(size, LARGE_MIB) for host, size in sizes.items()}


def stand_in(device, mib):
    """A BAR of controller memory takes RAM; one of persistent memory does not."""
    large = mib > LARGE_MIB
    drive = {**nvme(device, 0 if large else mib), "max_ioqpairs": 1}
    return {**drive, "pmrdev": "large"} if large else drive


class Case:
    """A plan, and its domain as libvirt completed it."""

    def __init__(self, directory, libvirt):
        self.plan = compare.Plan(directory)
        self.domain = libvirt.complete(f"{self.plan.path}.xml")
        self.bars = bar_sizes(self.plan)

    def options(self, libvirt, damage):
        domain = copy.deepcopy(self.domain)
        if damage:
            DAMAGE[damage](domain)
        parts = [part for part in map(domain.find, ("cpu/topology", "cpu/numa"))
                 if part is not None]
        small = emulated(domain, int(domain.findtext("memory")) // 1024,
                         domain.findtext("vcpu"), parts)
        options, _ = qemu_options(
            libvirt.arguments(small),
            lambda device: stand_in(device, self.bars[device["host"]]))
        options[options.index("-cpu") + 1] = CPU
        options[options.index("-accel") + 1] = ACCELERATOR
        return self.large_options() + options

    def large_options(self):
        mib = max(self.bars.values())
        if mib <= LARGE_MIB:
            return []
        return ["-object", f"memory-backend-ram,id=large,size={mib}M,share=on,reserve=off",
                "-fw_cfg", f"name=opt/ovmf/X-PciMmio64Mb,string={OVMF_MIB}"]


class Run:
    """One boot of one case."""

    def __init__(self, name, work, timeout):
        self.case, self.firmware, self.damage = (name.split("/") + [None])[:3]
        self.name, self.timeout = name, timeout
        self.path = f"{work}/{name.replace('/', '-')}"
        self.wrong, self.seconds, self.starts = [], 0, 0

    def start(self, case, libvirt, boot):
        self.plan, self.bars, self.silent = case.plan, case.bars, False
        self.starts += 1
        command = [QEMU, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
                   *case.options(libvirt, self.damage),
                   *firmware_options(self.firmware, self.path),
                   "-kernel", f"{boot}/vmlinuz", "-initrd", f"{boot}/initramfs.gz",
                   "-append", KERNEL,
                   "-serial", f"file:{self.path}.console", "-serial", f"file:{self.path}.sent"]
        with open(f"{self.path}.argv", "w") as script:
            script.write(shlex.join(command) + "\n")
        with open(f"{self.path}.qemu", "w") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, preexec_fn=die_with_parent)
        self.started = time.monotonic()

    def is_over(self):
        self.seconds = time.monotonic() - self.started
        if self.process.poll() is None and self.seconds > self.timeout:
            self.process.kill()
            self.process.wait()
        return self.process.poll() is not None

    def unpack(self):
        with open(f"{self.path}.sent", "rb") as file:
            _, mark, archive = file.read().partition(b"CAPTURE\n")
        self.silent = not mark
        if self.silent:
            with open(f"{self.path}.console", errors="replace") as console:
                raise Refused(f"the guest sent nothing in {self.seconds:.0f} s; the end of "
                              f"its console:\n{console.read()[-2000:]}")
        with open(f"{self.path}.tar.gz", "wb") as file:
            file.write(archive)
        with tarfile.open(f"{self.path}.tar.gz") as tar:
            tar.extractall(self.path)

    def judge(self, hgxtopo):
        try:
            self.unpack()
            guest = compare.Guest(self.path, hgxtopo)
            bars = {address: self.bars[host] * MIB
                    for address, host in self.plan.devices.items()}
            self.wrong = list(compare.differences(self.plan, guest, bars))
            trees = compare.trees(self.plan, guest) if self.wrong else ""
        except (Refused, OSError, EOFError, tarfile.TarError,
                subprocess.CalledProcessError) as failure:
            self.wrong, trees = [str(failure)], ""
        with open(f"{self.path}.log", "w") as log:
            more = [f"and {len(self.wrong) - MOST} more"] if len(self.wrong) > MOST else []
            log.write("\n".join([*self.wrong[:MOST], *more, trees]))

    def report(self):
        found = f"{len(self.wrong)} differences" if self.wrong else "as planned"
        again = ", started twice" if self.starts > 1 else ""
        print(f"  {self.name}: {compare.counts(self.plan)}, {found}, "
              f"{self.seconds:.0f} s{again}", flush=True)

    def stop(self):
        self.process.kill()
        self.process.wait()


# The command -------------------------------------------------------------------


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--boot", required=True, help="where kernel.sh put the kernel")
    parser.add_argument("--hgxtopo", required=True, help="the program")
    parser.add_argument("--jobs", type=int, default=2, help="guests at a time")
    parser.add_argument("--timeout", type=float, default=300, metavar="S")
    parser.add_argument("work", metavar="WORK")
    parser.add_argument("runs", nargs="+", metavar="CASE/FIRMWARE[/DAMAGE]")
    options = parser.parse_args()
    for run in options.runs:
        _, firmware, damage = (run.split("/") + [None] * 2)[:3]
        if firmware not in ("seabios", "ovmf") or damage not in (None, *DAMAGE):
            parser.error(f"{run}: not CASE/FIRMWARE[/DAMAGE]")
    return options


def boot_all(runs, options, libvirt):
    cases, active, waiting = {}, [], list(runs)
    try:
        while active or waiting:
            while waiting and len(active) < options.jobs:
                run = waiting.pop(0)
                if run.case not in cases:
                    cases[run.case] = Case(f"{options.work}/{run.case}", libvirt)
                run.start(cases[run.case], libvirt, options.boot)
                active.append(run)
            time.sleep(0.2)
            for run in [run for run in active if run.is_over()]:
                active.remove(run)
                run.judge(options.hgxtopo)
                if run.silent and run.starts == 1:
                    print(f"  {run.name}: {run.wrong[0][-500:]}", flush=True)
                    waiting.insert(0, run)
                else:
                    run.report()
    finally:
        for run in active:
            run.stop()


def run_all(options, directory):
    check_installed(["seabios", "ovmf"])
    if not os.path.exists(f"{options.boot}/vmlinuz"):
        raise Skip(f"{options.boot}/vmlinuz is missing: tests/vm/kernel.sh fetches it")
    initramfs.write(f"{options.boot}/initramfs.gz", initramfs.of_guest())
    ET.register_namespace("qemu", QEMU_NAMESPACE)
    runs = [Run(name, options.work, options.timeout) for name in options.runs]
    boot_all(runs, options, Libvirt(f"{directory}/libvirt", 120))
    return any(bool(run.wrong) != bool(run.damage) for run in runs)


def main():
    options = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    directory = tempfile.mkdtemp(prefix="hgxtopo-linux-")
    try:
        return int(run_all(options, directory))
    except Skip as missing:
        print(f"skipped: {missing}", file=sys.stderr)
        return 77
    except (Refused, OSError, ET.ParseError, subprocess.TimeoutExpired) as failure:
        print(f"linux.py: {failure}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
