# SPDX-License-Identifier: LGPL-2.1-or-later
# the tab of a comment is not one between tags
2s/$/ <!-- by\thand -->/
