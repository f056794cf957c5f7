# SPDX-License-Identifier: LGPL-2.1-or-later
/^root 37/,/nic$/ s/^        00.0 nic$/& group=one\n      02.0 down\n        00.0 nvme driver=vfio-pci nvme=none group=one/
