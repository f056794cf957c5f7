# SPDX-License-Identifier: LGPL-2.1-or-later
s/^part nic .*/part vf-cx-ib like=vf-cx-ib driver=vfio-pci net=none infiniband=none\n&/
/^root 37/,/nic$/ s/^        00.0 nic$/& vfs=2/
