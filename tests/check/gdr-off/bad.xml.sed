# SPDX-License-Identifier: LGPL-2.1-or-later
# a GPU and its NIC are on root ports of pcie.0 instead of behind one switch
/<address type='pci'/s/bus='0x0d'/bus='0x01'/
/<address type='pci'/s/bus='0x0e'/bus='0x02'/
