#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Compares where hgxtopo puts devices without an address with where libvirt puts them.

    places.py HGXTOPO LIBVIRT-ROOT COUNT [SEED]     random domains
    places.py HGXTOPO LIBVIRT-ROOT --bases FILE...  mirrors in these domains

A domain is read before and after libvirt defines it; both must show the same guest. For a
mirror in a domain, the planned guest must be the one that libvirt makes. All ports and devices
of the guest are compared, except the chipset. hgxtopo follows the version of libvirt that is
installed; domains with elements that this libvirt does not accept do not count.
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

HOST = "example:hgx-h200"


# Random domains ----------------------------------------------------------------


def disk(letter, bus):
    prefix = "vd" if bus == "virtio" else "sd"
    return (f"<disk type='file' device='disk'><source file='/{prefix}{letter}{bus}'/>"
            f"<target dev='{prefix}{letter}' bus='{bus}'/></disk>")


def nic(model):
    return f"<interface type='user'><model type='{model}'/></interface>"


def assigned(number):
    return ("<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0' "
            f"bus='0x77' slot='{number % 32}' function='0'/></source></hostdev>")


def assigned_nic(number):
    return ("<interface type='hostdev'><source><address type='pci' domain='0' bus='0x78' "
            f"slot='{number % 32}' function='0'/></source></interface>")


def on_bus(element, bus):
    """With an address on a bus that may or may not have a controller."""
    address = f"<address type='pci' bus='{bus}' slot='0' function='0'/>"
    return element.replace("</interface>", f"{address}</interface>")


def index(rng, most):
    """Of a controller; sometimes none."""
    return f" index='{rng.randrange(most)}'" if rng.random() < 0.8 else ""


def usb(rng, model):
    master = "<master startport='0'/>" if model.startswith("ich9-u") else ""
    return f"<controller type='usb'{index(rng, 2)} model='{model}'>{master}</controller>"


def scsi(rng):
    """Sometimes it has an address on pcie.0."""
    model = rng.choice(("", "", " model='lsilogic'", " model='virtio-scsi'",
                        " model='virtio-transitional'"))
    address = (f"<address type='pci' bus='0' slot='{rng.randrange(16, 24)}' function='0'/>"
               if model and rng.random() < 0.2 else "")
    return f"<controller type='scsi'{index(rng, 4)}{model}>{address}</controller>"


def on_controller(rng, element):
    """Something that a controller carries, which has to say on which."""
    address = (f"<address type='drive' controller='{rng.randrange(4)}' bus='0' target='0' "
               f"unit='{rng.randrange(7)}'/>")
    return re.sub(r"(</\w+>)$", address + r"\1", element)


SCSI_HOSTDEV = (
    "<hostdev mode='subsystem' type='scsi'><source><adapter name='scsi_host0'/><address bus='0' "
    "target='0' unit='0'/></source></hostdev>")


def nvme(rng):
    """A disk, or what it sits on; both need the serial number of the controller."""
    number = rng.randrange(3)
    serial = f"<serial>nvme{number}</serial>"
    if rng.random() < 0.4:
        return f"<controller type='nvme' index='{number}'>{serial}</controller>"
    return (f"<disk type='file'><source file='/n{number}'/><target dev='nvme{number}n1' "
            f"bus='nvme'/>{serial}</disk>")


# Each as the only one of its sort that newer versions of libvirt know
NEWER = (
    "<crypto model='virtio' type='qemu'><backend model='builtin' queues='1'/></crypto>",
    "<panic model='pvpanic'/>", "<sound model='virtio'/>", "<iommu model='amd'/>",
    "<pstore backend='acpi-erst'><path>/erst</path><size unit='KiB'>64</size></pstore>",
    "<interface type='user'><model type='usb-net'/></interface>", "<watchdog model='itco'/>",
    "<filesystem type='mount'><driver type='mtp'/><source dir='/x'/><target dir='mtp'/>"
    "</filesystem>",
)


PLAIN = (
    "<interface type='user'/>", "<controller type='usb' model='nec-xhci'/>",
    "<controller type='usb'/>", "<controller type='scsi' model='virtio-scsi'/>",
    "<controller type='scsi'/>", "<controller type='scsi' model='virtio-non-transitional'/>",
    "<channel type='unix'><target type='virtio' name='one'/>"
    "<address type='virtio-serial' controller='1' bus='0' port='1'/></channel>",
    "<memballoon model='virtio'/>", "<memballoon model='none'/>",
    "<rng model='virtio'><backend model='random'>/dev/random</backend></rng>",
    "<rng model='virtio-transitional'><backend model='random'>/dev/random</backend></rng>",
    "<watchdog model='i6300esb'/>", "<watchdog model='ib700'/>", "<graphics type='vnc'/>",
    "<video><model type='virtio'/></video>", "<video><model type='qxl'/></video>",
    "<video><model type='virtio' primary='yes'/></video>", "<video><model type='vga'/></video>",
    "<video><model type='bochs'/></video>", "<video><model type='none'/></video>",
    "<input type='tablet' bus='virtio'/>", "<input type='keyboard' bus='usb'/>",
    "<serial type='pty'><target type='pci-serial'/></serial>", "<serial type='pty'/>",
    "<vsock model='virtio'><cid auto='yes'/></vsock>", "<iommu model='virtio'/>",
    "<channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0'/></channel>",
    "<console type='pty'><target type='virtio'/></console>",
    "<sound model='ich9'/>", "<sound model='ac97'/>", "<sound model='usb'/>", SCSI_HOSTDEV,
    "<hostdev mode='subsystem' type='scsi_host'><source protocol='vhost' "
    "wwpn='naa.5001405df3e54061'/></hostdev>",
    "<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source><address "
    "uuid='c2177883-f1bb-47f0-914d-32a22e3a8804'/></source></hostdev>",
    "<memory model='virtio-pmem' access='shared'><source><path>/pmem</path></source><target>"
    "<size unit='KiB'>131072</size></target></memory>",
)


def device(rng, number):
    letter = chr(ord("a") + number % 26)
    return rng.choice((
        lambda: rng.choice(PLAIN), lambda: rng.choice(PLAIN), lambda: rng.choice(PLAIN),
        lambda: disk(letter, rng.choice(("virtio", "virtio", "scsi", "sata", "usb"))),
        lambda: nic(rng.choice(("virtio", "e1000e", "rtl8139", "e1000", "vmxnet3",
                                "virtio-transitional", "virtio-non-transitional", "pcnet",
                                "e1000-82545em", "vlance", "82540EM", "igb"))),
        lambda: on_bus(nic("virtio"), rng.randrange(1, 4)),
        lambda: usb(rng, rng.choice(("qemu-xhci", "ich9-ehci1", "ich9-uhci1", "ich9-uhci2"))),
        lambda: scsi(rng),
        lambda: f"<controller type='sata'{index(rng, 3)}/>",
        lambda: f"<controller type='virtio-serial'{index(rng, 3)}/>",
        lambda: on_controller(rng, disk(letter, rng.choice(("scsi", "sata")))),
        lambda: on_controller(rng, SCSI_HOSTDEV),
        lambda: rng.choice(NEWER) if rng.random() < 0.3 else nvme(rng),
        lambda: f"<channel type='unix'><target type='virtio' name='c{number}'/></channel>",
        lambda: f"<shmem name='m{number}'><model type='ivshmem-plain'/><size unit='M'>4</size></shmem>",
        lambda: f"<filesystem type='mount'><source dir='/x'/><target dir='y{number}'/></filesystem>",
        lambda: assigned(number), lambda: assigned_nic(number)))()


MODELS = ("pcie-root-port",) * 5 + (
    "pcie-switch-upstream-port", "pcie-switch-downstream-port", "pcie-to-pci-bridge",
    "dmi-to-pci-bridge", "pci-bridge", "pcie-expander-bus")


def controllers(rng):
    number, parts = 0, ["<controller type='pci' index='0' model='pcie-root'/>"]
    for _ in range(rng.randrange(8)):
        number += rng.choice((1, 1, 1, 1, 2))
        model, address = rng.choice(MODELS), ""
        if model == "pcie-root-port" and rng.random() < 0.4:
            address = (f"<address type='pci' bus='0' slot='{rng.randrange(1, 31)}' "
                       f"function='{rng.choice((0, 0, 0, 1))}'/>")
        given = f" index='{number}'" if rng.random() < 0.9 else ""
        parts.append(f"<controller type='pci'{given} model='{model}'>{address}</controller>")
    return parts


def by_chance(seed):
    rng = random.Random(seed)
    parts = [device(rng, number) for number in range(rng.randrange(14))]
    if rng.random() < 0.6:
        parts += controllers(rng)
    rng.shuffle(parts)
    return ("<domain type='qemu'><name>chance</name><maxMemory slots='9'>1048576</maxMemory>"
            "<memory>65536</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='q35'>hvm</type>"
            "</os><features><acpi/></features><cpu><numa><cell id='0' cpus='0' memory='65536'/>"
            f"</numa></cpu><devices>{''.join(parts)}</devices></domain>")


# libvirt -------------------------------------------------------------------------


def tame(text):
    """Without /dev/kvm, libvirt supports neither domains of type kvm nor host-passthrough in
    others."""
    text = re.sub(r"(<domain[^>]*\stype=)(['\"])kvm\2", r"\1\2qemu\2", text)
    return re.sub(r"mode=(['\"])host-passthrough\1", "mode='maximum'", text)


def defined(texts, root):
    """What libvirt makes of each; None if libvirt does not accept it."""
    with tempfile.TemporaryDirectory() as directory:
        lines = []
        for number, text in enumerate(texts):
            path = f"{directory}/{number}.xml"
            with open(path, "w") as file:
                file.write(tame(text))
            name = ET.fromstring(text).findtext("name")
            lines += [f"echo BEGIN{number}", f"define --validate {path}",
                      f"dumpxml '{name}'", f"undefine --nvram '{name}'"]
        done = subprocess.run(
            ["virsh", "-q", "-c", f"qemu:///embed?root={root}"], input="\n".join(lines) + "\n",
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env={**os.environ, "HOME": root, "LC_ALL": "C"}, timeout=600)
    found = [None] * len(texts)
    _, *parts = re.split(r"BEGIN(\d+)$", done.stdout, flags=re.M)
    for number, part in zip(parts[::2], parts[1::2]):
        domain = re.search(r"<domain .*^</domain>$", part, flags=re.M | re.S)
        found[int(number)] = domain and domain[0]
    return found


def version():
    """As an option: that of the libvirt that defines the domains."""
    done = subprocess.run(["virsh", "--version"], check=True, capture_output=True, text=True)
    return "--libvirt-version", done.stdout.strip()


# The guests ------------------------------------------------------------------------


def guest_of(text):
    return {function["address"]: (function["parent"], function["kind"], function["class"],
                                  function["numa_node"])
            for function in json.loads(text)["pci"]}


def read(hgxtopo, text, *options):
    """The functions of its guest, or the error message if it is refused."""
    done = subprocess.run([hgxtopo, "dump", "--json", "--from", "-", *options], input=text,
                          capture_output=True, text=True)
    return done.stderr if done.returncode else guest_of(done.stdout)


def differences(ours, theirs):
    if isinstance(ours, str) or isinstance(theirs, str):
        if not isinstance(ours, dict) and not isinstance(theirs, dict):
            return
        yield f"before: {str(ours)[:300]}; after libvirt: {str(theirs)[:300]}"
        return
    for address in sorted(ours.keys() | theirs.keys()):
        if ours.get(address) != theirs.get(address):
            yield f"{address}: predicted {ours.get(address)}, libvirt has {theirs.get(address)}"


def report(name, found, text=""):
    for sentence in found:
        print(f"{name}: {sentence}")
    if found and text:
        print(text)
    return not found


def compare_chance(hgxtopo, root, count, seed):
    texts = [by_chance(seed + number) for number in range(count)]
    same, taken, libvirt = 0, 0, version()
    for number, (text, made) in enumerate(zip(texts, defined(texts, root))):
        if not made:
            continue
        taken += 1
        found = [*differences(read(hgxtopo, text, *libvirt), read(hgxtopo, made))]
        same += report(f"seed {seed + number}", found, text)
    print(f"{same} of {taken} domains are as libvirt has them")
    return same == taken and 5 * taken > count


def devices(path):
    """A domain that assigns none has to be given some."""
    with open(path) as domain:
        return [] if re.search("<hostdev|type='hostdev'", domain.read()) else ["--gpus", "all"]


def compare_bases(hgxtopo, root, paths):
    texts, planned = [], []
    for path in paths:
        with tempfile.TemporaryDirectory() as directory:
            subprocess.run([hgxtopo, "emit", "--all", "--dir", directory, "--from", HOST,
                            "--base", path, *devices(path), *version()], stderr=subprocess.DEVNULL, check=True)
            files = {name.split(".", 1)[1]: f"{directory}/{name}"
                     for name in os.listdir(directory)}
            with open(files["xml"]) as domain, open(files["guest.json"]) as guest:
                texts.append(domain.read())
                planned.append(guest_of(guest.read()))
    same = 0
    for path, plan, made in zip(paths, planned, defined(texts, root)):
        after = read(hgxtopo, made, "--host", HOST) if made else "libvirt does not accept it"
        same += report(path, [*differences(plan, after)])
    print(f"{same} of {len(paths)} guests are as libvirt has them")
    return same == len(paths)


def main(arguments):
    hgxtopo, root, what, *rest = arguments
    if what == "--bases":
        return not compare_bases(hgxtopo, root, rest)
    return not compare_chance(hgxtopo, root, int(what), int(rest[0]) if rest else 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
