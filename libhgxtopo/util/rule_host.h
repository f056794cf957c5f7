/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The rules of the family "host": what may be wrong with a host that is to run VMs.
 *
 * CHECK(NAME, "id", function, severity, meaning, remedy, source, consequences) is looked for by a
 * function of check/, struct host_rule; NOTED(), the same without a function, is noticed while the
 * host is read or a VM is planned, and taken over by the check. The severity of a rule is that of
 * its findings, but a note that is taken over stays a note. The remedy is one sentence; commands
 * that depend on the devices are added where the rule is noticed. The consequences are ids of
 * rules, separated by blanks: their findings are left out beside one of this rule about the same
 * node, and all of them beside one about the machine. */
#ifndef HGX_UTIL_RULE_HOST_H
#define HGX_UTIL_RULE_HOST_H

/* clang-format off */
#define HOST_RULES(CHECK, NOTED) \
	NOTED(NOT_CHECKED, "not-checked", HGX_NOTE, \
	      "something could not be checked", \
	      "check it on the host itself, as root", \
	      "", \
	      "config-unreadable drive-use-unknown nic-use-unknown address-bits-unknown") \
	CHECK(VIRTUALIZATION_OFF, "virtualization-off", setup_virtualization, HGX_PROBLEM, \
	      "the processor offers neither VT-x nor AMD-V, so there is no KVM", \
	      "turn on VT-x (Intel) or SVM (AMD) in the firmware", \
	      "Linux, arch/x86/kvm", \
	      "kvm-missing") \
	CHECK(KVM_MISSING, "kvm-missing", setup_kvm, HGX_PROBLEM, \
	      "there is no /dev/kvm, so VMs are emulated or do not start", \
	      "load the module of KVM", \
	      "Linux, Documentation/virt/kvm/api.rst", \
	      "") \
	NOTED(IOMMU_OFF, "iommu-off", HGX_PROBLEM, \
	      "no device has an IOMMU group, so none can be assigned", \
	      "turn on VT-d or AMD-Vi in the firmware; an Intel host also needs intel_iommu=on on its " \
	      "kernel command line", \
	      "Linux, Documentation/driver-api/vfio.rst", \
	      "no-gpu-free device-without-group left-out group-missing") \
	CHECK(ACS_OVERRIDDEN, "acs-overridden", setup_override, HGX_WARNING, \
	      "pcie_acs_override claims IOMMU groups that the hardware does not keep apart", \
	      "leave pcie_acs_override out of the kernel command line, and assign whole groups", \
	      "a patch that is not in Linux", \
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
	      "left-out device-silent driver-bound bars-missing") \
	CHECK(GROUP_MISSING, "group-missing", group_missing, HGX_PROBLEM, \
	      "a device has no IOMMU group, while others have one, so it cannot be assigned", \
	      "update the firmware, whose tables leave the device out (DMAR on Intel, IVRS on AMD)", \
	      "Linux, drivers/iommu/intel/dmar.c", \
	      "left-out no-gpu-free device-without-group driver-bound") \
	CHECK(BARS_MISSING, "bars-missing", bars_missing, HGX_PROBLEM, \
	      "a GPU has no memory BAR, so no driver can use it", \
	      "turn on Above 4G Decoding in the firmware, and raise its MMIO size; update the " \
	      "firmware", \
	      "PCI Express Base Specification, 7.5.1.2.1", \
	      "") \
	CHECK(VFIO_IDS_HOST, "vfio-ids-host", driver_ids, HGX_PROBLEM, \
	      "vfio-pci is told an id that a device which the host needs has as well", \
	      "take the id out, and bind the devices of VMs one by one, with driverctl set-override", \
	      "Linux, Documentation/admin-guide/kernel-parameters.txt", \
	      "") \
	CHECK(ACS_OFF, "acs-off", acs_control, HGX_PROBLEM, \
	      "a port lets devices of different IOMMU groups reach each other past the IOMMU", \
	      "turn on source validation and redirection at the port", \
	      "PCI Express Base Specification, 6.12; NVIDIA, GPUDirect RDMA in virtual machines", \
	      "acs-redirects") \
	CHECK(GPU_MISSING, "gpu-missing", gpu_missing, HGX_WARNING, \
	      "a place where the other switches or boards have a GPU is empty", \
	      "check the kernel log and the management controller for the GPU, and power the machine " \
	      "off and on", \
	      "measured on boards of eight GPUs", \
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
	      "") \
	NOTED(ACS_REDIRECTS, "acs-redirects", HGX_WARNING, \
	      "ACS sends traffic between a GPU and its NIC through the root port, at half the bandwidth " \
	      "or less", \
	      "let the ports between them pass translated requests directly; the setting does not " \
	      "survive a reboot", \
	      "PCI Express Base Specification, 6.12; NVIDIA, GPUDirect RDMA in virtual machines", \
	      "") \
	CHECK(ATS_OFF, "ats-off", ats_off, HGX_WARNING, \
	      "the NIC of a GPU has no ATS, so its traffic to the GPU goes through the root port", \
	      "turn ATS on in the firmware of the NIC, and power the machine off and on", \
	      "mlxconfig: ATS_ENABLED, off by default; PCI Express Base Specification, 10", \
	      "") \
	CHECK(NIC_FAR, "nic-far", nic_far, HGX_WARNING, \
	      "the nearest NIC of a GPU is farther away than those of the other GPUs", \
	      "move a NIC to the switch, or at least the NUMA node, of the GPU; or leave the GPU out of " \
	      "VMs that use several machines", \
	      "nvidia-smi topo -m", \
	      "") \
	NOTED(NUMA_WRONG, "numa-wrong", HGX_WARNING, \
	      "the firmware names a NUMA node that does not exist", \
	      "update the firmware, and check its NUMA settings", \
	      "ACPI 6.5, 6.2.14 (_PXM)", \
	      "") \
	CHECK(NUMA_CONTRADICTS, "numa-contradicts", numa_contradicts, HGX_WARNING, \
	      "the firmware names another NUMA node for a device than for the root bus it is on", \
	      "update the firmware, and check its NUMA settings", \
	      "ACPI 6.5, 6.2.14 (_PXM)", \
	      "") \
	NOTED(NUMA_UNKNOWN, "numa-unknown", HGX_WARNING, \
	      "the NUMA node of a chosen device is unknown", \
	      "check the NUMA settings of the firmware", \
	      "ACPI 6.5, 6.2.14 (_PXM)", \
	      "") \
	CHECK(GROUP_DRAGS, "group-drags", group_drags, HGX_WARNING, \
	      "the IOMMU group of a chosen device has other devices in it, which go to the VM as well", \
	      "move the card to another slot, or turn on ACS in the firmware", \
	      "Linux, Documentation/driver-api/vfio.rst", \
	      "") \
	CHECK(HOST_BEHIND_SWITCH, "host-behind-switch", host_behind_switch, HGX_WARNING, \
	      "the host needs a device behind a switch whose other devices go to a VM, and shares its " \
	      "uplink", \
	      "move it to a slot of its own", \
	      "measured on servers with eight switches", \
	      "left-out") \
	NOTED(LEFT_OUT, "left-out", HGX_WARNING, \
	      "the VM does not get a device", \
	      "read the reason: free the device on the host, or leave it out on purpose", \
	      "", \
	      "") \
	CHECK(HUGE_PAGES_UNEVEN, "huge-pages-uneven", huge_pages, HGX_WARNING, \
	      "NUMA nodes of chosen devices have unequal numbers of huge pages", \
	      "set aside the same number on each node; best at boot, when memory is not in pieces", \
	      "Linux, Documentation/admin-guide/mm/hugetlbpage.rst", \
	      "") \
	NOTED(MEMORY_IN_POOLS, "memory-in-pools", HGX_WARNING, \
	      "huge pages that the VM does not use leave too little memory for it", \
	      "use the huge pages for the VM, release them, or give it less memory", \
	      "Linux, Documentation/admin-guide/mm/hugetlbpage.rst", \
	      "") \
	NOTED(VCPU_LIMIT, "vcpu-limit", HGX_WARNING, \
	      "the host has more CPUs than QEMU's q35 supports", \
	      "use QEMU 8.1 or newer", \
	      "QEMU, hw/i386/pc_q35.c", \
	      "") \
	NOTED(ADDRESS_BITS_HIDDEN, "address-bits-hidden", HGX_WARNING, \
	      "libvirt and QEMU are too old to show the guest the host's address bits", \
	      "use libvirt 8.7 or newer, or QEMU 6.0 or newer", \
	      "libvirt, formatdomain: maxphysaddr", \
	      "") \
	NOTED(CLIQUE_MISSING, "clique-missing", HGX_WARNING, \
	      "libvirt is too old to give GPUs a GPUDirect clique id", \
	      "use libvirt 8.2 or newer", \
	      "libvirt, drvqemu: override", \
	      "") \
	NOTED(ATOMICS_MISSING, "atomics-missing", HGX_WARNING, \
	      "QEMU is too old to pass on the PCIe atomics that AMD's GPUs need", \
	      "use QEMU 8.1 or newer", \
	      "QEMU, hw/vfio/pci.c", \
	      "") \
	NOTED(DMA_TRANSLATED, "dma-translated", HGX_WARNING, \
	      "libvirt or QEMU is too old to turn off DMA translation in the IOMMU that many vCPUs need", \
	      "use libvirt 10.7 or newer, or start the guest's kernel with intel_iommu=off", \
	      "libvirt, formatdomain: dma_translation", \
	      "") \
	CHECK(QEMU_MISSING, "qemu-missing", setup_software, HGX_WARNING, \
	      "QEMU is not installed on the host", \
	      "install qemu-system-x86, or ignore this rule where QEMU runs in a container", \
	      "QEMU documentation, system emulation", \
	      "") \
	NOTED(LIBVIRT_MISSING, "libvirt-missing", HGX_WARNING, \
	      "libvirt is not installed on the host", \
	      "install libvirt-daemon-system, or ignore this rule where libvirt runs in a container or " \
	      "is not used", \
	      "libvirt documentation, drvqemu", \
	      "") \
	NOTED(OVMF_MISSING, "ovmf-missing", HGX_WARNING, \
	      "no UEFI for guests is installed on the host", \
	      "install ovmf (edk2-ovmf), or ignore this rule where QEMU runs in a container", \
	      "edk2, OvmfPkg/README", \
	      "") \
	CHECK(DRIVER_BOUND, "driver-bound", driver_bound, HGX_WARNING, \
	      "a driver of the host holds a chosen device", \
	      "bind chosen devices to vfio-pci; libvirt does so when the VM starts where the domain has " \
	      "managed='yes', but unbinding a driver that is in use may hang", \
	      "Linux, Documentation/driver-api/vfio.rst", \
	      "") \
	NOTED(NVLINK_MANAGER_UNKNOWN, "nvlink-manager-unknown", HGX_WARNING, \
	      "a function that looks like a NIC may manage the NVLinks of the board", \
	      "read the host as root, or leave the function out of VMs", \
	      "NVIDIA Fabric Manager User Guide", \
	      "") \
	NOTED(NIC_NAMELESS, "nic-nameless", HGX_WARNING, \
	      "a NIC has a driver but no network device here", \
	      "check whether a container or another network namespace uses it", \
	      "ip-netns(8)", \
	      "") \
	NOTED(SYSFS_VALUE, "sysfs-value", HGX_WARNING, \
	      "a value in sysfs is missing, is not possible or contradicts another file, so it counts as " \
	      "unknown or is taken from elsewhere", \
	      "capture the machine again; on a running one, look into the kernel log", \
	      "Linux, Documentation/ABI/testing/sysfs-bus-pci", \
	      "bars-missing") \
	NOTED(PROCESSOR_UNKNOWN, "processor-unknown", HGX_WARNING, \
	      "the vendor and model of the processor are unknown", \
	      "make sure that proc/cpuinfo exists", \
	      "NCCL, src/graph/xml.cc", \
	      "") \
	CHECK(IOMMU_TRANSLATES, "iommu-translates", setup_iommu, HGX_NOTE, \
	      "the host's own devices go through the IOMMU, which slows them down; VMs do not need that", \
	      "add iommu=pt to the kernel command line", \
	      "Linux, Documentation/admin-guide/kernel-parameters.txt", \
	      "") \
	NOTED(ATS_DISABLED, "ats-disabled", HGX_NOTE, \
	      "the NIC of a GPU has ATS, but it is not enabled now; Linux enables it when a VM starts", \
	      "check with lspci -vv while the VM runs (ATSCtl: Enable+), and leave pci=noats out of the " \
	      "kernel command line", \
	      "Linux, drivers/pci/ats.c", \
	      "") \
	CHECK(SRIOV_UNEVEN, "sriov-uneven", sriov_uneven, HGX_NOTE, \
	      "a NIC can have fewer virtual functions than others of its model", \
	      "set the same number in the firmware of both", \
	      "mlxconfig: SRIOV_EN, NUM_OF_VFS", \
	      "") \
	NOTED(HUGE_PAGES_NONE, "huge-pages-none", HGX_NOTE, \
	      "no huge pages are set aside: memory of VMs is slower, and its start takes longer", \
	      "set pages of 1 GiB aside at boot (hugepagesz=1G hugepages=N), and use them for the VM", \
	      "Linux, Documentation/admin-guide/mm/hugetlbpage.rst", \
	      "") \
	NOTED(NODE_UNUSED, "node-unused", HGX_NOTE, \
	      "a NUMA node is not used", \
	      "nothing, if the node is meant to have no CPUs or no memory; else leave fewer cores to the host", \
	      "", \
	      "") \
	NOTED(PORT_LINKS_MISSING, "port-links-missing", HGX_NOTE, \
	      "libvirt is too old to give root ports the links of the host", \
	      "use libvirt 8.2 or newer", \
	      "libvirt, drvqemu: override", \
	      "") \
	NOTED(PORT_LINKS_SLOWER, "port-links-slower", HGX_NOTE, \
	      "QEMU is too old to show the fastest links of the host", \
	      "nothing: the NCCL file has the real links", \
	      "QEMU, hw/core/qdev-properties-system.c", \
	      "") \
	NOTED(FIRMWARE_ANY, "firmware-any", HGX_NOTE, \
	      "libvirt is too old to pick a firmware without secure boot on request", \
	      "use libvirt 7.2 or newer", \
	      "libvirt, formatdomain: firmware", \
	      "") \
	NOTED(PACKAGE_UNKNOWN, "package-unknown", HGX_NOTE, \
	      "sysfs does not say which package CPUs belong to", \
	      "nothing: the CPUs of a NUMA node count as one package", \
	      "Linux, Documentation/admin-guide/cputopology.rst", \
	      "") \
	NOTED(ADDRESS_BITS_UNKNOWN, "address-bits-unknown", HGX_NOTE, \
	      "the number of address bits of the host's processor is unknown", \
	      "look for the line address sizes in /proc/cpuinfo of the host", \
	      "edk2, OvmfPkg/Library/PlatformInitLib/MemDetect.c", \
	      "") \
	NOTED(CONFIG_UNREADABLE, "config-unreadable", HGX_NOTE, \
	      "PCIe capabilities could not be read; only root can read them", \
	      "run as root to see them", \
	      "Linux, Documentation/PCI/sysfs-pci.rst", \
	      "") \
	NOTED(DRIVE_USE_UNKNOWN, "drive-use-unknown", HGX_NOTE, \
	      "it is unknown which drives the host itself uses", \
	      "check each of them before you start a VM", \
	      "Linux, Documentation/filesystems/proc.rst", \
	      "") \
	NOTED(NIC_USE_UNKNOWN, "nic-use-unknown", HGX_NOTE, \
	      "it is unknown which NICs the host itself uses", \
	      "check each of them before you start a VM", \
	      "Linux, Documentation/filesystems/proc.rst", \
	      "")
/* clang-format on */

#endif
