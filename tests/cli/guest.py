#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Describes a running guest for mkhost.py: what Linux shows in a guest started as planned.

    guest.py NAME.guest.json NAME.map.json HOST.json [CHANGE…]

The devices have the serial numbers and GUIDs of their host devices (from HOST.json, dumped
--with-ids). Changes:

    no-ids          no serial numbers and GUIDs
    swap=A,B        swap the host devices behind two addresses of the guest
    drop=A          remove a device
    again=A,PORT    another device like A, behind a port that has none
    flat=A          put the device on a root port of bus 0; flat=all: all of them, and no other port
    cpus=N          only N CPUs in node 0
    memory=SIZE     memory of node 0, such as 8G
    narrow=A        the device has trained 4 lanes only
    numa=A          a root bus that does not report a node
    other=LINE      another function on bus 0
"""
import json
import os
import sys

PORTS = {"root-port": "port=root link=16x16", "switch-up": "port=up link=2.5x1",
         "switch-down": "port=down"}


def main(arguments):
    guest, plan, host = (json.load(open(name)) for name in arguments[:3])
    changes = [word.split("=", 1) for word in arguments[3:]]
    ids = {f["address"]: f.get("ids") for f in host["pci"]}
    behind = {d["guest"]: d["host"] for d in plan["vms"][0]["devices"]}
    functions = {f["address"]: f for f in guest["pci"]}
    for change, *value in changes:
        apply(change, value[0].split(",") if value else [], functions, behind, ids)
    tests = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parts = os.path.join(tests, "hosts", "parts.txt")
    print(f"include {parts}\nmachine QEMU 'Standard PC (Q35 + ICH9, 2009)'\n"
          "kernel 6.1.0 'root=/dev/vda1'\nno-iommu")
    print_cpus(guest, dict(c for c in changes if len(c) == 2))
    for root in guest["host_bridges"]:
        print_root(root, functions, behind, ids, changes)
    return 0


def apply(change, words, functions, behind, ids):
    if change == "no-ids":
        ids.clear()
    elif change == "swap":
        a, b = words
        behind[a], behind[b] = behind[b], behind[a]
    elif change == "narrow":
        functions[words[0]]["narrow"] = True
    elif change == "drop":
        del functions[words[0]]
    elif change == "flat":
        for f in [f for f in functions.values() if words in (["all"], [f["address"]])]:
            if f["kind"] in PORTS:
                del functions[f["address"]]
            else:
                f["parent"] = "flat"
    elif change == "again":
        address = words[1][:-4] + "1e.0"
        functions[address] = {**functions[words[0]], "address": address, "parent": words[1]}


def print_cpus(guest, changes):
    threads = {}
    for cpu in guest["cpus"]:
        threads.setdefault((cpu["numa_node"], cpu["package"]), []).append(cpu["id"])
    print("cpu 'QEMU Virtual CPU' vendor=GenuineIntel family=15 model=107 stepping=1 threads=1 "
          "bits=46/48 flags='fpu sse2 lm hypervisor'")
    memory = {node["id"]: f"{node['memory'] >> 20}M" for node in guest["numa_nodes"]}
    memory[0] = changes.get("memory", memory.get(0))
    for (node, package), cpus in threads.items():
        last = cpus[0] + int(changes.get("cpus", 0)) - 1 if node == 0 and "cpus" in changes else cpus[-1]
        print(f"node {node} package={package} cpus={cpus[0]}-{last} memory={memory[node]}")


def print_root(root, functions, behind, ids, changes):
    inside = [f for f in functions.values() if f["parent"] == root]
    silent = ["numa", root] in changes
    numa = -1 if silent else max([f["numa_node"] for f in inside if f["numa_node"] is not None] or [-1])
    print(f"\nroot {root[8:]} numa={numa}")
    below(root, 1, functions, behind, ids)
    if root == "pci0000:00":
        print("".join(f"  {value}\n" for change, *value in changes if change == "other" for value in value))
        for number, f in enumerate(f for f in functions.values() if f["parent"] == "flat"):
            print(f"  {0x10 + number // 8:02x}.{number % 8} port id=1b36:000c port=root link=16x16")
            print_function(f, "00.0", 2, behind, ids)


def below(parent, depth, functions, behind, ids):
    for f in functions.values():
        if f["parent"] == parent:
            print_function(f, f["address"][-4:], depth, behind, ids)
            below(f["address"], depth + 1, functions, behind, ids)


def print_function(f, place, depth, behind, ids):
    words = [f"id={f['vendor'][2:]}:{f['device'][2:]}", f"class={f['class'][2:]}"]
    if f["kind"] in PORTS:
        words.append(PORTS[f["kind"]])
    elif f["link_max"]:
        words.append(f"port=endpoint link={f['link_max']['mts'] / 1000:g}x{f['link_max']['width']}")
        if f.get("narrow"):
            words.append(f"now={f['link_max']['mts'] / 1000:g}x4")
    print("  " * depth + f"{place} port", *words, "driver=none acs=none", identity(f, behind, ids))


def identity(f, behind, ids):
    known = ids.get(behind.get(f["address"])) or {}
    words = {"nvme": "nvme", "nic": "infiniband rate=400000"}.get(f["kind"], "")
    if known.get("drive_serial"):
        words += f" serial={known['drive_serial']}"
    elif f["kind"] == "nvme":
        words += " serial=0"
    if known.get("guid"):
        words += (" uuid=" if f["kind"] == "gpu" else " guid=") + known["guid"]
    elif f["kind"] == "nic":
        words += " guid=0000:0000:0000:0000"
    if known.get("device_serial"):
        words += f" dsn={known['device_serial']}"
    return words


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
