# SPDX-License-Identifier: LGPL-2.1-or-later
s/(vcpu='1' cpuset=)'3'/\1'18'/
