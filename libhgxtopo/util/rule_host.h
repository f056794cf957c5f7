/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The rules of the family "host": what may be wrong with a host that is to run VMs.
 *
 * CHECK(NAME, "id", function, severity, meaning, remedy, source, consequences) is looked for by a
 * function of check/, struct host_rule; NOTED(), the same without a function, is noticed while the
 * host is read or a VM is planned, and taken over by the check. The severity of a rule is that of its
 * findings, but a note that is taken over stays a note. The remedy is one sentence; commands that
 * depend on the devices are added where the rule is noticed. The consequences are ids of rules,
 * separated by blanks: their findings are left out beside one of this rule about the same node,
 * and all of them beside one about the machine. */
#ifndef HGX_UTIL_RULE_HOST_H
#define HGX_UTIL_RULE_HOST_H

/* clang-format off */
#define HOST_RULES(CHECK, NOTED) \
	NOTED(NOT_CHECKED, "not-checked", HGX_NOTE, \
	      "something could not be checked", \
	      "check it on the host, as root", \
	      "", \
	      "config-unreadable") \
	NOTED(IOMMU_OFF, "iommu-off", HGX_PROBLEM, \
	      "no device has an IOMMU group, so none can be assigned", \
	      "turn on VT-d or AMD-Vi in the firmware; an Intel host also needs intel_iommu=on on its " \
	      "kernel command line", \
	      "Linux, Documentation/driver-api/vfio.rst", \
	      "no-gpu-free device-without-group left-out") \
	NOTED(CONFIG_UNREADABLE, "config-unreadable", HGX_NOTE, \
	      "PCIe capabilities could not be read; only root can read them", \
	      "run as root to see them", \
	      "Linux, Documentation/PCI/sysfs-pci.rst", \
	      "") \
	NOTED(NUMA_WRONG, "numa-wrong", HGX_WARNING, \
	      "the firmware names a NUMA node that does not exist", \
	      "update the firmware, and check its NUMA settings", \
	      "ACPI 6.5, 6.2.14 (_PXM)", \
	      "") \
	NOTED(SYSFS_VALUE, "sysfs-value", HGX_WARNING, \
	      "a value in sysfs is not one that a device can have, so it counts as unknown", \
	      "capture the machine again; on a running one, look into the kernel log", \
	      "Linux, Documentation/ABI/testing/sysfs-bus-pci", \
	      "") \
	NOTED(PACKAGE_UNKNOWN, "package-unknown", HGX_NOTE, \
	      "sysfs does not say which package CPUs belong to", \
	      "nothing: the CPUs of a NUMA node count as one package", \
	      "Linux, Documentation/admin-guide/cputopology.rst", \
	      "") \
	NOTED(NVLINK_MANAGER_UNKNOWN, "nvlink-manager-unknown", HGX_WARNING, \
	      "a function that looks like a NIC may manage the NVLinks of the board", \
	      "read the host as root, or leave the function out of VMs", \
	      "NVIDIA Fabric Manager User Guide", \
	      "") \
	NOTED(NO_PCI, "no-pci", HGX_WARNING, \
	      "the machine shows no PCI functions", \
	      "capture sys/bus/pci as well", \
	      "Linux, Documentation/PCI/sysfs-pci.rst", \
	      "no-gpu") \
	NOTED(NO_ANSWER, "no-answer", HGX_WARNING, \
	      "a device does not answer", \
	      "check the kernel log; a cold boot may bring it back", \
	      "PCI Express Base Specification, 2.3.2", \
	      "left-out device-silent") \
	NOTED(PROCESSOR_UNKNOWN, "processor-unknown", HGX_WARNING, \
	      "the vendor and model of the processor are unknown", \
	      "make sure that proc/cpuinfo exists", \
	      "NCCL, src/graph/xml.cc", \
	      "") \
	NOTED(DRIVE_USE_UNKNOWN, "drive-use-unknown", HGX_WARNING, \
	      "it is unknown which drives the host itself uses", \
	      "check each of them before you start a VM", \
	      "Linux, Documentation/filesystems/proc.rst", \
	      "") \
	NOTED(NIC_USE_UNKNOWN, "nic-use-unknown", HGX_WARNING, \
	      "it is unknown which NICs the host itself uses", \
	      "check each of them before you start a VM", \
	      "Linux, Documentation/filesystems/proc.rst", \
	      "") \
	NOTED(NIC_NAMELESS, "nic-nameless", HGX_WARNING, \
	      "a NIC has a driver but no network device here", \
	      "check whether a container or another network namespace uses it", \
	      "ip-netns(8)", \
	      "") \
	NOTED(LINK_NARROW, "link-narrow", HGX_WARNING, \
	      "a PCIe link has fewer lanes than both of its ends can do", \
	      "reseat the card, and check its riser or cable and the slot's bifurcation in the firmware", \
	      "PCI Express Base Specification, 7.5.3.6 to 7.5.3.8", \
	      "") \
	NOTED(LINK_SLOW, "link-slow", HGX_WARNING, \
	      "a PCIe link is slower than both of its ends can do", \
	      "reseat the card, check its riser or cable, and the link speed that the firmware sets for " \
	      "the slot", \
	      "PCI Express Base Specification, 7.5.3.6 to 7.5.3.8", \
	      "")
/* clang-format on */

#endif
