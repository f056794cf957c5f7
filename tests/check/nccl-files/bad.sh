# SPDX-License-Identifier: LGPL-2.1-or-later
mkdir -p etc
echo NCCL_TOPO_FILE=/srv/topology.xml >etc/nccl.conf
mkdir -p var/run/nvidia-topologyd
cp srv/topology.xml var/run/nvidia-topologyd/virtualTopology.xml
