# SPDX-License-Identifier: LGPL-2.1-or-later
s/iommu=pt"/iommu=pt pcie_acs_override=downstream,multifunction"/
