# SPDX-License-Identifier: LGPL-2.1-or-later
"""The arguments in a file, one per line, as `emit --qemu` writes them."""

from __future__ import annotations

import json
import re

from standin import Refused


def properties(value):
    """The value of -device and others: JSON, or key=value with doubled commas in a value."""
    if value.startswith("{"):
        return json.loads(value)
    words = [word.replace(",,", ",") for word in re.split(r"(?<!,),(?!,)", value)]
    if "=" not in words[0]:
        words[0] = f"driver={words[0]}"
    return dict(word.split("=", 1) for word in words)


def host_ids(devices):
    """{host address: QEMU id} of the assigned devices."""
    return {device["host"]: device["id"] for device in devices if "host" in device}


def joined(values):
    """{"driver": "nvme", "id": "x"} as "nvme,id=x"; without a driver as "id=x"."""
    words = [f"{key}={value}".replace(",", ",,") for key, value in values.items()
             if key != "driver"]
    return ",".join([values["driver"], *words] if "driver" in values else words)


def read_lines(path):
    """[(option, value or None)] of a file with one argument per line."""
    pairs = []
    with open(path) as file:
        for word in file.read().splitlines():
            if word.startswith("-"):
                pairs.append((word, None))
            elif pairs and pairs[-1][1] is None:
                pairs[-1] = pairs[-1][0], word
            else:
                raise Refused(f"{path}: {word} follows no option")
    return pairs


class Lines:
    """The arguments in a file, scaled down like libvirt's, with stand-ins."""

    # what TCG lacks: a named processor, its address bits, a split interrupt chip
    LEFT_OUT = {"-nodefaults", "-no-user-config", "-display", "-cpu", "-fw_cfg", "-smp", "-m"}

    def __init__(self, path, make):
        """make() returns the stand-in for a host device."""
        self.pairs, self.make = read_lines(path), make
        devices = [properties(value) for option, value in self.pairs if option == "-device"]
        self.hosts = host_ids(devices)
        self.cells = [properties(value) for option, value in self.pairs
                      if option == "-numa" and value.startswith("node,")]
        self.memory = max(128, 512 // len(self.cells))
        self.flash = []
        self.options = ["-machine", "q35,accel=tcg", "-cpu", "qemu64", "-smp", "1",
                        "-m", f"{self.memory * len(self.cells)}M"]
        self.cpu = "0"
        for option, value in self.pairs:
            self.take(option, value)
        # what the user appends finds the ports meant for it
        self.options += ["-device", "virtio-rng-pci,id=appended,bus=ua-spare-1"]

    def take(self, option, value):
        if option in self.LEFT_OUT:
            return
        take = getattr(self, "take_" + option[1:], None)
        if not take:
            raise Refused(f"{option}: unknown here")
        take(value)

    def take_name(self, value):
        self.options += ["-name", value]

    def take_global(self, value):
        self.options += ["-global", value]

    def take_machine(self, value):
        flash = {key: node for key, node in properties(value).items() if "pflash" in key}
        self.flash += ["-machine", joined(flash)]

    def take_blockdev(self, value):
        self.flash += ["-blockdev", value]

    def take_object(self, value):
        values = properties(value)
        if values["driver"].startswith("memory-backend"):
            values = {"driver": "memory-backend-ram", "id": values["id"],
                      "size": f"{self.memory}M"}
        self.options += ["-object", joined(values)]

    def take_numa(self, value):
        values = properties(value)
        if values.pop("cpus", None) and self.cpu:
            values["cpus"], self.cpu = self.cpu, None
        self.options += ["-numa", joined(values)]

    def take_device(self, value):
        values = properties(value)
        if values["driver"] == "intel-iommu":
            return
        if values["driver"] == "vfio-pci":
            values = self.make(values)
        self.options += ["-device", joined(values)]

    def flash_options(self, code, variables):
        """The flash of the file, with the firmware that is installed here."""
        options = []
        for option, value in zip(self.flash[::2], self.flash[1::2]):
            values = properties(value)
            if "file.filename" in values:
                read_only = values["read-only"] == "on"
                values["file.filename"] = code if read_only else variables
            options += [option, joined(values)]
        return options
