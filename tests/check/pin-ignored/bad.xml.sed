# SPDX-License-Identifier: LGPL-2.1-or-later
s|^    <emulatorpin|    <vcpupin vcpu='9' cpuset='6'/>\n&|
