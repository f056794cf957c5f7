/* A libvirt domain as the guest it is, without a plan. */
#ifndef HGX_SOURCE_DOMAIN_H
#define HGX_SOURCE_DOMAIN_H

#include "base.h"

/* source_domain_cpu.c: fills the cells and vCPUs of the plan from its base. */
int domain_cpu(struct hgx_plan *plan, struct hgx_error *err);

/* source_domain_memory.c: the cells, with memory and distances. @cpus gets the cell of each
 * vCPU, of @count. */
int domain_memory(struct hgx_plan *plan, uint32_t *cpus, unsigned count, struct hgx_error *err);

#endif
