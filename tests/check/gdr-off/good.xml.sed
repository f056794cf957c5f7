# SPDX-License-Identifier: LGPL-2.1-or-later
# a GPU and its NIC have each other's port of the same switch
/<address type='pci'/{
s/bus='0x0d'/bus='0x99'/
s/bus='0x0e'/bus='0x0d'/
s/bus='0x99'/bus='0x0e'/
}
