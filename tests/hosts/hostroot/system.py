# SPDX-License-Identifier: LGPL-2.1-or-later
"""CPUs, NUMA nodes and memory, and what /proc shows of the whole machine."""
import re

from .describe import Line, cpu_numbers, number, numbers, size, total_and_free

DEFAULT_DISTANCE = Line("", {"self": "10", "near": "20", "far": "20"})
HUGE_SIZES = {"huge-2M": 2048, "huge-1G": 1048576}


def cpu_list(cpus):
    spans = []
    for cpu in sorted(cpus):
        if spans and spans[-1][1] == cpu - 1:
            spans[-1][1] = cpu
        else:
            spans.append([cpu, cpu])
    return ",".join(f"{first}" if first == last else f"{first}-{last}"
                    for first, last in spans)


def cpu_mask(cpus, bits):
    """In words of 32 bits, with one bit for each CPU that the machine can have."""
    mask = f"{sum(1 << cpu for cpu in cpus):0{-(-bits // 4)}x}"
    return ",".join(re.findall(".{1,8}", mask[::-1]))[::-1]


class Cpu:
    def __init__(self, node, package, core):
        self.node, self.package, self.core = node, package, core


class Node:
    def __init__(self, line, threads):
        self.line, self.number = line, line.value("number", number)
        self.package = line.value("package", number, None)
        self.cpus = line.value("cpus", cpu_numbers, [])
        self.kib = line.value("memory", size, 0) // 1024
        self.huge = {kib: line.value(key, total_and_free, (0, 0))
                     for key, kib in HUGE_SIZES.items()}
        if self.cpus and self.package is None:
            line.bad("a node with CPUs needs package=")
        if len(self.cpus) % threads:
            line.bad(f"{len(self.cpus)} CPUs are not a whole number of cores")


class System:
    def __init__(self, description):
        self.description, self.line = description, description.one("cpu")
        self.is_arm64 = self.line.get("arch") == "arm64"
        self.threads = self.line.value("threads", number, 1)
        self.nodes = [Node(line, self.threads) for line in description.lines["node"]]
        self.cpus = self.read_cpus()
        self.offline = self.listed("offline", [])
        self.possible = self.listed("possible", self.cpus)
        if not set(self.offline) <= set(self.cpus) <= set(self.possible):
            self.line.bad("an offline CPU is not in any node, or a CPU of a node is not possible")
        self.bits = max(self.possible) + 1
        self.online = [cpu for cpu in sorted(self.cpus) if cpu not in self.offline]
        self.siblings = {}
        for cpu in self.online:
            for key in self.package_of(cpu), self.core_of(cpu):
                self.siblings.setdefault(key, []).append(cpu)

    def read_cpus(self):
        """A node lists the first threads of its cores, then the second ones."""
        cpus, cores = {}, {}
        for node in self.nodes:
            if [other.number for other in self.nodes].count(node.number) > 1:
                node.line.bad(f"node {node.number} exists twice")
            first, count = cores.get(node.package, 0), len(node.cpus) // self.threads
            cores[node.package] = first + count
            for place, cpu in enumerate(node.cpus):
                if cpu in cpus:
                    node.line.bad(f"CPU {cpu} is also in another node")
                cpus[cpu] = Cpu(node, node.package, first + place % count)
        return cpus or self.description.one("node").bad("no node has CPUs")

    def listed(self, sort, default):
        lines = self.description.lines[sort]
        return lines[-1].value("cpus", cpu_numbers) if lines else default

    def package_of(self, cpu):
        return ("package", self.cpus[cpu].package)

    def core_of(self, cpu):
        return ("core", self.cpus[cpu].package, self.cpus[cpu].core)

    def near(self, numa):
        """The CPUs that Linux calls local to a device; for node -1, all of them."""
        return [cpu for cpu in self.online if numa in (-1, self.cpus[cpu].node.number)]

    def distances(self, node):
        if "distance" in node.line:
            found = node.line.value("distance", numbers)
            if len(found) != len(self.nodes):
                node.line.bad(f"distance= needs {len(self.nodes)} numbers")
            return found
        lines = [DEFAULT_DISTANCE] + self.description.lines["distance"]
        same, near, far = (lines[-1].value(word, number) for word in ("self", "near", "far"))
        return [same if other is node else near if other.package == node.package else far
                for other in self.nodes]

    def huge_pages(self, kib):
        return [sum(node.huge[kib][i] for node in self.nodes) for i in (0, 1)]


def put_system(tree, system):
    for cpu in sorted(system.cpus):
        put_cpu(tree, system, cpu)
    for node in system.nodes:
        put_node(tree, system, node)
    top = "sys/devices/system"
    tree.fill(f"{top}/cpu", online=cpu_list(system.online), present=cpu_list(system.cpus),
              possible=cpu_list(system.possible), kernel_max=8191,
              offline=cpu_list(set(system.possible) - set(system.online)))
    all_nodes, with_memory, with_cpus = (
        cpu_list(node.number for node in system.nodes if wanted(node)) for wanted in
        (lambda node: True, lambda node: node.kib, lambda node: system.near(node.number)))
    tree.fill(f"{top}/node", online=all_nodes, possible=all_nodes, has_memory=with_memory,
              has_normal_memory=with_memory, has_cpu=with_cpus)
    for kib in HUGE_SIZES.values():
        put_huge_pages(tree, f"sys/kernel/mm/hugepages/hugepages-{kib}kB",
                       *system.huge_pages(kib))
    put_proc(tree, system)


def put_cpu(tree, system, cpu):
    folder, me = f"sys/devices/system/cpu/cpu{cpu}", system.cpus[cpu]
    if cpu:  # x86 cannot take CPU 0 offline, so it has no such file
        tree.file(f"{folder}/online", int(cpu in system.online))
    if cpu not in system.online:
        tree.folders.add(folder)
        return
    node = f"node{me.node.number}"
    tree.link(f"{folder}/{node}", f"sys/devices/system/node/{node}")
    tree.link(f"sys/devices/system/node/{node}/cpu{cpu}", folder)
    package = -1 if "no-package" in system.line else me.package
    tree.fill(f"{folder}/topology", physical_package_id=package, die_id=0, core_id=me.core)
    package = system.siblings[system.package_of(cpu)]
    core = system.siblings[system.core_of(cpu)]
    for name, cpus in (("package_cpus", package), ("core_siblings", package),
                       ("die_cpus", package),
                       ("core_cpus", core), ("thread_siblings", core)):
        tree.file(f"{folder}/topology/{name}", cpu_mask(cpus, system.bits))
        tree.file(f"{folder}/topology/{name}_list", cpu_list(cpus))


def put_node(tree, system, node):
    folder, near = f"sys/devices/system/node/node{node.number}", system.near(node.number)
    free = node.kib - sum(kib * pages[0] for kib, pages in node.huge.items())
    rows = [("MemTotal", node.kib, " kB"), ("MemFree", free * 15 // 16, " kB"),
            ("MemUsed", node.kib - free * 15 // 16, " kB"),
            ("HugePages_Total", node.huge[2048][0], ""),
            ("HugePages_Free", node.huge[2048][1], ""), ("HugePages_Surp", 0, "")]
    tree.fill(folder, cpulist=cpu_list(near), cpumap=cpu_mask(near, system.bits),
              distance=" ".join(map(str, system.distances(node))),
              meminfo="\n".join(f"Node {node.number} {name + ':':15}{value:>8}{unit}"
                                for name, value, unit in rows))
    for kib, pages in node.huge.items() if node.kib else ():
        put_huge_pages(tree, f"{folder}/hugepages/hugepages-{kib}kB", *pages)


def put_huge_pages(tree, folder, total, free):
    tree.fill(folder, nr_hugepages=total, free_hugepages=free, surplus_hugepages=0)


def put_proc(tree, system):
    description = system.description
    kernel = description.one("kernel")
    version = f"Linux version {kernel['release']} (builder@build) #1 SMP PREEMPT_DYNAMIC"
    tree.fill("proc", version=version,
              cmdline=f"BOOT_IMAGE=/vmlinuz {kernel['arguments']}".rstrip(),
              cpuinfo="\n".join(cpuinfo(system, cpu) for cpu in system.online),
              meminfo=meminfo(system))
    tree.file("proc/self/cgroup", "0::/")
    # What hwloc cannot read from a file; without this it shows the machine that it runs on.
    tree.file("proc/hwloc-nofile-info", f"OSName: Linux\nOSRelease: {kernel['release']}\n"
              "OSVersion: #1 SMP PREEMPT_DYNAMIC\nHostName: host\n"
              f"Architecture: {'aarch64' if system.is_arm64 else 'x86_64'}")
    for line in description.lines["machine"]:
        tree.fill("sys/devices/virtual/dmi/id", sys_vendor=line["maker"],
                  product_name=line["model"])
        tree.classed("dmi", "sys/devices/virtual/dmi/id")


def arm64_cpuinfo(cpu):
    rows = (("processor", cpu), ("BogoMIPS", "2000.00"), ("Features", "fp asimd atomics"),
            ("CPU implementer", "0x41"), ("CPU architecture", 8), ("CPU variant", "0x0"),
            ("CPU part", "0xd4f"), ("CPU revision", 0))
    return "".join(f"{name:<16}: {value}\n" for name, value in rows)


def cpuinfo(system, cpu):
    if system.is_arm64:
        return arm64_cpuinfo(cpu)
    line, me = system.line, system.cpus[cpu]
    package = system.siblings[system.package_of(cpu)]
    cores = {system.cpus[other].core for other in package}
    physical, virtual = line.value("bits", lambda text: text.split("/"), ("46", "48"))
    rows = (("processor", cpu), ("vendor_id", line.get("vendor", "GenuineIntel")),
            ("cpu family", line.get("family", 6)), ("model", line.get("model", 143)),
            ("model name", line["model-name"]), ("stepping", line.get("stepping", 0)),
            ("physical id", me.package), ("siblings", len(package)), ("core id", me.core),
            ("cpu cores", len(cores)), ("flags", line.get("flags", "")),
            ("address sizes", f"{physical} bits physical, {virtual} bits virtual"))
    return "".join(name + ("\t" if len(name) > 7 else "\t\t") + f": {value}\n"
                   for name, value in rows)


def meminfo(system):
    total = sum(node.kib for node in system.nodes)
    huge = {kib: system.huge_pages(kib) for kib in HUGE_SIZES.values()}
    taken = sum(kib * pages[0] for kib, pages in huge.items())
    free = (total - taken) * 15 // 16
    rows = (("MemTotal", total, " kB"), ("MemFree", free, " kB"),
            ("MemAvailable", free, " kB"),
            ("HugePages_Total", huge[2048][0], ""), ("HugePages_Free", huge[2048][1], ""),
            ("Hugepagesize", 2048, " kB"), ("Hugetlb", taken, " kB"))
    return "\n".join(f"{name + ':':15} {value:>8}{unit}" for name, value, unit in rows)
