# SPDX-License-Identifier: LGPL-2.1-or-later
/00.0 nic$/d
