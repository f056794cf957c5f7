# SPDX-License-Identifier: LGPL-2.1-or-later
s/(vcpu='7' cpuset=)'37'/\1'99'/
