# SPDX-License-Identifier: LGPL-2.1-or-later
s/libvirt=11.3.0/libvirt=8.1.0/; /^root 15/,/gpu$/ s/^      00.0 down slot=1$/      02.0 down\n        00.0 gpu\n&/
