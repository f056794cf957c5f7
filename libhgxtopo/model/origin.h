/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Where the devices of a guest are on its host. A guest need not mirror the host's switches and
 * NUMA nodes; what NCCL is told follows the host's. */
#ifndef HGX_MODEL_ORIGIN_H
#define HGX_MODEL_ORIGIN_H

#include "model/topo.h"
#include "util/cpulist.h"

/** A switch of the host with devices of the guest below it: the uppermost of its group, or one that
 *  kept_switch() keeps. */
struct origin_switch {
	struct origin_switch *outer; /**< the one above it; NULL for the uppermost */
	const void *of; /**< the switch, or the one of the plan's origins. Not valid after the call
			   that made it */
	const struct hgx_node *port; /**< the guest's upstream port that has the same GPUs and NICs
					  below it and no others; NULL: there is none, and for
					  all but the uppermost */
	uint32_t class_code;
	struct hgx_link link; /**< link_met() of the uplink */
	size_t number;	      /**< its place in origins.switches, from 1; 0: not there yet */
};

/** A NUMA node of the host with devices of the guest. */
struct origin_numa {
	const struct hgx_node *host; /**< NULL: unknown. Not valid after the call that made it. */
	int id;			     /**< its number in the guest; -1: not known, or not yet */
	struct cpuset vcpus;	     /**< that run on it */
	struct hgx_processor *processor; /**< NULL: unknown */
};

/** A GPU or NIC of the guest. */
struct origin {
	const struct hgx_node *device;
	const struct hgx_node *host; /**< not valid after the call that made it */
	const char *host_name;	     /**< its name on the host */
	struct origin_switch *group; /**< the innermost; NULL: there is no switch above it */
	struct hgx_link link;	     /**< between the device and what is above it */
	struct origin_numa *numa;
	bool near; /**< it works with the GPUs: what NCCL is told about */
};

/** All of a guest, in the order of the host's tree. They live in the arena of the guest. */
struct origins {
	struct origin *items;
	size_t count;
	struct origin_numa *nodes; /**< by number of the host; the unknown one is the last */
	size_t node_count;
	struct origin_switch **switches; /**< each after the one above it */
	size_t switch_count;
	bool fabric; /**< the host has NVSwitches or NVLink managers */
};

/** A device of the guest, the one it is on the host, and the NUMA node to state for it. Where the
 *  host is the guest of a plan, the node that its origins state counts. */
struct origin_pair {
	const struct hgx_node *device, *host, *numa;
};

/** Makes the origins of a guest from pairs, in any order, and stores them in @guest->origins. The
 *  host may be the guest of a plan; where its devices are below other switches of the real host,
 * those count. Numbers and vCPUs of the NUMA nodes are for the caller to fill. HGX_OK or
 * HGX_NO_MEMORY. */
int origins_make(struct hgx_topo *guest, const struct hgx_topo *host,
		 const struct origin_pair *pairs, size_t count);
/** States another processor for a NUMA node; it is copied. */
void origin_processor(struct hgx_topo *guest, struct origin_numa *node,
		      const struct hgx_processor *processor);
/** Forgets the nodes of the host, which may not outlive the call. */
void origins_close(struct origins *origins);
/** What the host's own origins say of a device, where the host is the guest of a plan; NULL:
 * nothing.
 */
const struct origin *origin_planned(const struct hgx_node *host);
/** The uppermost switch above a device; NULL: there is none. */
struct origin_switch *origin_top(const struct origin *origin);
/** The NUMA node of a device, or of the switch it is below. */
const struct hgx_node *origin_numa_of(const struct hgx_node *device);
/** Whether a device of a guest was put where its host has it, or elsewhere, on purpose: it is below
 *  an expander bus. */
bool is_placed(const struct hgx_node *device);
/** Whether the guest has that CPU, and it is online: others are on no node. */
bool has_vcpu(const struct hgx_topo *guest, uint32_t id);
/** Whether the device is one that origins are about. */
bool has_origin(const struct hgx_node *device);

#endif
