# SPDX-License-Identifier: LGPL-2.1-or-later
# the NIC of the other switch of that node
/<source>/,/<\/source>/s/bus='0x9b'/bus='0xbb'/
