# SPDX-License-Identifier: LGPL-2.1-or-later
"""The options structs of hgxtopo.h. Each member is a keyword of the function that takes them,
except for those that the binding sets (OwnSize, OwnInt)."""

import ctypes
import difflib
import inspect
import os
from typing import TYPE_CHECKING, Annotated, Any, Callable, Mapping, Optional, Sequence, Tuple, TypedDict, TypeVar, Union

from . import handles
from .enums import Choice, ForecastView, Mirror, NcclContent, NetPlugin, NvswitchChoice, Only, QemuFormat
from .errors import Error, call
from .layout import (
    TEXT,
    Member,
    OptionalText,
    OwnInt,
    OwnSize,
    encode,
    enumeration,
    explained,
    members_of,
    number,
    plain,
    structure_of,
    terminated,
)
from .library import lib

if TYPE_CHECKING:
    from .topology import Topology


def parse_size(text: str) -> int:
    """The bytes of a size such as "1792G", "1.75T", "939524096KiB" or "64GB". K, M, G, T, P, E and
    KiB to EiB are powers of 1024, KB to EB powers of 1000, as in libvirt. A unit is required; its
    case does not matter."""
    out = ctypes.c_uint64()
    call(lib.hgx_size_parse, ctypes.byref(out), terminated("text", text))
    return out.value


def amount(name: str, value: Any) -> int:
    if not isinstance(value, str):
        return number(name, value)
    try:
        return parse_size(value)
    except Error as error:
        raise Error(str(error), error.code, error.rule, error.node, name) from None


OptionalInt = Annotated[Optional[int], Member(ctypes.c_int)]
OptionalUnsigned = Annotated[Optional[int], Member(ctypes.c_uint)]
OptionalBool = Annotated[Optional[bool], Member(ctypes.c_int)]
#: Bytes, or a size as parse_size() reads it.
Amount = Annotated[Union[int, str, None], Member(ctypes.c_uint64, plain, amount)]


class HostOptions(TypedDict, total=False):
    """Options of Topology.from_host()."""

    size: OwnSize
    root: Annotated[
        Union[str, "os.PathLike[str]", None],
        TEXT,
        "a captured root directory (with sys/ and proc/ in it); default: the running machine",
    ]


class DomainOptions(TypedDict, total=False):
    """Options of Topology.from_domain()."""

    size: OwnSize
    host: Annotated[
        Optional["Topology"],
        Member(ctypes.c_void_p, plain, handles.topology),
        "the machine the domain runs on, which shows what the assigned devices are; default: unknown",
    ]
    libvirt_version: Annotated[
        OptionalText,
        '"9.0", "11.3.0": the libvirt that will define the domain; default: that of the host, else "9.0"',
    ]
    words: OwnInt
    reserved: OwnInt


class PlanOptions(TypedDict, total=False):
    """Options of Plan(). Lists are texts with commas between the elements: addresses, which may leave out
    domain 0000 or the function, names such as mlx5_0, slot:21, numbers of GPUs."""

    size: OwnSize
    name: Annotated[OptionalText, 'of the domain; default "hgx-vm", "hgx-vm-2" for VM 2 of several']
    memory: Annotated[Amount, "of the whole guest: bytes, or a size such as \"1792G\"; MEMORY_ALL: all"]
    reserve_cores: Annotated[
        OptionalInt, "whole cores per NUMA node left to the host; RESERVE_NONE: none; default: one in twelve"
    ]
    gpus: Annotated[
        OptionalText, 'GPUs and accelerators: "all" (default), "none", or a list with numbers ("0-3")'
    ]
    nics: Annotated[OptionalText, '"near" (default): behind the switch of a chosen GPU; "all", "none", a list']
    nvme: Annotated[OptionalText, "NVMe drives, likewise"]
    add: Annotated[OptionalText, "a list of further devices"]
    skip: Annotated[OptionalText, "a list of devices that the VM must not get"]
    nvswitch: Annotated[Union[NvswitchChoice, str, None], enumeration(NvswitchChoice), "who gets the NVSwitches"]
    vf: Annotated[OptionalBool, "of a NIC that several VMs share, the VM gets a virtual function"]
    smt: Annotated[Union[Choice, str, None], enumeration(Choice), '"off": one vCPU per core; "on": both siblings']
    vcpus: Annotated[OptionalUnsigned, "fewer vCPUs than there are; VCPUS_ALL: all"]
    memory_per_cell: Annotated[Amount, "of every guest NUMA node; not with memory"]
    hugepages: Annotated[Amount, 'page size, "2M" or "1G"; HUGEPAGES_OFF; default: off, or as in the base']
    mirror: Annotated[Union[Mirror, str, None], enumeration(Mirror), "what an expander bus stands for"]
    p2p_clique: Annotated[Union[Choice, str, None], enumeration(Choice), '"off": no GPUDirect clique ids']
    libvirt_version: Annotated[OptionalText, 'such as "8.2"; default: that of the host, else "9.0"']
    qemu_version: Annotated[OptionalText, 'likewise; else "7.2"']
    vm: Annotated[OptionalUnsigned, "the VM, counted from 1, of vms equal ones; set both or neither"]
    vms: Annotated[OptionalUnsigned, "how many VMs share the host"]
    uneven: Annotated[OptionalBool, "the VMs need not be equal"]
    partition: Annotated[OptionalText, 'Fabric Manager partition of an 8-GPU board, "0" to "14"']
    module_ids: Annotated[OptionalText, 'GPU numbers by module id, such as "4,6,5,7,0,2,1,3"; needed with partition']
    only: Annotated[Union[Only, str, None], enumeration(Only), "what of the base may change; needs base"]
    base: Annotated[
        Union[str, bytes, None],
        Member(ctypes.c_char_p, plain, encode),
        "a libvirt domain (XML) to put the mirror into",
    ]
    base_length: OwnSize
    base_name: Annotated[OptionalText, "what to call it in an error, such as its file name"]
    words: OwnInt
    iommufd: Annotated[OptionalBool, "devices are assigned through iommufd instead of the VFIO container"]
    cpus: Annotated[OptionalText, 'host CPUs that the VM may use, such as "8-15" or "0-94:2"; default: its share']
    host_cpus: Annotated[OptionalText, "host CPUs whose cores stay with the host, beside reserve_cores"]


class NcclOptions(TypedDict, total=False):
    """Options of nccl()."""

    size: OwnSize
    content: Annotated[Union[NcclContent, str, None], enumeration(NcclContent), 'what it lists: "devices", "switches"']
    words: OwnInt


class QemuOptions(TypedDict, total=False):
    """Options of Plan.qemu()."""

    size: OwnSize
    format: Annotated[Union[QemuFormat, str, None], enumeration(QemuFormat), '"lines" (default), "shell" or "json"']
    firmware_code: Annotated[OptionalText, "code image of OVMF"]
    firmware_vars: Annotated[OptionalText, "the VM's own writable copy of the matching variables"]
    words: OwnInt
    devices_only: Annotated[OptionalBool, "only expander buses, ports, switches and devices"]


class KernelOptions(TypedDict, total=False):
    """Options of emit_kernel_args()."""

    size: OwnSize
    driver: Annotated[OptionalText, '"vfio-pci" (default) or "pci-stub"']
    words: OwnInt
    reserved: OwnInt


#: A libvirt domain (XML), or that with what to call it in a finding, such as its file name.
DomainText = Union[str, bytes, Tuple[Union[str, bytes], str]]

DOMAIN_TEXT = structure_of(
    "hgx_domain_text",
    {"data": Member(ctypes.c_char_p), "length": Member(ctypes.c_size_t), "name": Member(ctypes.c_char_p)},
)


def domain_texts(domains: Sequence[DomainText]) -> Any:
    """An array of domains for C."""
    if isinstance(domains, (str, bytes)):
        raise TypeError("domains must be a list of domains, not one")
    pairs = [one if isinstance(one, tuple) else (one, None) for one in domains]
    texts = [(encode("domains", xml), None if name is None else terminated("domains", name)) for xml, name in pairs]
    return (DOMAIN_TEXT * len(texts))(*(DOMAIN_TEXT(xml, len(xml), name) for xml, name in texts))


class CheckOptions(TypedDict, total=False):
    """Options of Topology.check()."""

    size: OwnSize
    plan: Annotated[
        Optional[PlanOptions],
        Member(ctypes.c_void_p, plain, number),
        "which devices count as chosen: those of the VM of these options of Plan(); default: every GPU",
    ]
    every: Annotated[OptionalBool, "of every VM of the vms in plan, whatever its vm is"]
    consequences: Annotated[OptionalBool, "also findings that follow from another one"]
    rules: Annotated[OptionalText, "ids, separated by commas: only findings of these rules"]
    ignore: Annotated[OptionalText, "likewise: none of these"]
    words: OwnInt
    reserved: OwnInt
    domains: Annotated[
        Optional[Sequence[DomainText]],
        Member(ctypes.c_void_p, plain, number),
        "libvirt domains (XML), each alone or with its name: the devices that these assign count as chosen",
    ]
    domain_count: OwnSize


class ForecastOptions(TypedDict, total=False):
    """Options of Forecast() and Forecast.from_file()."""

    size: OwnSize
    guest: Annotated[
        Optional["Topology"],
        Member(ctypes.c_void_p, plain, handles.topology),
        "in a forecast of a host: count only the devices that this guest has; default: all",
    ]
    net_speed: Annotated[
        OptionalText, 'Gb/s of each port of the NICs: "400"; of one NIC, at "0000:1a:00.0=200"; or several'
    ]
    view: Annotated[Union[ForecastView, str, None], enumeration(ForecastView), "where NCCL knows the machine from"]
    nodes: Annotated[OptionalUnsigned, "machines that take part; no result depends on it"]
    nvlink: Annotated[Union[Choice, str, None], enumeration(Choice), '"on": NVSwitches connect the GPUs']
    gdr: Annotated[Union[Choice, str, None], enumeration(Choice), '"off": no GPUDirect RDMA']
    pxn: Annotated[Union[Choice, str, None], enumeration(Choice), '"off": no GPU relays for another']
    c2c: Annotated[Union[Choice, str, None], enumeration(Choice), '"on": each GPU has a C2C link to its CPU']
    compute_capability: Annotated[OptionalUnsigned, "of the GPUs: 80 for A100, 90 (default) for H100, 100 for B200"]
    net_plugin: Annotated[Union[NetPlugin, str, None], enumeration(NetPlugin), "how the plugin names a NIC"]
    words: OwnInt
    reserved: OwnInt


F = TypeVar("F", bound=Callable[..., Any])


class Options:
    """An options struct, and the keywords that fill it."""

    def __init__(self, size: Any, described: Any) -> None:
        """@size: the function that says how large the library's struct is"""
        self.described = described
        self.members = members_of(described)
        self.structure = structure_of(size.__name__[: -len("_size")], self.members)
        self.keywords = [name for name, member in self.members.items() if member.write]
        if ctypes.sizeof(self.structure) > size():
            raise ImportError(
                f"{lib._name} has an older struct {self.structure.__name__} than this package; install both anew"
            )

    def filled(self, taker: str, given: Mapping[str, Any]) -> ctypes.Structure:
        """The struct with what was given for keywords of @taker; None means the default."""
        structure = self.structure(size=ctypes.sizeof(self.structure))
        for name, value in given.items():
            if name not in self.keywords:
                raise TypeError(self.unknown(taker, name))
            if value is not None:
                self.put(structure, name, value)
        return structure

    def put(self, structure: ctypes.Structure, name: str, value: Any) -> None:
        write = self.members[name].write
        assert write is not None
        written = write(name, value)
        setattr(structure, name, written)
        if f"{name}_length" in self.members:
            setattr(structure, f"{name}_length", len(written))
        elif getattr(structure, name) != written:
            raise OverflowError(f"{name}: {written} is out of range")

    def unknown(self, taker: str, name: str) -> str:
        near = difflib.get_close_matches(name, self.keywords, 1)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        return f"{taker}() got an unexpected keyword argument '{name}'{hint}"

    def shown(self, function: F) -> F:
        """Lets help() show the keywords of a function instead of **options."""
        own = [
            parameter
            for parameter in inspect.signature(function).parameters.values()
            if parameter.kind is not inspect.Parameter.VAR_KEYWORD
        ]
        keywords = [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=None,
                annotation=self.described.__annotations__[name].__origin__,
            )
            for name in self.keywords
        ]
        setattr(function, "__signature__", inspect.Signature(own + keywords))
        function.__doc__ = explained(function.__doc__, self.described)
        return function


HOST = Options(lib.hgx_host_options_size, HostOptions)
DOMAIN = Options(lib.hgx_domain_options_size, DomainOptions)
PLAN = Options(lib.hgx_plan_options_size, PlanOptions)
NCCL = Options(lib.hgx_nccl_options_size, NcclOptions)
QEMU = Options(lib.hgx_qemu_options_size, QemuOptions)
KERNEL = Options(lib.hgx_kernel_options_size, KernelOptions)
CHECK = Options(lib.hgx_check_options_size, CheckOptions)
FORECAST = Options(lib.hgx_forecast_options_size, ForecastOptions)
