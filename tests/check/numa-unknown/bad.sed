# SPDX-License-Identifier: LGPL-2.1-or-later
s/^root b7 numa=1/root b7/
