# SPDX-License-Identifier: LGPL-2.1-or-later
# leading words may be left out
3s/affinity="[^"]*"/affinity="ffffffff"/
