# SPDX-License-Identifier: LGPL-2.1-or-later
mkdir -p etc
echo NCCL_TOPO_FILE=/srv/topology.xml >etc/nccl.conf
