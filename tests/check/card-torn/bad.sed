# SPDX-License-Identifier: LGPL-2.1-or-later
/^root 37/,/nic$/ s/^        00.0 gpu$/&\n        00.1 gpu-audio driver=vfio-pci/
