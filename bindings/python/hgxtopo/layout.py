# SPDX-License-Identifier: LGPL-2.1-or-later
"""How classes mirror the structs of hgxtopo.h.

A class lists the members of its struct in C's order, each with the type that Python sees. The
annotation also holds a Member, which says what type C has and how one becomes the other, and may
hold a sentence about the member. All layouts of the package come from these lists."""

import ctypes
import inspect
import operator
import os
from typing import Annotated, Any, Callable, Dict, NamedTuple, NoReturn, Optional, Tuple, Type, TypeVar

from .enums import Named

#: Every struct by its name in hgxtopo.h.
STRUCTURES: Dict[str, Type[ctypes.Structure]] = {}


# ------------------------------------------------------------------ texts


def encode(name: str, value: Any) -> bytes:
    """The bytes of a text that is given to C with its length."""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    raise TypeError(f"{name} must be a text, not {type(value).__name__}")


def terminated(name: str, value: Any) -> bytes:
    """The bytes of a text, or of a path, that C reads up to its terminator."""
    text = encode(name, os.fspath(value) if isinstance(value, os.PathLike) else value)
    if b"\0" in text:
        raise ValueError(f"{name} contains a null character")
    return text


def decode(text: Optional[bytes]) -> Optional[str]:
    """A text of C; None for NULL."""
    return None if text is None else text.decode("utf-8", "surrogateescape")


# ---------------------------------------------------------------- members


def plain(structure: Any, name: str, _: Any) -> Any:
    return getattr(structure, name)


def number(name: str, value: Any) -> int:
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer, not {type(value).__name__}") from None


class Member(NamedTuple):
    """A member of a struct."""

    ctype: Any
    #: from the struct, the name of the member, and the owner of the nodes that it points to
    read: Callable[[Any, str, Any], Any] = plain
    #: from the name of the member, and what was given for it; None: the library's own member
    write: Optional[Callable[[str, Any], Any]] = number


def enumeration(kind: Type[Named], ctype: Any = ctypes.c_int) -> Member:
    """A number of an enum, for which its name may be given."""

    def write(name: str, value: Any) -> int:
        if isinstance(value, str):
            return kind.named(value, name)
        if isinstance(value, bool):
            raise TypeError(f"{name} must be {kind.choices()}, not {value}")
        return number(name, value)

    return Member(ctype, lambda structure, name, _: kind(getattr(structure, name)), write)


def embedded(value: Any) -> Member:
    """A struct within the struct."""
    return Member(
        value.structure, lambda structure, name, owner: value.read(getattr(structure, name), owner)
    )


def repeated(value: Any, count: int) -> Member:
    """An array of structs within the struct."""
    return Member(
        value.structure * count,
        lambda structure, name, owner: tuple(value.read(one, owner) for one in getattr(structure, name)),
    )


def elements(value: Any, pointer: Any, count: int, owner: Any) -> Tuple[Any, ...]:
    """Structs, or numbers if @value is None, that a pointer leads to."""
    found = (pointer[index] for index in range(count))
    return tuple(found if value is None else (value.read(one, owner) for one in found))


def several(value: Any, count: str) -> Member:
    """A pointer to structs; another member counts them."""
    return Member(
        ctypes.POINTER(value.structure),
        lambda structure, name, owner: elements(
            value, getattr(structure, name), getattr(structure, count), owner
        ),
    )


def numbers(ctype: Any, count: str) -> Member:
    """A pointer to numbers; another member counts them."""
    return Member(
        ctypes.POINTER(ctype),
        lambda structure, name, _: elements(None, getattr(structure, name), getattr(structure, count), None),
    )


def characters(size: int) -> Member:
    return Member(ctypes.c_char * size, lambda structure, name, _: decode(getattr(structure, name)))


def truth(structure: Any, name: str, _: Any) -> bool:
    return bool(getattr(structure, name))


U8 = Annotated[int, Member(ctypes.c_uint8)]
U16 = Annotated[int, Member(ctypes.c_uint16)]
U32 = Annotated[int, Member(ctypes.c_uint32)]
U64 = Annotated[int, Member(ctypes.c_uint64)]
Int = Annotated[int, Member(ctypes.c_int)]
Unsigned = Annotated[int, Member(ctypes.c_uint)]
Double = Annotated[float, Member(ctypes.c_double)]
Size = Annotated[int, Member(ctypes.c_size_t)]
Bool = Annotated[bool, Member(ctypes.c_int, truth)]
TEXT = Member(ctypes.c_char_p, lambda structure, name, _: decode(getattr(structure, name)), terminated)
Text = Annotated[str, TEXT]
#: A text that may be NULL.
OptionalText = Annotated[Optional[str], TEXT]
#: A pointer to a node of the owner; the type that Python sees is added where Node is known.
NODE = Member(
    ctypes.c_void_p, lambda structure, name, owner: None if owner is None else owner.node_at(getattr(structure, name))
)
#: Members that the binding or the library sets.
OwnSize = Annotated[NoReturn, Member(ctypes.c_size_t, plain, None)]
OwnInt = Annotated[NoReturn, Member(ctypes.c_int, plain, None)]


def member_of(annotation: Any) -> Member:
    """The Member in an annotation; that of an enum and of a struct need not be written."""
    for part in getattr(annotation, "__metadata__", ()):
        if isinstance(part, Member):
            return part
    kind = getattr(annotation, "__origin__", annotation)
    return enumeration(kind) if issubclass(kind, Named) else embedded(kind)


def members_of(cls: Any) -> Dict[str, Member]:
    return {name: member_of(annotation) for name, annotation in cls.__annotations__.items()}


def explained(text: Optional[str], cls: Any) -> str:
    """A docstring, and what the annotations of a class say about members."""
    lines = [inspect.cleandoc(text or ""), ""]
    for name, annotation in cls.__annotations__.items():
        for part in getattr(annotation, "__metadata__", ()):
            if isinstance(part, str):
                lines.append(f"    {name}: {part}")
    return "\n".join(lines).rstrip()


def structure_of(name: str, members: Dict[str, Member]) -> Type[ctypes.Structure]:
    """The ctypes structure of a struct."""
    fields = [(member, kind.ctype) for member, kind in members.items()]
    STRUCTURES[name] = type(name, (ctypes.Structure,), {"_fields_": fields})
    return STRUCTURES[name]


# ----------------------------------------------------------------- values

V = TypeVar("V", bound="Value")


class Value:
    """A struct of the library as a Python object of its own, which does not change."""

    structure: Any
    members: Dict[str, Member]

    @classmethod
    def read(cls: Type[V], structure: Any, owner: Any = None) -> V:
        return cls(**{name: member.read(structure, name, owner) for name, member in cls.members.items()})

    @classmethod
    def at(cls: Type[V], address: Optional[int], owner: Any = None) -> Optional[V]:
        """The value at an address; None for NULL."""
        return None if address is None else cls.read(cls.structure.from_address(address), owner)


def mirrors(name: str) -> Callable[[Type[V]], Type[V]]:
    """Makes a class the mirror of a struct."""

    def decorate(cls: Type[V]) -> Type[V]:
        cls.members = members_of(cls)
        cls.structure = structure_of(name, cls.members)
        cls.__doc__ = explained(cls.__doc__, cls)
        return cls

    return decorate
