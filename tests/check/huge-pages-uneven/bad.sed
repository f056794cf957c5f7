# SPDX-License-Identifier: LGPL-2.1-or-later
s/^node 0.*/& huge-1G=64/
