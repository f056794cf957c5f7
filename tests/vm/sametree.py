# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares the PCI tree that libvirt makes QEMU build with that of `emit --qemu`."""

from __future__ import annotations

# Only `emit --qemu` gives slot numbers to ports; nothing is numbered by them.
COMPARED = ("driver", "bus", "addr", "multifunction", "bus_nr", "numa_node", "hotplug", "port",
            "chassis", "serial", "cmb_size_mb")
LINKS = ("x-speed", "x-width")
WORDS = {"true": "on", "false": "off"}  # JSON's words, and those of key=value


def tree_of(started, keys):
    """{QEMU id: what it is and where}"""
    return {device["id"]: {key: WORDS.get(str(device[key]).lower(), str(device[key]))
                           for key in keys if key in device}
            for device in started.devices() if device["id"] != "appended"}


def tree_differences(libvirt, qemu):
    keys = COMPARED
    # libvirt before 8.2 cannot give a port its link
    if any(key in device for device in libvirt.devices() for key in LINKS):
        keys += LINKS
    one, two = tree_of(libvirt, keys), tree_of(qemu, keys)
    for name in sorted(one.keys() | two.keys()):
        if one.get(name) != two.get(name):
            yield f"{name}: libvirt makes {one.get(name)}, the arguments say {two.get(name)}"
