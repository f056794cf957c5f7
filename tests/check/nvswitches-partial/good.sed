# SPDX-License-Identifier: LGPL-2.1-or-later
s|^root b7 .*|root 77 numa=0\n  01.0 root-port\n    00.0 nvswitch driver=vfio-pci\n  02.0 root-port\n    00.0 nvswitch driver=vfio-pci\n\n&|
