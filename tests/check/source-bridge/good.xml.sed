# SPDX-License-Identifier: LGPL-2.1-or-later
s|^    <memballoon.*|    <hostdev mode='subsystem' type='pci' managed='yes'>\n      <driver name='vfio'/>\n      <source>\n        <address domain='0x0000' bus='0x03' slot='0x00' function='0x0'/>\n      </source>\n      <address type='pci' bus='0x01' slot='0x00' function='0x0'/>\n    </hostdev>\n&|
