# SPDX-License-Identifier: LGPL-2.1-or-later
/<vcpupin/d
s/cpus='0-3'/cpus='0-1,4-5'/
s/cpus='4-7'/cpus='2-3,6-7'/
