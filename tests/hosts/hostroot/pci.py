# SPDX-License-Identifier: LGPL-2.1-or-later
"""The PCI tree of a description: bus numbers, virtual functions, BARs, links, groups."""
from .describe import Line, bus_address, hexadecimal, ids, link, number, size

# PCI Express Base Specification 6.0, 7.5.3.2: device/port type.
PORTS = {"endpoint": 0, "root": 4, "up": 5, "down": 6, "to-pci": 7, "rc": 9,
         "rc-event": 10}
FACING_DOWN = ("root", "down")

# The windows of a bridge and their granularity. All roots share one IO and one memory space.
GRAIN = {"io": 0x1000, "memory": 0x100000, "prefetch": 0x100000}
IO_BASE, IO_END = 0x1000, 0x10000
MEMORY_BASE, MEMORY_END = 0x90000000, 0xfe000000
PREFETCH_BASE, PREFETCH_STEP = 0x200000000000, 0x40000000000

ROM, FIRST_VF_BAR = 6, 7  # index in the kernel's array of resources


class Bar:
    def __init__(self, index, length, flags):
        if flags not in ("", "io", "64", "p", "64p"):
            raise ValueError
        if index > ROM or length & length - 1:
            raise ValueError
        self.index, self.size, self.align, self.address = index, length, length, 0
        self.io, self.wide, self.prefetch = flags == "io", "64" in flags, "p" in flags
        self.space = "io" if self.io else "prefetch" if flags == "64p" else "memory"


def bars(text):
    "a list of BARs such as 0:16M:64p,5:128:io"
    found = [Bar(int(index), size(length), "".join(flags))
             for index, length, *flags in (bar.split(":") for bar in text.split(","))]
    taken = [bar.index + half for bar in found for half in range(1 + bar.wide)]
    if len(set(taken)) < len(taken):
        raise ValueError
    return found


class Root:
    """A root bus; for the functions below, it looks like a bridge."""
    is_bridge, port, link = True, None, None

    def __init__(self, line):
        self.line = line
        self.domain, self.secondary = line.value("bus", bus_address)
        self.path = f"sys/devices/pci{self.domain:04x}:{self.secondary:02x}"
        self.numa = line.value("numa", number, -1)
        self.children = [Function(child, self) for child in line.children]


class Function:
    def __init__(self, line, parent, place=None, pf=None):
        self.line, self.parent, self.pf = line, parent, pf
        dev, fn = (place or line["place"]).split(".")
        self.dev, self.fn = int(dev, 16), int(fn)
        self.domain, self.numa = parent.domain, line.value("numa", number, parent.numa)
        self.vendor, self.device = line.value("id", ids)
        self.subsys = pf.subsys if pf else line.value("subsys", ids, (0, 0))
        self.class_code = line.value("class", hexadecimal)
        self.revision = line.value("rev", hexadecimal, 0)
        self.is_bridge = self.class_code >> 8 == 0x0604
        self.link, self.now = pf.link if pf else line.value("link", link, None), None
        self.bars = {bar.index: bar for bar in line.value("bars", bars, [])}
        self.total_vfs = 0 if pf else line.value("sriov", number, 0)
        self.vfs, self.windows = [], {}
        self.port = line.get("port")
        self.check(parent)
        self.children = [Function(child, self) for child in line.children or []]

    def check(self, parent):
        if self.port and self.port not in PORTS:
            self.line.bad(f"port={self.port} is not one of {' '.join(PORTS)}")
        if not parent.is_bridge:
            self.line.bad(f"it is below a {parent.line['part']}, which is not a bridge")
        if parent.port in FACING_DOWN and self.dev and not self.pf:
            self.line.bad(f"only device 00 can be below a {parent.port} port")
        if self.dev > 0x1f:
            self.line.bad("the VFs do not fit on the bus")

    def siblings(self):
        """The functions of the same card, except virtual ones."""
        return [f for f in self.parent.children if f.dev == self.dev and not f.pf]


def walk(parent):
    for f in parent.children:
        yield f
        yield from walk(f)


def lay_out(description):
    """Builds the tree and everything that follows from it. Returns the functions by address."""
    roots = [Root(line) for line in description.lines["root"]]
    cursor = {"io": IO_BASE, "memory": MEMORY_BASE}
    for index, root in enumerate(roots):
        for bridge in [root, *walk(root)]:
            add_vfs(description, bridge)
        number_buses(root, root.secondary + 1)
        cursor["prefetch"] = PREFETCH_BASE + index * PREFETCH_STEP
        place_bars(root, cursor)
        train_links(root)
        if cursor["memory"] > MEMORY_END or cursor["io"] > IO_END:
            root.line.bad("the BARs below this do not fit below 4 GiB")
    functions = sorted((f for root in roots for f in walk(root)), key=lambda f: f.address)
    check_unique(roots, functions)
    give_groups(functions)
    return functions


def add_vfs(description, parent):
    """SR-IOV 1.1, 2.1.2: the first VF is at an offset from its PF; the others follow."""
    for pf in [f for f in parent.children if f.total_vfs]:
        vf_line = Line(pf.line.where, description.part(pf.line, pf.line.value("vf", str)))
        pfs = pf.siblings()
        pf.vf_offset = len(pfs) + pfs.index(pf) * (pf.total_vfs - 1)
        pf.vf_device = vf_line.value("id", ids)[1]
        for bar in pf.line.value("vf-bars", bars, []):
            bar.index, bar.size = bar.index + FIRST_VF_BAR, bar.size * pf.total_vfs
            pf.bars[bar.index] = bar
        if pf.line.value("vfs", number, 0) > pf.total_vfs:
            pf.line.bad(f"it can have at most {pf.total_vfs} VFs")
        for index in range(pf.line.value("vfs", number, 0)):
            dev, fn = divmod(pf.dev * 8 + pf.fn + pf.vf_offset + index, 8)
            pf.vfs.append(Function(vf_line, parent, f"{dev:02x}.{fn}", pf))
        parent.children += pf.vfs


def number_buses(parent, bus):
    """Depth first, as firmware does it. Returns the first free bus number."""
    parent.children.sort(key=lambda f: (f.dev, f.fn))
    for f in parent.children:
        f.bus = parent.secondary
        f.address = f"{f.domain:04x}:{f.bus:02x}:{f.dev:02x}.{f.fn}"
        f.path = f"{parent.path}/{f.address}"
        if f.is_bridge:
            f.secondary = f.line.value("bus", hexadecimal, bus)
            bus = number_buses(f, f.secondary + 1)
            f.subordinate = bus - 1
    if bus > 0x100:
        parent.line.bad("the bus numbers below this go beyond ff")
    return bus


def place_bars(parent, cursor):
    """Gives addresses to the BARs below @parent, large ones first, and windows to the
    bridges. Returns the lowest and the highest address used in each space."""
    used = {}

    def use(space, low, high):
        before = used.get(space, (low, high))
        used[space] = min(low, before[0]), max(high, before[1])
        cursor[space] = high + 1

    found = [bar for f in parent.children for bar in f.bars.values()]
    for bar in sorted(found, key=lambda bar: -bar.align):
        bar.address = round_up(cursor[bar.space], bar.align)
        use(bar.space, bar.address, bar.address + bar.size - 1)
    for f in [f for f in parent.children if f.is_bridge]:
        for space, grain in GRAIN.items():
            cursor[space] = round_up(cursor[space], grain)
        for space, (low, high) in place_bars(f, cursor).items():
            f.windows[space] = low & -GRAIN[space], high | GRAIN[space] - 1
            use(space, *f.windows[space])
    for pf in parent.children:
        for index, vf in enumerate(pf.vfs):
            vf.bars = {bar.index - FIRST_VF_BAR: vf_bar(bar, index)
                       for bar in pf.bars.values() if bar.index > ROM}
    return used


def round_up(address, align):
    return -(-address // align) * align


def vf_bar(shared, index):
    bar = Bar(shared.index - FIRST_VF_BAR, shared.align, "")
    bar.wide, bar.prefetch = shared.wide, shared.prefetch
    bar.address = shared.address + index * bar.size
    return bar


def train_links(parent):
    """Both ends of a link run at what the weaker end supports."""
    for f in parent.children:
        if f.link and parent.link and parent.port in FACING_DOWN:
            best = min(f.link[0], parent.link[0]), min(f.link[1], parent.link[1])
            f.now = f.line.value("now", link, best)
            if f is parent.children[0]:
                parent.now = f.now
        elif f.link:
            f.now = (1, 0) if f.port in FACING_DOWN else f.line.value("now", link, f.link)
        if f.pf:
            f.now = (0, 0)  # SR-IOV 1.1, 3.5.8: reserved in a VF
        train_links(f)


def check_unique(roots, functions):
    seen = {}
    for f in functions:
        if seen.setdefault(f.address, f) is not f:
            f.line.bad(f"{f.address} exists twice, also at {seen[f.address].line.where}")
    for bridge in roots + [f for f in functions if f.is_bridge]:
        bus = f"bus {bridge.domain:04x}:{bridge.secondary:02x}"
        if seen.setdefault(bus, bridge) is not bridge:
            bridge.line.bad(f"{bus} exists twice, also at {seen[bus].line.where}")


def give_groups(functions):
    """Everything behind a PCIe-to-PCI bridge is one group; other functions have their own."""
    found = {}
    for f in functions:
        shared = f.parent.group if f.parent.port == "to-pci" else f.address
        f.group = f.line.get("group", shared)
        f.group_number = found.setdefault(f.group, len(found))
