# SPDX-License-Identifier: LGPL-2.1-or-later
"""Network interfaces, InfiniBand devices, bonds, bridges, addresses and routes."""
import ipaddress

from .describe import interface, names, number

VIRTUAL = "sys/devices/virtual/net"
# As in the kernel's include/uapi/linux/if_arp.h.
ETHERNET, INFINIBAND, LOOPBACK = 1, 32, 772
MTU = {ETHERNET: 1500, INFINIBAND: 4092, LOOPBACK: 65536}
RATES = {100: "EDR", 200: "HDR", 400: "NDR", 800: "XDR"}


ROUTE_HEAD = ("Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\t"
              "Window\tIRTT")


class Network:
    """The interfaces by name: path and index."""

    def __init__(self, tree, description, functions):
        self.tree, self.description, self.interfaces = tree, description, {}
        self.put_interface(f"{VIRTUAL}/lo", LOOPBACK, "00:00:00:00:00:00")
        for f in functions:
            if "net" in f.line:
                self.put_card(f)
        for index, f in enumerate(f for f in functions if "infiniband" in f.line):
            self.put_infiniband(f, f"mlx5_{index}")
        for sort in "bond", "bridge":
            for line in description.lines[sort]:
                self.put_master(line, sort)
        self.put_addresses()

    def put_interface(self, path, kind, mac, rate=0, up=True):
        name, index = path.rsplit("/", 1)[1], len(self.interfaces) + 1
        self.interfaces[name] = (path, index)
        flags, state = ("0x1003", "up") if up else ("0x1002", "down")
        if kind == LOOPBACK:
            flags, state = "0x9", "unknown"
        self.tree.fill(
            path, type=kind, address=mac, addr_len=len(mac.split(":")), mtu=MTU[kind],
            ifindex=index, iflink=index, dev_id="0x0", dev_port=0,
            flags=flags, operstate=state, carrier=int(up),
            uevent=f"INTERFACE={name}\nIFINDEX={index}")
        if rate:
            self.tree.file(f"{path}/speed", rate if up else -1)
        self.tree.classed("net", path)

    def put_card(self, f):
        kind, mac = ETHERNET, ethernet(f)
        if is_infiniband(f):
            kind, mac = INFINIBAND, f"00:00:10:49:fe:80:00:00:00:00:00:00:{guid(f)}"
        path = f"{f.path}/net/{interface_name(f)}"
        self.put_interface(path, kind, mac, f.line.value("rate", number, 1000),
                           "no-carrier" not in f.line)
        self.tree.link(f"{path}/device", f.path)
        if "port-name" in f.line:
            self.tree.file(f"{path}/phys_port_name", f.line["port-name"])

    def put_infiniband(self, f, name):
        path, digits = f"{f.path}/infiniband/{name}", guid(f).replace(":", "")
        words = f.line.get("guid") or ":".join(digits[i:i + 4] for i in range(0, 16, 4))
        rate = f.line.value("rate", number) // 1000
        self.tree.fill(path, node_guid=words, sys_image_guid=words, node_type="1: CA",
                       fw_ver="28.41.1000", hca_type=f"MT{f.device}")
        self.tree.fill(f"{path}/ports/1", state="4: ACTIVE", phys_state="5: LinkUp",
                       rate=f"{rate} Gb/sec (4X {RATES.get(rate, 'SDR')})",
                       link_layer="InfiniBand" if is_infiniband(f) else "Ethernet")
        self.tree.classed("infiniband", path)
        self.tree.link(f"{path}/device", f.path)

    def put_master(self, line, sort):
        """A bond or bridge on top of the interfaces that on= names."""
        path, tree = f"{VIRTUAL}/{line['name']}", self.tree
        slaves = {slave: self.find(line, slave)[0] for slave in line.value("on", names)}
        mac = f"02:bb:00:00:00:{len(self.interfaces):02x}"
        self.put_interface(path, ETHERNET, mac, 1000)
        for slave, slave_path in slaves.items():
            tree.link(f"{path}/lower_{slave}", slave_path)
            tree.link(f"{slave_path}/upper_{line['name']}", path)
            tree.link(f"{slave_path}/master", path)
            if sort == "bridge":
                tree.file(f"{slave_path}/brport/state", 3)
                tree.link(f"{slave_path}/brport/bridge", path)
                tree.link(f"{path}/brif/{slave}", f"{slave_path}/brport")
            else:
                tree.file(f"{slave_path}/bonding_slave/state", "active")
        if sort == "bridge":
            tree.file(f"{path}/bridge/stp_state", 0)
        else:
            tree.fill(f"{path}/bonding", slaves=" ".join(slaves), mode="802.3ad 4")

    def find(self, line, name):
        return self.interfaces.get(name) or line.bad(f"no such interface: '{name}'")

    def put_addresses(self):
        routes, inet6 = [], [f"{1:032x} 01 80 10 80       lo"]
        for line in self.description.lines["address"]:
            name, address = line["interface"], line.value("address", interface)
            index, network = self.find(line, name)[1], address.network
            if address.version == 6:
                bits = network.prefixlen
                inet6.append(f"{int(address.ip):032x} {index:02x} {bits:02x} 00 80 {name:>8}")
                continue
            if "gateway" in line:
                routes.insert(0, route(name, 0, line.value("gateway", gateway), 3, 0))
            routes.append(route(name, network.network_address, 0, 1, network.netmask))
        rows = "\n".join(f"{row:127}" for row in [ROUTE_HEAD] + routes)
        self.tree.file("proc/self/net/route", rows)
        self.tree.file("proc/self/net/if_inet6", "\n".join(inet6))
        self.tree.link("proc/net", "proc/self/net")


def gateway(text):
    "an IPv4 address"
    return ipaddress.IPv4Address(text)


def route(name, target, via, flags, mask):
    """The addresses are in network order, read as a number in this machine's byte order."""
    target, via, mask = (ipaddress.IPv4Address(a).packed[::-1].hex().upper()
                         for a in (target, via, mask))
    return f"{name}\t{target}\t{via}\t{flags:04X}\t0\t0\t0\t{mask}\t0\t0\t0"


def is_infiniband(f):
    return f.class_code >> 8 == 0x0207


def interface_name(f):
    """net=en and net=ib: the name that udev derives from the address; others are used as is."""
    port = f"n{f.line['port-name']}" if "port-name" in f.line else ""
    return card_name(f) + port if f.line["net"] in ("en", "ib") else f.line["net"]


def card_name(f):
    if f.pf:
        return f"{card_name(f.pf)}v{f.pf.vfs.index(f)}"
    domain = f"P{f.domain}" if f.domain else ""
    function = f"f{f.fn}" if len(f.siblings()) > 1 else ""
    return f"{f.line['net']}{domain}p{f.bus}s{f.dev}{function}"


def ethernet(f):
    return f"02:00:00:{f.domain:02x}:{f.bus:02x}:{f.dev << 3 | f.fn:02x}"


def guid(f):
    return f"02:00:00:ff:fe:{f.domain:02x}:{f.bus:02x}:{f.dev << 3 | f.fn:02x}"
