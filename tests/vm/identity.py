# SPDX-License-Identifier: LGPL-2.1-or-later
"""Rewrites what sysfs says about a PCI function as if it were another function."""

from __future__ import annotations

KEYS = ("vendor", "device", "class", "subsystem_vendor", "subsystem_device")


def identity_of(function):
    """The files in sysfs of a function in hgxtopo's JSON: {name: content}"""
    return {key: function[key] for key in KEYS}


def changed_uevent(text, identity):
    """The same uevent with these ids and class; the driver stays."""
    def pair(vendor, device):
        return f"{identity[vendor][2:]}:{identity[device][2:]}".upper()

    said = {"PCI_CLASS": f"{int(identity['class'], 16):X}",
            "PCI_ID": pair("vendor", "device"),
            "PCI_SUBSYS_ID": pair("subsystem_vendor", "subsystem_device")}
    lines = [line.partition("=") for line in text.splitlines()]
    return "".join(f"{key}={said.get(key, value)}\n" for key, _, value in lines
                   if key != "MODALIAS")
