/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file hgxtopo.h
 * The topology of a GPU host, and the virtual machines that mirror it.
 *
 * A topology (struct hgx_topo) is built once from a source and never changes. Everything
 * reached through it (nodes, strings, value structs) is borrowed and dies with it.
 * Topologies and plans may be read from several threads at once.
 *
 * Every function that can fail returns HGX_OK (0) or a code, takes its result first and a
 * caller-owned struct hgx_error last (NULL is allowed), and leaves NULL in its result when
 * it fails. Nothing here prints, exits or changes the machine.
 *
 * What is given out as a value instead of a pointer (hgx_size_parse(), hgx_bdf_parse()) is left
 * as it was by a call that fails.
 *
 * A pointer must not be NULL unless its function, or this page, says that it may be. NULL is
 * always allowed for errors, for options, and for what a function frees. hgx_distance(),
 * hgx_node_nearest(), hgx_node_link(), hgx_plan_host_of(), hgx_plan_guest_of() and
 * hgx_plan_verdict() also take NULL, or a node of another topology or plan, for a node, and
 * answer as for a node that does not exist.
 *
 * Option structs start with their size: set `size` to sizeof of the struct you compiled
 * with and clear the rest; zero means the default of every member. In C:
 *     struct hgx_plan_options options = { .size = sizeof(options), .vm = 2, .vms = 4 };
 * In C++ before C++20, which has no such initialisers:
 *     hgx_plan_options options{};
 *     options.size = sizeof(options);
 * A NULL options pointer means all defaults. HGX_INVALID: the size is too small for the first
 * member or not that of such a struct, or a member that is reserved or that this library does not
 * know is not zero.
 *
 * The value structs hgx_pci, hgx_cpu, hgx_memory, hgx_processor, hgx_verdict and hgx_rule are
 * allocated by the library and may grow at their end. Those that are part of others or of arrays
 * (hgx_bdf, hgx_link, hgx_bar, hgx_capability, hgx_os_device, hgx_pages, hgx_finding, hgx_vcpu,
 * hgx_domain_text, hgx_gpu_forecast, hgx_gpu_way) never change.
 */
#ifndef HGXTOPO_H
#define HGXTOPO_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The library is built with -fvisibility=hidden; only these functions are exported. */
#pragma GCC visibility push(default)

#define HGX_VERSION_MAJOR 0
#define HGX_VERSION_MINOR 2
#define HGX_VERSION_PATCH 0
/** The version of this header; compare it with hgx_version_number(). */
#define HGX_VERSION_NUMBER \
	(HGX_VERSION_MAJOR * 1000000u + HGX_VERSION_MINOR * 1000u + HGX_VERSION_PATCH)

/** The version of the running library, such as "0.2.0". */
const char *hgx_version(void);
/** The same as a number: 1000000 * major + 1000 * minor + patch, so that 0.1.0 is 1000. */
unsigned hgx_version_number(void);

/* ------------------------------------------------------------------ errors */

enum hgx_code {
	HGX_OK = 0,
	HGX_INVALID = 1,     /**< an argument or option makes no sense */
	HGX_MISSING = 2,     /**< a file, directory or name does not exist */
	HGX_UNREADABLE = 3,  /**< it exists but could not be read */
	HGX_SYNTAX = 4,      /**< the text does not have the format */
	HGX_VERSION = 5,     /**< the text has another version of the format */
	HGX_BROKEN = 6,      /**< the format is right, but the content contradicts itself */
	HGX_REFUSED = 7,     /**< possible, but it would harm or mislead */
	HGX_LIMIT = 8,       /**< more than the format, QEMU or NCCL can take */
	HGX_NO_MEMORY = 9
};

/** What went wrong. On failure all of it is set, each text terminated; a call that succeeds
 *  leaves it as it was. */
struct hgx_error {
	int code;           /**< enum hgx_code */
	char text[500];     /**< for a human: one sentence, no newline; the thing first, then what
	                         is wrong, then the remedy */
	char rule[32];      /**< for a program: the stable id of this kind of refusal, such as
	                         "huge-pages-missing" (hgx_rule_at()) */
	char node[32];      /**< the name of the node it is about, or the address that was given
	                         for a device; "" if it is about none, or about a device given by
	                         a number that no device has */
	char option[32];    /**< the member of the options struct at fault, such as "uneven"; "" if
	                         there is none */
	char reserved[168]; /**< cleared */
};

/** How texts name the options of a call: the values of the member `words` of options structs. Any
 *  other value is HGX_INVALID. */
enum hgx_words {
	HGX_WORDS_MEMBERS, /**< as members of the options struct: "reserve_cores = 8" */
	HGX_WORDS_OPTIONS  /**< as options of the command hgxtopo: "--reserve-cores 8" */
};

/** "ok", "invalid", "missing", "unreadable", "syntax", "version", "broken", "refused", "limit",
 *  "no-memory"; NULL for a number that is not a code. */
const char *hgx_code_name(int code);

/** A kind of refusal (struct hgx_error) or of finding (struct hgx_finding). Ids are never removed
 *  and never change their meaning. */
struct hgx_rule {
	const char *id;      /**< such as "huge-pages-missing" */
	int code;            /**< enum hgx_code of the refusal; HGX_OK: a finding */
	const char *meaning; /**< one sentence */
	const char *family;  /**< what hgx_check_host() and its like look for: "host", "domain",
	                          "nccl" or "guest"; NULL: noticed elsewhere, and the rest is not set */
	int severity;        /**< enum hgx_severity of its findings */
	const char *remedy;  /**< what to do, in words */
	const char *source;  /**< where it is documented, or what it was measured on */
	const char *consequences; /**< ids of rules, separated by blanks, whose findings follow from
	                               one of this rule and are left out beside it; "" for none */
};

/** The rule with that index, counted from 0; NULL past the last. Borrowed. */
const struct hgx_rule *hgx_rule_at(size_t index);
/** Bytes of a struct that the caller allocates, in the running library. A binding that lays out
 *  these structs itself can compare them with the sizes it was written for. */
size_t hgx_error_size(void);
size_t hgx_host_options_size(void);
size_t hgx_domain_options_size(void);
size_t hgx_plan_options_size(void);
size_t hgx_nccl_options_size(void);
size_t hgx_qemu_options_size(void);
size_t hgx_kernel_options_size(void);
size_t hgx_check_options_size(void);
size_t hgx_forecast_options_size(void);

/* ------------------------------------------------------------------- nodes */

struct hgx_topo;
struct hgx_node;

/** What a node of the tree is. New kinds are added at the end. */
enum hgx_kind {
	HGX_MACHINE,     /**< the root; its children are packages, NUMA nodes, host bridges */
	HGX_PACKAGE,     /**< a CPU socket; its children are cores */
	HGX_CORE,        /**< its children are logical CPUs: SMT siblings are siblings */
	HGX_CPU,         /**< a logical CPU as Linux numbers it; an offline one is a child of the
	                      machine */
	HGX_NUMA,        /**< a NUMA node: memory */
	HGX_HOST_BRIDGE, /**< a PCI root bus, such as "pci0000:15" */
	HGX_ROOT_PORT,
	HGX_SWITCH_UP,   /**< upstream port of a PCIe switch; represents the switch */
	HGX_SWITCH_DOWN, /**< downstream port of a PCIe switch */
	HGX_BRIDGE,      /**< any other PCI bridge */
	HGX_GPU,
	HGX_NIC,
	HGX_NVME,
	HGX_NVSWITCH,
	HGX_OTHER,       /**< any other PCI function */
	HGX_NVLINK_MANAGER, /**< a ConnectX function that manages the NVLinks of a board without
	                         NVSwitches on the PCI bus, for the Fabric Manager; not a NIC */
	HGX_ACCELERATOR  /**< computes without being a GPU, such as a Gaudi; plans choose it as they
	                      choose GPUs */
};

/** A PCI address. */
struct hgx_bdf {
	uint32_t domain;  /**< 16 bits on most machines, 32 with Intel VMD */
	uint8_t bus;      /**< 0-255 */
	uint8_t device;   /**< 0-31 */
	uint8_t function; /**< 0-7 */
};

/** A PCIe link. */
struct hgx_link {
	uint32_t speed; /**< MT/s per lane: 2500, 5000, 8000, 16000, 32000, 64000; 0 unknown */
	uint32_t width; /**< lanes; 0 unknown */
};

/** Flags of a base address register. */
enum hgx_bar_flag {
	HGX_BAR_IO = 1,
	HGX_BAR_64BIT = 2,
	HGX_BAR_PREFETCH = 4
};

/** A base address register; index 6 of the array is the expansion ROM. */
struct hgx_bar {
	uint64_t size;  /**< bytes; 0: not implemented */
	uint32_t flags; /**< enum hgx_bar_flag */
	uint32_t reserved;
};

#define HGX_BARS 7

/** Whether a function has a capability. It is unknown if configuration space beyond 64 bytes
 *  could not be read; only root can read it. */
enum hgx_known {
	HGX_UNKNOWN = -1,
	HGX_ABSENT = 0,
	HGX_PRESENT = 1
};

/** An extended capability (PCI Express Base Specification 7.7.8 ACS, 10.5 ATS). */
struct hgx_capability {
	int state;        /**< enum hgx_known */
	uint16_t bits;    /**< capability register, 0 unless present */
	uint16_t control; /**< control register, 0 unless present */
};

/** What the operating system calls the device. */
struct hgx_os_device {
	const char *type; /**< "net", "infiniband" or "block" */
	const char *name; /**< such as "ens1f0np0", "mlx5_0", "nvme0n1" */
};

/** One PCI function. Unknown or missing values are NULL or -1. */
struct hgx_pci {
	struct hgx_bdf address;
	uint16_t vendor, device, subsystem_vendor, subsystem_device;
	uint32_t class_code; /**< 24 bits: class, subclass, programming interface */
	int revision;
	const char *vendor_name, *device_name; /**< from the pci.ids database */
	struct hgx_link link_max;     /**< the fastest the function can do */
	struct hgx_link link_now;     /**< the current, trained link */
	struct hgx_bar bars[HGX_BARS];
	int numa_node;                /**< as the firmware reports it; -1 if it does not */
	const char *driver;           /**< bound driver */
	int iommu_group;              /**< -1: none, the IOMMU is off */
	int port_type;                /**< PCIe device/port type (PCI Express Capabilities
	                                   register, bits 7:4); -1: unknown or not PCIe */
	int kind_inferred;            /**< 1: configuration space was not readable, so the kind
	                                   of this bridge was inferred from its place */
	struct hgx_capability acs, ats;
	int sriov_total;              /**< virtual functions it can have */
	int sriov_enabled;            /**< virtual functions it has now */
	const struct hgx_node *physical_function; /**< of a virtual function */
	const char *slot;             /**< physical slot name */
	const struct hgx_os_device *os_devices;
	size_t os_device_count;
	const char *host_use;         /**< why the host itself needs it, or may need it; or NULL */
	const char *drive_serial;     /**< serial number of an NVMe drive, from its driver */
	const char *guid;             /**< node GUID of a NIC or UUID of a GPU, from its driver */
	const char *device_serial;    /**< PCI device serial number, 16 hexadecimal digits in
	                                   pairs; functions of one card often have the same */
	uint32_t net_speed;           /**< Mb/s of the network port of a NIC, from its driver; 0:
	                                   unknown, or it has no link. It is not in the JSON, because
	                                   it changes when a cable is pulled */
};

/** One logical CPU. */
struct hgx_cpu {
	uint32_t id;   /**< Linux CPU number */
	int package;   /**< -1 unknown (offline) */
	int die;       /**< -1 unknown or not distinguished */
	int core;      /**< core id within package and die; -1 unknown */
	int numa_node; /**< -1 unknown */
	int online;    /**< 1 or 0 */
};

/** A pool of pages of one size on a NUMA node. */
struct hgx_pages {
	uint64_t size;  /**< bytes per page */
	uint64_t total; /**< pages */
	uint64_t free;  /**< pages */
};

/** The memory of a NUMA node. */
struct hgx_memory {
	uint32_t id;     /**< Linux node number */
	uint64_t bytes;  /**< 0: a node without memory */
	const struct hgx_pages *huge_pages; /**< by size, ascending */
	size_t huge_page_sizes;
	const uint32_t *distances; /**< SLIT row, one value per NUMA node of the topology in
	                                ascending order of their numbers; NULL unknown */
	size_t distance_count;
};

/** The processor of a package. */
struct hgx_processor {
	uint32_t id;        /**< physical package number */
	const char *arch;   /**< "x86_64", "arm64", …; NULL unknown */
	const char *vendor; /**< "GenuineIntel", "AuthenticAMD", …; NULL unknown */
	const char *name;   /**< model name; NULL unknown */
	int family, model;  /**< CPUID numbers; -1 unknown */
	int address_bits;   /**< of physical addresses; -1 unknown */
};

/** The lower-case name of a kind, such as "root-port"; NULL for a number that is not a kind. */
const char *hgx_kind_name(enum hgx_kind kind);

/** What the node is. A virtual function of a GPU is an HGX_GPU too; of these, only AMD's are
 *  numbered and chosen as GPUs, in place of their physical function. */
enum hgx_kind hgx_node_kind(const struct hgx_node *node);
/** Its unique name: "0000:19:00.0" for PCI functions (lower case), "pci0000:15" for root
 *  buses, "cpu3", "node0", "package1", "core0:0:12" (package:die:core), "machine". */
const char *hgx_node_name(const struct hgx_node *node);
/** NULL for the root. */
const struct hgx_node *hgx_node_parent(const struct hgx_node *node);
/** Children are sorted: packages, NUMA nodes, host bridges; then by number or address. */
const struct hgx_node *hgx_node_first_child(const struct hgx_node *node);
const struct hgx_node *hgx_node_next_sibling(const struct hgx_node *node);
/** Steps through the tree below @top, @top included, parents before children.
 *  Pass NULL as @node to start; NULL comes back at the end. */
const struct hgx_node *hgx_node_next(const struct hgx_node *top, const struct hgx_node *node);
/** The same, but only through the nodes of one kind. */
const struct hgx_node *hgx_node_next_of(const struct hgx_node *top, const struct hgx_node *node,
					enum hgx_kind kind);
/** The NUMA node that a node belongs to (itself for a NUMA node); NULL if unknown. If the firmware
 *  reports none for a PCI function, it is that of the nearest bridge above with one. */
const struct hgx_node *hgx_node_numa(const struct hgx_node *node);
/** The value struct of a node; NULL if the node is of another kind. */
const struct hgx_pci *hgx_node_pci(const struct hgx_node *node);
const struct hgx_cpu *hgx_node_cpu(const struct hgx_node *node);
const struct hgx_memory *hgx_node_memory(const struct hgx_node *node);
const struct hgx_processor *hgx_node_processor(const struct hgx_node *node);
/** The PCIe link between a function and the port above it: the lower speed and the lower width of
 *  its two ends. If one end is unknown, the other counts; if both are, the value is 0. It is this
 *  one link only; those further up may be slower.
 *  @now: the current, trained link; may be NULL. @possible: the fastest that both ends can do; may
 *  be NULL. Returns 1, or 0 with both cleared if there is no such link: the function is on a root
 *  bus, inside a switch (a downstream port) or behind another kind of bridge, or @node is not a PCI
 *  function or is NULL. The link below a port is that of its child. */
int hgx_node_link(const struct hgx_node *node, struct hgx_link *now, struct hgx_link *possible);

/* -------------------------------------------------------------- topologies */

/** Options of hgx_topo_from_host(). */
struct hgx_host_options {
	size_t size;
	const char *root; /**< a captured root directory (with sys/ and proc/ in it); NULL or
	                       "" is the running machine. For a captured root, nothing is read
	                       from the running machine, except names from the installed
	                       pci.ids if the root has none. */
};

/** Reads a machine: CPUs and memory through hwloc, devices from sysfs, capabilities and
 *  names through libpci.
 *
 *  It also works for an ordinary user; what only root can read is then marked unknown.
 *  A captured root is passed to hwloc in the environment (HWLOC_FSROOT, restored before
 *  return), so no other thread may use the environment during the call. */
int hgx_topo_from_host(struct hgx_topo **out, const struct hgx_host_options *options,
		       struct hgx_error *err);

/** Reads the output of hgx_emit_json() (docs/json-format.md).
 *  @data: @length bytes, which need no terminator; NULL is HGX_INVALID.
 *  @name: what to call the text in an error, such as its file name; NULL: "the topology". */
int hgx_topo_from_json(struct hgx_topo **out, const char *data, size_t length,
		       const char *name, struct hgx_error *err);

/** Options of hgx_topo_from_domain(). */
struct hgx_domain_options {
	size_t size;
	const struct hgx_topo *host; /**< the machine the domain runs on, which shows what the
	                                  assigned devices are, and their links; default:
	                                  unknown. Borrowed during the call only. */
	const char *libvirt_version; /**< "9.0", "11.3.0": the libvirt that will define the domain;
	                                  default: hgx_topo_software() of the host, else "9.0" */
	int words; /**< enum hgx_words: of errors and of the findings of the topology */
	int reserved; /**< 0 */
};

/** Reads a libvirt domain (XML, such as virsh dumpxml writes) as the guest it will be, without
 *  starting it: CPUs, NUMA nodes, and the PCI tree with the bus numbers that firmware gives.
 *
 *  The domain must be an x86_64 q35. Devices without an address, and those that libvirt will
 *  add, are where that version of libvirt puts them. The rules of 9.0, 10.0, 11.0, 11.3, 11.6,
 *  12.0, 12.6 and 12.8 are known; a version in between has those of the nearest older one, and a
 *  version before 9.0 those of 9.0. A finding names the version whose rules were used. Without a
 *  host, the kind of an assigned device comes from its alias if hgx_emit_libvirt() wrote it, and is
 *  HGX_OTHER otherwise; its class_code is 0.
 *  @data: @length bytes, which need no terminator; NULL is HGX_INVALID.
 *  @name: what to call the text in an error, such as its file name; NULL: "the domain".
 *  HGX_SYNTAX, HGX_BROKEN: the text is wrong; HGX_REFUSED: another type of machine; HGX_LIMIT:
 *  buses overlap, or no address is left for a device. */
int hgx_topo_from_domain(struct hgx_topo **out, const char *data, size_t length,
			 const char *name, const struct hgx_domain_options *options,
			 struct hgx_error *err);

/** One of the built-in examples. */
int hgx_topo_from_example(struct hgx_topo **out, const char *name, struct hgx_error *err);
/** The name of example @index, counted from 0; NULL past the last. */
const char *hgx_example_name(size_t index);

/** The topology of a running guest, for hgx_emit_nccl(): @seen, as hgx_topo_from_host() read it
 *  in the guest, with the links and processors that emulation hides. These come from @planned,
 *  the guest that was planned for it (hgx_plan_guest(), or its JSON).
 *
 *  GPUs, NICs, NVMe drives and NVSwitches are matched by GUID, then by serial number. The others
 *  are matched by address if all unmatched devices of the model are where they were planned, and
 *  otherwise by order. In a guest without the switches of the planned one, only numbers count, and
 *  a model of which there is one only. Findings of the result say how, and report each difference.
 *  HGX_INVALID: @planned is not a guest; HGX_REFUSED: a GPU or NIC of such a guest could be one of
 *  several. */
int hgx_topo_match(struct hgx_topo **out, const struct hgx_topo *seen,
		   const struct hgx_topo *planned, struct hgx_error *err);

/** NULL is allowed. */
void hgx_topo_free(struct hgx_topo *topo);

/** The machine node. */
const struct hgx_node *hgx_topo_root(const struct hgx_topo *topo);
/** The node of that name, or NULL. PCI addresses may leave out domain 0000 and may be
 *  written in upper case. */
const struct hgx_node *hgx_topo_find(const struct hgx_topo *topo, const char *name);
/** 1 if this is what a guest sees, 0 for a host. */
int hgx_topo_is_guest(const struct hgx_topo *topo);
/** The version of a program installed on the machine, such as "9.0.0"; @name is "libvirt",
 *  "qemu" or "ovmf". NULL: not installed, or unknown without running it. */
const char *hgx_topo_software(const struct hgx_topo *topo, const char *name);
/** The same for the running machine, without reading the rest of it. Free *out with
 *  hgx_text_free(); NULL after an error. HGX_MISSING: not installed, or unknown without running
 *  it. */
int hgx_installed_version(char **out, const char *name, struct hgx_error *err);

/* -------------------------------------------------------------- distances */

/** How far apart two nodes are, in the words of `nvidia-smi topo -m`. */
enum hgx_distance {
	HGX_SELF,     /**< the same node */
	HGX_PIX,      /**< at most one PCIe switch between them */
	HGX_PXB,      /**< several PCIe switches, no host bridge */
	HGX_PHB,      /**< through one PCIe host bridge */
	HGX_NODE,     /**< through two host bridges of one NUMA node */
	HGX_SYS,      /**< through the link between NUMA nodes */
	HGX_NOWHERE   /**< not both PCI functions of one topology */
};

/** The path class between two PCI functions of one topology. If the NUMA node of one is unknown
 *  and the machine has several, the result is HGX_SYS, the worst case. */
enum hgx_distance hgx_distance(const struct hgx_node *a, const struct hgx_node *b);
/** "X", "PIX", "PXB", "PHB", "NODE", "SYS"; "-" for HGX_NOWHERE; NULL for other numbers. */
const char *hgx_distance_name(enum hgx_distance distance);
/** The node of that kind nearest to @from, by path class, then by address; virtual
 *  functions only count if there is nothing else. NULL: there is none. */
const struct hgx_node *hgx_node_nearest(const struct hgx_node *from, enum hgx_kind kind);

/* --------------------------------------------------------------- findings */

enum hgx_severity {
	HGX_NOTE,    /**< good to know */
	HGX_WARNING, /**< probably not what you want */
	HGX_PROBLEM  /**< will not work */
};

/** Something noticed while a topology was read or a plan was made. */
struct hgx_finding {
	const char *rule;   /**< stable id, such as "iommu-off" (hgx_rule_at()); in a topology read
	                         from JSON, it may come from another version */
	int severity;       /**< enum hgx_severity */
	const struct hgx_node *node; /**< what it is about; NULL: the machine */
	const char *text;   /**< one sentence */
	const char *remedy; /**< what to do; NULL: nothing. Of a rule of hgx_check_host() and its
	                         like, lines after the first are commands for the shell of root */
};

/** "note", "warning" or "problem"; NULL for a number that is not a severity. */
const char *hgx_severity_name(int severity);
/** What was noticed while reading. *@out points to the findings, borrowed; returns their number. */
size_t hgx_topo_findings(const struct hgx_topo *topo, const struct hgx_finding **out);

/* ------------------------------------------------------------------ plans */

struct hgx_plan;

#define HGX_RESERVE_NONE (-1)
#define HGX_HUGEPAGES_OFF 1ull
/** All that the host can give: the default of a new VM. A base domain keeps what it has. */
#define HGX_VCPUS_ALL UINT32_MAX
#define HGX_MEMORY_ALL UINT64_MAX

enum hgx_choice {
	HGX_AUTO,
	HGX_ON,
	HGX_OFF
};

/** Who gets the NVSwitches. */
enum hgx_nvswitch_choice {
	HGX_NVSWITCH_AUTO, /**< the VM, if it gets every GPU of the board; else they stay on the
	                        host for the Fabric Manager */
	HGX_NVSWITCH_NONE,
	HGX_NVSWITCH_ALL
};

/** What an expander bus of the guest stands for. */
enum hgx_mirror {
	HGX_MIRROR_NUMA,        /**< a NUMA node */
	HGX_MIRROR_ROOT_COMPLEX /**< a root bus of the host */
};

/** What of a base domain may change. */
enum hgx_only {
	HGX_ONLY_ALL, /**< whatever a mirror needs */
	HGX_ONLY_PCI  /**< PCI controllers and PCI addresses: what a hook of another manager may
	                   change, which has chosen devices, CPUs and memory itself */
};

/** Options of hgx_plan_new(). Lists are texts with commas between the elements; addresses may leave
 *  out domain 0000. If a device named by address cannot be assigned, the plan is HGX_REFUSED, with
 *  the reason. */
struct hgx_plan_options {
	size_t size;
	const char *name;  /**< of the domain; default "hgx-vm", "hgx-vm-2" for VM 2 of
	                        several, "hgx-vm-p3" for partition 3 */
	uint64_t memory;   /**< bytes for the whole guest, a multiple of 2 MiB per cell;
	                        HGX_MEMORY_ALL: all but what hgx_plan_host_memory() keeps, or
	                        the VM's share of that; default: that of the base domain, or all */
	int reserve_cores; /**< whole cores per NUMA node left to the host, lowest CPU numbers
	                        first; HGX_RESERVE_NONE: none; default: one in twelve, at
	                        least one */

	/* which devices */
	/* Lists are words separated by commas: an address ("19:00.0"), one without a function, for
	 * a whole card ("3b:00"), the name that the operating system has for a device ("mlx5_0",
	 * "ens1f0np0", "nvme0n1"), a slot ("slot:21"), or the number of a GPU or a range ("0-3"). */
	const char *gpus; /**< GPUs and accelerators: "all" (default); a list, whose numbers are in
	                       the order of PCI addresses, counted from 0 as nvidia-smi does,
	                       accelerators after the GPUs; or "none", which needs @vcpus or
	                       @cpus, and memory; or @base. Each GPU of a list brings its share of the cores,
	                       memory and near devices of its NUMA node */
	const char *nics; /**< "near" (default): those behind the same uppermost switch as a
	                       chosen GPU; for a GPU without any there, the nearest by path
	                       class. "all", "none", or a list */
	const char *nvme; /**< NVMe drives, likewise */
	const char *add;  /**< a list of further devices; a bridge, or a part of the processor
	                       or the chipset, is HGX_REFUSED */
	const char *skip; /**< a list of devices that the VM must not get */
	int nvswitch;     /**< enum hgx_nvswitch_choice */
	int vf;           /**< 1: of a NIC that several VMs share (with one VM: of every near
	                       NIC) the VM gets a virtual function */

	/* CPUs and memory */
	int smt;          /**< enum hgx_choice; HGX_OFF: one vCPU per core; HGX_ON: HGX_REFUSED
	                       if there are no SMT siblings; default: as many per core as give
	                       the most vCPUs */
	unsigned vcpus;   /**< HGX_VCPUS_ALL: of all cores but the reserved ones, or the VM's
	                       share; default: those of the base domain, with their pins, cells
	                       and topology, or all. With fewer, the nodes of the chosen GPUs are
	                       used, if they have enough */
	uint64_t memory_per_cell; /**< bytes of every guest NUMA node; not with @memory */
	uint64_t hugepages; /**< page size, 2 MiB or 1 GiB; HGX_HUGEPAGES_OFF; default: off, or
	                         what the base domain has */

	/* how it is laid out */
	int mirror;       /**< enum hgx_mirror */
	int p2p_clique;   /**< HGX_AUTO: PCIe GPUs under one host switch get a common GPUDirect
	                       clique id, GPUs with NVLink none; HGX_ON: the same; HGX_OFF:
	                       none */
	const char *libvirt_version; /**< such as "8.2": the version to write the domain for;
	                                  default: hgx_topo_software() of the host, else "9.0" */
	const char *qemu_version;    /**< likewise; else "7.2" */

	/* several VMs on one host */
	unsigned vm, vms; /**< VM @vm, counted from 1, of @vms equal ones: GPUs with their NICs,
	                       drives, cores and memory; set both or neither. Default: one VM.
	                       The plans of all are disjoint and together cover what is not
	                       reserved. Errors name "vm" where it is not one of @vms, and "vms"
	                       where the host does not divide so. */
	int uneven;       /**< 1: the VMs need not be equal */
	const char *partition;  /**< Fabric Manager partition of an 8-GPU board, "0" to "14":
	                             the VM gets its GPUs and their share of the rest */
	const char *module_ids; /**< GPU numbers by module id: "4,6,5,7,0,2,1,3" says that
	                             module 1 is GPU 4; needed with @partition */

	/* an existing domain */
	int only; /**< enum hgx_only; needs @base. With HGX_ONLY_PCI, options that choose devices,
	               vCPUs or memory are HGX_INVALID */
	const char *base; /**< a libvirt domain (XML) to put the mirror into; default: none.
	                       Its devices, addresses and name stay. The VM has the devices that
	                       it assigns; the options above add to them and take away, and the
	                       defaults of @gpus, @nics, @nvme and @nvswitch are those of the
	                       domain. One that assigns none needs @gpus, @vms or @partition,
	                       and then gets devices as a new VM does. Its vCPUs, memory and
	                       huge pages stay unless an option says otherwise; NUMA cells, pins
	                       and bindings that it lacks are added. */
	size_t base_length;    /**< its bytes; default: up to its terminator */
	const char *base_name; /**< what to call it in an error, such as its file name; default:
	                            "the base domain" */

	int words; /**< enum hgx_words: of errors and of the findings of the plan */
	int iommufd; /**< 1: devices are assigned through iommufd instead of the VFIO container;
	                  needs libvirt 12.1 and QEMU 9.0, and /dev/iommu on the host; 0: only if
	                  the base domain does so */
	const char *cpus;      /**< host CPUs that the VM may use, such as "8-15,56-63" or "0-94:2",
	                            all threads of a core or none; default: the cores that are the
	                            share of its GPUs. Several VMs (@vms, @partition) divide them */
	const char *host_cpus; /**< host CPUs whose cores stay with the host, as those of
	                            @reserve_cores do */
};

/** Plans one virtual machine: by default one that gets every GPU of the host (full
 *  passthrough), with the NICs and NVMe drives near them and the NVSwitches.
 *
 *  The plan borrows @host, which must outlive it.
 *  HGX_INVALID: an option has an invalid value, or options contradict each other;
 *  HGX_SYNTAX, HGX_BROKEN: the base domain is wrong; HGX_MISSING: a device does not exist;
 *  HGX_REFUSED: there is nothing to assign, or the options ask for something impossible;
 *  HGX_LIMIT: the plan needs more buses, slots, controllers or address space than there are; the
 *  text has the arithmetic. */
int hgx_plan_new(struct hgx_plan **out, const struct hgx_topo *host,
		 const struct hgx_plan_options *options, struct hgx_error *err);
/** NULL is allowed. */
void hgx_plan_free(struct hgx_plan *plan);

/** The name of its domain. Borrowed. */
const char *hgx_plan_name(const struct hgx_plan *plan);
/** What the guest will see: a topology with predicted PCI addresses. Borrowed. */
const struct hgx_topo *hgx_plan_guest(const struct hgx_plan *plan);
/** The host node that a node of the guest stands for: a device, a port, a NUMA node, a CPU.
 *  NULL: none. */
const struct hgx_node *hgx_plan_host_of(const struct hgx_plan *plan,
					const struct hgx_node *guest);
/** The reverse: the node of the guest that stands for a node of the host. If several do (a host
 *  switch with more devices than an emulated one has ports), it is the first in the order of
 *  hgx_node_next(). NULL: none. */
const struct hgx_node *hgx_plan_guest_of(const struct hgx_plan *plan,
					 const struct hgx_node *host);
/** What was left out and why, and what else the operator should know. *@out points to the
 *  findings, borrowed; returns their number. */
size_t hgx_plan_findings(const struct hgx_plan *plan, const struct hgx_finding **out);

/** What became of a PCI function of the host. */
enum hgx_fate {
	HGX_FATE_THIS_VM,  /**< the VM of the plan gets it, or its base domain assigns it */
	HGX_FATE_OTHER_VM, /**< another VM gets it: one of the option vms, or one of another
	                        partition */
	HGX_FATE_HOST,     /**< it stays with the host, which needs it (a mounted drive, the
	                        default route, the NVSwitches for the Fabric Manager, a NIC whose
	                        virtual functions go to VMs), or it cannot be assigned (a bridge,
	                        part of the chipset, without an IOMMU group or in one with
	                        something that the host needs) */
	HGX_FATE_LEFT_OUT  /**< no VM gets it, although the host does not need it: no option
	                        names it, it is not near a GPU of a VM, there are too few to
	                        give one to each VM, the option skip names it, or it is a
	                        virtual function that no VM needs or that vanishes with its
	                        physical function */
};

/** "this-vm", "other-vm", "host" or "left-out"; NULL for a number that is none. */
const char *hgx_fate_name(int fate);

/** A fate, and why. Plans of one host whose options only differ in vm agree: a function with
 *  HGX_FATE_OTHER_VM and number n in one has HGX_FATE_THIS_VM in the plan of VM n (unless that
 *  plan is refused), and HGX_FATE_HOST or HGX_FATE_LEFT_OUT in one is the same in all. Only base
 *  domains, which may assign anything, can make a difference. */
struct hgx_verdict {
	int fate;           /**< enum hgx_fate */
	unsigned vm;        /**< the number of the VM that gets it, counted from 1 as in the
	                         option vm; 0: no VM does, vms is not set, or it is left to
	                         another, unknown partition */
	const char *reason; /**< one sentence about the function; never NULL or empty */
	const struct hgx_node *because; /**< the node of the host that is the cause: the GPU it
	                         is near, the function of its IOMMU group that the host needs,
	                         the physical function, the missing GPU of the board, the switch
	                         of a port; NULL: none */
};

/** What became of a PCI function of the host, whatever its kind, in this plan. Borrowed.
 *  NULL: not a PCI function of the plan's host. */
const struct hgx_verdict *hgx_plan_verdict(const struct hgx_plan *plan,
					   const struct hgx_node *host);

/** A virtual CPU that is not pinned, or pinned to several CPUs. */
#define HGX_CPU_NONE UINT32_MAX

/** A virtual CPU, and the host CPU that it is pinned to. */
struct hgx_vcpu {
	uint32_t id;       /**< its number in a Linux guest, from 0. The domain has the same, unless
	                        it has vCPUs that are offline at boot */
	uint32_t host_cpu; /**< Linux CPU number on the host. No other vCPU has it, unless a base
	                        domain says so or has more vCPUs than the host has CPUs.
	                        HGX_CPU_NONE: pinned to several CPUs, or not pinned */
	uint32_t cell;     /**< NUMA node of the guest */
	uint32_t socket;
	uint32_t die;      /**< within its socket */
	uint32_t core;     /**< within its die */
	uint32_t thread;   /**< within its core */
};

/** The vCPUs of the guest in the order of their numbers. *@out points to them, borrowed; returns
 *  how many there are. */
size_t hgx_plan_vcpus(const struct hgx_plan *plan, const struct hgx_vcpu **out);
/** The host CPUs for QEMU's own threads (emulator and I/O threads), as Linux numbers them,
 *  ascending. No vCPU is pinned to them, unless a base domain says so or no core is reserved: with
 *  HGX_RESERVE_NONE they are the CPUs of the core that vCPU 0 is on. *@out points to the numbers,
 *  borrowed; returns how many there are. 0: those threads are not pinned. */
size_t hgx_plan_emulator_cpus(const struct hgx_plan *plan, const uint32_t **out);
/** Bytes of each huge page that backs the guest's memory; 0: normal pages. */
uint64_t hgx_plan_page_size(const struct hgx_plan *plan);
/** Bytes of the 64-bit window to request from OVMF for the BARs of the devices, a multiple of
 *  1 MiB (opt/ovmf/X-PciMmio64Mb, which counts MiB); 0: OVMF's default is enough. */
uint64_t hgx_plan_window(const struct hgx_plan *plan);
/** How many bytes of a NUMA node with @bytes of memory stay with the host by default: a
 *  tenth, at least 8 GiB, at most half; the rest is rounded down to whole GiB. */
uint64_t hgx_plan_host_memory(uint64_t bytes);

/* ----------------------------------------------------------------- checks */

/** Findings of a check, owned by the caller. */
struct hgx_findings;

/** How many there are; 0 for NULL. */
size_t hgx_findings_count(const struct hgx_findings *findings);
/** The finding with that index, counted from 0: the worst first, those of one rule together; from
 *  hgx_findings_of_topo() and its like, in the order in which things were noticed. NULL past the
 *  last. Borrowed; its node belongs to the topology that was checked. */
const struct hgx_finding *hgx_findings_at(const struct hgx_findings *findings, size_t index);
/** NULL is allowed. */
void hgx_findings_free(struct hgx_findings *findings);

/** hgx_topo_findings() as a list of its own. @topo must outlive *@out; hgx_findings_free(). */
int hgx_findings_of_topo(struct hgx_findings **out, const struct hgx_topo *topo,
			 struct hgx_error *err);
/** hgx_plan_findings() as such a list. It knows its plan, which must outlive it: emitters write
 *  the name of the VM, and hgx_emit_findings_json() also the verdicts. */
int hgx_findings_of_plan(struct hgx_findings **out, const struct hgx_plan *plan,
			 struct hgx_error *err);

/** A libvirt domain (XML). */
struct hgx_domain_text {
	const char *data; /**< @length bytes, which need no terminator */
	size_t length;
	const char *name; /**< what to call it in a finding, such as its file name; NULL: "the
	                       domain" */
};

/** Options of hgx_check_host() and hgx_check_domain(). */
struct hgx_check_options {
	size_t size;
	const struct hgx_plan_options *plan; /**< which devices count as chosen: those of this VM;
	                                          default: every GPU, with what is near it */
	int every;          /**< 1: of every VM of plan->vms, whatever plan->vm is */
	int consequences;   /**< 1: also findings that follow from another one */
	const char *rules;  /**< ids, separated by commas: only findings of these rules */
	const char *ignore; /**< likewise: none of these */
	int words;          /**< enum hgx_words: of errors and findings */
	int reserved;       /**< 0 */
	const struct hgx_domain_text *domains; /**< of hgx_check_host(): the devices that these
	                                            assign count as chosen, and @plan is not read;
	                                            default: none */
	size_t domain_count;
};

/** What is wrong with a host that is to run VMs. What cannot be told (in a capture, without root,
 *  or because @host comes from JSON) is listed in a finding of the rule "not-checked".
 *
 *  A plan that is refused is a finding too, with the rule of the refusal. @host must outlive
 *  *@out. HGX_INVALID: an option has an invalid value, a rule does not exist, or @host is a guest;
 *  HGX_MISSING: an option names a device that the host does not have. */
int hgx_check_host(struct hgx_findings **out, const struct hgx_topo *host,
		   const struct hgx_check_options *options, struct hgx_error *err);

/** What is wrong with libvirt domains and their devices on a host: what libvirt or QEMU would
 *  refuse, or what its guest would not see as the host has it. @domains: @count of them, at least
 *  one, which are to run on that host at the same time. @host may be NULL: then only what the texts
 *  say is checked.
 *
 *  A domain that cannot be read is a finding too, with the rule of the refusal. Of the options,
 *  plan->libvirt_version and plan->qemu_version say which versions will define and run the domains
 *  (default: those of the host), plan->reserve_cores and plan->module_ids what they say for a plan.
 *  @host must outlive *@out: nodes of findings are its nodes. HGX_INVALID: an option has an invalid
 *  value, a rule does not exist, there is no domain, or @host is a guest. */
int hgx_check_domain(struct hgx_findings **out, const struct hgx_domain_text *domains,
		     size_t count, const struct hgx_topo *host,
		     const struct hgx_check_options *options, struct hgx_error *err);

/** What is wrong with an NCCL topology file: by itself, and against the machine that it is for.
 *  @name: for sentences, and commands of remedies name the file so; NULL: without commands.
 *  @guest: where NCCL will run, from hgx_topo_from_domain(), hgx_plan_guest() or hgx_topo_match();
 *  NULL: on @host itself. @host: the host of that guest, or of the file without a guest; NULL:
 *  unknown. Without both, only the file is looked at. What NCCL cannot read is a finding of the
 *  rule "nccl-refused". Of the options, plan and every do not matter.
 *
 *  Nodes of the findings belong to @guest, or without it to @host, which must outlive *@out.
 *  HGX_INVALID: an option has an invalid value, a rule does not exist, or there is no text. */
int hgx_check_nccl(struct hgx_findings **out, const char *data, size_t length, const char *name,
		   const struct hgx_topo *guest, const struct hgx_topo *host,
		   const struct hgx_check_options *options, struct hgx_error *err);

/** The NCCL topology file to have instead of another: the one that hgx_emit_nccl() writes for
 *  @topo, with the devices or, if the other lists switches only, with switches only where that can
 *  be. *@changes: what differs from the other, each element in one finding of the rule
 *  "nccl-changed". @name: of the other, for sentences; may be NULL. Errors as of hgx_emit_nccl();
 *  both results are NULL then. */
int hgx_fix_nccl(char **out, struct hgx_findings **changes, const char *data, size_t length,
		 const char *name, const struct hgx_topo *topo, struct hgx_error *err);

/** Which of several topology files NCCL reads where it runs, and whether it is the right one.
 *  @checked: the file that it is meant to read; NULL: whichever it reads is right.
 *  @variable: the value of NCCL_TOPO_FILE in the environment. @user_conf: the text of ~/.nccl.conf,
 *  or of what NCCL_CONF_FILE names. @system_conf: the text of /etc/nccl.conf. Each may be NULL:
 *  there is none. @default_file: 1 if there is /var/run/nvidia-topologyd/virtualTopology.xml, or 0.
 *  HGX_INVALID: an option has an invalid value. */
int hgx_check_nccl_setup(struct hgx_findings **out, const char *checked, const char *variable,
			 const char *user_conf, const char *system_conf, int default_file,
			 const struct hgx_check_options *options, struct hgx_error *err);

/** What is wrong with a running guest, compared with its plan: devices that are missing or
 *  elsewhere, NUMA nodes of CPUs and memory, links. @seen and @planned as for hgx_topo_match(). A
 *  guest whose devices cannot be told apart is a finding with the rule of the refusal. Of the
 *  options, plan and every do not matter. @seen must outlive *@out. HGX_INVALID: an option has an
 *  invalid value, or @planned is not a guest. */
int hgx_check_guest(struct hgx_findings **out, const struct hgx_topo *seen,
		    const struct hgx_topo *planned, const struct hgx_check_options *options,
		    struct hgx_error *err);

/* ------------------------------------------------------------- comparison */

/** How @examined differs from @expected: two hosts that should be alike, or one before and after an
 *  update, or a running guest and the one that was planned. The worst comes first; nothing is
 *  found if they are equal up to renumbering.
 *
 *  Devices are recognized by GUID and serial number where both topologies have them, then by the
 *  device and function numbers on the way down from the root bus, then by their order within a
 *  model. Compared is what matters to a VM: devices that are missing, new or of another model,
 *  NUMA nodes, path classes, links, BARs, IOMMU groups, ACS, ATS, virtual functions, drivers,
 *  processors, CPUs and memory. Idle speeds, free pages, and what only one of the two could
 *  read, are not. The memory of a node may differ by what a kernel keeps for itself, 1 % and
 *  2 GiB, at most 14 GiB and an eighth (a guest's from that of a machine, by 1/32 and 2 GiB).
 *  *@out: for hgx_findings_free(). Nodes of the rule "diff-gone" belong to @expected, the others to
 *  @examined; both must outlive *@out. */
int hgx_compare(struct hgx_findings **out, const struct hgx_topo *expected,
		const struct hgx_topo *examined, struct hgx_error *err);

/** A short text ("hgx1-…", letters, digits and '-') that is equal for hosts that are built alike,
 *  and for one host before and after a reboot. It follows from processors, CPUs, memory, NUMA
 *  nodes, and the tree of devices with their models (those of drives apart) and links; not from
 *  addresses, idle speeds, drivers, IOMMU groups, virtual functions or names. The memory of a node
 *  is rounded up to steps of 16 GiB, or of a 16th of the next higher power of two up to 128 GiB and
 *  of a 64th beyond 1 TiB: hgx_compare() may find a difference within a step, or none where the
 *  kernel of one of two hosts keeps almost a step for itself. What begins in another way was made
 *  by other rules and cannot be compared. @out: for hgx_text_free(). */
int hgx_fingerprint(const struct hgx_topo *topo, char **out, struct hgx_error *err);

/** Hosts, grouped by fingerprint, and those of one fingerprint by what else hgx_compare() compares:
 *  the hosts of one group do not differ, but for the models of their drives and for memory within
 *  a step of the fingerprint. A guest is never in the group of a host, nor its norm. Hosts of different
 *  groups need not differ where one of them could read less. Of each host only its group is kept:
 *  the topologies may be freed, and read again when they are to be compared. The caller numbers
 *  the hosts. */
struct hgx_fleet;

/** No host. */
#define HGX_FLEET_NONE SIZE_MAX

/** An empty fleet; hgx_fleet_free(). */
int hgx_fleet_new(struct hgx_fleet **out, struct hgx_error *err);
/** NULL is allowed. */
void hgx_fleet_free(struct hgx_fleet *fleet);
/** Adds host number @host, in any order. HGX_INVALID: there is one of that number. A call that
 *  fails leaves the fleet as it was. Only one thread may add at a time. */
int hgx_fleet_add(struct hgx_fleet *fleet, size_t host, const struct hgx_topo *topo,
		  struct hgx_error *err);
/** The lowest number of a host in the group of @host. HGX_FLEET_NONE, here and below: there is no
 *  host of that number. */
size_t hgx_fleet_first(const struct hgx_fleet *fleet, size_t host);
/** The host that @host is to be compared with: the first of the largest group with the fingerprint
 *  that most hosts of its model have, which is hgx_fleet_first() for those of that group. If
 *  @host is the only one of its model, hosts with the same GPUs, or else with the same processor,
 *  stand for the model if there are several that are alike. */
size_t hgx_fleet_norm(const struct hgx_fleet *fleet, size_t host);
/** How many hosts are in the group of @host, itself included; 0: no such host. */
size_t hgx_fleet_alike(const struct hgx_fleet *fleet, size_t host);
/** The model of a host: its processor and the ids of the models of its GPUs. Borrowed; NULL: no
 *  such host. */
const char *hgx_fleet_model(const struct hgx_fleet *fleet, size_t host);

/* --------------------------------------------------------------- emitters */
/* Each returns a new, terminated text in *@out; free it with hgx_text_free(). The same input
 * gives the same bytes. */

/** The whole topology as JSON, see docs/json-format.md; without serial numbers and GUIDs. Of a
 *  guest whose host is known, it also says where the devices are there, so that hgx_emit_nccl()
 *  writes the same file for what is read back. */
int hgx_emit_json(const struct hgx_topo *topo, char **out, struct hgx_error *err);
/** The same with serial numbers and GUIDs, by which hgx_topo_match() recognizes devices. */
int hgx_emit_json_with_ids(const struct hgx_topo *topo, char **out, struct hgx_error *err);
/** The guest of a plan as JSON, as hgx_emit_json() writes it, with the findings of the plan and its
 *  verdicts, whose nodes are those of the host, in the member "plan". */
int hgx_emit_guest_json(const struct hgx_plan *plan, char **out, struct hgx_error *err);
/** A tree for people. */
int hgx_emit_tree(const struct hgx_topo *topo, char **out, struct hgx_error *err);
/** GPUs × GPUs, NICs and NVMe drives as `nvidia-smi topo -m` shows it. */
int hgx_emit_matrix(const struct hgx_topo *topo, char **out, struct hgx_error *err);
/** A complete libvirt domain. With a base domain it is that one; whatever the plan does not decide
 *  stays byte for byte. */
int hgx_emit_libvirt(const struct hgx_plan *plan, char **out, struct hgx_error *err);

/** What an NCCL topology file lists. */
enum hgx_nccl_content {
	HGX_NCCL_DEVICES, /**< CPUs, switches, GPUs and NICs */
	HGX_NCCL_SWITCHES /**< CPUs and switches with their links; NCCL finds the devices below
	                       them in sysfs, whatever their addresses */
};

/** Options of hgx_emit_nccl(). */
struct hgx_nccl_options {
	size_t size;
	int content; /**< enum hgx_nccl_content */
	int words;   /**< enum hgx_words: of errors */
};

/** An NCCL topology file: of a guest (hgx_plan_guest(), hgx_topo_match(), hgx_topo_from_domain()),
 *  or of a host for bare metal. Where the host of a guest is known, the file states the host's
 *  tree at the guest's addresses; a switch that the guest does not have gets the address
 *  ffff:ff:DD.0. If the GPUs are AMD's, it is the file that RCCL reads (version 2).
 *  HGX_LIMIT: more elements or CPUs than NCCL reads; HGX_REFUSED: there is nothing to list, there
 *  are GPUs of both NVIDIA and AMD, or a device is unknown (hgx_topo_from_domain() without its
 *  host). */
int hgx_emit_nccl(const struct hgx_topo *topo, const struct hgx_nccl_options *options, char **out,
		  struct hgx_error *err);

/** What hgx_emit_libvirt() changes in the base domain of a plan: one line for each device whose
 *  address in the guest changes or that is added or removed, and for elements of one name that
 *  change in the same way; "" if the domain is up to date. HGX_INVALID: the plan has no base
 *  domain. */
int hgx_emit_changes(const struct hgx_plan *plan, char **out, struct hgx_error *err);
/** The same as JSON, see docs/json-format.md; a list without elements if nothing changes. */
int hgx_emit_changes_json(const struct hgx_plan *plan, char **out, struct hgx_error *err);

/** The map of one or more plans of one host, as a table for people: vCPU and host CPU, cell and
 *  NUMA node, guest address and host device. HGX_INVALID: @count is 0, or the plans are of
 *  different hosts. */
int hgx_emit_map(struct hgx_plan *const *plans, size_t count, char **out, struct hgx_error *err);
/** The same as JSON, see docs/json-format.md. */
int hgx_emit_map_json(struct hgx_plan *const *plans, size_t count, char **out,
		      struct hgx_error *err);

/** Findings of one or more checks for people: the worst first, those of one rule together with one
 *  remedy, and their number at the end. @verbose: 1 writes every note, and where each rule comes
 *  from; 0 writes one line for the notes of a rule. */
int hgx_emit_findings(struct hgx_findings *const *lists, size_t count, int verbose, char **out,
		      struct hgx_error *err);
/** The same as JSON, see docs/json-format.md. Of lists of hgx_findings_of_plan() it also has what
 *  is about each VM: its findings, and the verdict on each PCI function. */
int hgx_emit_findings_json(struct hgx_findings *const *lists, size_t count, char **out,
			   struct hgx_error *err);

/** Findings as lines, each with its severity first and the id of its rule in brackets at the end;
 *  warnings before notes. What is said in the same words about several devices is one line that
 *  counts and names them; in front of a line are the names of the VMs it is about, unless it is
 *  about all of the lists of hgx_findings_of_plan().
 *  @verbose: 1 writes a line for each device. @least: enum hgx_severity; less is left out.
 *  @ignore: ids of rules that are left out, separated by commas; NULL: none. *@out is "" if there
 *  is nothing to write. */
int hgx_emit_finding_lines(struct hgx_findings *const *lists, size_t count, int verbose, int least,
			   const char *ignore, char **out, struct hgx_error *err);
/** An error as JSON on one line, see docs/json-format.md. */
int hgx_emit_error_json(const struct hgx_error *error, char **out, struct hgx_error *err);

/** How hgx_emit_qemu() writes. */
enum hgx_qemu_format {
	HGX_QEMU_LINES, /**< the arguments, one on each line */
	HGX_QEMU_SHELL, /**< a whole command, quoted for sh */
	HGX_QEMU_JSON   /**< the arguments, an array of texts */
};

/** Options of hgx_emit_qemu(). */
struct hgx_qemu_options {
	size_t size;
	int format;                /**< enum hgx_qemu_format */
	const char *firmware_code; /**< code image of OVMF; default:
	                                "/usr/share/OVMF/OVMF_CODE_4M.fd" */
	const char *firmware_vars; /**< the VM's own writable copy of the matching variables
	                                (OVMF_VARS_4M.fd); default: the name of the plan and
	                                "_VARS.fd", in the directory where QEMU is started */
	int words; /**< enum hgx_words: of errors */
	int devices_only; /**< 1: only expander buses, ports, switches and devices, for a command line
	                       that has the machine (q35), CPUs, NUMA nodes and firmware already */
};

/** The same guest as arguments of qemu-system-x86_64, for those who start QEMU without libvirt.
 *
 *  The devices have the same ids and addresses as in the domain. There is no disk, network,
 *  serial console or monitor: the caller appends them (bus=ua-spare-1 and so on are free).
 *  QEMU's arguments cannot pin vCPUs to host CPUs; hgx_emit_map() has the pins.
 *  HGX_REFUSED: the plan has a base domain, whose devices only libvirt can start. */
int hgx_emit_qemu(const struct hgx_plan *plan, const struct hgx_qemu_options *options, char **out,
		  struct hgx_error *err);

/** Options of hgx_emit_kernel_args(). */
struct hgx_kernel_options {
	size_t size;
	const char *driver; /**< "vfio-pci" (default) or "pci-stub" */
	int words;          /**< enum hgx_words: of errors */
	int reserved;       /**< 0 */
};

/** The kernel command line of a host for one or more of its plans. It turns the IOMMU on and keeps
 *  drivers off the chosen devices by their ids. HGX_REFUSED: an id also matches a device that the
 *  host needs; HGX_INVALID: @count is 0, or the plans are of different hosts. */
int hgx_emit_kernel_args(struct hgx_plan *const *plans, size_t count,
			 const struct hgx_kernel_options *options, char **out,
			 struct hgx_error *err);

/** NULL is allowed. */
void hgx_text_free(char *text);

/* --------------------------------------------------------------- forecasts */

/** Where NCCL knows the machine from. */
enum hgx_forecast_view {
	HGX_FORECAST_FILE, /**< the topology file that hgx_emit_nccl() writes */
	HGX_FORECAST_SYSFS /**< what the machine shows, where there is no such file: in a guest
	                        what QEMU emulates */
};

/** How the network plugin of NCCL names a NIC. */
enum hgx_net_plugin {
	HGX_NET_IB,   /**< by device 00, function 0 of its bus, as NCCL's own for InfiniBand and
	                   RoCE does */
	HGX_NET_EXACT /**< by its own address, as that of AWS does */
};

/** Options of hgx_forecast() and hgx_forecast_file(). */
struct hgx_forecast_options {
	size_t size;
	const struct hgx_topo *guest; /**< in a forecast of a host: count only the devices that this
	                                   guest has; one that was planned for the host or read
	                                   with it. Borrowed during the call only; default: all */
	const char *net_speed; /**< Gb/s of each port of the NICs: "400"; of one NIC, at
	                            "0000:1a:00.0=200"; or several with commas between them, one
	                            for all at most, and one for each NIC.
	                            Default: what the driver of the NIC says on a running or captured
	                            machine, else 400, which is then a finding */
	int view;       /**< enum hgx_forecast_view; hgx_forecast_file() does not ask for it */
	unsigned nodes; /**< machines that take part; no result depends on it */
	int nvlink;     /**< enum hgx_choice; HGX_ON: the GPUs are connected by NVSwitches; default:
	                     on if the host has NVSwitches or NVLink managers, and for a file */
	int gdr;        /**< enum hgx_choice; HGX_OFF: GPUs and NICs do not support GPUDirect RDMA */
	int pxn;        /**< enum hgx_choice; HGX_OFF: no GPU relays for another */
	int c2c;        /**< enum hgx_choice; HGX_ON: each GPU has a C2C link to its CPU; default: on
	                     for the GPUs of Grace by their names */
	unsigned compute_capability; /**< of the GPUs: 80 for A100, 90 (default) for H100, 100 for
	                                  B200; at least 80 */
	int net_plugin; /**< enum hgx_net_plugin */
	int words;      /**< enum hgx_words: of errors and findings */
	int reserved;   /**< 0 */
};

/** The way of a GPU to a NIC. */
struct hgx_gpu_way {
	const char *nic;  /**< its address */
	const char *path; /**< as in hgx_gpu_forecast */
};

/** What NCCL decides for a GPU. */
struct hgx_gpu_forecast {
	const char *address;
	const char *nic;  /**< the NIC that it uses first; NULL: there is none */
	const char *path; /**< the type of the path to it: "PIX" (one switch), "PXB" (several), "PHB"
	                       (through a CPU), "SYS" (through two), "PXN" (over another GPU), "P2C"
	                       (over C2C and a CPU); "-": there is no NIC */
	double bandwidth; /**< GB/s of its narrowest link; 0: there is no NIC */
	int gdr_receive;  /**< 1: with GPUDirect RDMA; 0: without */
	int gdr_send;     /**< likewise */
	const char *reason; /**< why with GPUDirect RDMA, or why without: one sentence */
	const struct hgx_gpu_way *paths; /**< to every NIC */
	size_t path_count;
};

struct hgx_nccl_forecast;

/** What NCCL 2.28 to 2.30 decides on a machine: for each GPU its NIC, the path to it and whether it
 *  uses GPUDirect RDMA. This is NCCL's model of what it is told, not a measurement. RCCL has the
 *  same reader and the same limit for GPUDirect RDMA.
 *
 *  HGX_INVALID: an option is wrong; HGX_REFUSED: there is no GPU, or hgx_emit_nccl() refuses the
 *  machine; HGX_LIMIT: more than NCCL takes. */
int hgx_forecast(struct hgx_nccl_forecast **out, const struct hgx_topo *topo,
		 const struct hgx_forecast_options *options, struct hgx_error *err);
/** The same for an NCCL topology file, which is read as NCCL reads it.
 *  @data: @length bytes, which need no terminator; NULL is HGX_INVALID.
 *  @name: what to call the text in an error, such as its file name; NULL: "the file".
 *  HGX_SYNTAX, HGX_VERSION, HGX_BROKEN, HGX_LIMIT: NCCL does not take the file; the text has the
 *  line and the column. */
int hgx_forecast_file(struct hgx_nccl_forecast **out, const char *data, size_t length,
		      const char *name, const struct hgx_forecast_options *options,
		      struct hgx_error *err);
/** NULL is allowed. */
void hgx_forecast_free(struct hgx_nccl_forecast *forecast);
/** The GPUs in the order of their addresses. *@out points to them, borrowed; returns their
 *  number. */
size_t hgx_forecast_gpus(const struct hgx_nccl_forecast *forecast,
			 const struct hgx_gpu_forecast **out);
/** GB/s that all GPUs together get from the network at most: the sum over their NICs; 0 unless
 *  every GPU uses GPUDirect RDMA in both directions. */
double hgx_forecast_bound(const struct hgx_nccl_forecast *forecast);
/** What was assumed, and what NCCL takes for something else in a file. *@out points to the
 *  findings, borrowed; returns their number. */
size_t hgx_forecast_findings(const struct hgx_nccl_forecast *forecast,
			     const struct hgx_finding **out);
/** The same as a list of its own, for hgx_findings_free(). */
int hgx_findings_of_forecast(struct hgx_findings **out, const struct hgx_nccl_forecast *forecast,
			     struct hgx_error *err);

/** One or more forecasts as text for people: a line for each, with its title, and what is decided
 *  for each GPU. HGX_INVALID: @count is 0. */
int hgx_emit_forecast(struct hgx_nccl_forecast *const *forecasts, const char *const *titles,
		      size_t count, char **out, struct hgx_error *err);
/** A forecast as JSON, see docs/json-format.md. */
int hgx_emit_forecast_json(const struct hgx_nccl_forecast *forecast, char **out,
			   struct hgx_error *err);

/* ------------------------------------------------------------------ values */

/** Reads "0000:19:00.0" or "19:00.0" (hexadecimal, either case). On failure *@out is left as it
 *  was. */
int hgx_bdf_parse(struct hgx_bdf *out, const char *text, struct hgx_error *err);

/** Bytes that hold any address as text, including its terminator. */
#define HGX_BDF_SIZE 17
/** Writes an address in full and in lower case, as nodes are named: "0000:19:00.0". A domain above
 *  ffff has more than four digits ("10000:e1:00.0").
 *  @out: @size bytes; the text is cut to fit, and terminated unless @size is 0.
 *  Returns the length of the whole text without its terminator, like snprintf(). */
size_t hgx_bdf_format(char *out, size_t size, struct hgx_bdf address);
/** Reads a size such as "1792G", "1.75T", "939524096KiB" or "64GB". K, M, G, T, P, E
 *  and KiB to EiB are powers of 1024, KB to EB powers of 1000, as in libvirt. A unit is
 *  required; its case does not matter. On failure *@out is left as it was. */
int hgx_size_parse(uint64_t *out, const char *text, struct hgx_error *err);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif
#endif
