# SPDX-License-Identifier: LGPL-2.1-or-later
s/(vcpu='[0-3]' cpuset=)'([0-9])'/\1'4\2'/
