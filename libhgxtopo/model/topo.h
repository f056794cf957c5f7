/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The topology: a tree of nodes that never changes once build_finish() has succeeded. Nodes
 * and strings live in its arena and die with it. */
#ifndef HGX_MODEL_TOPO_H
#define HGX_MODEL_TOPO_H

#include "util/arena.h"
#include "model/finding.h"

/** A node. At most one of pci, cpu, memory and processor is not NULL. */
struct hgx_node {
	enum hgx_kind kind;
	const char *name; /**< unique: hgx_node_name() */
	struct hgx_topo *topo;
	struct hgx_node *parent, *first, *next; /**< children are sorted: node_compare() */
	struct hgx_node *numa;			/**< hgx_node_numa() */
	const char *parent_name;		/**< until build_link() */
	const char *pf_name;			/**< of a virtual function, until build_finish() */
	const char *direct_name;    /**< of a Data Direct function: its NIC, until build_finish() */
	struct hgx_node *direct_of; /**< of a Data Direct function: its NIC, or NULL */
	struct hgx_pci *pci;
	struct hgx_cpu *cpu;
	struct hgx_memory *memory;
	struct hgx_processor *processor;
	struct guest_node *guest; /**< in a planned guest only */
	struct hgx_node *all;	  /**< the node that was added before this one */
	uint64_t order;		  /**< among siblings of one kind: number or address */
	size_t depth;		  /**< below the root; 0 until build_link() */
	size_t rank;		  /**< of a NUMA node: numa_rank() */
	struct hgx_link shown;	  /**< of a guest's root port: what its configuration space says; 0:
				     not    known */
	bool in_tree;		  /**< worth a line in hgx_emit_tree(): it, or something below it */
};

struct hgx_topo {
	struct arena arena;
	struct hgx_node *root;
	struct hgx_node **by_name; /**< all nodes, sorted by name */
	struct hgx_node *all;	   /**< the newest node; the others follow by node->all */
	size_t count;		   /**< of nodes */
	size_t numa_count;
	struct findings findings;
	bool guest;		 /**< what a guest sees */
	const char *remedy;	 /**< if something is missing in it; NULL: its author can add it */
	struct origins *origins; /**< of a guest: its devices on the host; NULL: unknown */
	const char *libvirt, *qemu, *ovmf; /**< installed versions; NULL if unknown */
	const struct setup *setup;	   /**< of a host; NULL: it was not read from one */
	uint64_t default_page; /**< bytes of a huge page whose size is not named; 0: unknown */
};

/** Whether huge pages of x86 have this size: 2 MiB or 1 GiB. */
bool is_huge_page(uint64_t bytes);

/** The node of that name, written exactly so; NULL if there is none. */
struct hgx_node *topo_find(const struct hgx_topo *topo, const char *name);
/** The NUMA node of that number, or NULL. */
struct hgx_node *topo_numa(const struct hgx_topo *topo, int id);
/** The place of a NUMA node among those of its topology, by number: its column in
 *  hgx_memory.distances. Known after build_finish(). */
size_t numa_rank(const struct hgx_node *numa);
/** The order of siblings, as for qsort(): by kind, then by number or address. */
int node_compare(const struct hgx_node *a, const struct hgx_node *b);
/** The node after @node in the tree below @top, parents first; NULL at the end. */
struct hgx_node *node_next(const struct hgx_node *top, const struct hgx_node *node);

/** The processor that the CPUs of a NUMA node belong to; of the first package, if it has none or
 *  is NULL. NULL: unknown. */
const struct hgx_processor *processor_of(const struct hgx_topo *topo, const struct hgx_node *numa);

/** A node in words, for sentences and comments. */
struct title {
	char text[320];
};
/** "GPU 0000:19:00.0 (NVIDIA Corporation GH100)". */
struct title node_title(const struct hgx_node *node);

/** The online CPUs of a NUMA node (of the machine, if NULL), ascending. For free(); NULL if
 *  there is no memory. */
uint32_t *cpus_of_node(const struct hgx_topo *topo, const struct hgx_node *numa, size_t *count);
/** Whether a guest can have a cell on that node: it has memory and online CPUs. */
bool numa_is_usable(const struct hgx_node *numa);

#endif
