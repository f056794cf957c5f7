# SPDX-License-Identifier: LGPL-2.1-or-later
/^root b7/,$ { /gpu$/d; s/00.0 nic$/& id=15b3:101b/; }
