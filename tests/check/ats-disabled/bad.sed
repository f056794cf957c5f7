# SPDX-License-Identifier: LGPL-2.1-or-later
/^root b7/,$ s/00.0 nic$/& ats=off/
