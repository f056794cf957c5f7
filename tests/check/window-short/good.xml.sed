# SPDX-License-Identifier: LGPL-2.1-or-later
s|^  <qemu:override>|  <qemu:commandline><qemu:arg value='-fw_cfg'/><qemu:arg value='name=opt/ovmf/X-PciMmio64Mb,string=2097152'/></qemu:commandline>\n&|
