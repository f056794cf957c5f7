# SPDX-License-Identifier: LGPL-2.1-or-later
/<source>/,/<\/source>/s/(bus='0x3b'.*function=)'0x0'/\1'0x1'/
