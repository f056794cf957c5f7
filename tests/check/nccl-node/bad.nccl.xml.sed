# SPDX-License-Identifier: LGPL-2.1-or-later
# both nodes exchanged: paths stay, the node of each device is wrong
3s/numaid="0" affinity="[^"]*"/numaid="1" affinity="ffffffff,00000000"/
13s/numaid="1" affinity="[^"]*"/numaid="0" affinity="00000000,ffffffff"/
