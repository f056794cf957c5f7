# SPDX-License-Identifier: LGPL-2.1-or-later
s/^root 15 numa=0$/  03.0 root-port link=16x4\n    00.0 nvme driver=vfio-pci nvme=none\n&/
