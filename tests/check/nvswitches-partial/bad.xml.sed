# SPDX-License-Identifier: LGPL-2.1-or-later
s|^    <serial type='pty'/>|    <hostdev mode='subsystem' type='pci' managed='yes'>\n      <driver name='vfio'/>\n      <source><address domain='0x0000' bus='0x78' slot='0x00' function='0x0'/></source>\n      <address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>\n    </hostdev>\n&|
