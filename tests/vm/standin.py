# SPDX-License-Identifier: LGPL-2.1-or-later
"""The emitted domain in a form that any machine can start: through libvirt itself, with the
same PCI tree, and with an emulated device in place of each host device."""

from __future__ import annotations

import ctypes
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import xml.etree.ElementTree as ET

QEMU = "qemu-system-x86_64"
QEMU_NAMESPACE = "http://libvirt.org/schemas/domain/qemu/1.0"
OVMF = (  # code and variables of builds without secure boot
    ("/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"),
    ("/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"),
    ("/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd"),
    ("/usr/share/edk2/x64/OVMF_CODE.4m.fd", "/usr/share/edk2/x64/OVMF_VARS.4m.fd"),
)


class Skip(Exception):
    """Something must be installed first."""


class Refused(Exception):
    """libvirt or QEMU does not accept the domain, or the domain says too little."""


# libvirt: from the domain to QEMU's arguments --------------------------------


def without_kvm(tree):
    """The domain as libvirt takes it on a machine without KVM: of another type, for from 11.3
    on it finds no firmware for one of type kvm there, and without the host's own processor."""
    tree.getroot().set("type", "qemu")
    for cpu in tree.iter("cpu"):
        if cpu.get("mode") == "host-passthrough":
            cpu.set("mode", "maximum")


class Libvirt:
    """libvirt's QEMU driver inside virsh, with all of its state below one directory."""

    def __init__(self, root, timeout):
        self.root, self.timeout = root, timeout
        os.makedirs(f"{root}/etc")
        # As root, the driver would switch to the account libvirt-qemu. If that account cannot
        # open /dev/kvm but root can, it probes QEMU again and again, for minutes.
        if os.geteuid() == 0:
            with open(f"{root}/etc/qemu.conf", "w") as conf:
                conf.write('user = "root"\ngroup = "root"\nsecurity_driver = "none"\n')
        self.preloaded = f"{root}/vfio.so"
        subprocess.run([*shlex.split(os.environ.get("CC") or "cc"), "-D_GNU_SOURCE", "-shared", "-fPIC",
                        "-o", self.preloaded, f"{os.path.dirname(__file__)}/vfio.c", "-ldl"],
                       check=True)
        try:
            self.kvm = "<domain type='kvm'" in self.virsh("capabilities")
        except Refused as refusal:
            said = str(refusal).replace("\n", "; ")
            raise Skip("libvirt's QEMU driver is missing (Debian: "
                       f"libvirt-daemon-driver-qemu, libvirt-daemon-system): {said}")

    def virsh(self, *words):
        command = ["virsh", "-q", "-c", f"qemu:///embed?root={self.root}", *words]
        done = subprocess.run(command, capture_output=True, text=True,
                              timeout=self.timeout,
                              env={**os.environ, "HOME": self.root, "LC_ALL": "C",
                                   "LD_PRELOAD": self.preloaded})
        if done.returncode:
            said = [line for line in done.stderr.splitlines()
                    if not re.search(r": (info|warning|debug) : ", line)]
            raise Refused("\n".join(said))
        return done.stdout

    def complete(self, path):
        """Validates and defines the domain; returns it with all that libvirt fills in."""
        if not self.kvm:
            tree = ET.parse(path)
            without_kvm(tree)
            path = f"{self.root}/without-kvm.xml"
            tree.write(path)
        self.virsh("define", "--validate", path)
        name = ET.parse(path).getroot().findtext("name")
        domain = self.virsh("dumpxml", name)
        self.virsh("undefine", "--nvram", name)  # the next domain may have the same name
        return ET.fromstring(domain)

    def arguments(self, domain):
        path = f"{self.root}/scaled.xml"
        ET.ElementTree(domain).write(path)
        return shlex.split(self.virsh("domxml-to-native", "qemu-argv", "--xml", path))


def scaled_cells(cells, memory):
    """The cells in order, small, with one vCPU for all of them."""
    numa, cpu = ET.Element("numa"), "0"
    for cell in cells:
        small = ET.SubElement(numa, "cell", id=cell.get("id"), unit="MiB",
                              memory="0" if cell.get("memory") == "0" else str(memory))
        if cell.get("cpus") and cpu:
            small.set("cpus", cpu)
            cpu = None
        small.extend(cell.findall("distances"))
    return numa


# Elements that may have a PCI address.
PCI_ELEMENTS = ("controller", "hostdev", "disk", "interface", "video", "sound", "input", "rng",
                "watchdog", "memballoon", "vsock")
# Properties that connect a device to this machine.
BACKENDS = ("drive", "netdev", "rng", "audiodev", "chardev", "guest-cid")


def assigned(element):
    """A device of the host as <hostdev>, which an <interface> may be too, with the driver that libvirt
    would choose when it starts the domain."""
    plain = ET.Element("hostdev", mode="subsystem", type="pci", managed="yes")
    plain.extend(part for part in element if part.tag in ("driver", "source", "alias", "address"))
    plain.find("source/address").attrib.pop("type", None)
    if plain.find("driver") is None:
        plain.insert(0, ET.Element("driver", name="vfio"))
    return plain


def is_assigned(element):
    return ((element.tag == "hostdev" and element.get("type") == "pci")
            or (element.tag == "interface" and element.get("type") == "hostdev"))


def without_backend(element):
    """An interface becomes a device at the same address that needs nothing from this machine:
    domxml-to-native does not support the address of an interface. Other elements stay."""
    if is_assigned(element):
        return assigned(element)
    if element.tag != "interface":
        return element
    plain = ET.Element("rng", model="virtio")
    ET.SubElement(plain, "backend", model="random").text = "/dev/urandom"
    plain.extend(part for part in element if part.tag in ("alias", "address"))
    return plain


def emulated(domain, memory, vcpus, cpu_parts):
    """The domain's PCI tree with a CPU of TCG, without anything that needs KVM or VFIO."""
    small = ET.Element("domain", type="qemu")
    ET.SubElement(small, "name").text = "scaled"
    ET.SubElement(small, "memory", unit="MiB").text = str(memory)
    ET.SubElement(small, "vcpu").text = str(vcpus)
    ET.SubElement(small, "os").append(domain.find("os/type"))
    ET.SubElement(ET.SubElement(small, "features"), "acpi")
    cpu = ET.SubElement(small, "cpu", mode="custom", match="exact", check="none")
    ET.SubElement(cpu, "model").text = "qemu64"
    cpu.extend(cpu_parts)
    devices = ET.SubElement(small, "devices")
    ET.SubElement(devices, "emulator").text = shutil.which(QEMU)
    for element in domain.find("devices"):
        if element.tag in PCI_ELEMENTS:
            for hole in element.findall("pcihole64"):  # TCG has only 40 address bits
                element.remove(hole)
            devices.append(without_backend(element))
    small.extend(domain.findall(f"{{{QEMU_NAMESPACE}}}override"))
    return small


def scaled(domain):
    """The same PCI tree and NUMA cells in a domain that any machine can start."""
    cells = domain.findall("cpu/numa/cell")
    memory = max(128, 512 // max(1, len(cells)))
    return emulated(domain, memory * max(1, len(cells)), 1,
                    [scaled_cells(cells, memory)] if cells else [])


# QEMU: stand-ins, firmware -----------------------------------------------------


def place_of(device):
    return {key: device[key] for key in ("id", "bus", "addr", "multifunction")
            if key in device}


def nvme(device, bar_mib=0):
    """An NVMe drive in place of a host device: it has only memory BARs, accepts any function
    number, and has the host's address as its serial number."""
    stand_in = {"driver": "nvme", "serial": device["host"], **place_of(device)}
    if bar_mib:
        stand_in["cmb_size_mb"] = bar_mib  # a 64-bit prefetchable BAR
    return stand_in


def qemu_options(arguments, make):
    """The arguments, with make()'s stand-in for each host device, and {host: QEMU id}. The
    user's disks, networks and so on become a device that needs no file and no network. A
    device without a PCI address is dropped."""
    options, hosts = [], {}
    for option, value in zip(arguments, arguments[1:]):
        if option in ("-machine", "-accel", "-cpu", "-m", "-smp", "-numa") or (
                option == "-object" and "memory-backend" in value):
            options += [option, value]
        if option == "-device" and value.startswith("{"):
            device = json.loads(value)
            if "addr" not in device:
                continue
            if "host" in device:
                hosts[device["host"]] = device["id"]
                device = make(device)
            elif any(key in device for key in BACKENDS):
                device = {"driver": "virtio-rng-pci", **place_of(device)}
            options += ["-device", json.dumps(device)]
    return options, hosts


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def drive_options(code, variables):
    return ["-drive", f"if=pflash,format=raw,readonly=on,file={code}",
            "-drive", f"if=pflash,format=raw,file={variables}"]


def firmware_options(firmware, path, flash=drive_options):
    """OVMF writes to its variables, so it gets a copy next to `path`."""
    if firmware == "seabios":
        return []
    code, variables = find_ovmf()
    shutil.copyfile(variables, f"{path}.vars")
    return flash(code, f"{path}.vars")


def find_ovmf():
    for pair in OVMF:
        if all(map(os.path.exists, pair)):
            return pair
    raise Skip("OVMF is missing (Debian: ovmf)")


def check_installed(firmwares, libvirt=True):
    for program, package in ((QEMU, "qemu-system-x86"), ("virsh", "libvirt-clients")):
        if (program == QEMU or libvirt) and not shutil.which(program):
            raise Skip(f"{program} is missing (Debian: {package})")
    if "ovmf" in firmwares:
        find_ovmf()
