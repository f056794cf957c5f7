/* What hwloc leaves out of CPUs: those that are offline, and the numbers of the processor. */
#ifndef HGX_SOURCE_CPUINFO_H
#define HGX_SOURCE_CPUINFO_H

#include "model/topo.h"
#include "source/root.h"

int source_cpuinfo(struct hgx_topo *topo, const struct root *root, struct hgx_error *err);

#endif
