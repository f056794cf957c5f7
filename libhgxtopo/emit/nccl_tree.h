/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * What an NCCL topology file says: CPUs, switches, GPUs and NICs. Levels of switches below the
 * uppermost one are left out, but for those whose uplink is narrower than a link below it. Of a
 * host and of a guest that stands for itself, as its tree has them; of a guest whose host is known,
 * as the host has them, at the addresses of the guest. */
#ifndef HGX_EMIT_NCCL_TREE_H
#define HGX_EMIT_NCCL_TREE_H

#include <stdbool.h>
#include "model/topo.h"
#include "util/bdf.h"
#include "util/cpulist.h"
#include "util/error.h"

/** A NUMA node; an element <cpu>. */
struct nccl_cpu {
	int id; /**< -1: the devices on it belong to no known node */
	struct cpuset cpus;
	const struct hgx_processor *processor; /**< NULL: unknown */
};

/** A switch; an element <pci>. */
struct nccl_switch {
	const void *of;			 /**< the switch of the host or guest that it is */
	const struct nccl_switch *outer; /**< the one above it; NULL: it is below the CPU */
	char busid[BDF_TEXT];
	bool invented; /**< no address of the guest */
	uint32_t class_code;
	struct hgx_link link;
};

/** A GPU or a NIC; all functions of a NIC's bus are one. */
struct nccl_leaf {
	const struct hgx_node *node;
	char busid[BDF_TEXT];
	uint32_t class_code;
	struct hgx_link link;		 /**< zero: unknown; NCCL then reads it in the guest */
	const struct nccl_switch *group; /**< the innermost; NULL: there is no switch above it */
	const struct nccl_cpu *cpu;
};

/** Of a host, which devices are listed; clear: the GPUs, and the NICs that share a switch with one.
 */
struct nccl_choice {
	const struct hgx_topo *guest; /**< only what this guest has; NULL: all */
	bool far_nics;		      /**< also NICs that share no switch with a GPU */
};

struct nccl_tree {
	const struct hgx_topo *topo;
	struct nccl_choice choice;
	int words;	       /**< enum hgx_words */
	struct nccl_cpu *cpus; /**< in the order of the file */
	size_t cpu_count;
	struct nccl_switch *switches;
	size_t switch_count;
	struct nccl_leaf *leaves;
	size_t count;
	bool rccl;	   /**< the GPUs are AMD's: it is RCCL that reads the file */
	uint32_t last_cpu; /**< the highest number of a CPU of the machine */
	struct arena arena;
};

/** Fills a tree that has topo and words set. Also after an error nccl_tree_free(). HGX_REFUSED:
 *  there is no GPU, GPUs are of makers that no library serves together, or what the devices are is
 *  unknown; HGX_LIMIT: a PCI domain that NCCL does not
 * read. */
int nccl_tree_make(struct nccl_tree *tree, struct hgx_error *err);
/** Whether a device is one that NCCL is told of. */
bool nccl_listed(const struct hgx_node *node, struct nccl_choice choice);
void nccl_tree_free(struct nccl_tree *tree);

#endif
