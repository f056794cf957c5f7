# SPDX-License-Identifier: LGPL-2.1-or-later
s/^node .*/& huge-1G=16/
