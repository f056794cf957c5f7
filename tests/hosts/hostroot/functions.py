# SPDX-License-Identifier: LGPL-2.1-or-later
"""The sysfs directory of a PCI function, and the links to it."""
from . import config, vpd
from .describe import SPEEDS, fields, number
from .pci import ROM
from .system import cpu_list, cpu_mask

# Flags of a resource as in the kernel's include/linux/ioport.h.
WINDOW_FLAGS = {"io": 0x101, "memory": 0x200, "prefetch": 0x102201}


def put_function(tree, description, system, f):
    if f.numa not in (-1, *(node.number for node in system.nodes)):
        f.line.bad(f"no such node: {f.numa}")
    near, code, space = system.near(f.numa), f"{f.class_code:06x}", config.make(f)
    subvendor, subdevice = f.subsys
    tree.fill(
        f.path, **{"class": f"0x{code}"}, revision=f"0x{f.revision:02x}",
        vendor=f"0x{f.vendor:04x}", device=f"0x{f.device:04x}",
        subsystem_vendor=f"0x{subvendor:04x}", subsystem_device=f"0x{subdevice:04x}",
        uevent=uevent(f),
        modalias=f"pci:v{f.vendor:08X}d{f.device:08X}sv{subvendor:08X}sd{subdevice:08X}"
                 f"bc{code[:2]}sc{code[2:4]}i{code[4:]}",
        config=space[:64] if description.lines["user"] else space, resource=resource(f),
        numa_node=f.numa, local_cpulist=cpu_list(near),
        local_cpus=cpu_mask(near, system.bits),
        enable=1, irq=0 if f.pf else 16, msi_bus=1, d3cold_allowed=1)
    tree.link(f"{f.path}/subsystem", "sys/bus/pci")
    tree.link(f"sys/bus/pci/devices/{f.address}", f.path)
    if "driver" in f.line:
        driver = f"sys/bus/pci/drivers/{f.line['driver']}"
        tree.link(f"{f.path}/driver", driver)
        tree.link(f"{driver}/{f.address}", f.path)
    if not description.lines["no-iommu"]:
        group = f"sys/kernel/iommu_groups/{f.group_number}"
        tree.file(f"{group}/type", "identity")
        tree.link(f"{f.path}/iommu_group", group)
        tree.link(f"{group}/devices/{f.address}", f.path)
    if "vpd" in f.line and not f.pf and not description.lines["user"]:
        tree.file(f"{f.path}/vpd", vpd.make(f.line.get("name", ""), f.line.value("vpd", fields)))
    put_link(tree, f)
    put_bridge(tree, f)
    put_sriov(tree, f)
    put_uuid(tree, f)
    put_memory_node(tree, f)
    if f.class_code >> 8 == 0x0300:
        tree.file(f"{f.path}/boot_vga", int("boot-vga" in f.line))


def uevent(f):
    driver = f"DRIVER={f.line['driver']}\n" if "driver" in f.line else ""
    return (f"{driver}PCI_CLASS={f.class_code:X}\n"
            f"PCI_ID={f.vendor:04X}:{f.device:04X}\n"
            f"PCI_SUBSYS_ID={f.subsys[0]:04X}:{f.subsys[1]:04X}\n"
            f"PCI_SLOT_NAME={f.address}")


def resource(f):
    """Start, end and flags of 6 BARs, the ROM, 6 BARs of VFs and 4 windows of a bridge."""
    rows = [(0, 0, 0)] * (17 if f.is_bridge else 13)
    for bar in f.bars.values():
        flags = 0x40101 if bar.io else 0x40200
        flags |= bar.prefetch * 0x2008 | bar.wide * 0x100004 | (bar.index == ROM) * 0x6000
        rows[bar.index] = bar.address, bar.address + bar.size - 1, flags
    for row, (space, flags) in enumerate(WINDOW_FLAGS.items(), 13):
        if space in f.windows:
            rows[row] = *f.windows[space], flags
    return "\n".join("0x%016x 0x%016x 0x%016x" % row for row in rows)


def put_link(tree, f):
    """The kernel has these files for every PCIe capability, with a link or without."""
    if f.port:
        (speed, width), (now_speed, now_width) = f.link or (0, 255), f.now or (0, 0)
        tree.fill(f.path, max_link_speed=speed_text(speed), max_link_width=width,
                  current_link_speed=speed_text(now_speed), current_link_width=now_width)


def speed_text(code):
    return f"{float(SPEEDS[code]):.1f} GT/s PCIe" if code else SPEEDS[0]


def put_bridge(tree, f):
    if f.is_bridge:
        tree.fill(f.path, secondary_bus_number=f.secondary,
                  subordinate_bus_number=f.subordinate)
    elif f.port == "endpoint":
        tree.file(f"{f.path}/reset_method", "flr" if f.pf else "flr bus")
    if "slot" in f.line:
        bus, dev = (f.secondary, 0) if f.is_bridge else (f.bus, f.dev)
        tree.file(f"sys/bus/pci/slots/{f.line['slot']}/address",
                  f"{f.domain:04x}:{bus:02x}:{dev:02x}")


def put_sriov(tree, f):
    if f.total_vfs:
        tree.fill(f.path, sriov_totalvfs=f.total_vfs, sriov_numvfs=len(f.vfs),
                  sriov_offset=f.vf_offset, sriov_stride=1,
                  sriov_vf_device=f"{f.vf_device:x}", sriov_drivers_autoprobe=1)
    for index, vf in enumerate(f.vfs):
        tree.link(f"{f.path}/virtfn{index}", vf.path)
        tree.link(f"{vf.path}/physfn", f.path)


def put_uuid(tree, f):
    """What NVIDIA's driver reports about a GPU."""
    if "uuid" in f.line:
        tree.file(f"proc/driver/nvidia/gpus/{f.address}/information",
                  f"Model: \t\t {f.line.get('name', 'GPU')}\nIRQ:   \t\t 16\n"
                  f"GPU UUID: \t {f.line['uuid']}\nBus Type: \t PCIe\n"
                  f"Bus Location: \t {f.address}")


def put_memory_node(tree, f):
    """The NUMA node that NVIDIA's driver makes of a GPU's memory."""
    if "memory-node" in f.line:
        tree.file(f"proc/driver/nvidia/gpus/{f.address}/numa_status",
                  f"Node: {f.line.value('memory-node', number)}\nStatus: online")


def put_drm(tree, functions):
    """drm=card: a device that only displays; drm=render: one that also renders."""
    for index, f in enumerate(f for f in functions if "drm" in f.line):
        minors = {f"card{index}": index}
        if f.line["drm"] == "render":
            minors[f"renderD{128 + index}"] = 128 + index
        for name, minor in minors.items():
            path = f"{f.path}/drm/{name}"
            tree.file(f"{path}/dev", f"226:{minor}")
            tree.classed("drm", path)
            tree.link(f"{path}/device", f.path)
