# SPDX-License-Identifier: LGPL-2.1-or-later
"""Numbers of hgxtopo.h."""

#: The version of hgxtopo.h that this package was written for.
VERSION = (0, 2, 0)

#: reserve_cores: no core stays with the host.
RESERVE_NONE = -1
#: hugepages: normal pages.
HUGEPAGES_OFF = 1
#: vcpus: all that the host can give.
VCPUS_ALL = 2**32 - 1
#: memory: all that the host can give.
MEMORY_ALL = 2**64 - 1
#: A virtual CPU that is not pinned, or pinned to several CPUs.
CPU_NONE = 2**32 - 1
#: A number that no host of a fleet has.
FLEET_NONE = 2**64 - 1
#: Base address registers of a PCI function; the last one is the expansion ROM.
BARS = 7
#: Bytes that hold any PCI address as text.
BDF_SIZE = 17
