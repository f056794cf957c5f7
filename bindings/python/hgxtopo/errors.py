# SPDX-License-Identifier: LGPL-2.1-or-later
"""Errors, and the ways of calling functions that can fail."""

import ctypes
from dataclasses import dataclass
from typing import Annotated, Any, NoReturn, Optional

from .enums import Code
from .layout import Value, characters, decode, mirrors
from .library import lib


@mirrors("hgx_error")
@dataclass(frozen=True)
class Failure(Value):
    """What the library says about an error."""

    code: Code
    text: Annotated[str, characters(500)]
    rule: Annotated[str, characters(32)]
    node: Annotated[str, characters(32)]
    option: Annotated[str, characters(32)]
    reserved: Annotated[str, characters(168)]

    def throw(self) -> NoReturn:
        if self.code == Code.NO_MEMORY:
            raise MemoryError(self.text)
        raise Error(self.text, self.code, self.rule, self.node, self.option)


class Error(Exception):
    """The library refuses something, or cannot read it. str() is a sentence for people: the thing
    first, then what is wrong, then the remedy.

    code: what kind of error it is
    rule: the stable id of this kind of refusal, such as "huge-pages-missing"; see rules()
    node: the name of the node it is about, or the address that was given for a device; "" if none
    option: the option at fault, such as "uneven"; "" if there is none
    """

    def __init__(self, text: str, code: Code, rule: str = "", node: str = "", option: str = "") -> None:
        super().__init__(text, code, rule, node, option)
        self.code = code
        self.rule = rule
        self.node = node
        self.option = option

    def __str__(self) -> str:
        return str(self.args[0])

    def json(self) -> str:
        """The error as JSON on one line, see docs/json-format.md."""
        failure = Failure.structure()
        failure.code = int(self.code)
        for name in ("rule", "node", "option"):
            setattr(failure, name, getattr(self, name).encode())
        failure.text = str(self).encode()[:499]
        out = ctypes.c_void_p()
        call(lib.hgx_emit_error_json, ctypes.byref(failure), ctypes.byref(out))
        return taken(out.value)


# as programs name it, and as a traceback shows it
Error.__module__ = __package__

if lib.hgx_error_size() != ctypes.sizeof(Failure.structure):
    raise ImportError(f"{lib._name} has another struct hgx_error than this package; install both anew")


def call(function: Any, *arguments: Any) -> None:
    """Calls a function that takes an error last; what it refuses is raised."""
    failure = Failure.structure()
    if function(*arguments, ctypes.byref(failure)):
        Failure.read(failure).throw()


def made(function: Any, *arguments: Any) -> int:
    """The address of what a function makes. It takes its result first."""
    out = ctypes.c_void_p()
    call(function, ctypes.byref(out), *arguments)
    assert out.value is not None
    return out.value


def taken(address: Optional[int]) -> str:
    """The text at an address, which is freed."""
    try:
        return decode(ctypes.string_at(address or 0)) or ""
    finally:
        lib.hgx_text_free(address)


def text(function: Any, *arguments: Any) -> str:
    """The text that a function makes. It takes its result and the error last."""
    out = ctypes.c_void_p()
    call(function, *arguments, ctypes.byref(out))
    return taken(out.value)
