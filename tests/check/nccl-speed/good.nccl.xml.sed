# SPDX-License-Identifier: LGPL-2.1-or-later
# as old kernels wrote it
5s/32.0 GT\/s PCIe/32 GT\/s/
