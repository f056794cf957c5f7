/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Building a topology.
 *
 * A source adds nodes in any order and names their parents; build_link() connects them, then
 * the source may look around in the tree, and build_finish() checks and completes it. From
 * then on the topology never changes. A node that could not be allocated is NULL. */
#ifndef HGX_MODEL_BUILD_H
#define HGX_MODEL_BUILD_H

#include "model/topo.h"

/** An empty topology: the machine node alone. NULL if there is no memory; hgx_topo_free(). */
struct hgx_topo *build_new(void);
/** A node with a unique name; @parent is the name of its parent. Both are copied. */
struct hgx_node *build_add(struct hgx_topo *topo, enum hgx_kind kind, const char *name,
			   const char *parent);
/** A PCI function, named after its address. Everything that is not given is unknown. */
struct hgx_node *build_pci(struct hgx_topo *topo, enum hgx_kind kind, struct hgx_bdf address,
			   const char *parent);
/** The root bus "pci0000:15". */
struct hgx_node *build_host_bridge(struct hgx_topo *topo, uint32_t domain, uint8_t bus);
/** A logical CPU. Its core is made by build_link(), from package, die and core number. */
struct hgx_node *build_cpu(struct hgx_topo *topo, const struct hgx_cpu *cpu);
struct hgx_node *build_numa(struct hgx_topo *topo, uint32_t id);
struct hgx_node *build_package(struct hgx_topo *topo, uint32_t id);

/** Makes the cores, connects each node with its parent and sorts the children. HGX_BROKEN: a
 *  name occurs twice, a parent does not exist or cannot have such a child, or a cycle. */
int build_link(struct hgx_topo *topo, struct hgx_error *err);
/** Gives each node its NUMA node, each virtual function its physical one. HGX_BROKEN: one of
 *  these does not exist. */
int build_finish(struct hgx_topo *topo, struct hgx_error *err);

#endif
