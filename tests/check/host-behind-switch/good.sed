# SPDX-License-Identifier: LGPL-2.1-or-later
$a\      02.0 down\n        00.0 lom-tg3 net=eno9 driver=vfio-pci
