# SPDX-License-Identifier: LGPL-2.1-or-later
/<source>/,/<\/source>/s/bus='0x3b'/bus='0x01'/
