# SPDX-License-Identifier: LGPL-2.1-or-later
/^root 97/,/^root b7/ s/^(        00.0 gpu)$/\1 now=2.5x16/
