#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Boots SeaBIOS and OVMF and checks that everything is where hgxtopo predicted it.

    hgxtopo emit --all --dir DIR …
    firmware.py DIR…

Each DIR contains a shape: the files of one `emit --all`. Its domain goes through libvirt itself
(define --validate, domxml-to-native; no daemon, no root, no KVM). It is scaled down to what any
machine can start, and gets an emulated stand-in for each host device, with the same bus,
address and id. The firmware numbers the buses, and QEMU's monitor tells where everything is.
That is compared with the guest's topology, the map, the comments of the domain and the NCCL
file.

The arguments of `emit --qemu` must make QEMU build the same PCI tree. SeaBIOS boots them; OVMF
boots them only with --both, because it takes most of the time.

DIR/wrong lists what is wrong, one sentence per line; it is empty if nothing is. Other files in
DIR are those of each boot: arguments, output of firmware and QEMU, query-pci.

Exit status: 0 everything is as predicted, 1 it is not, 2 usage, 77 a package is missing.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from subprocess import TimeoutExpired

sys.dont_write_bytecode = True

import mistakes
from boot import FIRMWARES, Boot, by_arguments, by_libvirt
from judge import differences
from prediction import Prediction
from sametree import tree_differences
from standin import QEMU_NAMESPACE, Libvirt, Refused, Skip, check_installed


class Shape:
    """A directory, the prediction in it, and what is wrong with it."""

    def __init__(self, directory, options):
        self.directory, self.options = directory, options
        self.name = os.path.basename(os.path.abspath(directory))
        self.wrong, self.left, self.started, self.repeated = [], None, {}, set()
        self.guest = None  # as one of the boots left it
        if os.path.exists(f"{directory}/wrong"):
            os.remove(f"{directory}/wrong")

    def wanted(self):
        """The boots, as (emitter, firmware); those that take long come first."""
        emitters = ["libvirt"] if self.prediction.base else self.options.emitters
        boots = [(emitter, firmware) for firmware in self.options.firmwares
                 for emitter in emitters]
        if len(boots) == 4 and self.name not in self.options.both:
            boots.remove(("qemu", "ovmf"))
        return boots

    def prepare(self, libvirt):
        self.left = []
        self.prediction = Prediction(self.directory)
        if "libvirt" in self.options.emitters:
            self.started["libvirt"] = by_libvirt(self.prediction, libvirt)
        if "qemu" in self.options.emitters and not self.prediction.base:
            self.started["qemu"] = by_arguments(self.prediction, self.options.bar_less)
        if len(self.started) == 2:
            self.wrong += tree_differences(self.started["libvirt"], self.started["qemu"])
        self.left = self.wanted()

    def judge(self, guest, emitter):
        return differences(self.prediction, guest, self.started[emitter])

    def boot(self, emitter, firmware):
        path = f"{self.directory}/{emitter}-{firmware}"
        return Boot(firmware, self.started[emitter],
                    lambda guest: self.judge(guest, emitter), path, self.options.timeout)

    def add(self, emitter, boot):
        self.wrong += [f"{emitter}, {boot.firmware.name}: {wrong}" for wrong in boot.wrong]
        found = f"{len(boot.wrong)} differences" if boot.wrong else "as predicted"
        print(f"  {self.name}, {emitter}, {boot.firmware.name}: {self.prediction.counts()}, "
              f"{found}, {boot.seconds:.1f} s, CPU {boot.cpu:.1f} s", flush=True)
        if not self.guest:
            self.guest = boot.guest

    def may_repeat(self, emitter, boot):
        """Once: on busy cores a guest may hang, which says nothing about the plan."""
        which = emitter, boot.key
        print(f"  {self.name}, {emitter}, {boot.firmware.name}: not ready after "
              f"{boot.timeout:g} s; it said {boot.said()[-200:]!r}", flush=True)
        if which in self.repeated:
            return False
        self.repeated.add(which)
        self.left.insert(0, which)
        return True

    def refuse(self, what, failure):
        self.wrong.append(f"{what}: {failure}")
        print(f"  {self.name}, {what}: {failure}", flush=True)

    def write(self):
        with open(f"{self.directory}/wrong", "w") as file:
            file.writelines(f"{wrong}\n" for wrong in self.wrong)
        if self.name == self.options.mistaken and self.guest and len(self.started) == 2:
            self.write_mistakes(mistakes.results(self.prediction, self.guest,
                                             *self.started.values()))

    def write_mistakes(self, results):
        with open(f"{self.directory}/mistakes", "w") as file:
            for what, said, due in results:
                file.write(f"caught|{what}\n" if said == due else
                           f"missed|{what}: said {said[:3]} instead of {due}\n")


class Pool:
    """Runs guests in parallel, and asks libvirt in between."""

    def __init__(self, shapes, libvirt, jobs):
        self.waiting, self.libvirt, self.jobs = list(shapes), libvirt, jobs
        self.active = []  # (shape, emitter, boot)

    def run(self):
        try:
            while self.active or self.waiting:
                self.fill()
                time.sleep(0.05)
                for entry in list(self.active):
                    self.poll(*entry)
        finally:
            for _, _, boot in self.active:
                boot.stop()

    def fill(self):
        while self.waiting and len(self.active) < self.jobs:
            shape = self.waiting[0]
            if shape.left is None:
                self.attempt(shape, "before a boot", lambda: shape.prepare(self.libvirt))
            if shape.left:
                emitter, firmware = shape.left.pop(0)
                self.attempt(shape, emitter, lambda: self.active.append(
                    (shape, emitter, shape.boot(emitter, firmware))))
            if not shape.left:
                self.waiting.remove(shape)
                self.end(shape)

    def poll(self, shape, emitter, boot):
        over = True

        def look():
            nonlocal over
            over = boot.poll()

        self.attempt(shape, f"{emitter}, {boot.firmware.name}", look)
        if over:
            self.active.remove((shape, emitter, boot))
            boot.stop()
            if boot.late and boot.wrong and shape.may_repeat(emitter, boot):
                if shape not in self.waiting:
                    self.waiting.insert(0, shape)
            elif boot.wrong is not None:
                shape.add(emitter, boot)
            self.end(shape)

    @staticmethod
    def attempt(shape, what, action):
        try:
            action()
        except (Refused, OSError, ET.ParseError, TimeoutExpired) as failure:
            shape.refuse(what, failure)

    def end(self, shape):
        if not shape.left and not any(entry[0] is shape for entry in self.active):
            shape.write()


# The command -----------------------------------------------------------------


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directories", metavar="DIR", nargs="+",
                        help="the files of one emit --all")
    parser.add_argument("--firmware", choices=list(FIRMWARES), help="only this one")
    parser.add_argument("--emitter", choices=["libvirt", "qemu"], help="only this one")
    parser.add_argument("--both", metavar="NAME", action="append", default=[],
                        help="a shape whose arguments OVMF boots too")
    parser.add_argument("--jobs", type=int, default=(os.cpu_count() or 1) + 1, metavar="N",
                        help="guests at a time")
    parser.add_argument("--timeout", type=float, default=300, metavar="S")
    parser.add_argument("--mistaken", metavar="NAME",
                        help="also judge this shape by predictions that are wrong on purpose; "
                             "DIR/mistakes lists which were caught")
    parser.add_argument("--bar-less", action="store_true",
                        help="give the first device no memory BAR; the exit status must be 1")
    options = parser.parse_args()
    options.firmwares = [options.firmware] if options.firmware else ["ovmf", "seabios"]
    options.emitters = [options.emitter] if options.emitter else ["libvirt", "qemu"]
    return options


def run(options, directory):
    with_libvirt = "libvirt" in options.emitters
    check_installed(options.firmwares, with_libvirt)
    ET.register_namespace("qemu", QEMU_NAMESPACE)
    shapes = [Shape(name, options) for name in options.directories]
    libvirt = Libvirt(f"{directory}/libvirt", options.timeout) if with_libvirt else None
    Pool(shapes, libvirt, options.jobs).run()
    return any(shape.wrong for shape in shapes)


def main():
    options = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    directory = tempfile.mkdtemp(prefix="hgxtopo-firmware-")
    try:
        return int(run(options, directory))
    except Skip as missing:
        print(f"skipped: {missing}", file=sys.stderr)
        return 77
    except (Refused, OSError, ET.ParseError, TimeoutExpired) as failure:
        print(f"firmware.py: {failure}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
