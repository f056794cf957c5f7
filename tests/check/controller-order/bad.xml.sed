# SPDX-License-Identifier: LGPL-2.1-or-later
/index='8'/,/address/s/bus='0x00' slot='0x01' function='0x7'/bus='0x09' slot='0x01' function='0x0'/
