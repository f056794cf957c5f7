"""What a small guest sent through its serial port: the archive that init.sh makes."""

from __future__ import annotations

import tarfile


def unpack(path, directory):
    """False: it sent none."""
    with open(path, "rb") as file:
        _, mark, archive = file.read().partition(b"CAPTURE\n")
    if not mark:
        return False
    with open(f"{directory}.tar.gz", "wb") as file:
        file.write(archive)
    with tarfile.open(f"{directory}.tar.gz") as tar:
        tar.extractall(directory)
    return True
