# SPDX-License-Identifier: LGPL-2.1-or-later
s|^    <controller type='pci' index='11'|    <controller type='pci' index='23' model='pcie-expander-bus'><target busNr='96'/><address type='pci' domain='0x0000' bus='0x00' slot='0x04' function='0x0'/></controller>\n&|
