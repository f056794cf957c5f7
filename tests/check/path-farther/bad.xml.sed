# SPDX-License-Identifier: LGPL-2.1-or-later
s/bus='0x16' slot='0x00'/bus='0x01' slot='0x00'/
