# SPDX-License-Identifier: LGPL-2.1-or-later
echo -1 >"$(readlink -f sys/bus/pci/devices/0000:18:00.0)/numa_node"
