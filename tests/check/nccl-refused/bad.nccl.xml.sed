# SPDX-License-Identifier: LGPL-2.1-or-later
2s/^/<?xml version="1.0"?>\n/
# and a tab, which is another finding of the same rule
4s/^ +/\t/
