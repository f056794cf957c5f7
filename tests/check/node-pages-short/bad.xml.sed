# SPDX-License-Identifier: LGPL-2.1-or-later
s|^  <vcpu |  <memoryBacking><hugepages><page size='1' unit='G'/></hugepages></memoryBacking>\n&|
