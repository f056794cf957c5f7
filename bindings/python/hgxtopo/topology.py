# SPDX-License-Identifier: LGPL-2.1-or-later
"""Topologies and their nodes."""

import ctypes
import os
from typing import TYPE_CHECKING, Any, Dict, Iterator, Mapping, Optional, Sequence, Tuple, Type, Union

from . import handles, options
from .check import Findings
from .enums import Distance, Kind
from .errors import made, taken, text
from .handles import Handle, TopologyPointer
from .layout import V, decode, elements, encode, terminated
from .library import lib, lib_alone
from .values import Cpu, Finding, Link, Links, Memory, Pci, Processor

if TYPE_CHECKING:
    from typing_extensions import Unpack

#: A kind, or its name.
AnyKind = Union[Kind, str]


class Node(Handle):
    """A node of a topology: the machine, a CPU, a NUMA node, a PCI function and so on. It keeps
    its topology alive. Nodes are equal if they are the same node of the same topology."""

    __slots__ = ("address", "topology", "__weakref__")
    address: int
    topology: "Topology"

    def __init__(self, *_: Any) -> None:
        raise TypeError('nodes come from a topology, such as topology["0000:19:00.0"]')

    @classmethod
    def at(cls, address: Optional[int], topology: "Topology") -> Optional["Node"]:
        """The node at an address; None for NULL."""
        if address is None:
            return None
        node = object.__new__(cls)
        node.address = address
        node.topology = topology
        return node

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and self.address == other.address

    def __hash__(self) -> int:
        return hash(self.address)

    def __repr__(self) -> str:
        return f"<Node {self.kind} {self.name}>"

    def other(self, address: Optional[int]) -> Optional["Node"]:
        return Node.at(address, self.topology)

    @property
    def kind(self) -> Kind:
        """What the node is."""
        return Kind(lib.hgx_node_kind(self.address))

    @property
    def name(self) -> str:
        """Its unique name: "0000:19:00.0" for PCI functions, "pci0000:15" for root buses, "cpu3",
        "node0", "package1", "core0:0:12" (package:die:core), "machine"."""
        return decode(lib.hgx_node_name(self.address)) or ""

    @property
    def parent(self) -> Optional["Node"]:
        """None for the root."""
        return self.other(lib.hgx_node_parent(self.address))

    @property
    def children(self) -> Tuple["Node", ...]:
        """Sorted: packages, NUMA nodes, host bridges; then by number or address."""
        found = []
        child = self.other(lib.hgx_node_first_child(self.address))
        while child:
            found.append(child)
            child = self.other(lib.hgx_node_next_sibling(child.address))
        return tuple(found)

    def nodes(self, kind: Optional[AnyKind] = None) -> Iterator["Node"]:
        """The tree below the node, the node included, parents before children; or the nodes of
        one kind in it."""
        return self._walk(None if kind is None else Kind.of(kind))

    def _walk(self, kind: Optional[Kind]) -> Iterator["Node"]:
        node = self.after(None, kind)
        while node:
            yield node
            node = self.after(node.address, kind)

    def after(self, address: Optional[int], kind: Optional[Kind]) -> Optional["Node"]:
        if kind is None:
            return self.other(lib.hgx_node_next(self.address, address))
        return self.other(lib.hgx_node_next_of(self.address, address, kind))

    @property
    def numa(self) -> Optional["Node"]:
        """The NUMA node that it belongs to (itself for a NUMA node); None if unknown. If the
        firmware reports none for a PCI function, it is that of the nearest bridge above with one."""
        return self.other(lib.hgx_node_numa(self.address))

    @property
    def pci(self) -> Optional[Pci]:
        """None if the node is not a PCI function."""
        return Pci.at(lib.hgx_node_pci(self.address), self.topology)

    @property
    def cpu(self) -> Optional[Cpu]:
        """None if the node is not a logical CPU."""
        return Cpu.at(lib.hgx_node_cpu(self.address))

    @property
    def memory(self) -> Optional[Memory]:
        """None if the node is not a NUMA node."""
        return Memory.at(lib.hgx_node_memory(self.address))

    @property
    def processor(self) -> Optional[Processor]:
        """None if the node is not a package."""
        return Processor.at(lib.hgx_node_processor(self.address))

    @property
    def link(self) -> Optional[Links]:
        """The PCIe link between a function and the port above it: the lower speed and the lower
        width of its two ends. If one end is unknown, the other counts; if both are, the value is
        0. None: the function is on a root bus, inside a switch or behind another kind of bridge,
        or the node is not a PCI function."""
        now, possible = Link.structure(), Link.structure()
        if not lib.hgx_node_link(self.address, ctypes.byref(now), ctypes.byref(possible)):
            return None
        return Links(Link.read(now), Link.read(possible))

    def distance(self, other: Optional["Node"]) -> Distance:
        """The path class between two PCI functions of one topology. If the NUMA node of one is
        unknown and the machine has several, it is SYS, the worst case."""
        return Distance(lib.hgx_distance(self.address, node_address("other", other)))

    def nearest(self, kind: AnyKind) -> Optional["Node"]:
        """The nearest node of that kind, by path class, then by address; virtual functions only
        count if there is nothing else."""
        return self.other(lib.hgx_node_nearest(self.address, Kind.of(kind)))


def node_address(name: str, node: Optional[Node]) -> Optional[int]:
    if node is None:
        return None
    if not isinstance(node, Node):
        raise TypeError(f"{name} must be a Node, not {type(node).__name__}")
    return node.address


class Topology(Handle):
    """The topology of a machine or of a guest. It never changes."""

    __slots__ = ("pointer", "keeps", "__weakref__")
    pointer: TopologyPointer
    #: what must live as long as it
    keeps: Any

    def __init__(self, *_: Any) -> None:
        raise TypeError(
            "a topology comes from Topology.from_host(), from_json(), from_domain() or from_example()"
        )

    @classmethod
    def at(cls, pointer: TopologyPointer, keeps: Any = None) -> "Topology":
        topology = object.__new__(cls)
        topology.pointer = pointer
        topology.keeps = keeps
        return topology

    @classmethod
    def from_host(cls, root: Union[str, "os.PathLike[str]", None] = None) -> "Topology":
        """Reads a machine: the running one, or a captured root directory (with sys/ and proc/ in
        it). It also works for an ordinary user; what only root can read is then unknown. No other
        Python thread runs during the call, because it uses the environment."""
        filled = options.HOST.filled("from_host", {"root": root})
        return cls.at(TopologyPointer(made(lib_alone.hgx_topo_from_host, ctypes.byref(filled))))

    @classmethod
    def from_json(cls, data: Union[str, bytes], name: Optional[str] = None) -> "Topology":
        """Reads what json() writes. name: what to call the text in an error, such as its file
        name."""
        given = encode("data", data)
        called = None if name is None else terminated("name", name)
        return cls.at(TopologyPointer(made(lib.hgx_topo_from_json, given, len(given), called)))

    @classmethod
    @options.DOMAIN.shown
    def from_domain(
        cls, xml: Union[str, bytes], name: Optional[str] = None, **given: "Unpack[options.DomainOptions]"
    ) -> "Topology":
        """Reads a libvirt domain, such as virsh dumpxml writes, as the guest it will be, without
        starting it: CPUs, NUMA nodes, and the PCI tree with the bus numbers that firmware gives.
        name: what to call the text in an error, such as its file name."""
        data = encode("xml", xml)
        called = None if name is None else terminated("name", name)
        filled = options.DOMAIN.filled("from_domain", given)
        address = made(lib.hgx_topo_from_domain, data, len(data), called, ctypes.byref(filled))
        return cls.at(TopologyPointer(address))

    @classmethod
    def from_example(cls, name: str) -> "Topology":
        """One of the built-in examples; examples() names them."""
        return cls.at(TopologyPointer(made(lib.hgx_topo_from_example, terminated("name", name))))

    def match(self, planned: "Topology") -> "Topology":
        """The topology of a running guest, as from_host() read it in the guest, with the links and
        processors that emulation hides. These come from planned, the guest that was planned for it
        (plan.guest, or its JSON). Findings of the result say how devices were recognized, and
        report each difference."""
        address = made(lib.hgx_topo_match, self.pointer, handles.topology("planned", planned))
        return self.at(TopologyPointer(address))

    def __repr__(self) -> str:
        counts = ((kind, sum(1 for _ in self.nodes(kind))) for kind in COUNTED)
        what = "guest" if self.is_guest else "host"
        return f"<Topology of a {what}: {', '.join(f'{count} {kind}' for kind, count in counts if count)}>"

    def node_at(self, address: Optional[int]) -> Optional[Node]:
        return Node.at(address, self)

    @property
    def root(self) -> Node:
        """The machine node."""
        root = self.node_at(lib.hgx_topo_root(self.pointer))
        assert root is not None
        return root

    def find(self, name: str) -> Optional[Node]:
        """The node of that name, or None. PCI addresses may leave out domain 0000 and may be
        written in upper case."""
        return self.node_at(lib.hgx_topo_find(self.pointer, terminated("name", name)))

    def __getitem__(self, name: str) -> Node:
        node = self.find(name)
        if node is None:
            raise KeyError(name)
        return node

    def __contains__(self, thing: object) -> bool:
        if isinstance(thing, Node):
            return thing.topology.pointer == self.pointer
        return isinstance(thing, str) and self.find(thing) is not None

    def __iter__(self) -> Iterator[Node]:
        return self.nodes()

    def nodes(self, kind: Optional[AnyKind] = None) -> Iterator[Node]:
        """Every node, parents before children; or the nodes of one kind."""
        return self.root.nodes(kind)

    @property
    def is_guest(self) -> bool:
        """Whether this is what a guest sees, and not a host."""
        return bool(lib.hgx_topo_is_guest(self.pointer))

    def software(self, name: str) -> Optional[str]:
        """The version of a program installed on the machine, such as "9.0.0"; the name is
        "libvirt", "qemu" or "ovmf". None: not installed, or unknown without running it."""
        return decode(lib.hgx_topo_software(self.pointer, terminated("name", name)))

    @property
    def findings(self) -> Tuple[Finding, ...]:
        """What was noticed while reading."""
        return pointed(Finding, lib.hgx_topo_findings, self.pointer, self)

    def noticed(self) -> Findings:
        """findings as a list, for emit_finding_lines() and emit_findings_json()."""
        return Findings.at(made(lib.hgx_findings_of_topo, self.pointer), self, self)

    @options.CHECK.shown
    def check(self, **given: "Unpack[options.CheckOptions]") -> Findings:
        """What is wrong with a host that is to run VMs. What cannot be told is listed in a finding
        of the rule "not-checked". A plan that is refused is a finding too. plan: options of
        Plan(), as a dict."""
        domains = options.domain_texts(given.get("domains") or ())
        filled, _kept = self.check_options(given, domains)
        return Findings.at(made(lib.hgx_check_host, self.pointer, ctypes.byref(filled)), self, self)

    @staticmethod
    def check_options(given: Mapping[str, Any], domains: Any) -> Tuple[ctypes.Structure, Any]:
        """The struct, and what lives until the call is over."""
        members: Dict[str, Any] = dict(given)
        plan = members.get("plan")
        if not (plan is None or isinstance(plan, dict)):
            raise TypeError(f"plan must be a dict of the options of Plan(), not {type(plan).__name__}")
        chosen = options.PLAN.filled("plan", plan or {})
        members["plan"] = ctypes.addressof(chosen)
        members["domains"] = ctypes.addressof(domains) if len(domains) else None
        filled = options.CHECK.filled("check", members)
        setattr(filled, "domain_count", len(domains))
        return filled, chosen

    def check_domains(
        self,
        domains: Sequence[options.DomainText],
        plan: Optional[options.PlanOptions] = None,
        consequences: Optional[bool] = None,
        rules: Optional[str] = None,
        ignore: Optional[str] = None,
    ) -> Findings:
        """What is wrong with libvirt domains (XML) that are to run on this host at the same time: what
        libvirt or QEMU would refuse, or what the guest would not see as the host has it. A domain is
        a text, or a text and what to call it. plan: options of Plan(), of which libvirt_version,
        qemu_version, reserve_cores and module_ids count. The others are those of check()."""
        texts = options.domain_texts(domains)
        given = {"plan": plan, "consequences": consequences, "rules": rules, "ignore": ignore}
        filled, _kept = self.check_options(given, options.domain_texts(()))
        address = made(lib.hgx_check_domain, texts, len(texts), self.pointer, ctypes.byref(filled))
        return Findings.at(address, self, self)

    def check_guest(self, planned: "Topology", **given: "Unpack[options.CheckOptions]") -> Findings:
        """What is wrong with a running guest, as from_host() read it in the guest, compared with its
        plan (plan.guest, or its JSON): missing devices, devices elsewhere, NUMA nodes, links."""
        filled = options.CHECK.filled("check_guest", dict(given))
        address = made(
            lib.hgx_check_guest, self.pointer, handles.topology("planned", planned), ctypes.byref(filled)
        )
        return Findings.at(address, self, self)

    def check_nccl(
        self,
        data: Union[str, bytes],
        name: Optional[str] = None,
        host: "Optional[Topology]" = None,
        **given: "Unpack[options.CheckOptions]",
    ) -> Findings:
        """What is wrong with an NCCL topology file for this machine, a guest or a host. name: the file's,
        for sentences and commands of remedies. host: that of a guest, if it is known."""
        text_of = encode("data", data)
        called = None if name is None else terminated("name", name)
        of = None if host is None else handles.topology("host", host)
        guest, of = (self.pointer, of) if self.is_guest else (None, self.pointer)
        filled = options.CHECK.filled("check_nccl", dict(given))
        address = made(lib.hgx_check_nccl, text_of, len(text_of), called, guest, of, ctypes.byref(filled))
        return Findings.at(address, self, self)

    def fix_nccl(self, data: Union[str, bytes], name: Optional[str] = None) -> "Tuple[str, Findings]":
        """The NCCL topology file to have for this machine instead of another, and what differs."""
        text_of = encode("data", data)
        called = None if name is None else terminated("name", name)
        changes = ctypes.c_void_p()
        address = made(lib.hgx_fix_nccl, ctypes.byref(changes), text_of, len(text_of), called, self.pointer)
        fixed = taken(address)
        assert changes.value is not None
        return fixed, Findings.at(changes.value, self, self)

    def compare(self, expected: "Topology") -> Findings:
        """How it differs from another: two hosts that should be alike, one before and after an
        update, or a running guest and the one that was planned. Nothing is found if they are equal
        up to renumbering. Nodes of the rule "diff-gone" belong to expected, the others to this."""
        address = made(lib.hgx_compare, handles.topology("expected", expected), self.pointer)
        return Findings.at(address, expected, self)

    def fingerprint(self) -> str:
        """A short text that is equal for hosts that are built alike, and for one host before and
        after a reboot."""
        return text(lib.hgx_fingerprint, self.pointer)

    def json(self) -> str:
        """The whole topology as JSON, see docs/json-format.md; without serial numbers and GUIDs."""
        return text(lib.hgx_emit_json, self.pointer)

    def json_with_ids(self) -> str:
        """The same with serial numbers and GUIDs, by which match() recognizes devices."""
        return text(lib.hgx_emit_json_with_ids, self.pointer)

    def tree(self) -> str:
        """A tree for people."""
        return text(lib.hgx_emit_tree, self.pointer)

    def matrix(self) -> str:
        """GPUs × GPUs, NICs and NVMe drives as `nvidia-smi topo -m` shows it."""
        return text(lib.hgx_emit_matrix, self.pointer)

    @options.NCCL.shown
    def nccl(self, **given: "Unpack[options.NcclOptions]") -> str:
        """An NCCL topology file: of a guest, or of a host for bare metal."""
        filled = options.NCCL.filled("nccl", given)
        return text(lib.hgx_emit_nccl, self.pointer, ctypes.byref(filled))


#: What repr() of a topology counts.
COUNTED = (Kind.GPU, Kind.ACCELERATOR, Kind.NIC, Kind.NVME, Kind.NVSWITCH, Kind.NUMA, Kind.CPU)


def pointed(value: Type[V], function: Any, pointer: int, owner: Any) -> Tuple[V, ...]:
    """What a function counts and points to."""
    out = ctypes.POINTER(value.structure)()
    count = function(pointer, ctypes.byref(out))
    return elements(value, out, count, owner)
