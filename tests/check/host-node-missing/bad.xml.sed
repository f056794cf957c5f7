# SPDX-License-Identifier: LGPL-2.1-or-later
s/(cellid='1' mode='strict' nodeset=)'1'/\1'3'/
