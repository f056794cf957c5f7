# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the library allocates, and how long it lives.

An address is an object that frees what is there when nothing refers to it any more. It is an int,
which the garbage collector does not track: also in a cycle that is collected, it goes after the
finalizers of all objects that may still use it."""

from typing import Any, ClassVar, Dict, NoReturn, Tuple

from .library import lib


class TopologyPointer(int):
    """The address of a topology."""

    __slots__ = ()
    release = lib.hgx_topo_free

    def __del__(self) -> None:
        self.release(self)


class GuestPointer(TopologyPointer):
    """The address of the guest of a plan, which its plan frees; Topology keeps the plan."""

    __slots__ = ()

    def __del__(self) -> None:
        pass


class PlanPointer(int):
    """The address of a plan, which borrows its host."""

    __slots__ = ()
    release = lib.hgx_plan_free
    hosts: ClassVar[Dict[int, TopologyPointer]] = {}

    def __new__(cls, address: int, host: TopologyPointer) -> "PlanPointer":
        cls.hosts[address] = host
        return super().__new__(cls, address)

    def __del__(self) -> None:
        # taken out first: the next plan may get the same address
        host = self.hosts.pop(int(self))
        self.release(self)
        del host


class FindingsPointer(int):
    """The address of findings, whose nodes belong to topologies, or to a plan or forecast."""

    __slots__ = ()
    release = lib.hgx_findings_free
    topologies: ClassVar[Dict[int, Tuple[int, ...]]] = {}

    def __new__(cls, address: int, topologies: Tuple[int, ...]) -> "FindingsPointer":
        cls.topologies[address] = topologies
        return super().__new__(cls, address)

    def __del__(self) -> None:
        topologies = self.topologies.pop(int(self))
        self.release(self)
        del topologies


class FleetPointer(int):
    """The address of a fleet."""

    __slots__ = ()
    release = lib.hgx_fleet_free

    def __del__(self) -> None:
        self.release(self)


class ForecastPointer(int):
    """The address of a forecast."""

    __slots__ = ()
    release = lib.hgx_forecast_free

    def __del__(self) -> None:
        self.release(self)


class Handle:
    """A Topology, Node or Plan: it does not change, so a copy is the same; an address means
    nothing to another process."""

    __slots__ = ()

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, _: Any) -> Any:
        return self

    def __reduce_ex__(self, _: Any) -> NoReturn:
        raise TypeError(f"a {type(self).__name__} cannot be pickled; send the JSON of the topology instead")


def topology(name: str, value: Any) -> TopologyPointer:
    """The address of a Topology."""
    pointer = getattr(value, "pointer", None)
    if not isinstance(pointer, TopologyPointer):
        raise TypeError(f"{name} must be a Topology, not {type(value).__name__}")
    return pointer


def plan(name: str, value: Any) -> PlanPointer:
    """The address of a Plan."""
    pointer = getattr(value, "pointer", None)
    if not isinstance(pointer, PlanPointer):
        raise TypeError(f"{name} must be a Plan, not {type(value).__name__}")
    return pointer
