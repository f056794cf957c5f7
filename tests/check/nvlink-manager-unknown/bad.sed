# SPDX-License-Identifier: LGPL-2.1-or-later
$a\\nroot c7 numa=1\n  01.0 root\n    00.0 nic
