# SPDX-License-Identifier: LGPL-2.1-or-later
# blanks at the end of a line are fine
2s/$/  /
