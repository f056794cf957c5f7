/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Host CPUs that the user names (the options cpus and host_cpus). */
#ifndef HGX_PLAN_CORES_NAMED_H
#define HGX_PLAN_CORES_NAMED_H

#include "plan/cores.h"

/** Leaves the cores with CPUs of host_cpus to the host, and if cpus is set, all free cores that it
 *  does not name to others. Fails if a CPU does not exist, if cpus splits a core, or if no core
 *  is free afterwards. */
int cores_named(struct hgx_plan *plan, struct cores *cores, struct hgx_error *err);

#endif
