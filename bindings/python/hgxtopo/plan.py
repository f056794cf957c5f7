# SPDX-License-Identifier: LGPL-2.1-or-later
"""Plans of virtual machines, and what is written about several of them."""

import ctypes
from typing import TYPE_CHECKING, Any, Iterable, Optional, Tuple

from . import handles, options
from .check import Findings
from .enums import Kind
from .errors import made, text
from .handles import GuestPointer, Handle, PlanPointer
from .layout import decode, elements
from .library import lib
from .topology import Node, Topology, node_address, pointed
from .values import Finding, Vcpu, Verdict

if TYPE_CHECKING:
    from typing_extensions import Unpack


class Plan(Handle):
    """One virtual machine: by default one that gets every GPU of the host, with the NICs and NVMe
    drives near them and the NVSwitches. An option that is left out, None or 0 has its default."""

    __slots__ = ("pointer", "host", "guest", "__weakref__")
    pointer: PlanPointer
    #: the host that was planned for
    host: Topology
    #: what the guest will see: a topology with predicted PCI addresses
    guest: Topology

    @options.PLAN.shown
    def __init__(self, host: Topology, **given: "Unpack[options.PlanOptions]") -> None:
        """Plans a virtual machine. Lists are texts with commas between the elements; addresses may
        leave out domain 0000. If a device named by address cannot be assigned, the plan is refused,
        with the reason."""
        owner = handles.topology("host", host)
        filled = options.PLAN.filled("Plan", given)
        self.pointer = PlanPointer(made(lib.hgx_plan_new, owner, ctypes.byref(filled)), owner)
        self.host = host
        self.guest = Topology.at(GuestPointer(lib.hgx_plan_guest(self.pointer)), self.pointer)

    def __repr__(self) -> str:
        gpus = sum(1 for _ in self.guest.nodes(Kind.GPU))
        return f"<Plan {self.name}: {gpus} gpu, {len(self.vcpus)} vCPUs>"

    def node_at(self, address: Optional[int]) -> Optional[Node]:
        """The node of the host or of the guest at an address."""
        if address is None:
            return None
        name = lib.hgx_node_name(address)
        found = lib.hgx_topo_find(self.host.pointer, name)
        return (self.host if found == address else self.guest).node_at(address)

    @property
    def name(self) -> str:
        """The name of its domain."""
        return decode(lib.hgx_plan_name(self.pointer)) or ""

    def host_of(self, guest: Optional[Node]) -> Optional[Node]:
        """The host node that a node of the guest stands for: a device, a port, a NUMA node, a
        CPU."""
        return self.host.node_at(lib.hgx_plan_host_of(self.pointer, node_address("guest", guest)))

    def guest_of(self, host: Optional[Node]) -> Optional[Node]:
        """The node of the guest that stands for a node of the host; if several do, the first."""
        return self.guest.node_at(lib.hgx_plan_guest_of(self.pointer, node_address("host", host)))

    @property
    def findings(self) -> Tuple[Finding, ...]:
        """What was left out and why, and what else the operator should know."""
        return pointed(Finding, lib.hgx_plan_findings, self.pointer, self)

    def noticed(self) -> Findings:
        """findings as a list, which knows the name of the VM and its verdicts."""
        return Findings.at(made(lib.hgx_findings_of_plan, self.pointer), self, self)

    def verdict(self, host: Optional[Node]) -> Optional[Verdict]:
        """What became of a PCI function of the host, whatever its kind. None: the node is not a PCI
        function of the plan's host."""
        address = lib.hgx_plan_verdict(self.pointer, node_address("host", host))
        return Verdict.at(address, self.host)

    @property
    def vcpus(self) -> Tuple[Vcpu, ...]:
        """The vCPUs of the guest in the order of their numbers."""
        return pointed(Vcpu, lib.hgx_plan_vcpus, self.pointer, None)

    @property
    def emulator_cpus(self) -> Tuple[int, ...]:
        """The host CPUs for QEMU's own threads (emulator and I/O threads), ascending. Empty: those
        threads are not pinned."""
        out = ctypes.POINTER(ctypes.c_uint32)()
        count = lib.hgx_plan_emulator_cpus(self.pointer, ctypes.byref(out))
        return elements(None, out, count, None)

    @property
    def page_size(self) -> int:
        """Bytes of each huge page that backs the guest's memory; 0: normal pages."""
        size: int = lib.hgx_plan_page_size(self.pointer)
        return size

    @property
    def window(self) -> int:
        """Bytes of the 64-bit window to request from OVMF for the BARs of the devices; 0: OVMF's
        default is enough."""
        window: int = lib.hgx_plan_window(self.pointer)
        return window

    @staticmethod
    def host_memory(size: int) -> int:
        """How many bytes of a NUMA node with that many bytes of memory stay with the host by
        default."""
        kept: int = lib.hgx_plan_host_memory(size)
        return kept

    def guest_json(self) -> str:
        """The guest as JSON, as guest.json() writes it, with the findings of the plan and its
        verdicts in the member "plan"."""
        return text(lib.hgx_emit_guest_json, self.pointer)

    def libvirt(self) -> str:
        """A complete libvirt domain. With a base domain it is that one; whatever the plan does not
        decide stays as it is."""
        return text(lib.hgx_emit_libvirt, self.pointer)

    @options.NCCL.shown
    def nccl(self, **given: "Unpack[options.NcclOptions]") -> str:
        """The NCCL topology file of the guest."""
        return self.guest.nccl(**given)

    @options.QEMU.shown
    def qemu(self, **given: "Unpack[options.QemuOptions]") -> str:
        """The same guest as arguments of qemu-system-x86_64, for those who start QEMU without
        libvirt."""
        filled = options.QEMU.filled("qemu", given)
        return text(lib.hgx_emit_qemu, self.pointer, ctypes.byref(filled))

    def changes(self) -> str:
        """What libvirt() changes in the base domain: one line for each device whose address in the
        guest changes or that is added or removed, and for each kind of element; "" if the domain
        is up to date."""
        return text(lib.hgx_emit_changes, self.pointer)

    def changes_json(self) -> str:
        """The same as JSON; a list without elements if nothing changes."""
        return text(lib.hgx_emit_changes_json, self.pointer)

    def map(self) -> str:
        """emit_map() of this plan."""
        return emit_map([self])

    def map_json(self) -> str:
        """emit_map_json() of this plan."""
        return emit_map_json([self])

    @options.KERNEL.shown
    def kernel_args(self, **given: "Unpack[options.KernelOptions]") -> str:
        """emit_kernel_args() for this plan."""
        return emit_kernel_args([self], **given)


def pointers(plans: Iterable[Plan]) -> Any:
    """An array of the addresses of plans; who calls keeps the plans."""
    found = [handles.plan("plans", plan) for plan in plans]
    return (ctypes.c_void_p * len(found))(*found)


def emit_map(plans: Iterable[Plan]) -> str:
    """The map of one or more plans of one host, as a table for people: vCPU and host CPU, cell and
    NUMA node, guest address and host device."""
    plans = list(plans)
    return text(lib.hgx_emit_map, pointers(plans), len(plans))


def emit_map_json(plans: Iterable[Plan]) -> str:
    """The same as JSON, see docs/json-format.md."""
    plans = list(plans)
    return text(lib.hgx_emit_map_json, pointers(plans), len(plans))


@options.KERNEL.shown
def emit_kernel_args(plans: Iterable[Plan], **given: "Unpack[options.KernelOptions]") -> str:
    """The kernel command line of a host for one or more of its plans. It turns the IOMMU on and
    keeps drivers off the chosen devices by their ids."""
    plans = list(plans)
    filled = options.KERNEL.filled("emit_kernel_args", given)
    return text(lib.hgx_emit_kernel_args, pointers(plans), len(plans), ctypes.byref(filled))
