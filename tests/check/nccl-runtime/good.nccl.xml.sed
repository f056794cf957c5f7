# SPDX-License-Identifier: LGPL-2.1-or-later
# an element that NCCL does not know
6s/\/>$/><gpio\/><\/pci>/
