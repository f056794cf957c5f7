/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The cores of a VM that is planned apart (struct share). */
#ifndef HGX_PLAN_CORES_APART_H
#define HGX_PLAN_CORES_APART_H

#include "plan/cores.h"

/** Takes the free cores away that are not in the share of the VM's GPUs. If the share is too small
 *  for @vcpus vCPUs, warns and takes none away: then share.whole_cores is set. */
int cores_apart(struct hgx_plan *plan, struct cores *cores, unsigned vcpus, struct hgx_error *err);
/** Cuts packages of different sizes into sockets of one size, at most @most cores together, such
 *  that few cores are lost; these go back to the host. Sets @each, the cores of a socket: 0 if
 *  the packages have one size, or if no size suits; then nothing changes, and the rest is not set.
 *  Returns HGX_OK or HGX_NO_MEMORY. */
int cores_sockets(struct cores *cores, size_t most, unsigned *sockets, size_t *each,
		  size_t *dropped);

#endif
