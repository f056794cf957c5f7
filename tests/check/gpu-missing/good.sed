# SPDX-License-Identifier: LGPL-2.1-or-later
/^root b7/,$ { /gpu$/d; s/pex-up/pex4-up/; s/ down / down id=1000:c010 link=16x16 /; }
