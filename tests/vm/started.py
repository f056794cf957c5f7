# SPDX-License-Identifier: LGPL-2.1-or-later
"""What changes in an emitted domain before it is started without KVM."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from standin import QEMU_NAMESPACE

# What only the host's own processor provides; cells and topology stay.
OF_HOST_CPU = ("cache", "maxphysaddr", "feature")


def emulate_cpu(domain):
    """Replaces type='kvm' and the host's own processor."""
    domain.set("type", "qemu")
    cpu = domain.find("cpu")
    cpu.attrib = {"mode": "custom", "match": "exact", "check": "none"}
    for part in list(cpu):
        if part.tag in OF_HOST_CPU:
            cpu.remove(part)
    model = ET.Element("model")
    model.text = "qemu64"
    cpu.insert(0, model)


def add_boot(domain, orders, serials):
    """In place of a disk: SeaBIOS, a kernel, and serial ports that the guest writes to."""
    boot = domain.find("os")
    boot.attrib = {}
    for part in boot.findall("firmware"):
        boot.remove(part)
    for name in ("kernel", "initrd", "cmdline"):
        ET.SubElement(boot, name).text = orders[name]
    ET.SubElement(domain, "on_reboot").text = "destroy"
    for port, end in enumerate(("sent", "console"), 1):
        serial = ET.SubElement(domain.find("devices"), "serial", type="file")
        ET.SubElement(serial, "source", path=f"{serials}.{end}")
        ET.SubElement(serial, "target", port=str(port))


def change(path, orders, serials):
    ET.register_namespace("qemu", QEMU_NAMESPACE)
    tree = ET.parse(path)
    emulate_cpu(tree.getroot())
    add_boot(tree.getroot(), orders, serials)
    tree.write(path)


def base(name, orders, serials):
    """A user's domain that has all of this; what hgxtopo makes of it is started as it is."""
    return f"""<domain type='qemu'>
  <name>{name}</name>
  <memory unit='GiB'>1</memory>
  <vcpu>2</vcpu>
  <os firmware='efi'>
    <type arch='x86_64' machine='q35'>hvm</type>
    <firmware>
      <feature enabled='no' name='enrolled-keys'/>
      <feature enabled='no' name='secure-boot'/>
    </firmware>
    <loader stateless='no'/>
    <kernel>{orders['kernel']}</kernel>
    <initrd>{orders['initrd']}</initrd>
    <cmdline>{orders['cmdline']}</cmdline>
  </os>
  <features>
    <acpi/>
  </features>
  <cpu mode='custom' match='exact' check='none'>
    <model>qemu64</model>
  </cpu>
  <on_reboot>destroy</on_reboot>
  <devices>
    <serial type='pty'/>
    <serial type='file'>
      <source path='{serials}.sent'/>
      <target port='1'/>
    </serial>
    <serial type='file'>
      <source path='{serials}.console'/>
      <target port='2'/>
    </serial>
    <controller type='usb' model='none'/>
    <memballoon model='none'/>
  </devices>
</domain>
"""
