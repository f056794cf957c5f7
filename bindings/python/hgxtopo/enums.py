# SPDX-License-Identifier: LGPL-2.1-or-later
"""The enums of hgxtopo.h. A member prints as the library names it, equals that name, and is found
by it. In a set or as a key, only the member itself is found."""

import enum
from typing import Any, Optional, Type, TypeVar, Union

from .library import lib

N = TypeVar("N", bound="Named")


class Named(enum.IntEnum):
    """An enum of hgxtopo.h."""

    def __str__(self) -> str:
        return self.spelled() or self._name_.lower().replace("_", "-")

    def __eq__(self, other: object) -> bool:
        """A text equals the member that prints so: node.kind == "gpu"."""
        return str(self) == other if isinstance(other, str) else int.__eq__(self, other) is True

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = enum.IntEnum.__hash__

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def spelled(self) -> Optional[str]:
        """What the library calls it; None: the library has no name for it."""
        return None

    @classmethod
    def choices(cls) -> str:
        return ", ".join(repr(str(member)) for member in cls)

    @classmethod
    def named(cls: Type[N], text: str, where: str) -> N:
        """The member of that name, in either case."""
        for member in cls:
            if text.lower() in (str(member).lower(), member.name.lower()):
                return member
        raise ValueError(f"{where} must be one of {cls.choices()}, not {text!r}")

    @classmethod
    def of(cls: Type[N], value: Union[int, str]) -> N:
        """The member with that name or number."""
        return cls.named(value, cls.__name__) if isinstance(value, str) else cls(value)

    @classmethod
    def _missing_(cls, value: object) -> Any:
        if isinstance(value, str):
            return cls.named(value, cls.__name__)
        if isinstance(value, int):
            return cls._of_newer_library(value)
        return None

    @classmethod
    def _of_newer_library(cls: Type[N], value: int) -> N:
        member = int.__new__(cls, value)
        member._name_ = f"UNKNOWN_{value}"
        member._value_ = value
        return member


def text(name: Optional[bytes]) -> Optional[str]:
    return None if name is None else name.decode()


class Code(Named):
    """What kind of error it is."""

    OK = 0
    INVALID = 1  #: an argument or option makes no sense
    MISSING = 2  #: a file, directory or name does not exist
    UNREADABLE = 3  #: it exists but could not be read
    SYNTAX = 4  #: the text does not have the format
    VERSION = 5  #: the text has another version of the format
    BROKEN = 6  #: the format is right, but the content contradicts itself
    REFUSED = 7  #: possible, but it would harm or mislead
    LIMIT = 8  #: more than the format, QEMU or NCCL can take
    NO_MEMORY = 9

    def spelled(self) -> Optional[str]:
        return text(lib.hgx_code_name(self))


class Kind(Named):
    """What a node of the tree is."""

    MACHINE = 0  #: the root; its children are packages, NUMA nodes, host bridges
    PACKAGE = 1  #: a CPU socket; its children are cores
    CORE = 2  #: its children are logical CPUs: SMT siblings are siblings
    CPU = 3  #: a logical CPU as Linux numbers it; an offline one is a child of the machine
    NUMA = 4  #: a NUMA node: memory
    HOST_BRIDGE = 5  #: a PCI root bus, such as "pci0000:15"
    ROOT_PORT = 6
    SWITCH_UP = 7  #: upstream port of a PCIe switch; represents the switch
    SWITCH_DOWN = 8  #: downstream port of a PCIe switch
    BRIDGE = 9  #: any other PCI bridge
    GPU = 10
    NIC = 11
    NVME = 12
    NVSWITCH = 13
    OTHER = 14  #: any other PCI function
    NVLINK_MANAGER = 15  #: a ConnectX function that manages the NVLinks of a board; not a NIC
    ACCELERATOR = 16  #: computes without being a GPU, such as a Gaudi

    def spelled(self) -> Optional[str]:
        return text(lib.hgx_kind_name(self))


class BarFlag(enum.IntFlag):
    """Flags of a base address register."""

    IO = 1
    BAR_64BIT = 2
    PREFETCH = 4


class Known(Named):
    """Whether a function has a capability. It is unknown if configuration space beyond 64 bytes
    could not be read; only root can read it."""

    UNKNOWN = -1
    ABSENT = 0
    PRESENT = 1


class Distance(Named):
    """How far apart two nodes are, in the words of `nvidia-smi topo -m`."""

    SELF = 0  #: the same node
    PIX = 1  #: at most one PCIe switch between them
    PXB = 2  #: several PCIe switches, no host bridge
    PHB = 3  #: through one PCIe host bridge
    NODE = 4  #: through two host bridges of one NUMA node
    SYS = 5  #: through the link between NUMA nodes
    NOWHERE = 6  #: not both PCI functions of one topology

    def spelled(self) -> Optional[str]:
        return text(lib.hgx_distance_name(self))


class Severity(Named):
    """How bad a finding is."""

    NOTE = 0  #: good to know
    WARNING = 1  #: probably not what you want
    PROBLEM = 2  #: will not work

    def spelled(self) -> Optional[str]:
        return text(lib.hgx_severity_name(self))


class Choice(Named):
    """The values of the options smt and p2p_clique."""

    AUTO = 0
    ON = 1
    OFF = 2


class NvswitchChoice(Named):
    """Who gets the NVSwitches."""

    AUTO = 0  #: the VM, if it gets every GPU of the board; else they stay with the host
    NONE = 1
    ALL = 2


class Mirror(Named):
    """What an expander bus of the guest stands for."""

    NUMA = 0  #: a NUMA node
    ROOT_COMPLEX = 1  #: a root bus of the host


class Only(Named):
    """What of a base domain may change."""

    ALL = 0  #: whatever a mirror needs
    PCI = 1  #: PCI controllers and PCI addresses


class Fate(Named):
    """What became of a PCI function of the host."""

    THIS_VM = 0  #: the VM of the plan gets it, or its base domain assigns it
    OTHER_VM = 1  #: another VM gets it
    HOST = 2  #: it stays with the host, which needs it, or it cannot be assigned
    LEFT_OUT = 3  #: no VM gets it, although the host does not need it

    def spelled(self) -> Optional[str]:
        return text(lib.hgx_fate_name(self))


class NcclContent(Named):
    """What an NCCL topology file lists."""

    DEVICES = 0  #: CPUs, switches, GPUs and NICs
    SWITCHES = 1  #: CPUs and switches; NCCL finds the devices below them in sysfs


class QemuFormat(Named):
    """How QEMU's arguments are written."""

    LINES = 0  #: one on each line
    SHELL = 1  #: a whole command, quoted for sh
    JSON = 2  #: an array of texts


class ForecastView(Named):
    """Where NCCL knows the machine from."""

    FILE = 0  #: the topology file that nccl() writes
    SYSFS = 1  #: what the machine shows, where there is no such file


class NetPlugin(Named):
    """How the network plugin of NCCL names a NIC."""

    IB = 0  #: by device 00, function 0 of its bus, as NCCL's own for InfiniBand and RoCE does
    EXACT = 1  #: by its own address, as that of AWS does
