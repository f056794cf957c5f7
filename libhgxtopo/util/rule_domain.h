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
	CHECK(SOURCE_BRIDGE, "source-bridge", source_bridge, HGX_PROBLEM, \
	      "the domain assigns a PCI bridge, which VFIO refuses", \
	      "assign the devices below the bridge instead; lspci -tv shows them", \
	      "Linux, drivers/vfio/pci/vfio_pci_core.c", \
	      "source-group source-group-split source-without-group") \
	CHECK(SOURCE_USED, "source-used", source_used, HGX_PROBLEM, \
	      "the domain assigns a device that the host itself uses", \
	      "leave the device out of the domain, or free it on the host", \
	      "Linux, Documentation/driver-api/vfio.rst", \
	      "source-group") \
	CHECK(SOURCE_TWICE, "source-twice", source_twice, HGX_PROBLEM, \
	      "two domains assign the same device, so only one of them can run", \
	      "give the device to one of them", \
	      "libvirt, formatdomain: Host device assignment", \
	      "source-group") \
	CHECK(SOURCE_WITHOUT_GROUP, "source-without-group", source_without_group, HGX_PROBLEM, \
	      "the domain assigns a device without an IOMMU group, which VFIO refuses", \
	      "update the firmware, whose tables leave the device out (DMAR on Intel, IVRS on AMD), or " \
	      "leave the device out of the domain", \
	      "Linux, Documentation/driver-api/vfio.rst", \
	      "") \
	CHECK(SOURCE_DRIVER, "source-driver", source_driver, HGX_NOTE, \
	      "a device is assigned without <driver name='vfio'/>, and some releases of libvirt do not " \
	      "start such a domain", \
	      "add <driver name='vfio'/> to the <hostdev>", \
	      "libvirt, formatdomain: Host device assignment", \
	      "") \
	CHECK(SOURCE_GROUP, "source-group", source_group, HGX_PROBLEM, \
	      "a driver of the host holds a device of an IOMMU group that the domain assigns only in " \
	      "part: the group is not viable", \
	      "assign the whole group, or take the driver off the rest", \
	      "Linux, Documentation/driver-api/vfio.rst", \
	      "source-group-split") \
	CHECK(SOURCE_GROUP_SPLIT, "source-group-split", source_group_split, HGX_WARNING, \
	      "the domain assigns an IOMMU group only in part: no one else can use the rest", \
	      "assign the whole group", \
	      "Linux, Documentation/driver-api/vfio.rst", \
	      "") \
	CHECK(ADDRESS_REFUSED, "address-refused", address_refused, HGX_PROBLEM, \
	      "libvirt refuses the PCI address of a device or controller", \
	      "put each device on a root port or downstream port of its own, in slot 0; or remove " \
	      "its <address>, and libvirt finds one", \
	      "libvirt, src/conf/domain_addr.c", \
	      "domain-address-refused") \
	CHECK(CHASSIS_TWICE, "chassis-twice", chassis_twice, HGX_PROBLEM, \
	      "two ports have the same chassis number: libvirt defines the domain, and QEMU does not " \
	      "start", \
	      "remove chassis='…' from the <target> of one of them, and libvirt takes its index", \
	      "QEMU, hw/pci/pcie_port.c", \
	      "") \
	CHECK(CONTROLLER_ORDER, "controller-order", controller_order, HGX_PROBLEM, \
	      "a PCI controller is on one of a higher index: libvirt defines the domain, and QEMU does " \
	      "not find the bus", \
	      "give the controller a higher index than the one that it is on", \
	      "libvirt, formatdomain: Controllers; measured with libvirt 9.0 and QEMU 7.2", \
	      "") \
	NOTED(BASE_UNSEEN, "base-unseen", HGX_PROBLEM, \
	      "a device is in a PCI slot without function 0, where no guest looks", \
	      "give function 0 of that slot to a device", \
	      "PCI Local Bus Specification, 3.2.2.3.4", \
	      "card-torn") \
	CHECK(CARD_TORN, "card-torn", card_torn, HGX_WARNING, \
	      "functions of one card are in different slots of the guest", \
	      "put them in one slot, with the function numbers that they have on the host and " \
	      "multifunction='on' at function 0", \
	      "PCI Local Bus Specification, 3.2.2.3.4; NCCL, src/graph/xml.cc", \
	      "") \
	NOTED(NIC_MERGED, "nic-merged", HGX_WARNING, \
	      "a NIC shares its bus with another one, so NCCL does not see it", \
	      "put each NIC on a root port of its own, in slot 0", \
	      "NCCL, src/graph/topo.cc", \
	      "") \
	CHECK(LINK_TWICE, "link-twice", link_twice, HGX_WARNING, \
	      "virtual functions of one NIC are in several slots of the guest, so NCCL counts its link " \
	      "more than once", \
	      "assign one virtual function of each card, or expect only the bandwidth of one link", \
	      "NCCL, src/graph/topo.cc", \
	      "") \
	CHECK(ON_ROOT_BUS, "on-root-bus", on_root_bus, HGX_WARNING, \
	      "a device is on pcie.0 itself: it has no link there, and no NUMA node, and CUDA refuses " \
	      "GPUs with NVLink", \
	      "put it on a root port", \
	      "QEMU, docs/pcie.txt", \
	      "path-nearer path-farther cell-device cell-unknown") \
	CHECK(ATOMICS_LOST, "atomics-lost", atomics_lost, HGX_WARNING, \
	      "an AMD GPU is where the guest has no PCIe atomics, without which ROCm does not work", \
	      "put it on a root port of its own, as function 0 without multifunction", \
	      "QEMU, hw/vfio/pci.c", \
	      "") \
	CHECK(PORT_BORROWED, "port-borrowed", port_borrowed, HGX_WARNING, \
	      "a device without an address gets a port among the assigned devices", \
	      "give the device an <address>, or add free root ports on pcie.0, with lower indexes", \
	      "libvirt, src/conf/domain_addr.c", \
	      "") \
	CHECK(CELL_UNKNOWN, "cell-unknown", cell_unknown, HGX_WARNING, \
	      "a device has no NUMA node in the guest, although a cell is on its node of the host", \
	      "add <node> with the number of that cell to the <target> of the expander bus, or put the " \
	      "device below an expander bus that has it", \
	      "libvirt, formatdomain: Controllers", \
	      "") \
	CHECK(CELL_DEVICE, "cell-device", cell_device, HGX_WARNING, \
	      "a device is in a NUMA cell whose memory and vCPUs are on another node of the host", \
	      "put the device below an expander bus of the cell on its node", \
	      "libvirt, formatdomain: NUMA Node Tuning, CPU Tuning", \
	      "") \
	CHECK(CELL_MEMORY, "cell-memory", cell_memory, HGX_WARNING, \
	      "the memory of a NUMA cell is on another node of the host than its vCPUs and devices", \
	      "bind the memory to the node of the vCPUs, in <numatune>", \
	      "libvirt, formatdomain: NUMA Node Tuning", \
	      "cell-device") \
	CHECK(CELL_PINS, "cell-pins", cell_pins, HGX_WARNING, \
	      "the vCPUs of a NUMA cell run on another node of the host than its memory and devices", \
	      "pin the vCPUs to CPUs of that node, in <cputune>", \
	      "libvirt, formatdomain: CPU Tuning", \
	      "cell-device") \
	CHECK(PATH_NEARER, "path-nearer", path_nearer, HGX_WARNING, \
	      "the guest shows a GPU and a NIC nearer to each other than they are", \
	      "put the devices where the host has them", \
	      "nvidia-smi topo -m; NCCL, src/graph/paths.cc", \
	      "") \
	CHECK(PATH_FARTHER, "path-farther", path_farther, HGX_WARNING, \
	      "a GPU and a NIC share a switch on the host, and the guest does not show that: without a " \
	      "topology file, NCCL uses no GPUDirect RDMA", \
	      "give NCCL in the guest the topology file of this domain and its host, or put the devices " \
	      "where the host has them", \
	      "NCCL, src/graph/paths.cc", \
	      "") \
	NOTED(HOST_CPU_MISSING, "host-cpu-missing", HGX_PROBLEM, \
	      "the domain names CPUs that the host does not have online", \
	      "correct the list, or bring the CPUs online", \
	      "libvirt, formatdomain: CPU Tuning", \
	      "") \
	NOTED(HOST_NODE_MISSING, "host-node-missing", HGX_PROBLEM, \
	      "the domain names NUMA nodes that the host does not have", \
	      "correct the list of nodes", \
	      "libvirt, formatdomain: NUMA Node Tuning", \
	      "") \
	CHECK(VCPUS_MANY, "vcpus-many", vcpus_many, HGX_PROBLEM, \
	      "the domain has more vCPUs than its IOMMU or QEMU allows", \
	      "add <iommu model='intel'><driver intremap='on' caching_mode='on' eim='on'/></iommu> to " \
	      "<devices> and <ioapic driver='qemu'/> to <features>, or give the domain fewer vCPUs", \
	      "libvirt, src/qemu/qemu_validate.c; QEMU, hw/i386/pc_q35.c", \
	      "apic-ids-high") \
	CHECK(IOAPIC_MISSING, "ioapic-missing", ioapic_missing, HGX_PROBLEM, \
	      "interrupt remapping needs a split I/O APIC with this libvirt", \
	      "add <ioapic driver='qemu'/> to <features>", \
	      "libvirt, src/qemu/qemu_validate.c; measured with libvirt 9.0", \
	      "") \
	CHECK(NODE_MEMORY_SHORT, "node-memory-short", node_memory_short, HGX_PROBLEM, \
	      "a NUMA node of the host has less memory than the cells that are bound to it", \
	      "give the cells less memory, or bind them to other nodes", \
	      "libvirt, formatdomain: NUMA Node Tuning", \
	      "") \
	CHECK(NODE_PAGES_SHORT, "node-pages-short", node_pages_short, HGX_PROBLEM, \
	      "a NUMA node of the host has fewer huge pages than the cells that are bound to it need", \
	      "set more huge pages aside there", \
	      "Linux, Documentation/admin-guide/mm/hugetlbpage.rst", \
	      "") \
	CHECK(ADDRESSES_SHORT, "addresses-short", window_short, HGX_PROBLEM, \
	      "memory and BARs do not fit into the addresses that the guest has", \
	      "show the guest all address bits of the host with <cpu mode='host-passthrough'> and " \
	      "<maxphysaddr mode='passthrough'/>, or give it fewer devices, less memory or a smaller " \
	      "<maxMemory>", \
	      "OvmfPkg, Library/PlatformInitLib; QEMU, hw/i386/pc.c", \
	      "window-short") \
	NOTED(WINDOW_SHORT, "window-short", HGX_PROBLEM, \
	      "OVMF opens too small a window for the BARs, so devices have none", \
	      "ask OVMF for a larger window", \
	      "OvmfPkg, Library/PlatformInitLib", \
	      "") \
	CHECK(NVSWITCHES_PARTIAL, "nvswitches-partial", nvswitches_partial, HGX_PROBLEM, \
	      "the domain has NVSwitches, but not the whole board", \
	      "assign all GPUs and NVSwitches, or leave the NVSwitches to the host's Fabric Manager", \
	      "NVIDIA Fabric Manager User Guide, Full Passthrough", \
	      "") \
	CHECK(PARTITION_NONE, "partition-none", partition_none, HGX_PROBLEM, \
	      "the GPUs of the domain are no partition of the host's Fabric Manager", \
	      "give the domain the GPUs of one partition", \
	      "NVIDIA Fabric Manager User Guide, Shared NVSwitch", \
	      "") \
	NOTED(ACPI_MISSING, "acpi-missing", HGX_WARNING, \
	      "the domain has no ACPI, so its guest sees no NUMA nodes", \
	      "add <acpi/> to <features>", \
	      "ACPI 6.5, 5.2.16: the guest learns its NUMA nodes from the SRAT", \
	      "") \
	NOTED(PORTS_TAKE_IO, "ports-take-io", HGX_WARNING, \
	      "ports of the domain that can hot-plug use up the IO space of OVMF", \
	      "add <target hotplug='off'/> to the root ports and downstream ports", \
	      "edk2, pull request 4574; measured with OVMF 2022.11", \
	      "") \
	CHECK(CPU_SHARED, "cpu-shared", cpu_shared, HGX_WARNING, \
	      "vCPUs of the domain are pinned to fewer CPUs than they are", \
	      "pin each vCPU to a CPU of its own, in <cputune>", \
	      "libvirt, formatdomain: CPU Tuning", \
	      "") \
	CHECK(PIN_RESERVED, "pin-reserved", pin_reserved, HGX_WARNING, \
	      "a vCPU may run on a core that is to stay with the host", \
	      "pin the vCPUs to the other cores, in <cputune>, or leave fewer cores to the host", \
	      "libvirt, formatdomain: CPU Tuning", \
	      "") \
	NOTED(VCPUS_UNBOUND, "vcpus-unbound", HGX_NOTE, \
	      "the domain does not say which NUMA node of the host its vCPUs run on", \
	      "pin the vCPUs (<vcpupin>), or bind NUMA cells to host nodes (<memnode>)", \
	      "libvirt, formatdomain: CPU Tuning, NUMA Node Tuning", \
	      "") \
	CHECK(CPUS_OF_TWO, "cpus-of-two", cpus_of_two, HGX_WARNING, \
	      "two domains pin their vCPUs to the same CPUs", \
	      "pin the vCPUs of each domain to CPUs of its own, in <cputune>", \
	      "libvirt, formatdomain: CPU Tuning", \
	      "") \
	CHECK(THREADS_TORN, "threads-torn", threads_torn, HGX_WARNING, \
	      "the guest's cores are not cores of the host", \
	      "pin the threads of a guest's core to those of one core of the host, and set threads='…' in " \
	      "<topology> to how many of them the domain uses", \
	      "libvirt, formatdomain: CPU Tuning; Linux, core scheduling", \
	      "") \
	NOTED(PIN_IGNORED, "pin-ignored", HGX_WARNING, \
	      "the domain pins a vCPU that it does not have, which libvirt ignores", \
	      "correct its number", \
	      "measured with libvirt 9.0", \
	      "") \
	CHECK(APIC_IDS_HIGH, "apic-ids-high", apic_ids_high, HGX_WARNING, \
	      "interrupts do not reach all vCPUs, as their APIC ids are too high", \
	      "add <iommu model='intel'><driver intremap='on' caching_mode='on' eim='on'/></iommu> to " \
	      "<devices>, or a <topology> whose cores are a power of two", \
	      "Intel 64 and IA-32 Architectures SDM, volume 3, 10.12", \
	      "") \
	CHECK(CELLS_CUT_SOCKETS, "cells-cut-sockets", cells_cut_sockets, HGX_WARNING, \
	      "a NUMA cell has parts of several sockets, and a socket has parts of several cells", \
	      "make each socket lie in one cell, or consist of whole cells", \
	      "Linux, arch/x86/kernel/smpboot.c", \
	      "") \
	CHECK(CELL_CPUS_MISSING, "cell-cpus-missing", cell_cpus_missing, HGX_WARNING, \
	      "some vCPUs are in no NUMA cell of the domain", \
	      "list each vCPU in the cpus='…' of one cell", \
	      "measured with libvirt 9.0", \
	      "cells-cut-sockets cell-pins") \
	CHECK(CELL_MEMORY_SUM, "cell-memory-sum", cell_memory_sum, HGX_WARNING, \
	      "the memory of the domain is not the sum of its cells", \
	      "set <memory> to the sum", \
	      "libvirt, formatdomain: NUMA; measured with libvirt 9.0", \
	      "") \
	CHECK(CLIQUE_USELESS, "clique-useless", clique_useless, HGX_WARNING, \
	      "GPUDirect clique ids have no effect where KVM is hidden", \
	      "remove <hidden state='on'/> from <kvm>", \
	      "QEMU, docs/nv-gpudirect; NVIDIA's driver", \
	      "") \
	CHECK(PARTITION_INACTIVE, "partition-inactive", partition_inactive, HGX_NOTE, \
	      "a partition of the host's Fabric Manager has to be active before CUDA works in the guest", \
	      "activate the partition with the host's Fabric Manager before the guest starts", \
	      "NVIDIA Fabric Manager User Guide, Shared NVSwitch", \
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
