# SPDX-License-Identifier: LGPL-2.1-or-later
sed -i "/^address sizes/d" proc/cpuinfo
