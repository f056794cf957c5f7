# SPDX-License-Identifier: LGPL-2.1-or-later
"""The configuration space of a function, byte by byte."""
import struct

from .describe import hexadecimal
from .pci import FACING_DOWN, FIRST_VF_BAR, GRAIN, PORTS, ROM

ACS_ABILITIES = 0x5f  # everything except egress control


class Space:
    """The bytes, and where the two chains of capabilities end."""

    def __init__(self, length):
        self.data = bytearray(length)
        self.last, self.free = 0x34, 0x40
        self.last_extended, self.free_extended = None, 0x100

    def put(self, at, layout, *values):
        struct.pack_into("<" + layout, self.data, at, *values)

    def capability(self, number, layout, *values):
        self.data[0x06] |= 0x10
        self.data[self.last], self.last = self.free, self.free + 1
        self.put(self.free, "BB" + layout, number, 0, *values)
        self.free += -(-struct.calcsize("<BB" + layout) // 4) * 4

    def extended(self, number, layout, *values):
        if self.last_extended:
            self.put(self.last_extended + 2, "H", self.free_extended << 4 | 1)
        self.last_extended = self.free_extended
        self.put(self.free_extended, "HH" + layout, number, 1, *values)
        self.free_extended += -(-struct.calcsize("<HH" + layout) // 4) * 4


def make(f):
    space = Space(4096 if f.port else 256)
    put_header(space, f)
    if not f.pf:
        put_bars(space, f)
    if f.is_bridge:
        put_windows(space, f)
    else:
        space.put(0x2c, "HH", *f.subsys)
    space.capability(0x01, "HHH", 0x0003, 0x0008, 0)  # power management
    if f.port:
        put_express(space, f)
    if f.is_bridge and f.subsys != (0, 0):
        space.capability(0x0d, "HHH", 0, *f.subsys)
    put_extended(space, f)
    return bytes(space.data)


def put_header(space, f):
    uses_io = "io" in f.windows or any(bar.io for bar in f.bars.values())
    if f.pf:  # SR-IOV 1.1, 3.4.1: the ids of a VF read as ffff; the kernel knows better
        space.put(0x00, "HHH", 0xffff, 0xffff, 0x0004)
    else:
        space.put(0x00, "HHH", f.vendor, f.device, 0x0406 | uses_io)
    space.put(0x08, "I", f.class_code << 8 | f.revision)
    space.put(0x0c, "BBB", 0x10, 0, f.is_bridge | (len(f.siblings()) > 1) << 7)
    space.put(0x3d, "B", 0 if f.pf else f.fn % 4 + 1)


def put_bars(space, f):
    for bar in f.bars.values():
        low = bar.address | bar.io | bar.wide << 2 | bar.prefetch << 3
        if bar.index < ROM:
            space.put(0x10 + 4 * bar.index, "Q" if bar.wide else "I", low)
        elif bar.index == ROM:
            space.put(0x38 if f.is_bridge else 0x30, "I", bar.address)


def put_windows(space, f):
    """PCI-to-PCI Bridge Architecture 1.2, 3.2.5: a window is closed if base > limit."""
    shut = {"io": (0xf000, 0)}
    io, memory, prefetch = (f.windows.get(s, shut.get(s, (0xfff00000, 0))) for s in GRAIN)
    space.put(0x18, "BBB", f.bus, f.secondary, f.subordinate)
    space.put(0x1c, "BB", *(address >> 8 & 0xf0 for address in io))
    space.put(0x20, "HH", *(address >> 16 & 0xfff0 for address in memory))
    space.put(0x24, "HH", *(address >> 16 & 0xfff0 | 1 for address in prefetch))
    space.put(0x28, "II", *(address >> 32 for address in prefetch))


def put_express(space, f):
    (speed, width), (now_speed, now_width) = f.link or (0, 0), f.now or (0, 0)
    down = f.port in FACING_DOWN
    slot = f.line.get("slot", "") if down else ""
    forward = down and any(child.pf for child in f.children)
    space.capability(
        0x10, "HIHHIHHIHHHHIIHHIHHIHH",
        2 | PORTS[f.port] << 4 | bool(slot) << 8,
        0x8001 | (f.port == "endpoint") << 28, 0x283f, 0,                # device
        speed | width << 4 | down << 20, 0,                              # link
        now_speed | now_width << 4 | (down and now_width > 0) << 13,
        int(slot) << 19 if slot.isdigit() else 0, 0x3c0 if slot else 0,  # slot
        bool(slot and f.children) << 6,
        0, 0, 0,                                                         # root
        down << 5, forward << 5, 0,                                      # device 2
        (1 << speed) - 1 << 1, speed, 0,                                 # link 2
        0, 0, 0)                                                         # slot 2


def put_extended(space, f):
    if "dsn" in f.line:
        digits = f.line["dsn"].replace("-", "")
        space.extended(0x03, "II", int(digits[8:], 16), int(digits[:8], 16))
    if "acs" in f.line:
        space.extended(0x0d, "HH", ACS_ABILITIES, f.line.value("acs", hexadecimal))
    if "ats" in f.line:
        space.extended(0x0f, "HH", 0x20, (f.line["ats"] == "on") << 15)
    if f.total_vfs:
        space.extended(0x0e, "HH", 0, 0)  # ARI
        put_sriov(space, f)


def put_sriov(space, f):
    bars = [0] * 6
    for bar in [bar for bar in f.bars.values() if bar.index >= FIRST_VF_BAR]:
        at = bar.index - FIRST_VF_BAR
        bars[at] = bar.address & 0xffffffff | bar.wide << 2 | bar.prefetch << 3
        if bar.wide:
            bars[at + 1] = bar.address >> 32
    space.extended(0x10, "IHHHHHHHHHHII6II", 2, 0x19 if f.vfs else 0, 0, f.total_vfs,
                   f.total_vfs, len(f.vfs), f.fn, f.vf_offset, 1, 0, f.vf_device,
                   0x553, 1, *bars, 0)
