# SPDX-License-Identifier: LGPL-2.1-or-later
s/(<memnode cellid='0' mode='strict' nodeset=)'0'/\1'1'/
