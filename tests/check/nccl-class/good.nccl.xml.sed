# SPDX-License-Identifier: LGPL-2.1-or-later
# another GPU class
5s/0x030200/0x030000/
