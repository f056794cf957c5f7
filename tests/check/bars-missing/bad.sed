# SPDX-License-Identifier: LGPL-2.1-or-later
/^root 97/,/gpu$/ s/^(        00.0 gpu)$/\1 bars=none/
