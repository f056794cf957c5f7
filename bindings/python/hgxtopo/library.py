# SPDX-License-Identifier: LGPL-2.1-or-later
"""The shared library: where it is, and whether its version fits."""

import ctypes
import os
import pathlib
from typing import Any, Dict, Tuple

from .constants import VERSION

MAJOR, MINOR, PATCH = VERSION
#: What may change within it only adds to the library.
ABI = f"{MAJOR}" if MAJOR else f"{MAJOR}.{MINOR}"
SONAME = f"libhgxtopo.so.{ABI}"


def places() -> Tuple[pathlib.Path, ...]:
    """Where the library lies if it belongs to this package: in the build folder of the sources, or
    in the library directory that the package was installed below."""
    package = pathlib.Path(__file__).resolve().parent
    above = package.parents[2]
    if (above / "include" / "hgxtopo.h").exists():
        return (above / "build" / SONAME,)
    return (above / SONAME,)


def path() -> str:
    """The library to load: HGXTOPO_LIBRARY, the one that belongs to this package, or what the
    system's loader finds by its soname."""
    given = os.environ.get("HGXTOPO_LIBRARY", "")
    return given or next((str(place) for place in places() if place.exists()), SONAME)


def check_version(library: ctypes.CDLL, name: str) -> None:
    """Refuses a library that is of another ABI, or older than this package."""
    library.hgx_version_number.restype = ctypes.c_uint
    major, rest = divmod(library.hgx_version_number(), 1000000)
    minor, patch = divmod(rest, 1000)
    same = major == MAJOR and (major > 0 or minor == MINOR)
    if not same or (minor, patch) < (MINOR, PATCH):
        raise ImportError(
            f"{name} is libhgxtopo {major}.{minor}.{patch}; this package needs {ABI}, "
            f"from {MAJOR}.{MINOR}.{PATCH} on; install the package of the library's version"
        )


def load(name: str) -> ctypes.CDLL:
    """The library of that name, if its version fits."""
    try:
        library = ctypes.CDLL(name)
        check_version(library, name)
    except (OSError, AttributeError) as error:
        raise ImportError(
            f"{name} cannot be loaded as libhgxtopo ({error}); install libhgxtopo {ABI}, or set "
            "HGXTOPO_LIBRARY to the path of its shared library"
        ) from None
    return library


lib = load(path())
#: The same for functions that change the environment: no other Python thread runs meanwhile.
lib_alone = ctypes.PyDLL(lib._name)


def declare(functions: Dict[str, Tuple[Any, ...]]) -> None:
    """Tells ctypes what functions return and take."""
    for name, (result, *arguments) in functions.items():
        for library in (lib, lib_alone):
            try:
                function = getattr(library, name)
            except AttributeError:
                raise ImportError(f"{lib._name} has no {name}(); it is older than this package") from None
            function.restype = result
            function.argtypes = arguments
