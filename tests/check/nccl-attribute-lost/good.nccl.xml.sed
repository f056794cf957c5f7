# SPDX-License-Identifier: LGPL-2.1-or-later
# one blank too many costs an attribute of sixteen
3s/ arch=/  arch=/
