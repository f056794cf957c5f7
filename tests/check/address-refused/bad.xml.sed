# SPDX-License-Identifier: LGPL-2.1-or-later
s/bus='0x0e' slot='0x00'/bus='0x0e' slot='0x01'/
