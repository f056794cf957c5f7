# SPDX-License-Identifier: LGPL-2.1-or-later
9s/link_width="16"/link_width="8"/
