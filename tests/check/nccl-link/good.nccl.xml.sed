# SPDX-License-Identifier: LGPL-2.1-or-later
9s/32.0 GT\/s PCIe/32 GT\/s/
