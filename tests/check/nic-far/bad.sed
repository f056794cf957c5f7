# SPDX-License-Identifier: LGPL-2.1-or-later
/^root b7/,$ { /nic$/d; }
