# SPDX-License-Identifier: LGPL-2.1-or-later
s/^(part gpu .*)driver=vfio-pci/\1driver=nvidia/
