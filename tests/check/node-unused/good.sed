# SPDX-License-Identifier: LGPL-2.1-or-later
s/^node 1.*/&\nnode 2 package=1 cpus=64-67 memory=64G/
