# SPDX-License-Identifier: LGPL-2.1-or-later
"""The value structs of hgxtopo.h, copied: they stay valid when their topology is gone. Of what is
unknown or missing, numbers are -1 and texts are None."""

import ctypes
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, NamedTuple, Optional, Tuple

from .constants import BARS, BDF_SIZE
from .enums import BarFlag, Code, Fate, Known, Severity
from .errors import call
from .layout import (
    NODE,
    U8,
    U16,
    U32,
    U64,
    Bool,
    Double,
    Int,
    Member,
    OptionalText,
    Size,
    Text,
    Unsigned,
    Value,
    mirrors,
    numbers,
    repeated,
    several,
    terminated,
)
from .library import lib

if TYPE_CHECKING:
    from .topology import Node

OptionalNode = Annotated[Optional["Node"], NODE]


@mirrors("hgx_rule")
@dataclass(frozen=True)
class Rule(Value):
    """A kind of refusal (Error) or of finding (Finding). Ids are never removed and never change
    their meaning."""

    id: Annotated[Text, 'such as "huge-pages-missing"']
    code: Annotated[Code, "of the refusal; Code.OK: a finding"]
    meaning: Annotated[Text, "one sentence"]
    family: Annotated[
        OptionalText,
        'what check() and its like look for: "host", "domain" or "nccl"; None: noticed elsewhere, the rest is not set',
    ]
    severity: Annotated[Severity, "of its findings"]
    remedy: Annotated[OptionalText, "what to do, in words"]
    source: Annotated[OptionalText, "where it is documented, or what it was measured on"]
    consequences: Annotated[
        OptionalText,
        "ids of rules, separated by blanks, whose findings follow from one of this rule and are left out beside it",
    ]


@mirrors("hgx_bdf")
@dataclass(frozen=True, order=True)
class Bdf(Value):
    """A PCI address. str() writes it in full and in lower case, as nodes are named."""

    domain: Annotated[U32, "16 bits on most machines, 32 with Intel VMD"]
    bus: Annotated[U8, "0-255"]
    device: Annotated[U8, "0-31"]
    function: Annotated[U8, "0-7"]

    @classmethod
    def parse(cls, text: str) -> "Bdf":
        """Reads "0000:19:00.0" or "19:00.0", hexadecimal, in either case."""
        structure = cls.structure()
        call(lib.hgx_bdf_parse, ctypes.byref(structure), terminated("text", text))
        return cls.read(structure)

    def __str__(self) -> str:
        text = ctypes.create_string_buffer(BDF_SIZE)
        address = self.structure(self.domain, self.bus, self.device, self.function)
        lib.hgx_bdf_format(text, BDF_SIZE, address)
        return text.value.decode()


@mirrors("hgx_link")
@dataclass(frozen=True)
class Link(Value):
    """A PCIe link."""

    speed: Annotated[U32, "MT/s per lane: 2500, 5000, 8000, 16000, 32000, 64000; 0 unknown"]
    width: Annotated[U32, "lanes; 0 unknown"]


class Links(NamedTuple):
    """The link between a function and the port above it."""

    #: the current, trained link
    now: Link
    #: the fastest that both ends can do
    possible: Link


@mirrors("hgx_bar")
@dataclass(frozen=True)
class Bar(Value):
    """A base address register."""

    size: Annotated[U64, "bytes; 0: not implemented"]
    flags: Annotated[BarFlag, Member(ctypes.c_uint32, lambda bar, name, _: BarFlag(getattr(bar, name)))]
    reserved: U32


@mirrors("hgx_capability")
@dataclass(frozen=True)
class Capability(Value):
    """An extended capability (PCI Express Base Specification 7.7.8 ACS, 10.5 ATS)."""

    state: Known
    bits: Annotated[U16, "capability register, 0 unless present"]
    control: Annotated[U16, "control register, 0 unless present"]


@mirrors("hgx_os_device")
@dataclass(frozen=True)
class OsDevice(Value):
    """What the operating system calls the device."""

    type: Annotated[Text, '"net", "infiniband" or "block"']
    name: Annotated[Text, 'such as "ens1f0np0", "mlx5_0", "nvme0n1"']


@mirrors("hgx_pci")
@dataclass(frozen=True, repr=False)
class Pci(Value):
    """One PCI function."""

    address: Bdf
    vendor: U16
    device: U16
    subsystem_vendor: U16
    subsystem_device: U16
    class_code: Annotated[U32, "24 bits: class, subclass, programming interface"]
    revision: Int
    vendor_name: Annotated[OptionalText, "from the pci.ids database"]
    device_name: Annotated[OptionalText, "likewise"]
    link_max: Annotated[Link, "the fastest the function can do"]
    link_now: Annotated[Link, "the current, trained link"]
    bars: Annotated[Tuple[Bar, ...], repeated(Bar, BARS), "the last one is the expansion ROM"]
    numa_node: Annotated[Int, "as the firmware reports it; -1 if it does not"]
    driver: Annotated[OptionalText, "bound driver"]
    iommu_group: Annotated[Int, "-1: none, the IOMMU is off"]
    port_type: Annotated[Int, "PCIe device/port type (PCI Express Capabilities register, bits 7:4)"]
    kind_inferred: Annotated[Bool, "configuration space was not readable; the place tells the kind"]
    acs: Capability
    ats: Capability
    sriov_total: Annotated[Int, "virtual functions it can have"]
    sriov_enabled: Annotated[Int, "virtual functions it has now"]
    physical_function: Annotated[OptionalNode, "of a virtual function"]
    slot: Annotated[OptionalText, "physical slot name"]
    os_devices: Annotated[Tuple[OsDevice, ...], several(OsDevice, "os_device_count")]
    os_device_count: Size
    host_use: Annotated[OptionalText, "why the host itself needs it, or may need it"]
    drive_serial: Annotated[OptionalText, "serial number of an NVMe drive, from its driver"]
    guid: Annotated[OptionalText, "node GUID of a NIC or UUID of a GPU, from its driver"]
    device_serial: Annotated[OptionalText, "PCI device serial number; functions of a card often share it"]
    net_speed: Annotated[U32, "Mb/s of the network port of a NIC; 0: unknown, or it has no link"]

    def __repr__(self) -> str:
        name = f" {self.device_name}" if self.device_name else ""
        return f"<Pci {self.address} [{self.vendor:04x}:{self.device:04x}]{name}>"


@mirrors("hgx_cpu")
@dataclass(frozen=True)
class Cpu(Value):
    """One logical CPU."""

    id: Annotated[U32, "Linux CPU number"]
    package: Annotated[Int, "-1 unknown (offline)"]
    die: Annotated[Int, "-1 unknown or not distinguished"]
    core: Annotated[Int, "core id within package and die; -1 unknown"]
    numa_node: Annotated[Int, "-1 unknown"]
    online: Bool


@mirrors("hgx_pages")
@dataclass(frozen=True)
class Pages(Value):
    """A pool of pages of one size on a NUMA node."""

    size: Annotated[U64, "bytes per page"]
    total: Annotated[U64, "pages"]
    free: Annotated[U64, "pages"]


@mirrors("hgx_memory")
@dataclass(frozen=True)
class Memory(Value):
    """The memory of a NUMA node."""

    id: Annotated[U32, "Linux node number"]
    bytes: Annotated[U64, "0: a node without memory"]
    huge_pages: Annotated[Tuple[Pages, ...], several(Pages, "huge_page_sizes"), "by size, ascending"]
    huge_page_sizes: Size
    distances: Annotated[
        Tuple[int, ...],
        numbers(ctypes.c_uint32, "distance_count"),
        "SLIT row, one value per NUMA node in ascending order of their numbers; empty: unknown",
    ]
    distance_count: Size


@mirrors("hgx_processor")
@dataclass(frozen=True)
class Processor(Value):
    """The processor of a package."""

    id: Annotated[U32, "physical package number"]
    arch: Annotated[OptionalText, '"x86_64", "arm64", …']
    vendor: Annotated[OptionalText, '"GenuineIntel", "AuthenticAMD", …']
    name: Annotated[OptionalText, "model name"]
    family: Annotated[Int, "CPUID number"]
    model: Annotated[Int, "CPUID number"]
    address_bits: Annotated[Int, "of physical addresses"]


@mirrors("hgx_finding")
@dataclass(frozen=True)
class Finding(Value):
    """Something noticed while a topology was read or a plan was made. str() is its text."""

    rule: Annotated[Text, 'stable id, such as "iommu-off"; see rules()']
    severity: Severity
    node: Annotated[OptionalNode, "what it is about; None: the machine"]
    text: Annotated[Text, "one sentence"]
    remedy: Annotated[OptionalText, "what to do; None: nothing"]

    def __str__(self) -> str:
        return self.text


@mirrors("hgx_verdict")
@dataclass(frozen=True)
class Verdict(Value):
    """What became of a PCI function of the host, and why."""

    fate: Fate
    vm: Annotated[Unsigned, "the number of the VM that gets it, counted from 1; 0: none, or unknown"]
    reason: Annotated[Text, "one sentence about the function"]
    because: Annotated[OptionalNode, "the node of the host that is the cause"]


@mirrors("hgx_vcpu")
@dataclass(frozen=True)
class Vcpu(Value):
    """A virtual CPU, and the host CPU that it is pinned to."""

    id: Annotated[U32, "its number in a Linux guest, from 0"]
    host_cpu: Annotated[U32, "Linux CPU number on the host; CPU_NONE: not pinned, or to several CPUs"]
    cell: Annotated[U32, "NUMA node of the guest"]
    socket: U32
    die: Annotated[U32, "within its socket"]
    core: Annotated[U32, "within its die"]
    thread: Annotated[U32, "within its core"]


@mirrors("hgx_gpu_way")
@dataclass(frozen=True)
class GpuWay(Value):
    """The way of a GPU to a NIC."""

    nic: Annotated[Text, "its address"]
    path: Annotated[Text, "as in GpuForecast"]


@mirrors("hgx_gpu_forecast")
@dataclass(frozen=True)
class GpuForecast(Value):
    """What NCCL decides for a GPU."""

    address: Text
    nic: Annotated[OptionalText, "the NIC that it uses first; None: there is none"]
    path: Annotated[Text, 'the type of the path to it: "PIX", "PXB", "PHB", "SYS", "PXN", "P2C"; "-": no NIC']
    bandwidth: Annotated[Double, "GB/s of its narrowest link; 0: there is no NIC"]
    gdr_receive: Annotated[Bool, "with GPUDirect RDMA"]
    gdr_send: Annotated[Bool, "likewise"]
    reason: Annotated[Text, "why with GPUDirect RDMA, or why without: one sentence"]
    paths: Annotated[Tuple[GpuWay, ...], several(GpuWay, "path_count"), "to every NIC"]
    path_count: Size
