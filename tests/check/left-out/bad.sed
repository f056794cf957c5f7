# SPDX-License-Identifier: LGPL-2.1-or-later
s/lom-tg3 net=eno1/& group=one/; /^root 37/,/nic$/ s/^      01.0 down slot=4$/      02.0 down\n        00.0 nvme driver=vfio-pci nvme=none group=one\n&/
