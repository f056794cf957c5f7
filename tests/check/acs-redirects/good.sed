# SPDX-License-Identifier: LGPL-2.1-or-later
/^root b7/,$ { /nic/d; s/01.0 down.*/& acs=1d/; }
