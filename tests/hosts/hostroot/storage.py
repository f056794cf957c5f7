# SPDX-License-Identifier: LGPL-2.1-or-later
"""Disks, what is stacked on them, and what the host has mounted."""
from .describe import names, number, size

SECTOR = 512
DEFAULT_SIZE = 960 << 30
VIRTUAL = "sys/devices/virtual/block"
# Mounted on every Linux system.
PSEUDO_MOUNTS = (("proc", "/proc", "proc"), ("sysfs", "/sys", "sysfs"),
                 ("udev", "/dev", "devtmpfs"), ("tmpfs", "/run", "tmpfs"),
                 ("cgroup2", "/sys/fs/cgroup", "cgroup2"))


def raid_number(text):
    "a name such as md0"
    return int(text.removeprefix("md"))


class Block:
    def __init__(self, name, path, numbers, length):
        self.name, self.path, self.numbers, self.size = name, path, numbers, length


class Storage:
    """The block devices by their name below /dev/."""

    def __init__(self, tree, description, functions):
        self.tree, self.description, self.blocks = tree, description, {}
        self.nvme_minor = self.disks = 0
        drives = [f for f in functions if "nvme" in f.line]
        taken = {f.line.value("nvme", number) for f in drives if f.line["nvme"]}
        free = (n for n in range(len(drives) + len(taken)) if n not in taken)
        for f in drives:
            index = f.line.value("nvme", number) if f.line["nvme"] else next(free)
            self.put_nvme(f, index)
        for f in functions:
            for name in f.line.value("disks", names, []):
                self.put_sata(f, name)
        for line in description.lines["raid"]:
            self.put_raid(line)
        for index, line in enumerate(description.lines["dm"]):
            self.put_mapper(line, index)
        self.put_mounts()
        self.put_swaps()

    def put_block(self, path, numbers, length, device=None):
        """A whole disk or a partition."""
        tree, name, (major, minor) = self.tree, path.rsplit("/", 1)[1], numbers
        block = self.blocks[name] = Block(name, path, f"{major}:{minor}", length)
        tree.fill(path, dev=block.numbers, size=length // SECTOR, ro=0,
                  uevent=f"MAJOR={major}\nMINOR={minor}\nDEVNAME={name}")
        tree.folders.add(f"{path}/holders")
        tree.classed("block", path)
        tree.link(f"sys/dev/block/{block.numbers}", path)
        if device:
            tree.link(f"{path}/device", device)
        return block

    def lose_block(self, name, numbers, length):
        """A partition that the capture lacks, though it can be mounted."""
        self.blocks[name] = Block(name, None, "{}:{}".format(*numbers), length)

    def put_disk(self, path, next_numbers, line, device):
        """A disk with its partitions, all of one size."""
        length = line.value("size", size, DEFAULT_SIZE)
        disk = self.put_whole(path, next_numbers(), length, device)
        count = line.value("partitions", number, 0)
        for index in range(1, count + 1):
            name = f"{disk.name}{'p' if disk.name[-1].isdigit() else ''}{index}"
            if index == line.value("lost", number, 0):
                self.lose_block(name, next_numbers(), length // count)
                continue
            self.put_block(f"{path}/{name}", next_numbers(), length // count)
            self.tree.fill(f"{path}/{name}", partition=index,
                           start=(index - 1) * (length // count // SECTOR))

    def put_whole(self, path, numbers, length, device=None):
        block = self.put_block(path, numbers, length, device)
        self.tree.fill(path, removable=0, hidden=0)
        self.tree.fill(f"{path}/queue", rotational=0, logical_block_size=SECTOR)
        self.tree.folders.add(f"{path}/slaves")
        self.tree.link(f"sys/block/{block.name}", path)
        return block

    def next_nvme_numbers(self):
        self.nvme_minor += 1
        return 259, self.nvme_minor - 1

    def put_nvme(self, f, index):
        tree, path = self.tree, f"{f.path}/nvme/nvme{index}"
        tree.fill(path, model=f.line.get("name", "NVMe"), serial=f.line.get("serial", f"S{index:07}"),
                  state="live", transport="pcie", address=f.address, cntlid=index,
                  dev=f"240:{index}", numa_node=f.numa,
                  subsysnqn=f"nqn.2024-01.test:nvme{f.line.get('multipath', index)}")
        tree.classed("nvme", path)
        tree.link(f"{path}/device", f.path)
        if "multipath" not in f.line:
            self.put_disk(f"{path}/nvme{index}n1", self.next_nvme_numbers, f.line, path)
        else:
            self.put_multipath(f, path, index, f.line.value("multipath", number))

    def put_multipath(self, f, path, index, group):
        """The disk belongs to the subsystem; the controller has a hidden one."""
        tree, name = self.tree, f"nvme{group}c{index}n1"
        subsystem = f"sys/devices/virtual/nvme-subsystem/nvme-subsys{group}"
        length = f.line.value("size", size, DEFAULT_SIZE)
        tree.fill(f"{path}/{name}", hidden=1, size=length // SECTOR)
        tree.classed("block", f"{path}/{name}")
        tree.link(f"sys/block/{name}", f"{path}/{name}")
        tree.link(f"{path}/{name}/device", path)
        tree.link(f"{subsystem}/nvme{index}", path)
        tree.classed("nvme-subsystem", subsystem)
        disk = f"{subsystem}/nvme{group}n1"
        if f"nvme{group}n1" not in self.blocks:
            self.put_disk(disk, self.next_nvme_numbers, f.line, subsystem)

    def put_sata(self, f, name):
        host, minors = self.disks, iter(range(16 * self.disks, 16 * self.disks + 16))
        self.disks += 1
        device = f"{f.path}/ata{host + 1}/host{host}/target{host}:0:0/{host}:0:0:0"
        self.tree.fill(device, vendor="ATA", model=f"disk {name}", type=0)
        self.put_disk(f"{device}/block/{name}", lambda: (8, next(minors)), f.line, device)

    def stack(self, line, name, numbers):
        """A virtual disk on top of those that on= names."""
        below = [self.find(line, slave) for slave in line.value("on", names)]
        length = line.value("size", size, min(slave.size for slave in below))
        block = self.put_whole(f"{VIRTUAL}/{name}", numbers, length)
        for slave in below:
            self.tree.link(f"{block.path}/slaves/{slave.name}", slave.path)
            self.tree.link(f"{slave.path}/holders/{name}", block.path)
        return block

    def put_raid(self, line):
        name = line["name"]
        block = self.stack(line, name, (9, line.value("name", raid_number)))
        self.tree.fill(f"{block.path}/md", level=line.get("level", "raid1"),
                       array_state="clean", raid_disks=len(line.value("on", names)))

    def put_mapper(self, line, index):
        block = self.stack(line, f"dm-{index}", (253, index))
        self.tree.fill(f"{block.path}/dm", name=line["name"], uuid=f"LVM-{line['name']}",
                       suspended=0)
        self.blocks[f"mapper/{line['name']}"] = block

    def find(self, line, device):
        name = device.removeprefix("/dev/")
        return self.blocks.get(name) or line.bad(f"no such block device: '{name}'")

    def put_mounts(self):
        found = [(line["device"], line["folder"], line["type"],
                  self.find(line, line["device"]).numbers)
                 for line in self.description.lines["mount"]]
        mounts, infos = [], []
        for index, mount in enumerate([*found, *PSEUDO_MOUNTS]):
            device, folder, kind, *numbers = mount
            # Like a pseudo file system, btrfs has its own device number, not that of its disk.
            if not numbers or kind == "btrfs":
                numbers = [f"0:{21 + index}"]
            parent = 1 if folder == "/" else 24
            mounts.append(f"{device} {folder} {kind} rw,relatime 0 0")
            infos.append(f"{24 + index} {parent} {numbers[0]} / {folder} rw,relatime "
                         f"shared:{1 + index} - {kind} {device} rw")
        self.tree.fill("proc/self", mounts="\n".join(mounts), mountinfo="\n".join(infos))
        self.tree.link("proc/mounts", "proc/self/mounts")

    def put_swaps(self):
        rows = ["Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority"]
        for index, line in enumerate(self.description.lines["swap"]):
            block = self.find(line, line["device"])
            kib = block.size // 1024 - 4
            rows.append(f"/dev/{block.name:35}partition\t{kib}\t\t0\t\t{-2 - index}")
        self.tree.file("proc/swaps", "\n".join(rows))
