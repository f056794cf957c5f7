/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The vCPUs, iothreads and cells that <cputune>, <numatune>, <vcpus> and <vcpu cpuset='…'> of a
 * domain name, and the CPUs and NUMA nodes of its host. */
#ifndef HGX_DOMAIN_TUNING_H
#define HGX_DOMAIN_TUNING_H

#include "guest/plan.h"

/** Refuses what libvirt refuses, and notes what it ignores and what the host does not have. The
 *  cells and iothreads of the plan are known; @vcpus: how many vCPUs the domain has. */
int domain_tuning(struct hgx_plan *plan, unsigned vcpus, struct hgx_error *err);

#endif
