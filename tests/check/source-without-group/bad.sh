# SPDX-License-Identifier: LGPL-2.1-or-later
rm "$(readlink -f sys/bus/pci/devices/0000:03:00.0)/iommu_group"
