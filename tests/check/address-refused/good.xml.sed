# SPDX-License-Identifier: LGPL-2.1-or-later
# conventional PCI and PCIe devices may change places
s/<memballoon model='none'\/>/<sound model='ich6'><address type='pci' bus='0x01' slot='0x00' function='0x0'\/><\/sound>/
