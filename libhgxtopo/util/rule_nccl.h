/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The rules of the family "nccl", about an NCCL topology file; see util/rule_host.h. */
#ifndef HGX_UTIL_RULE_NCCL_H
#define HGX_UTIL_RULE_NCCL_H

/** All of them, as CHECK() and NOTED() of HOST_RULES. */
/* clang-format off */
#define NCCL_RULES(CHECK, NOTED) \
	NOTED(NCCL_REFUSED, "nccl-refused", HGX_PROBLEM, \
	      "NCCL cannot read the file, so no communicator starts", \
	      "NCCL has a reader of its own, which takes less than XML; change what is named, or have the " \
	      "file written anew for its machine", \
	      "NCCL, src/graph/xml.cc; measured with 2.28.9 and 2.30.7", \
	      "") \
	CHECK(NCCL_MAKER, "nccl-maker", nccl_maker, HGX_PROBLEM, \
	      "the version of the file is not the one for the maker of the GPUs", \
	      "NCCL (NVIDIA) reads version 1 only, RCCL (AMD) version 2 only", \
	      "NCCL and RCCL, src/graph/xml.cc", \
	      "") \
	CHECK(NCCL_ATTRIBUTE_MISSING, "nccl-attribute-missing", nccl_attributes, HGX_PROBLEM, \
	      "an element lacks an attribute without which NCCL crashes or gives up", \
	      "a <cpu> needs numaid, a <pci> busid and class; in a file with <net>, each <cpu> and <pci> " \
	      "needs every attribute", \
	      "measured with NCCL 2.28.9 and 2.30.7", \
	      "") \
	CHECK(NCCL_ELEMENTS, "nccl-elements", nccl_elements, HGX_PROBLEM, \
	      "with what NCCL adds at run time the file has more elements than NCCL takes", \
	      "list only CPUs, switches, GPUs and the NICs near them", \
	      "NCCL, src/graph/xml.h: MAX_NODES", \
	      "") \
	CHECK(NCCL_SWITCH_TAKEN, "nccl-switch-taken", nccl_switches, HGX_PROBLEM, \
	      "a switch of the file has the address of a device, whose class then counts: NCCL gives up", \
	      "give the switch an address that no device has, such as ffff:ff:01.0", \
	      "measured with NCCL 2.28.9 and 2.30.7", \
	      "") \
	CHECK(NCCL_BUSID, "nccl-busid", nccl_busids, HGX_WARNING, \
	      "NCCL compares addresses letter by letter and does not find a device under this one", \
	      "write addresses in lower case, with a domain of four digits: 0000:3b:00.0", \
	      "NCCL, src/graph/xml.cc", \
	      "") \
	CHECK(NCCL_DUPLICATE, "nccl-duplicate", nccl_duplicates, HGX_WARNING, \
	      "two elements of the file have one address or NUMA node, and NCCL tells them apart wrongly", \
	      "list each device and each NUMA node once; give each switch an address of its own, such as " \
	      "ffff:ff:01.0, ffff:ff:02.0", \
	      "NCCL, src/graph/xml.cc", \
	      "") \
	CHECK(NCCL_FUNCTION_TWINS, "nccl-function-twins", nccl_twins, HGX_WARNING, \
	      "two switches with NICs differ in the function digit only: NCCL since 2.24 takes their NICs " \
	      "for ports of one card and merges them", \
	      "let the addresses of switches differ before the dot: ffff:ff:01.0, ffff:ff:02.0", \
	      "measured with NCCL 2.28.9 and 2.30.7", \
	      "") \
	CHECK(NCCL_SPEED, "nccl-speed", nccl_speeds, HGX_WARNING, \
	      "NCCL does not know the words of a link_speed and takes the link for 8 GT/s", \
	      "write 2.5, 5.0, 8.0, 16.0, 32.0 or 64.0 GT/s PCIe, with the word PCIe", \
	      "NCCL, src/graph/topo.cc: kvDictPciGen", \
	      "") \
	CHECK(NCCL_LINK_MISSING, "nccl-link-missing", nccl_links, HGX_WARNING, \
	      "a <pci> does not say its link, so NCCL takes the one that sysfs shows: in a VM that of an " \
	      "emulated port, on a host that of an idle GPU", \
	      "write link_speed and link_width of each <pci>", \
	      "NCCL, src/graph/xml.cc; measured with 2.28.9 and 2.30.7", \
	      "") \
	CHECK(NCCL_LINK_EMULATED, "nccl-link-emulated", nccl_unbelievable, HGX_WARNING, \
	      "a link is what an emulated port or an idle device shows, and NCCL believes it", \
	      "write the link that the host's switch or device has", \
	      "measured with NCCL 2.28.9 and 2.30.7", \
	      "") \
	CHECK(NCCL_AFFINITY, "nccl-affinity", nccl_affinities, HGX_WARNING, \
	      "the affinity of a <cpu> is not a mask, or two of them have CPUs in common", \
	      "write a mask of 32-bit hex words, the highest CPUs first: 0-47 is 0000ffff,ffffffff", \
	      "NCCL, src/graph/xml.h: ncclStrToCpuset", \
	      "") \
	CHECK(NCCL_PROCESSOR, "nccl-processor", nccl_processors, HGX_WARNING, \
	      "NCCL takes the wrong bandwidth between sockets from the processor that the file states", \
	      "state arch, vendor, familyid and modelid of the host's processor", \
	      "NCCL, src/graph/topo.cc: ncclTopoGetInterCpuBw", \
	      "") \
	CHECK(NCCL_ATTRIBUTE_LOST, "nccl-attribute-lost", nccl_lost, HGX_WARNING, \
	      "NCCL does not see an attribute", \
	      "write one blank before each attribute and none around the =, at most 16 attributes in an " \
	      "element", \
	      "NCCL, src/graph/xml.cc: xmlGetToken", \
	      "") \
	CHECK(NCCL_DEVICE_UNKNOWN, "nccl-device-unknown", nccl_devices, HGX_WARNING, \
	      "the file lists a device that the machine does not have at that address", \
	      "write the addresses that the machine shows where NCCL runs: in a VM those of the guest", \
	      "measured with NCCL 2.28.9 and 2.30.7", \
	      "") \
	NOTED(NCCL_DEVICE_MISSING, "nccl-device-missing", HGX_WARNING, \
	      "the file does not list a GPU, NIC or switch of the machine, so NCCL places it by sysfs", \
	      "add it where the host has it, or have the file written anew for its machine", \
	      "measured with NCCL 2.28.9 and 2.30.7", \
	      "") \
	CHECK(NCCL_CLASS, "nccl-class", nccl_classes, HGX_WARNING, \
	      "the class of a <pci> is not that of the device", \
	      "write the class that the device has: it begins with 0x03 for a GPU, with 0x02 for a NIC; " \
	      "remove what is neither, nor a switch", \
	      "NCCL, src/graph/topo.cc: kvDictPciClass", \
	      "") \
	CHECK(NCCL_LINK, "nccl-link", nccl_link_values, HGX_WARNING, \
	      "the file gives a device another link than the machine has", \
	      "write the trained width and the speed that both ends of the link can do, and keep a switch " \
	      "whose uplink is narrower than the links below it", \
	      "measured with NCCL 2.28.9 and 2.30.7", \
	      "") \
	CHECK(NCCL_PATH, "nccl-path", nccl_paths, HGX_WARNING, \
	      "by the file, a GPU is nearer to a NIC, or farther from it, than it really is", \
	      "put each GPU and NIC below the switch and NUMA node that the host has it on", \
	      "measured with NCCL 2.28.9 and 2.30.7", \
	      "nccl-node") \
	CHECK(NCCL_NODE, "nccl-node", nccl_nodes, HGX_WARNING, \
	      "a device is below the <cpu> of another NUMA node than its own", \
	      "put the device below the <cpu> of its NUMA node", \
	      "NCCL, src/graph/topo.cc", \
	      "") \
	CHECK(NCCL_AFFINITY_OTHER, "nccl-affinity-other", nccl_cpus, HGX_WARNING, \
	      "the affinity of a <cpu> names other CPUs than those of its NUMA node", \
	      "write the CPUs that the NUMA node has where NCCL runs: in a VM the vCPUs", \
	      "NCCL, src/graph/topo.cc: ncclTopoGetCpuAffinity", \
	      "") \
	NOTED(NCCL_FILE_UNUSED, "nccl-file-unused", HGX_WARNING, \
	      "NCCL reads another topology file, or none", \
	      "keep one file: NCCL_TOPO_FILE names it, or it is " \
	      "/var/run/nvidia-topologyd/virtualTopology.xml", \
	      "NCCL, src/graph/topo.cc, src/misc/param.cc", \
	      "") \
	NOTED(NCCL_FILES, "nccl-files", HGX_NOTE, \
	      "there are several topology files, and NCCL reads one of them", \
	      "remove the others, or what names them", \
	      "NCCL, src/graph/topo.cc, src/misc/param.cc", \
	      "") \
	CHECK(NCCL_CHILDREN, "nccl-children", nccl_children, HGX_NOTE, \
	      "an element has more elements in it than older releases of NCCL read", \
	      "use NCCL 2.21 or newer for more than 32, 2.29 or newer for more than 128", \
	      "NCCL, src/graph/xml.h: MAX_SUBS", \
	      "") \
	CHECK(NCCL_NIC_DEVICE, "nccl-nic-device", nccl_nic_places, HGX_NOTE, \
	      "a NIC is not device 00, function 0 of its bus, where NCCL looks for InfiniBand and RoCE NICs", \
	      "nothing, if NCCL uses another network plugin or this is a further port of a card; else give " \
	      "the NIC a bus of its own in the guest", \
	      "NCCL, src/transport/net_ib.cc", \
	      "") \
	CHECK(NCCL_RUNTIME, "nccl-runtime", nccl_runtime, HGX_NOTE, \
	      "the file states what NCCL finds out itself, and NCCL believes it", \
	      "leave out <gpu>, <nic>, <net> and <nvlink>, unless NCCL wrote the file " \
	      "(NCCL_TOPO_DUMP_FILE) on this very machine", \
	      "NCCL, src/graph/xml.cc", \
	      "")
/* clang-format on */

#endif
