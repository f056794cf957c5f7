/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The rules of the family "guest", about a running guest and its plan; see util/rule_host.h. */
#ifndef HGX_UTIL_RULE_GUEST_H
#define HGX_UTIL_RULE_GUEST_H

/** All of them, as CHECK() and NOTED() of HOST_RULES. */
/* clang-format off */
#define GUEST_RULES(CHECK, NOTED) \
	NOTED(GUEST_MISSING, "guest-missing", HGX_WARNING, \
	      "a device of the plan is not in the guest", \
	      "give the options the domain was planned with, and look into the guest's kernel log", \
	      "", \
	      "") \
	NOTED(GUEST_MORE, "guest-more", HGX_WARNING, \
	      "a device of the guest is not in the plan", \
	      "give the options the domain was planned with", \
	      "", \
	      "") \
	NOTED(GUEST_SWITCH, "guest-switch", HGX_WARNING, \
	      "a device is below a switch other than planned, or below none", \
	      "start the guest from the domain of the plan", \
	      "NCCL uses GPUDirect RDMA below a common switch only", \
	      "") \
	NOTED(GUEST_NUMA, "guest-numa", HGX_WARNING, \
	      "a device has a NUMA node other than planned, or none", \
	      "start the guest from the domain of the plan", \
	      "", \
	      "") \
	NOTED(GUEST_CPUS, "guest-cpus", HGX_WARNING, \
	      "a NUMA node has CPUs other than planned", \
	      "start the guest from the domain of the plan", \
	      "", \
	      "") \
	CHECK(GUEST_MEMORY, "guest-memory", guest_memory, HGX_WARNING, \
	      "a NUMA node has much more or less memory than planned", \
	      "start the guest from the domain of the plan", \
	      "", \
	      "") \
	CHECK(GUEST_LINK, "guest-link", guest_links, HGX_WARNING, \
	      "the link of a device is narrower in the running guest than it was when the host was read", \
	      "look at the slot and the device on the host, and read the host again", \
	      "Linux, Documentation/ABI/testing/sysfs-bus-pci", \
	      "") \
	NOTED(GUEST_ADDRESS, "guest-address", HGX_NOTE, \
	      "a device is at an address other than planned", \
	      "write the NCCL file for the running guest, not for the plan", \
	      "", \
	      "")
/* clang-format on */

#endif
