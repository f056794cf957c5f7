# SPDX-License-Identifier: LGPL-2.1-or-later
s/^(node 1 .*)memory=512G/\1memory=16G/
