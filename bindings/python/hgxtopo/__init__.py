# SPDX-License-Identifier: LGPL-2.1-or-later
"""The topology of a GPU host, and the virtual machines that mirror it.

A Topology is read once and never changes; its nodes keep it alive. A Plan is one virtual machine.
What the library refuses is an Error. Nothing here prints, exits or changes the machine.

>>> import hgxtopo
>>> host = hgxtopo.Topology.from_example("hgx-h200")
>>> gpu = host["0000:19:00.0"]
>>> gpu.nearest("nic")
<Node nic 0000:1a:00.0>
>>> print(gpu.distance(gpu.nearest("nic")))
PIX
>>> hgxtopo.Plan(host, vm=2, vms=4)
<Plan hgx-vm-2: 2 gpu, 22 vCPUs>

Topologies and plans may be used by several threads at once, and after a fork.
"""

from . import functions as _functions
from .check import (
    Findings, Fleet, check_nccl, check_nccl_setup, emit_finding_lines, emit_findings, emit_findings_json
)
from .constants import CPU_NONE, HUGEPAGES_OFF, MEMORY_ALL, RESERVE_NONE, VCPUS_ALL, VERSION
from .enums import (
    BarFlag,
    Choice,
    Code,
    Distance,
    Fate,
    ForecastView,
    Kind,
    Known,
    Mirror,
    NcclContent,
    NetPlugin,
    NvswitchChoice,
    Only,
    QemuFormat,
    Severity,
)
from .errors import Error
from .forecast import Forecast, emit_forecast
from .options import PlanOptions, parse_size
from .plan import Plan, emit_kernel_args, emit_map, emit_map_json
from .software import examples, installed_version, rules, version
from .topology import Node, Topology
from .values import (
    Bar,
    Bdf,
    Capability,
    Cpu,
    Finding,
    GpuForecast,
    GpuWay,
    Link,
    Links,
    Memory,
    OsDevice,
    Pages,
    Pci,
    Processor,
    Rule,
    Vcpu,
    Verdict,
)

__version__ = ".".join(map(str, VERSION))
__all__ = [
    "Bar",
    "BarFlag",
    "Bdf",
    "Capability",
    "Choice",
    "Code",
    "Cpu",
    "CPU_NONE",
    "Distance",
    "check_nccl",
    "check_nccl_setup",
    "emit_findings",
    "emit_finding_lines",
    "emit_findings_json",
    "emit_forecast",
    "emit_kernel_args",
    "emit_map",
    "emit_map_json",
    "Error",
    "examples",
    "Fate",
    "Finding",
    "Findings",
    "Fleet",
    "Forecast",
    "ForecastView",
    "GpuForecast",
    "GpuWay",
    "HUGEPAGES_OFF",
    "installed_version",
    "Kind",
    "Known",
    "Link",
    "Links",
    "Memory",
    "MEMORY_ALL",
    "Mirror",
    "NcclContent",
    "NetPlugin",
    "Node",
    "NvswitchChoice",
    "Only",
    "OsDevice",
    "Pages",
    "parse_size",
    "Pci",
    "Plan",
    "PlanOptions",
    "Processor",
    "QemuFormat",
    "RESERVE_NONE",
    "Rule",
    "rules",
    "Severity",
    "Topology",
    "Vcpu",
    "VCPUS_ALL",
    "Verdict",
    "VERSION",
    "version",
]
