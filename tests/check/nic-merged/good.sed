# SPDX-License-Identifier: LGPL-2.1-or-later
s/^root 15 numa=0$/  03.0 root-port link=5x2\n    00.0 lom-tg3 driver=vfio-pci net=none\n  04.0 root-port link=5x2\n    00.0 lom-tg3 driver=vfio-pci net=none\n&/
