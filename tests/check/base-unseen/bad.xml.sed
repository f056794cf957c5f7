# SPDX-License-Identifier: LGPL-2.1-or-later
s/bus='0x12' slot='0x00' function='0x0'/bus='0x12' slot='0x00' function='0x1'/
