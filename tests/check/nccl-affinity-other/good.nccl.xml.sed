# SPDX-License-Identifier: LGPL-2.1-or-later
3s/affinity="[^"]*"/affinity="ffffffff"/
