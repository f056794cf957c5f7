# SPDX-License-Identifier: LGPL-2.1-or-later
/index='14'/,/address/s/<target hotplug='off'/<target chassis='13' hotplug='off'/
