# SPDX-License-Identifier: LGPL-2.1-or-later
5s/0x030200/0x020000/
