#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs in the stand-in host: makes it look like the server, lets hgxtopo read it and plan live,
and lets libvirt start what was planned, with the real devices.

    inside.py ORDERS.json

assigned.py writes ORDERS.json: "hgxtopo", the program; "out", the directory for results, the only
one that outlives this machine; "identities", what sysfs must say about each function; "guests",
each with its "name" and the "options" of emit; and "kernel", "initrd" and "cmdline" for all guests.
"""

from __future__ import annotations

import contextlib
import ctypes
import glob
import json
import os
import subprocess
import sys
import time

sys.dont_write_bytecode = True

import started
from identity import changed_uevent

DEVICES = "/sys/bus/pci/devices"
ROOT = "/run/libvirt-embed"
CONF = """stdio_handler = "file"
user = "root"
group = "root"
security_driver = "none"
namespaces = []
cgroup_controllers = []
seccomp_sandbox = 0
remember_owner = 0
"""
MS_BIND = 4096


def say(words):
    print(f"inside: {time.monotonic():.0f} s: {words}", flush=True)


# The identity of the server's devices --------------------------------------------


def bind(source, target):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(source.encode(), target.encode(), None, MS_BIND, None):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), target)


def identify(address, identity):
    """Every reader of sysfs sees the server's device; configuration space does not change."""
    with open(f"{DEVICES}/{address}/uevent") as file:
        texts = {"uevent": changed_uevent(file.read(), identity)}
    texts.update((name, f"{value}\n") for name, value in identity.items())
    os.makedirs(f"/run/identity/{address}")
    for name, text in texts.items():
        with open(f"/run/identity/{address}/{name}", "w") as file:
            file.write(text)
        bind(f"/run/identity/{address}/{name}", f"{DEVICES}/{address}/{name}")


def run(command, path):
    """Its output goes to `path`, its errors to a file next to it."""
    with open(path, "w") as out, open(f"{path}.err", "w") as err:
        return subprocess.run(command, stdout=out, stderr=err).returncode


# libvirt and a guest ---------------------------------------------------------------


class Virsh:
    """One session; libvirt's driver and every guest end with it."""

    def __init__(self):
        os.makedirs(f"{ROOT}/etc")
        with open(f"{ROOT}/etc/qemu.conf", "w") as conf:
            conf.write(CONF)
        self.process = subprocess.Popen(
            ["stdbuf", "-o0", "virsh", "-q", "-c", f"qemu:///embed?root={ROOT}"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**os.environ, "HOME": ROOT, "LC_ALL": "C"})

    def ask(self, words):
        """virsh repeats what it reads, and its echo does not write a newline."""
        self.process.stdin.write(f"{words}\necho ENDED\n".encode())
        self.process.stdin.flush()
        said = b""
        while not said.endswith(b"\nENDED"):
            byte = self.process.stdout.read(1)
            if not byte:
                raise EOFError(f"virsh ended: {said.decode(errors='replace')}")
            said += byte
        lines = said.decode(errors="replace").splitlines()[:-1]
        return "\n".join(line for line in lines if line and "virsh # " not in line
                         and ": info : " not in line and ": warning : " not in line)


def links(name):
    """{function: the target of its link `name`}"""
    found = {}
    for path in glob.glob(f"{DEVICES}/*/{name}"):
        with contextlib.suppress(FileNotFoundError):  # a device is just changing its driver
            found[os.path.basename(os.path.dirname(path))] = os.path.basename(os.readlink(path))
    return found


def observe(name, out):
    """While the guest runs: which drivers have the devices, and where its memory is."""
    with open(glob.glob(f"{ROOT}/**/{name}.pid", recursive=True)[0]) as file:
        pid = file.read().strip()
    with open(f"/proc/{pid}/numa_maps") as source, open(f"{out}/numa_maps", "w") as target:
        target.write(source.read())
    with open(f"{out}/drivers.json", "w") as file:
        json.dump(links("driver"), file)


def copy(name, out):
    """A guest writes byte by byte: to memory, as every byte would go through virtiofs."""
    for end in ("console", "sent"):
        if os.path.exists(f"/run/{name}.{end}"):
            with open(f"/run/{name}.{end}", "rb") as source:
                text = source.read()
            with open(f"{out}/{end}", "wb") as target:
                target.write(text)


def start(virsh, orders, guest, out):
    name = guest["name"]
    run([orders["hgxtopo"], "emit", "--all", "--dir", out, *guest["options"]], f"{out}/emit")
    run(["cp", f"{out}/{name}.xml", f"{out}/started.xml"], f"{out}/cp")
    if "--base" not in guest["options"]:
        started.change(f"{out}/started.xml", orders, f"/run/{name}")
    if said := virsh.ask(f"define --validate {out}/started.xml"):
        return f"define: {said}"
    if said := virsh.ask(f"start {name}"):
        return f"start: {said}"
    observe(name, out)
    return ""


def watch(virsh, guest, out, seconds):
    """Waits until the guest ends; True if it sent everything."""
    name, end = guest["name"], time.monotonic() + seconds
    while virsh.ask(f"domstate {name}").strip() == "running":
        copy(name, out)
        if time.monotonic() > end:
            virsh.ask(f"destroy {name}")
        time.sleep(2)
    copy(name, out)
    with open(f"{out}/sent", "rb") as file:
        return b"END\n" in file.read()


def run_guest(virsh, orders, guest):
    out = f"{orders['out']}/{guest['name']}"
    said = start(virsh, orders, guest, out)
    say(f"{guest['name']}: {said or 'started'}")
    if not said and not watch(virsh, guest, out, orders["seconds"]):
        say(f"{guest['name']}: sent nothing; started once more")
        said = virsh.ask(f"start {guest['name']}")
        watch(virsh, guest, out, orders["seconds"])
    for _ in range(60):  # libvirt returns the devices one by one
        if "vfio-pci" not in links("driver").values():
            break
        time.sleep(1)
    with open(f"{out}/drivers-after.json", "w") as file:
        json.dump(links("driver"), file)
    with open(f"{out}/refused", "w") as file:
        file.write(said)
    say(f"{guest['name']}: over")


def main(path):
    with open(path) as file:
        orders = json.load(file)
    for address, identity in orders["identities"].items():
        if os.path.exists(f"{DEVICES}/{address}"):
            identify(address, identity)
    run([orders["hgxtopo"], "dump", "--json", "--with-ids"], f"{orders['out']}/host.json")
    say("hgxtopo has read the host")
    virsh = Virsh()
    for guest in orders["guests"]:
        run_guest(virsh, orders, guest)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
