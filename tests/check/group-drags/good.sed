# SPDX-License-Identifier: LGPL-2.1-or-later
/^root 15/,/gpu$/ s/^(        00.0 gpu)$/&\n        00.1 gpu-audio driver=vfio-pci group=card/; /^root 15/,/gpu/ s/^(        00.0 gpu)/\1 group=card/
