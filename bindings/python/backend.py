# SPDX-License-Identifier: LGPL-2.1-or-later
"""Builds the package for pip (PEP 517, 660) with Python's standard library alone.

    python3 backend.py DIRECTORY    writes hgxtopo-VERSION.dist-info there, for make install-python
"""

import base64
import gzip
import hashlib
import io
import pathlib
import re
import sys
import tarfile
import zipfile
from typing import Any, Dict, Optional

HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = HERE / "hgxtopo"
#: what a tarball of the package holds
SOURCES = ("backend.py", "pyproject.toml", "hgxtopo/*.py", "hgxtopo/py.typed", "examples/*.py")


def package_version() -> str:
    numbers = re.search(r"^VERSION = \((.*)\)$", (PACKAGE / "constants.py").read_text(encoding="utf-8"), re.M)
    assert numbers
    return numbers[1].replace(", ", ".")


NAME = f"hgxtopo-{package_version()}"
METADATA = f"""\
Metadata-Version: 2.1
Name: hgxtopo
Version: {package_version()}
Summary: The topology of a GPU host, and the virtual machines that mirror it
License: LGPL-2.1-or-later
Requires-Python: >=3.9
"""
WHEEL = """\
Wheel-Version: 1.0
Generator: hgxtopo
Root-Is-Purelib: true
Tag: py3-none-any
"""


def package_files() -> Dict[str, bytes]:
    files = [*PACKAGE.glob("*.py"), PACKAGE / "py.typed"]
    return {f"hgxtopo/{file.name}": file.read_bytes() for file in sorted(files)}


def digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")


def write_wheel(directory: str, files: Dict[str, bytes]) -> str:
    """A wheel with these files; the same ones give the same bytes."""
    info = f"{NAME}.dist-info"
    files = {**files, f"{info}/METADATA": METADATA.encode(), f"{info}/WHEEL": WHEEL.encode()}
    record = "".join(f"{name},sha256={digest(data)},{len(data)}\n" for name, data in files.items())
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    wheel = f"{NAME}-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(directory, wheel), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED)
    return wheel


def build_wheel(wheel_directory: str, config_settings: Any = None, metadata_directory: Optional[str] = None) -> str:
    return write_wheel(wheel_directory, package_files())


def build_editable(
    wheel_directory: str, config_settings: Any = None, metadata_directory: Optional[str] = None
) -> str:
    return write_wheel(wheel_directory, {"hgxtopo.pth": f"{HERE}\n".encode()})


def prepare_metadata_for_build_wheel(metadata_directory: str, config_settings: Any = None) -> str:
    info = pathlib.Path(metadata_directory, f"{NAME}.dist-info")
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text(METADATA, encoding="utf-8")
    (info / "WHEEL").write_text(WHEEL, encoding="utf-8")
    return info.name


prepare_metadata_for_build_editable = prepare_metadata_for_build_wheel


def build_sdist(sdist_directory: str, config_settings: Any = None) -> str:
    sources = {
        str(file.relative_to(HERE)): file.read_bytes()
        for pattern in SOURCES
        for file in sorted(HERE.glob(pattern))
    }
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in {"PKG-INFO": METADATA.encode(), **sources}.items():
            entry = tarfile.TarInfo(f"{NAME}/{name}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    sdist = f"{NAME}.tar.gz"
    pathlib.Path(sdist_directory, sdist).write_bytes(gzip.compress(plain.getvalue(), mtime=0))
    return sdist


if __name__ == "__main__":
    prepare_metadata_for_build_wheel(sys.argv[1])
