# SPDX-License-Identifier: LGPL-2.1-or-later
# CPUs of the other node
3s/affinity="[^"]*"/affinity="ffffffff,ffffffff"/
