/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The rules: each kind of refusal and each kind of finding has an id by which programs recognize
 * it. Ids are never removed and never change their meaning. */
#ifndef HGX_UTIL_RULE_H
#define HGX_UTIL_RULE_H

#include "hgxtopo.h"
#include "util/rule_domain.h"
#include "util/rule_guest.h"
#include "util/rule_host.h"
#include "util/rule_nccl.h"

/** All rules but those of checks, as ERROR(name, id, code, meaning) and FINDING(name, id, meaning).
 * The id is the name in lower case, with '-'. */
/* clang-format off */
#define RULES(ERROR, FINDING) \
	/* any call */ \
	ERROR(OUT_OF_MEMORY, "out-of-memory", HGX_NO_MEMORY, \
	      "memory ran out") \
	ERROR(ADDRESS_MALFORMED, "address-malformed", HGX_INVALID, \
	      "a text is not a PCI address") \
	ERROR(SIZE_MALFORMED, "size-malformed", HGX_INVALID, \
	      "a text is not a size with a unit") \
	ERROR(OPTIONS_SIZE, "options-size", HGX_INVALID, \
	      "the size of an options struct is not set") \
	ERROR(OPTION_UNKNOWN, "option-unknown", HGX_INVALID, \
	      "an option is set that this version of the library does not know") \
	ERROR(OPTION_VALUE, "option-value", HGX_INVALID, \
	      "an option has an invalid value") \
	ERROR(OPTION_INCOMPLETE, "option-incomplete", HGX_INVALID, \
	      "an option needs another one that is not set") \
	ERROR(OPTIONS_CONFLICT, "options-conflict", HGX_INVALID, \
	      "two options exclude each other") \
	ERROR(TOPOLOGY_IS_GUEST, "topology-is-guest", HGX_INVALID, \
	      "the topology of a host is needed, and a guest's was given") \
	ERROR(TOPOLOGY_IS_HOST, "topology-is-host", HGX_INVALID, \
	      "the topology of a guest is needed, and a host's was given") \
	ERROR(GUEST_AMBIGUOUS, "guest-ambiguous", HGX_REFUSED, \
	      "a device of a running guest could be one of several of the host") \
	ERROR(TEXT_MISSING, "text-missing", HGX_INVALID, \
	      "a call that reads a text got none") \
	ERROR(PLANS_NONE, "plans-none", HGX_INVALID, \
	      "a call that takes plans got none") \
	ERROR(FORECASTS_NONE, "forecasts-none", HGX_INVALID, \
	      "no forecast was given to write about") \
	ERROR(PLANS_OF_SEVERAL_HOSTS, "plans-of-several-hosts", HGX_INVALID, \
	      "the plans of one call belong to different hosts") \
	ERROR(EXAMPLE_MISSING, "example-missing", HGX_MISSING, \
	      "there is no example of that name") \
	\
	/* reading a machine */ \
	ERROR(ROOT_MISSING, "root-missing", HGX_MISSING, \
	      "the root directory does not exist") \
	ERROR(ROOT_UNREADABLE, "root-unreadable", HGX_UNREADABLE, \
	      "the root directory cannot be opened") \
	ERROR(ROOT_EMPTY, "root-empty", HGX_MISSING, \
	      "the root directory does not hold a captured machine") \
	ERROR(ROOT_LINK, "root-link", HGX_REFUSED, \
	      "a directory of a captured machine is a link that leads out of it") \
	ERROR(SYSFS_BROKEN, "sysfs-broken", HGX_BROKEN, \
	      "the data of a device in sysfs is incomplete or contradicts itself") \
	ERROR(SYSFS_CONFIG, "sysfs-config", HGX_REFUSED, \
	      "the config file of a captured device is not a plain file") \
	ERROR(PCI_UNREADABLE, "pci-unreadable", HGX_UNREADABLE, \
	      "libpci cannot read the devices of the machine") \
	ERROR(CPUS_UNREADABLE, "cpus-unreadable", HGX_BROKEN, \
	      "hwloc finds no CPUs") \
	ERROR(SOFTWARE_MISSING, "software-missing", HGX_MISSING, \
	      "a program is not installed, or its version is unknown without running it") \
	ERROR(HWLOC_ENVIRONMENT, "hwloc-environment", HGX_REFUSED, \
	      "environment variables make hwloc show another machine") \
	\
	/* a topology, from wherever it is read */ \
	ERROR(NODE_TWICE, "node-twice", HGX_BROKEN, \
	      "two nodes have the same name") \
	ERROR(PARENT_MISSING, "parent-missing", HGX_BROKEN, \
	      "the parent of a node does not exist") \
	ERROR(PARENT_KIND, "parent-kind", HGX_BROKEN, \
	      "the parent of a node is of a kind that cannot have such children") \
	ERROR(PARENT_CYCLE, "parent-cycle", HGX_BROKEN, \
	      "the parents of a node form a cycle") \
	ERROR(PARENT_DEPTH, "parent-depth", HGX_BROKEN, \
	      "a chain of PCI functions is longer than there are buses") \
	ERROR(NUMA_NODE_MISSING, "numa-node-missing", HGX_BROKEN, \
	      "the NUMA node of a CPU or device does not exist") \
	ERROR(PHYSICAL_FUNCTION_MISSING, "physical-function-missing", HGX_BROKEN, \
	      "the physical function of a virtual function does not exist") \
	\
	/* a topology in JSON */ \
	ERROR(JSON_TOO_LARGE, "json-too-large", HGX_LIMIT, \
	      "the JSON is larger than a topology can be") \
	ERROR(JSON_TRUNCATED, "json-truncated", HGX_SYNTAX, \
	      "the JSON is cut off") \
	ERROR(JSON_SYNTAX, "json-syntax", HGX_SYNTAX, \
	      "the text is not valid JSON, or not a JSON object") \
	ERROR(JSON_FORMAT, "json-format", HGX_SYNTAX, \
	      "the JSON has another format") \
	ERROR(JSON_VERSION, "json-version", HGX_VERSION, \
	      "the JSON has a version of the format that this library does not read") \
	ERROR(JSON_MEMBER, "json-member", HGX_SYNTAX, \
	      "a member of the JSON is missing or has the wrong type") \
	ERROR(JSON_VALUE, "json-value", HGX_BROKEN, \
	      "a member of the JSON has an invalid value") \
	\
	/* a libvirt domain, shown or as the base of a plan */ \
	ERROR(XML_TOO_LARGE, "xml-too-large", HGX_REFUSED, \
	      "the XML is larger or deeper than a domain can be") \
	ERROR(XML_ENCODING, "xml-encoding", HGX_REFUSED, \
	      "the XML is not in UTF-8") \
	ERROR(XML_DOCTYPE, "xml-doctype", HGX_REFUSED, \
	      "the XML has a document type declaration") \
	ERROR(XML_SYNTAX, "xml-syntax", HGX_SYNTAX, \
	      "the text is not well-formed XML") \
	ERROR(XML_UNCLEAR, "xml-unclear", HGX_REFUSED, \
	      "the tags in the XML could not be located") \
	ERROR(DOMAIN_FORMAT, "domain-format", HGX_SYNTAX, \
	      "the XML is not a libvirt domain") \
	ERROR(DOMAIN_INCOMPLETE, "domain-incomplete", HGX_BROKEN, \
	      "the domain has no devices element") \
	ERROR(DOMAIN_MACHINE, "domain-machine", HGX_REFUSED, \
	      "the domain is not a fully virtualized x86_64 q35 of type kvm or qemu") \
	ERROR(DOMAIN_NAMESPACE, "domain-namespace", HGX_REFUSED, \
	      "the domain uses the prefix of libvirt's QEMU namespace for another namespace") \
	ERROR(DOMAIN_VALUE, "domain-value", HGX_BROKEN, \
	      "an element or attribute of the domain has an invalid value") \
	ERROR(DOMAIN_CLASH, "domain-clash", HGX_BROKEN, \
	      "two elements of the domain have the same PCI address or index") \
	ERROR(DOMAIN_CYCLE, "domain-cycle", HGX_BROKEN, \
	      "the PCI controllers of the domain form a cycle") \
	ERROR(DOMAIN_CELL_MISSING, "domain-cell-missing", HGX_BROKEN, \
	      "an element of the domain belongs to a NUMA cell that the domain does not have") \
	ERROR(DOMAIN_CELLS_EXHAUSTED, "domain-cells-exhausted", HGX_LIMIT, \
	      "the domain has more NUMA cells than QEMU supports") \
	ERROR(DOMAIN_CONTROLLER_MODEL, "domain-controller-model", HGX_REFUSED, \
	      "a q35 does not have such a PCI controller") \
	ERROR(DOMAIN_ADDRESS_NEEDED, "domain-address-needed", HGX_REFUSED, \
	      "an element of the domain needs a PCI address or bus number of its own") \
	ERROR(DOMAIN_ADDRESS_UNUSABLE, "domain-address-unusable", HGX_REFUSED, \
	      "a device of the domain has an address on a controller that does not exist or is removed") \
	ERROR(DOMAIN_ADDRESS_REFUSED, "domain-address-refused", HGX_REFUSED, \
	      "libvirt refuses the PCI address of a device of the domain") \
	ERROR(DOMAIN_ADDRESS_EXHAUSTED, "domain-address-exhausted", HGX_LIMIT, \
	      "libvirt finds no PCI address for a device of the domain") \
	ERROR(DOMAIN_BUS_NUMBER, "domain-bus-number", HGX_LIMIT, \
	      "no bus numbers are free for an expander bus of the domain") \
	ERROR(DOMAIN_ADDED_UNKNOWN, "domain-added-unknown", HGX_REFUSED, \
	      "what libvirt adds to the domain when it defines it is unknown") \
	ERROR(DOMAIN_HUGE_PAGES, "domain-huge-pages", HGX_REFUSED, \
	      "the huge pages of the base domain are not all of 2 MiB or all of 1 GiB") \
	ERROR(DOMAIN_MAX_MEMORY, "domain-max-memory", HGX_REFUSED, \
	      "the base domain allows less memory than the plan gives it") \
	ERROR(DOMAIN_CELL_DROPPED, "domain-cell-dropped", HGX_REFUSED, \
	      "a device of the base domain belongs to a NUMA cell that the plan does not have") \
	ERROR(DOMAIN_CHASSIS, "domain-chassis", HGX_REFUSED, \
	      "a port of the base domain has the chassis number of a planned one") \
	ERROR(DOMAIN_ASSIGNS_NOTHING, "domain-assigns-nothing", HGX_REFUSED, \
	      "the base domain assigns no device of the host, and no option names one") \
	ERROR(DOMAIN_DEVICE_ELSEWHERE, "domain-device-elsewhere", HGX_REFUSED, \
	      "the base domain assigns a device that belongs to another VM") \
	ERROR(DOMAIN_EDIT, "domain-edit", HGX_REFUSED, \
	      "two changes of the base domain overlap") \
	ERROR(DOMAIN_NEEDS_LIBVIRT, "domain-needs-libvirt", HGX_REFUSED, \
	      "a plan with a base domain cannot be started without libvirt") \
	\
	/* which devices a VM gets */ \
	ERROR(NO_GPU, "no-gpu", HGX_REFUSED, \
	      "the machine has no GPU") \
	ERROR(NO_GPU_FREE, "no-gpu-free", HGX_REFUSED, \
	      "none of the GPUs can be assigned") \
	ERROR(DEVICE_MISSING, "device-missing", HGX_MISSING, \
	      "the host does not have the device that an option names") \
	ERROR(DEVICE_TWICE, "device-twice", HGX_INVALID, \
	      "an option names a device twice") \
	ERROR(DEVICE_KIND, "device-kind", HGX_INVALID, \
	      "an option names a device of the wrong kind") \
	ERROR(DEVICE_IS_BRIDGE, "device-is-bridge", HGX_REFUSED, \
	      "an option names a PCI bridge, which cannot be assigned") \
	ERROR(DEVICE_OF_CHIPSET, "device-of-chipset", HGX_REFUSED, \
	      "an option names a part of the processor or the chipset") \
	ERROR(DEVICE_IN_USE, "device-in-use", HGX_REFUSED, \
	      "an option names a device that the host itself needs") \
	ERROR(DEVICE_BEHIND_VMD, "device-behind-vmd", HGX_REFUSED, \
	      "an option names a device behind a VMD controller") \
	ERROR(DEVICE_SILENT, "device-silent", HGX_REFUSED, \
	      "an option names a device that does not answer") \
	ERROR(DEVICE_WITHOUT_GROUP, "device-without-group", HGX_REFUSED, \
	      "an option names a device without an IOMMU group") \
	ERROR(GROUP_IN_USE, "group-in-use", HGX_REFUSED, \
	      "an option names a device whose IOMMU group contains one that the host needs") \
	ERROR(GROUP_SPLIT, "group-split", HGX_REFUSED, \
	      "only part of an IOMMU group would be assigned") \
	ERROR(FUNCTION_AND_PARENT, "function-and-parent", HGX_REFUSED, \
	      "a virtual function and its physical function were chosen") \
	ERROR(SRIOV_OFF, "sriov-off", HGX_REFUSED, \
	      "the NIC does not offer the virtual functions that are needed") \
	ERROR(SRIOV_LIMIT, "sriov-limit", HGX_REFUSED, \
	      "more virtual functions are needed than the NIC can have") \
	ERROR(VIRTUAL_FUNCTIONS_MISSING, "virtual-functions-missing", HGX_REFUSED, \
	      "too few virtual functions of the NIC exist") \
	ERROR(NVSWITCHES_SHARED, "nvswitches-shared", HGX_REFUSED, \
	      "one of several VMs cannot have the NVSwitches") \
	\
	/* several VMs */ \
	ERROR(VMS_TOO_MANY, "vms-too-many", HGX_REFUSED, \
	      "there are fewer GPUs than VMs") \
	ERROR(VMS_UNEVEN, "vms-uneven", HGX_REFUSED, \
	      "the host cannot be divided into that many equal VMs") \
	ERROR(GPU_NODE_UNKNOWN, "gpu-node-unknown", HGX_REFUSED, \
	      "the NUMA node of a GPU is unknown, so the host cannot be divided") \
	ERROR(MODULE_IDS_MISSING, "module-ids-missing", HGX_REFUSED, \
	      "the module ids of the GPUs are not given, but a partition needs them") \
	ERROR(PARTITION_BOARD, "partition-board", HGX_REFUSED, \
	      "a partition needs a board with 8 GPUs") \
	ERROR(PARTITION_INCOMPLETE, "partition-incomplete", HGX_REFUSED, \
	      "a GPU of the partition cannot be assigned") \
	\
	/* CPUs and memory */ \
	ERROR(HOST_ARCHITECTURE, "host-architecture", HGX_REFUSED, \
	      "the host is not an x86_64 machine") \
	ERROR(NODES_UNUSABLE, "nodes-unusable", HGX_REFUSED, \
	      "no NUMA node has both online CPUs and memory") \
	ERROR(CPU_MISSING, "cpu-missing", HGX_MISSING, \
	      "the host has no such CPU, it is offline, or no VM can use it") \
	ERROR(CORE_SPLIT, "core-split", HGX_REFUSED, \
	      "some threads of a core are named, and others are not") \
	ERROR(CORES_EXHAUSTED, "cores-exhausted", HGX_REFUSED, \
	      "no core is left for the VM") \
	ERROR(SMT_MISSING, "smt-missing", HGX_REFUSED, \
	      "the host has no SMT siblings for the VM") \
	ERROR(VCPUS_TOO_MANY, "vcpus-too-many", HGX_REFUSED, \
	      "there are more vCPUs than the host has or QEMU supports") \
	ERROR(VCPUS_UNEVEN, "vcpus-uneven", HGX_REFUSED, \
	      "the vCPUs do not divide evenly over NUMA nodes or sockets") \
	ERROR(MEMORY_TOO_SMALL, "memory-too-small", HGX_REFUSED, \
	      "a NUMA node has too little memory to share") \
	ERROR(MEMORY_TOO_LARGE, "memory-too-large", HGX_REFUSED, \
	      "a cell would get more memory than its NUMA node can spare") \
	ERROR(MEMORY_UNEVEN, "memory-uneven", HGX_REFUSED, \
	      "the memory does not divide into cells of whole pages") \
	ERROR(HUGE_PAGES_MISSING, "huge-pages-missing", HGX_REFUSED, \
	      "the host has too few huge pages reserved") \
	ERROR(HUGE_PAGES_IN_USE, "huge-pages-in-use", HGX_REFUSED, \
	      "the host's huge pages are in use, so the VM cannot start now") \
	\
	/* the guest */ \
	ERROR(LIBVIRT_TOO_OLD, "libvirt-too-old", HGX_REFUSED, \
	      "libvirt is older than the oldest supported version") \
	ERROR(QEMU_TOO_OLD, "qemu-too-old", HGX_REFUSED, \
	      "QEMU is older than the oldest supported version") \
	ERROR(SLOTS_EXHAUSTED, "slots-exhausted", HGX_LIMIT, \
	      "pcie.0 or an expander bus has too few slots") \
	ERROR(CONTROLLERS_EXHAUSTED, "controllers-exhausted", HGX_LIMIT, \
	      "more PCI controllers are needed than libvirt supports") \
	ERROR(BUSES_EXHAUSTED, "buses-exhausted", HGX_LIMIT, \
	      "more PCI buses are needed than a guest has") \
	ERROR(MEMORY_RESERVED_RANGE, "memory-reserved-range", HGX_LIMIT, \
	      "the memory would overlap the addresses that AMD reserves for HyperTransport") \
	ERROR(MEMORY_ADDRESS_BITS, "memory-address-bits", HGX_LIMIT, \
	      "the memory needs more address bits than the guest has") \
	ERROR(BARS_ADDRESS_SPACE, "bars-address-space", HGX_LIMIT, \
	      "the BARs of the devices need more addresses than the firmware can open") \
	\
	/* what is written */ \
	ERROR(NCCL_LIMIT, "nccl-limit", HGX_LIMIT, \
	      "the machine is larger than NCCL can read") \
	ERROR(NCCL_SYNTAX, "nccl-syntax", HGX_SYNTAX, \
	      "NCCL's reader cannot read an NCCL topology file") \
	ERROR(NCCL_VERSION, "nccl-version", HGX_VERSION, \
	      "an NCCL topology file has a version that neither NCCL nor RCCL reads") \
	ERROR(NCCL_INCOMPLETE, "nccl-incomplete", HGX_BROKEN, \
	      "NCCL crashes or gives up on an NCCL topology file") \
	ERROR(NO_SWITCH, "no-switch", HGX_REFUSED, \
	      "an NCCL file that lists only switches would be empty") \
	ERROR(GPUS_MIXED, "gpus-mixed", HGX_REFUSED, \
	      "one NCCL file cannot serve GPUs of NVIDIA and of AMD") \
	ERROR(DEVICE_UNKNOWN, "device-unknown", HGX_REFUSED, \
	      "a device is unknown because the domain was read without its host, or with another") \
	ERROR(ID_IN_USE, "id-in-use", HGX_REFUSED, \
	      "the id of a chosen device would also match one that the host needs") \
	\
	/* findings: a domain */ \
	FINDING(HOST_UNKNOWN, "host-unknown", \
		"the domain assigns devices, but its host was not given") \
	FINDING(HOST_DEVICE_MISSING, "host-device-missing", \
		"the domain assigns devices that the host does not have") \
	FINDING(GUEST_PLACE, "guest-place", \
		"a device is elsewhere in the guest than on the host") \
	FINDING(LIBVIRT_PLACES, "libvirt-places", \
		"devices have no PCI address yet and are shown where libvirt puts them") \
	FINDING(BASE_REPLACED, "base-replaced", \
		"an element of the base domain is left out or replaced") \
	FINDING(BASE_DEVICE_STAYS, "base-device-stays", \
		"the base domain assigns a device that has to stay with the host") \
	FINDING(BASE_ALONE, "base-alone", \
		"GPUs were added to a base domain without what a new VM gets with them") \
	FINDING(BASE_DEVICE_UNOWNED, "base-device-unowned", \
		"the base domain assigns a device that is in the share of no VM") \
	FINDING(GROUP_INCOMPLETE, "group-incomplete", \
		"the base domain assigns only a part of an IOMMU group") \
	FINDING(BASE_BINDING, "base-binding", \
		"the pins of a cell of the base domain and its memory are on different NUMA nodes, " \
		"or the pins are on several") \
	FINDING(BASE_AUTOMATIC, "base-automatic", \
		"the base domain leaves it to numad where its vCPUs and its memory are") \
	FINDING(BASE_RESERVED, "base-reserved", \
		"the base domain pins vCPUs to cores that an option leaves to the host") \
	FINDING(BASE_CROWDED, "base-crowded", \
		"the host has fewer CPUs, address bits or huge pages, or less memory, than the base domain uses") \
	FINDING(WINDOW_TOO_SMALL, "window-too-small", \
		"the 64-bit window of the firmware is too small, and only PCI places may change") \
	FINDING(PAGE_SIZE_ASSUMED, "page-size-assumed", \
		"the base domain has huge pages of the host's default size, which is unknown") \
	FINDING(CPU_MODE, "cpu-mode", \
		"the CPU mode of the base domain hides the host's processor") \
	FINDING(ACPI_ADDED, "acpi-added", \
		"ACPI was added to the base domain") \
	\
	/* findings: a plan */ \
	FINDING(LEFT_OUT_VIRTUAL, "left-out-virtual", \
		"the VM does not get virtual functions") \
	FINDING(LEFT_OUT_CHIPSET, "left-out-chipset", \
		"the VM does not get functions of the chipset and of management") \
	FINDING(OTHER_VMS, "other-vms", \
		"devices go to the other VMs") \
	FINDING(ADDED_ELSEWHERE, "added-elsewhere", \
		"a device that was added goes to another VM") \
	FINDING(FAR_DEVICE, "far-device", \
		"a NIC or drive goes to the VM that shares no switch with its GPUs") \
	FINDING(NO_NIC, "no-nic", \
		"the VM gets no NIC, although some are free") \
	FINDING(WHOLE_HOST, "whole-host", \
		"the VM gets only some GPUs, but all cores and memory") \
	FINDING(NCCL_OTHERS, "nccl-others", \
		"the VM gets GPUs or accelerators that the NCCL file does not have") \
	FINDING(FABRIC_MANAGER, "fabric-manager", \
		"the VM gets the NVSwitches, but not all GPUs of the board") \
	FINDING(FABRIC_SHARED, "fabric-shared", \
		"several VMs share the NVSwitches, and each needs a partition of its GPUs") \
	FINDING(FABRIC_PARTITION, "fabric-partition", \
		"the VM has GPUs of a board whose NVSwitches stay with the host, and needs a partition") \
	FINDING(FUNCTIONS_VANISH, "functions-vanish", \
		"a NIC that goes to the VM has virtual functions, which vanish") \
	FINDING(DEVICES_VANISH, "devices-vanish", \
		"a VMD controller that goes to the VM takes the devices behind it from the host") \
	FINDING(ID_SHARED, "id-shared", \
		"the id of a chosen device also matches one that stays on the host") \
	FINDING(CLIQUE_LIMIT, "clique-limit", \
		"there are more groups of GPUs than GPUDirect clique ids") \
	FINDING(CLIQUE_HIDDEN, "clique-hidden", \
		"the base domain hides KVM, so GPUDirect clique ids have no effect") \
	FINDING(CLIQUE_ALIAS, "clique-alias", \
		"a GPU gets no GPUDirect clique id, as its element in the base domain has no alias") \
	FINDING(NUMA_MOVED, "numa-moved", \
		"a device goes to the cell that is nearest to its unused node") \
	FINDING(CORES_UNEVEN, "cores-uneven", \
		"cores with fewer threads than the others stay with the host") \
	FINDING(CPUS_RESERVED, "cpus-reserved", \
		"host CPUs that the VM may use stay with the host") \
	FINDING(THREADS_BESIDE_VCPUS, "threads-beside-vcpus", \
		"no core is left to the host, so QEMU's own threads run beside a vCPU") \
	FINDING(CORES_LEVELLED, "cores-levelled", \
		"cores stay with the host so that all sockets of the guest are equal") \
	FINDING(MEMORY_TIGHT, "memory-tight", \
		"little memory of a NUMA node is left to the host") \
	FINDING(VERSIONS_ASSUMED, "versions-assumed", \
		"libvirt or QEMU was not found on the host, and a version was assumed") \
	FINDING(IOMMUFD_PEERS, "iommufd-peers", \
		"peer-to-peer between devices assigned through iommufd needs newer software") \
	\
	/* findings: a forecast */ \
	FINDING(FORECAST_ASSUMED, "forecast-assumed", \
		"a forecast had to assume something that is not known") \
	FINDING(NCCL_FILE, "nccl-file", \
		"NCCL takes something in its topology file for something else than was meant") \
	FINDING(NCCL_CHANGED, "nccl-changed", \
		"what was changed in an NCCL topology file that was written anew") \
	\
	/* findings: a running guest matched with its plan */ \
	FINDING(MATCHED, "matched", \
		"devices were matched with the plan") \
	\
	/* two machines, compared */ \
	ERROR(FLEET_HOST, "fleet-host", HGX_INVALID, \
	      "the number of a host of a fleet is taken or too large") \
	FINDING(DIFF_GONE, "diff-gone", \
		"a device that is expected is missing") \
	FINDING(DIFF_NEW, "diff-new", \
		"a device is there that is not expected") \
	FINDING(DIFF_MODEL, "diff-model", \
		"in the place of a device is one of another model, or a NIC has another class") \
	FINDING(DIFF_LINK, "diff-link", \
		"a PCIe link is narrower, wider, slower or faster than expected") \
	FINDING(DIFF_PATH, "diff-path", \
		"the path class between two devices is not the expected one") \
	FINDING(DIFF_NUMA, "diff-numa", \
		"a device is on another NUMA node than expected") \
	FINDING(DIFF_GROUP, "diff-group", \
		"an IOMMU group holds other functions than expected, or the IOMMU is on or off") \
	FINDING(DIFF_BAR, "diff-bar", \
		"a BAR has another size than expected") \
	FINDING(DIFF_ACS, "diff-acs", \
		"the ACS control of a port or device is not as expected") \
	FINDING(DIFF_ATS, "diff-ats", \
		"the ATS of a device is not as expected") \
	FINDING(DIFF_VF, "diff-vf", \
		"a device has more or fewer virtual functions than expected") \
	FINDING(DIFF_PROCESSOR, "diff-processor", \
		"a processor is of another model than expected") \
	FINDING(DIFF_CPUS, "diff-cpus", \
		"there are more or fewer packages, cores or CPUs than expected") \
	FINDING(DIFF_NODES, "diff-nodes", \
		"there are more or fewer NUMA nodes than expected") \
	FINDING(DIFF_MEMORY, "diff-memory", \
		"a NUMA node has more or less memory, or huge pages, than expected") \
	FINDING(DIFF_DISTANCES, "diff-distances", \
		"the distances between NUMA nodes are not as expected") \
	FINDING(DIFF_DRIVER, "diff-driver", \
		"a device has another driver than expected")
/* clang-format on */

enum rule_id {
#define NAME_OF(name, ...) RULE_##name,
	RULES(NAME_OF, NAME_OF)
	HOST_RULES(NAME_OF, NAME_OF)
	DOMAIN_RULES(NAME_OF, NAME_OF)
	NCCL_RULES(NAME_OF, NAME_OF)
	GUEST_RULES(NAME_OF, NAME_OF)
#undef NAME_OF
};

/** The row of a rule, borrowed. Its code is HGX_OK for a finding, whose severity is decided where
 *  it is added. */
const struct hgx_rule *rule_row(enum rule_id rule);

/** The index of the rule with that id, of @length bytes; -1 if there is none. */
int rule_index(const char *id, size_t length);

#endif
