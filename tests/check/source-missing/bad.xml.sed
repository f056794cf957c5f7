# SPDX-License-Identifier: LGPL-2.1-or-later
# the host has no device there
/<source>/,/<\/source>/s/bus='0x18'/bus='0x88'/
