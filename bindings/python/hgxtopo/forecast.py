# SPDX-License-Identifier: LGPL-2.1-or-later
"""Forecasts of what NCCL decides."""

import ctypes
from typing import TYPE_CHECKING, Mapping, Optional, Tuple, Union

from . import handles, options
from .check import Findings
from .errors import made, text
from .handles import ForecastPointer, Handle
from .layout import encode, terminated
from .library import lib
from .topology import Node, Topology, pointed
from .values import Finding, GpuForecast

if TYPE_CHECKING:
    from typing_extensions import Unpack


class Forecast(Handle):
    """What NCCL 2.28 to 2.30 decides on a machine: for each GPU its NIC, the path to it and whether
    it uses GPUDirect RDMA. This is NCCL's model of what it is told, not a measurement."""

    __slots__ = ("pointer", "topology", "__weakref__")
    pointer: ForecastPointer
    #: the machine; None: it comes from a file
    topology: Optional[Topology]

    @options.FORECAST.shown
    def __init__(self, topology: Topology, **given: "Unpack[options.ForecastOptions]") -> None:
        """Forecasts for a machine."""
        filled = options.FORECAST.filled("Forecast", given)
        address = made(lib.hgx_forecast, handles.topology("topology", topology), ctypes.byref(filled))
        self.pointer = ForecastPointer(address)
        self.topology = topology

    @classmethod
    @options.FORECAST.shown
    def from_file(
        cls, data: Union[str, bytes], name: Optional[str] = None, **given: "Unpack[options.ForecastOptions]"
    ) -> "Forecast":
        """The same for an NCCL topology file, which is read as NCCL reads it. name: what to call
        the text in an error, such as its file name."""
        content = encode("data", data)
        called = None if name is None else terminated("name", name)
        filled = options.FORECAST.filled("from_file", given)
        found = object.__new__(cls)
        address = made(lib.hgx_forecast_file, content, len(content), called, ctypes.byref(filled))
        found.pointer = ForecastPointer(address)
        found.topology = None
        return found

    def __repr__(self) -> str:
        return f"<Forecast: {len(self.gpus)} gpu>"

    def node_at(self, address: Optional[int]) -> Optional[Node]:
        return None if self.topology is None else self.topology.node_at(address)

    def noticed(self) -> Findings:
        """findings as a list, for emit_finding_lines() and emit_findings_json()."""
        return Findings.at(made(lib.hgx_findings_of_forecast, self.pointer), self, self)

    @property
    def gpus(self) -> Tuple[GpuForecast, ...]:
        """The GPUs in the order of their addresses."""
        return pointed(GpuForecast, lib.hgx_forecast_gpus, self.pointer, None)

    @property
    def bound(self) -> float:
        """GB/s that all GPUs together get from the network at most; 0 unless every GPU uses
        GPUDirect RDMA in both directions."""
        bound: float = lib.hgx_forecast_bound(self.pointer)
        return bound

    @property
    def findings(self) -> Tuple[Finding, ...]:
        """What was assumed, and what NCCL takes for something else in a file."""
        return pointed(Finding, lib.hgx_forecast_findings, self.pointer, self)

    def json(self) -> str:
        """As JSON, see docs/json-format.md."""
        return text(lib.hgx_emit_forecast_json, self.pointer)


def emit_forecast(forecasts: Mapping[str, Forecast]) -> str:
    """One or more forecasts, by their titles, as text for people."""
    titles = [terminated("title", title) for title in forecasts]
    found = list(forecasts.values())
    for one in found:
        if not isinstance(one, Forecast):
            raise TypeError(f"forecasts must be of Forecast, not {type(one).__name__}")
    addresses = (ctypes.c_void_p * len(found))(*(one.pointer for one in found))
    return text(lib.hgx_emit_forecast, addresses, (ctypes.c_char_p * len(titles))(*titles), len(found))
