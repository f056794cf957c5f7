#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Assigns devices to guests for real: on a stand-in host, planned live and started by libvirt.

    assigned.py --boot DIR --hgxtopo PROGRAM --server SERVER.json WORK NAME/FIRMWARE[:OPTION…]…

SERVER.json is a topology that `hgxtopo dump --json` wrote. A virtual machine (host.py) gets the
server's root buses, switches and NUMA nodes, and emulated devices in place of the server's. In
it, inside.py runs hgxtopo and libvirt. Each NAME is a guest with the OPTIONs of emit; the guests
run one after the other. With SeaBIOS, started.py changes the domain; with OVMF, the guest is
planned into a base domain and started as hgxtopo wrote it.

Each claim has a file WORK/CLAIM.log, which is empty if the claim holds. Exit status: 0 all claims
hold, 1 some do not, 2 usage, 77 something must be installed first.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True

import claims
import compare
import host
import initramfs
import started
from standin import Refused, Skip, check_installed

HERE = os.path.dirname(os.path.abspath(__file__))
# Quiet, no self-tests, no second look at the clock: each costs seconds where every instruction
# is translated twice. Without the PCIe port driver and AER, a root port takes less time.
CMDLINE = ("console=ttyS2 quiet panic=-1 mitigations=off nokaslr pcie_ports=compat pci=noaer "
           "cryptomgr.notests audit=0 apparmor=0 tsc=reliable no_timer_check")
SECONDS = 600  # for one guest
REST = 300  # for the host to start, and everything else but the guests


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--boot", required=True, help="where kernel.sh put kernel and modules")
    parser.add_argument("--hgxtopo", required=True, help="the program")
    parser.add_argument("--server", required=True, help="the machine that the host stands in for")
    parser.add_argument("work", metavar="WORK")
    parser.add_argument("guests", nargs="+", metavar="NAME/FIRMWARE[:OPTION…]")
    options = parser.parse_args()
    for guest in options.guests:
        if guest.partition(":")[0].partition("/")[2] not in ("seabios", "ovmf"):
            parser.error(f"{guest}: not NAME/FIRMWARE[:OPTION…]")
    return options


def order_guest(text, orders):
    """What inside.py is told about one guest. Makes its directory, with a base domain for OVMF."""
    head, _, words = text.partition(":")
    name, _, firmware = head.partition("/")
    directory = f"{orders['out']}/{name}"
    os.makedirs(directory)
    options = words.split()
    if firmware == "ovmf":
        with open(f"{directory}/base.xml", "w") as file:
            file.write(started.base(name, orders, f"/run/{name}"))
        options += ["--base", f"{directory}/base.xml"]
    else:
        options += ["--name", name]
    with open(f"{directory}/options", "w") as file:
        file.write(" ".join(options))
    return {"name": name, "options": options}


def write_orders(options, stand_ins):
    orders = {"out": f"{options.work}/out", "hgxtopo": options.hgxtopo,
              "identities": stand_ins.identities(), "seconds": SECONDS,
              "kernel": f"{options.boot}/vmlinuz", "initrd": f"{options.work}/guest.cpio",
              "cmdline": CMDLINE}
    orders["guests"] = [order_guest(guest, orders) for guest in options.guests]
    initramfs.write(orders["initrd"], initramfs.of_live_guest(options.hgxtopo))
    with open(f"{options.work}/orders.json", "w") as file:
        json.dump(orders, file)
    return orders


def script(options):
    return (f"export PATH='{os.environ['PATH']}'\n"
            f"exec '{sys.executable}' '{HERE}/inside.py' '{options.work}/orders.json'\n")


def console_end(path):
    if not os.path.exists(path):
        return f"{path} was not written"
    with open(path, errors="replace") as console:
        return f"the end of {path}:\n{console.read()[-2000:]}"


def host_end(options):
    """What the stand-in host, its QEMU and its file servers said at the end."""
    said = [console_end(f"{options.work}/host.console")]
    for name in ("host.qemu", "root.virtiofsd", "out.virtiofsd"):
        path = f"{options.work}/{name}"
        if os.path.exists(path) and os.path.getsize(path):
            said.append(console_end(path))
    return "\n".join(said)


def is_late(seconds, orders):
    guests = len(orders["guests"]) if os.path.exists(f"{orders['out']}/host.json") else 0
    return seconds > REST + 2 * SECONDS * guests


def run_host(options, stand_ins, orders):
    machine = host.Host(options.work, options.boot, orders["out"])
    begun = time.monotonic()
    try:
        machine.start(stand_ins, script(options))
        while machine.process.poll() is None and not is_late(time.monotonic() - begun, orders):
            time.sleep(0.5)
    finally:
        machine.stop()
    tell(options)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"  the stand-in host ran for {time.monotonic() - begun:.0f} s; "
          f"{used.ru_utime + used.ru_stime:.0f} s of processor time so far", flush=True)


def tell(options):
    """Prints the messages of inside.py, with their times."""
    path = f"{options.work}/host.console"
    with open(path if os.path.exists(path) else os.devnull, errors="replace") as console:
        for line in console:
            if line.startswith("inside: "):
                print(f"  {line[8:].strip()}", flush=True)


def write_log(options, claim, wrong):
    with open(f"{options.work}/{claim}.log", "w") as log:
        log.write("\n".join(wrong))
    return wrong


def judge(options, stand_ins, orders):
    """{claim: what is wrong}"""
    out = orders["out"]
    with open(f"{out}/host.json") as file:
        live = compare.Machine(file.read())
    wrong = {"host": list(claims.of_host(stand_ins, live))}
    for guest in orders["guests"]:
        directory = f"{out}/{guest['name']}"
        try:
            with open(f"{directory}/refused") as file:
                if said := file.read():
                    raise Refused(said)
            shutil.copyfile(f"{out}/host.json", f"{directory}/host.json")
            seen = claims.Seen(directory, stand_ins, live, options.hgxtopo)
            for claim, said in seen.judge():
                wrong[f"{guest['name']}{claim}"] = said
            print(f"  {guest['name']}: {compare.counts(seen.plan)}", flush=True)
        except (Refused, OSError, ValueError, subprocess.CalledProcessError) as failure:
            wrong[guest["name"]] = [str(failure), console_end(f"{directory}/console"),
                                    console_end(f"{options.work}/host.console")]
    return wrong


def run_all(options):
    check_installed(["seabios", "ovmf"])
    host.check_installed(options.boot)
    with open(options.server) as file:
        stand_ins = host.StandIns(compare.Machine(file.read()))
    os.makedirs(f"{options.work}/out")
    orders = write_orders(options, stand_ins)
    run_host(options, stand_ins, orders)
    if not os.path.exists(f"{orders['out']}/host.json"):
        print("  the stand-in host did not come up and is started once more; "
              f"{host_end(options)}", flush=True)
        run_host(options, stand_ins, orders)
    if not os.path.exists(f"{orders['out']}/host.json"):
        raise Refused(host_end(options))
    wrong = judge(options, stand_ins, orders)
    return any([write_log(options, claim, said) for claim, said in wrong.items()])


def main():
    options = parse_arguments()
    options.work, options.boot = os.path.abspath(options.work), os.path.abspath(options.boot)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return int(run_all(options))
    except Skip as missing:
        print(f"skipped: {missing}", file=sys.stderr)
        return 77
    except (Refused, OSError) as failure:
        print(f"assigned.py: {failure}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
