# SPDX-License-Identifier: LGPL-2.1-or-later
/^root 97/,/^root b7/ s/^(        00.0 nic)$/\1 now=16x16/
