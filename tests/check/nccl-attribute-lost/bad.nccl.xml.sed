# SPDX-License-Identifier: LGPL-2.1-or-later
# the blank makes arch empty
3s/arch=/arch =/
