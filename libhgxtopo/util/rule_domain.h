/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The rules of the family "domain", about a libvirt domain and its host; see util/rule_host.h. */
#ifndef HGX_UTIL_RULE_DOMAIN_H
#define HGX_UTIL_RULE_DOMAIN_H

/** All of them, as CHECK() and NOTED() of HOST_RULES. */
/* clang-format off */
#define DOMAIN_RULES(CHECK, NOTED) \
	CHECK(SOURCE_MISSING, "source-missing", source_missing, HGX_PROBLEM, \
	      "the domain assigns a device that the host does not have, so it does not start", \
	      "list the devices with lspci -D, and correct the <source> of the device or remove it", \
	      "libvirt, formatdomain: Host device assignment", \
	      "") \
	CHECK(GDR_OFF, "gdr-off", gdr_off, HGX_WARNING, \
	      "in the guest, NCCL will not use GPUDirect RDMA for GPUs for which it does on the host", \
	      "give the guest the NCCL file of the domain, at " \
	      "/var/run/nvidia-topologyd/virtualTopology.xml or where NCCL_TOPO_FILE says, or mirror the " \
	      "host's switches in the domain", \
	      "NCCL, src/graph; NVIDIA, GPUDirect RDMA in virtual machines", \
	      "")
/* clang-format on */

#endif
