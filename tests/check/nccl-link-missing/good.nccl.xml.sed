# SPDX-License-Identifier: LGPL-2.1-or-later
# an empty width is 16
5s/link_width="16"/link_width=""/
