# SPDX-License-Identifier: LGPL-2.1-or-later
s/iommu=pt"/iommu=pt vfio-pci.ids=10de:2331,144d:a80a"/
