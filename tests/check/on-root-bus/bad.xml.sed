# SPDX-License-Identifier: LGPL-2.1-or-later
/<source>/,/<\/source>/s/bus='0x3b'/bus='0x03'/
s/bus='0x12' slot='0x00'/bus='0x00' slot='0x10'/
