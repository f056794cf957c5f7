# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the library says about itself, and about what is installed beside it."""

from typing import Tuple

from .errors import made, taken
from .layout import decode, terminated
from .library import lib
from .values import Rule


def version() -> str:
    """The version of the running library, such as "0.2.0"."""
    return decode(lib.hgx_version()) or ""


def rules() -> Tuple[Rule, ...]:
    """Every kind of refusal and of finding."""
    found = []
    rule = Rule.at(lib.hgx_rule_at(0))
    while rule:
        found.append(rule)
        rule = Rule.at(lib.hgx_rule_at(len(found)))
    return tuple(found)


def examples() -> Tuple[str, ...]:
    """The names of the built-in examples."""
    found = []
    name = decode(lib.hgx_example_name(0))
    while name:
        found.append(name)
        name = decode(lib.hgx_example_name(len(found)))
    return tuple(found)


def installed_version(name: str) -> str:
    """The version of a program installed on the running machine, such as "9.0.0"; the name is
    "libvirt", "qemu" or "ovmf"."""
    return taken(made(lib.hgx_installed_version, terminated("name", name)))
