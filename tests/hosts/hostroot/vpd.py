# SPDX-License-Identifier: LGPL-2.1-or-later
"""Vital product data: PCI Local Bus Specification 3.0, appendix I."""
import struct


def resource(tag, data):
    return struct.pack("<BH", tag, len(data)) + data


def make(name, fields):
    """The name, the read-only fields with their checksum, and the end."""
    text = resource(0x82, name.encode())
    rows = b"".join(key + bytes([len(value)]) + value for key, value in fields)
    checked = text + struct.pack("<BH", 0x90, len(rows) + 4) + rows + b"RV\1"
    return checked + bytes([-sum(checked) & 0xff, 0x78])
