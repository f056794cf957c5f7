# SPDX-License-Identifier: LGPL-2.1-or-later
6s/.*/&\n      <pci busid="0000:77:00.0" class="0x030200" link_speed="32.0 GT\/s PCIe" link_width="16"\/>/
