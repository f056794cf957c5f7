# SPDX-License-Identifier: LGPL-2.1-or-later
"""One QEMU that runs one firmware until the firmware has numbered the guest."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import socket
import subprocess
import time
from dataclasses import dataclass

from arguments import Lines, properties
from seen import Guest, Monitor, is_numbered
from standin import (QEMU, Refused, die_with_parent, drive_options, firmware_options, nvme,
                     place_of, qemu_options, scaled)

# TCG has 40 address bits, so OVMF opens 128 GiB for 64-bit BARs.
GPU_BARS_MIB, GPU_BAR_MIB = 65536, 4096
LOOK = 1.0  # seconds between two looks at a guest that prints nothing


@dataclass(frozen=True)
class Firmware:
    """How a firmware tells how far it is, through something that takes no PCI address.

    `numbered` appears after the last bus number and BAR: from then on, a result that agrees with
    the whole prediction is accepted. A result that differs counts only once the firmware has
    finished, which is `ended`. For builds that print neither, a result that agrees is accepted
    after nothing has changed for `silence` seconds.
    """

    name: str
    console: tuple[str, ...]
    numbered: bytes
    ended: bytes
    silence: float


FIRMWARES = {
    # the debug port; SeaBIOS counts the processors right after it has set up the PCI devices
    "seabios": Firmware("SeaBIOS", ("-chardev", "file,id=said,path={}", "-device",
                                    "isa-debugcon,iobase=0x402,chardev=said"),
                        b" cpu(s) max supported ", b"No bootable device", 2.0),
    # the serial console; the boot manager clears it when it connects the consoles, and it
    # looks for them only after all root bridges are enumerated
    "ovmf": Firmware("OVMF", ("-serial", "file:{}"), b"\x1b[2J", b"BdsDxe: ", 10.0),
}
# A guest that differs and prints nothing may just be slow.
PATIENCE = 45.0


@dataclass
class Started:
    """What QEMU is given."""

    options: list[str]
    hosts: dict[str, str]  # {host address: QEMU id}
    flash: object  # how these options name the firmware's flash

    def devices(self):
        values = zip(self.options, self.options[1:])
        return [properties(value) for option, value in values if option == "-device"]

    @property
    def names(self):
        """The ids of devices with a PCI address."""
        return {device["id"] for device in self.devices() if "addr" in device}


def stand_ins(prediction, bar_less=False):
    """Makes the stand-in for a host device; the first has no memory BAR if bar_less."""
    bar = GPU_BAR_MIB
    while len(prediction.gpus()) * bar > GPU_BARS_MIB:
        bar //= 2

    def make(device):
        nonlocal bar_less
        if bar_less:
            bar_less = False
            return {"driver": "piix3-usb-uhci", **place_of(device)}
        # the GPU's BAR does not fit below 4 GiB
        return nvme(device, bar if device["id"].startswith("ua-gpu") else 0)

    return make


def by_libvirt(prediction, libvirt):
    arguments = libvirt.arguments(scaled(libvirt.complete(f"{prediction.path}.xml")))
    return Started(*qemu_options(arguments, stand_ins(prediction)), drive_options)


def by_arguments(prediction, bar_less=False):
    lines = Lines(f"{prediction.path}.qemu", stand_ins(prediction, bar_less))
    return Started(lines.options, lines.hosts, lines.flash_options)


class Boot:
    """`judge` returns what is wrong with a guest."""

    def __init__(self, firmware, started, judge, path, timeout):
        self.key, self.firmware, self.judge = firmware, FIRMWARES[firmware], judge
        self.path, self.timeout = path, timeout
        self.wrong, self.guest, self.monitor, self.answer = None, None, None, []
        self.seconds, self.cpu, self.late, self.numbered = 0.0, 0.0, False, False
        self.begun = self.changed = self.looked = time.monotonic()
        with contextlib.suppress(FileNotFoundError):
            os.remove(f"{path}.said")  # the output of an earlier boot
        self.end, theirs = socket.socketpair()
        with theirs:
            self.start(firmware, started, theirs.fileno())

    def start(self, firmware, started, end):
        command = [QEMU, "-nodefaults", "-no-user-config", "-display", "none",
                   "-chardev", f"socket,id=qmp,fd={end}", "-mon", "chardev=qmp,mode=control",
                   *started.options, *firmware_options(firmware, self.path, started.flash),
                   *(word.format(f"{self.path}.said") for word in self.firmware.console)]
        with open(f"{self.path}.argv", "w") as script:
            script.write(shlex.join(command) + "\n")
        with open(f"{self.path}.log", "w") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log, pass_fds=[end],
                                            preexec_fn=die_with_parent)

    def said(self):
        if not os.path.exists(f"{self.path}.said"):
            return b""
        with open(f"{self.path}.said", "rb") as file:
            return file.read()

    def poll(self):
        """True when it has seen enough; `wrong` then lists what is wrong."""
        now = time.monotonic()
        said = self.said()
        numbered, ended = self.firmware.numbered in said, self.firmware.ended in said
        self.late = late = now - self.begun > self.timeout
        waiting = now - self.looked < LOOK and self.process.poll() is None
        if waiting and not late and numbered == self.numbered:
            return False
        self.looked, self.numbered = now, numbered
        self.look()
        quiet = time.monotonic() - self.changed
        if is_numbered(self.answer):
            numbered = numbered or quiet > self.firmware.silence
            ended = ended or quiet > PATIENCE
        if not (numbered or late):
            return False
        self.wrong = list(self.judge(self.guest))
        if late and self.wrong:
            self.wrong.append(f"the guest was not ready after {self.timeout:g} s")
        return not self.wrong or ended or late

    def look(self):
        try:
            if not self.monitor:
                self.monitor = Monitor(self.end, self.timeout)
            answer = self.monitor.ask("query-pci")
            if answer != self.answer:
                self.answer, self.changed = answer, time.monotonic()
            self.guest = Guest(answer)
            self.guest.ask_expanders(self.monitor)
        except (EOFError, OSError):
            with open(f"{self.path}.log") as log:
                raise Refused(f"QEMU ended: {log.read()}") from None

    def stop(self):
        self.seconds = time.monotonic() - self.begun
        if self.process.poll() is None:
            self.process.kill()
            _, status, usage = os.wait4(self.process.pid, 0)
            self.process.returncode = os.waitstatus_to_exitcode(status)
            self.cpu = usage.ru_utime + usage.ru_stime
        self.end.close()
        with open(f"{self.path}.json", "w") as dump:
            json.dump(self.answer, dump, indent=1)
