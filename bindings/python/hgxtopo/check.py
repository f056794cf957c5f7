# SPDX-License-Identifier: LGPL-2.1-or-later
"""Findings of checks and comparisons, and fleets of hosts."""

import ctypes
import threading
from typing import TYPE_CHECKING, Any, Iterable, Iterator, Optional, Union

from . import handles, options
from .constants import FLEET_NONE
from .enums import Severity
from .errors import call, made, text
from .handles import FindingsPointer, FleetPointer, Handle
from .layout import decode, encode, number, terminated
from .library import lib
from .values import Finding

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .topology import Topology


class Findings(Handle):
    """What a check or a comparison has found: the worst first, those of one rule together. Or what was
    noticed about a topology, plan or forecast, in the order in which it was."""

    __slots__ = ("pointer", "expected", "examined", "__weakref__")
    pointer: FindingsPointer
    #: the topology of nodes of the rule "diff-gone"
    expected: Any
    #: that of the others
    examined: Any

    def __init__(self, *_: Any) -> None:
        raise TypeError("findings come from Topology.check(), Topology.compare() or noticed()")

    @classmethod
    def at(cls, address: int, expected: Any, examined: Any) -> "Findings":
        found = object.__new__(cls)
        found.pointer = FindingsPointer(address, (expected.pointer, examined.pointer))
        found.expected = expected
        found.examined = examined
        return found

    @classmethod
    def of_file(cls, address: int) -> "Findings":
        """Findings without nodes."""
        found = object.__new__(cls)
        found.pointer = FindingsPointer(address, ())
        found.expected = None
        found.examined = None
        return found

    def __len__(self) -> int:
        count: int = lib.hgx_findings_count(self.pointer)
        return count

    def __getitem__(self, index: int) -> Finding:
        wanted = index + len(self) if index < 0 else index
        address = lib.hgx_findings_at(self.pointer, wanted) if wanted >= 0 else None
        if address is None:
            raise IndexError(index)
        gone = Finding.structure.from_address(address).rule == b"diff-gone"
        return Finding.read(Finding.structure.from_address(address), self.expected if gone else self.examined)

    def __iter__(self) -> Iterator[Finding]:
        return (self[index] for index in range(len(self)))

    def __repr__(self) -> str:
        return f"<Findings: {len(self)}>"

    def text(self, verbose: bool = False) -> str:
        """emit_findings() of these."""
        return emit_findings([self], verbose)

    def lines(self, verbose: bool = False, least: Severity = Severity.NOTE, ignore: Optional[str] = None) -> str:
        """emit_finding_lines() of these."""
        return emit_finding_lines([self], verbose, least, ignore)

    def json(self) -> str:
        """emit_findings_json() of these."""
        return emit_findings_json([self])


def pointers(lists: Iterable[Findings]) -> Any:
    """An array of the addresses of findings; who calls keeps them."""
    found = []
    for one in lists:
        if not isinstance(one, Findings):
            raise TypeError(f"lists must be of Findings, not {type(one).__name__}")
        found.append(one.pointer)
    return (ctypes.c_void_p * len(found))(*found)


def emit_findings(lists: Iterable[Findings], verbose: bool = False) -> str:
    """Findings of one or more checks for people: the worst first, those of one rule together with
    one remedy, and their number at the end. verbose: every note, and where each rule comes from."""
    lists = list(lists)
    return text(lib.hgx_emit_findings, pointers(lists), len(lists), bool(verbose))


def emit_finding_lines(
    lists: Iterable[Findings],
    verbose: bool = False,
    least: Severity = Severity.NOTE,
    ignore: Optional[str] = None,
) -> str:
    """Findings as lines, warnings before notes, each with the id of its rule in brackets at the end.
    What is said in the same words about several devices is one line. verbose: a line for each
    device; least: less is left out; ignore: ids of rules, separated by commas."""
    lists = list(lists)
    left = None if ignore is None else terminated("ignore", ignore)
    return text(lib.hgx_emit_finding_lines, pointers(lists), len(lists), bool(verbose), int(least), left)


def emit_findings_json(lists: Iterable[Findings]) -> str:
    """The same as JSON, see docs/json-format.md. Of Plan.noticed() it also has what is about each
    VM: its findings, and the verdict on each PCI function."""
    lists = list(lists)
    return text(lib.hgx_emit_findings_json, pointers(lists), len(lists))


def check_nccl(data: Union[str, bytes], name: Optional[str] = None, **given: "Unpack[options.CheckOptions]") -> Findings:
    """What is wrong with an NCCL topology file by itself; Topology.check_nccl() checks it against the
    machine that it is for. name: the file's, for sentences and commands of remedies."""
    text_of = encode("data", data)
    called = None if name is None else terminated("name", name)
    filled = options.CHECK.filled("check_nccl", dict(given))
    return Findings.of_file(
        made(lib.hgx_check_nccl, text_of, len(text_of), called, None, None, ctypes.byref(filled))
    )


def check_nccl_setup(
    checked: Optional[str] = None,
    variable: Optional[str] = None,
    user_conf: Optional[str] = None,
    system_conf: Optional[str] = None,
    default_file: bool = False,
    **given: "Unpack[options.CheckOptions]",
) -> Findings:
    """Which of several NCCL topology files counts where NCCL runs. checked: the file that is meant.
    variable: the value of NCCL_TOPO_FILE. user_conf, system_conf: the texts of ~/.nccl.conf and
    /etc/nccl.conf. default_file: whether there is /var/run/nvidia-topologyd/virtualTopology.xml."""
    texts = [
        None if value is None else terminated(name, value)
        for name, value in (
            ("checked", checked),
            ("variable", variable),
            ("user_conf", user_conf),
            ("system_conf", system_conf),
        )
    ]
    filled = options.CHECK.filled("check_nccl_setup", dict(given))
    return Findings.of_file(made(lib.hgx_check_nccl_setup, *texts, bool(default_file), ctypes.byref(filled)))


class Fleet:
    """Hosts, grouped by fingerprint and by what else compare() compares: those of one group do not
    differ, but for the models of their drives. Of each host only its group is kept. The caller
    numbers the hosts."""

    __slots__ = ("pointer", "lock", "__weakref__")

    def __init__(self) -> None:
        self.pointer = FleetPointer(made(lib.hgx_fleet_new))
        self.lock = threading.Lock()

    def __repr__(self) -> str:
        return "<Fleet>"

    def add(self, host: int, topology: "Topology") -> None:
        """Adds host number host, in any order. A number that there is already is refused."""
        with self.lock:
            call(lib.hgx_fleet_add, self.pointer, size("host", host), handles.topology("topology", topology))

    def first(self, host: int) -> Optional[int]:
        """The lowest number of a host in the group of host. None, here and below: there is
        no host of that number."""
        with self.lock:
            return existing(lib.hgx_fleet_first(self.pointer, size("host", host)))

    def norm(self, host: int) -> Optional[int]:
        """The host that host is to be compared with: the first of the largest group of its model."""
        with self.lock:
            return existing(lib.hgx_fleet_norm(self.pointer, size("host", host)))

    def alike(self, host: int) -> int:
        """How many hosts are in the group of host, itself included; 0: no such host."""
        with self.lock:
            count: int = lib.hgx_fleet_alike(self.pointer, size("host", host))
        return count

    def model(self, host: int) -> Optional[str]:
        """The model of a host: its processor and the ids of the models of its GPUs."""
        with self.lock:
            return decode(lib.hgx_fleet_model(self.pointer, size("host", host)))


def size(name: str, value: Any) -> int:
    """The number of a host."""
    given = number(name, value)
    if not 0 <= given < FLEET_NONE:
        raise OverflowError(f"{name}: {given} is out of range")
    return given


def existing(host: int) -> Optional[int]:
    return None if host == FLEET_NONE else host
