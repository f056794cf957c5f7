# SPDX-License-Identifier: LGPL-2.1-or-later
/<source>/,/<\/source>/s/(bus='0x3b'.*function=)'0x0'/\1'0x1'/
s/^    <memballoon.*/    <controller type='pci' index='23' model='pcie-switch-downstream-port'><model name='xio3130-downstream'\/><target hotplug='off'\/><address type='pci' bus='0x10' slot='0x02'\/><\/controller>\n    <hostdev mode='subsystem' type='pci' managed='yes'><driver name='vfio'\/><source><address bus='0x3b' slot='0x00' function='0x2'\/><\/source><address type='pci' bus='0x17' slot='0x00'\/><\/hostdev>\n&/
