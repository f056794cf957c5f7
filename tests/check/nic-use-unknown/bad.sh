# SPDX-License-Identifier: LGPL-2.1-or-later
rm -r proc/net
