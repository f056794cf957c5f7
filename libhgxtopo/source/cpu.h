/* CPUs, NUMA nodes and memory of a host, as hwloc finds them. The only room that includes hwloc.h.
 */
#ifndef HGX_SOURCE_CPU_H
#define HGX_SOURCE_CPU_H

#include "model/topo.h"
#include "source/root.h"

struct cpu_load;

/* Starts to read in a thread of its own; NULL: no memory. */
struct cpu_load *source_cpu_begin(const struct root *root);
/* Must follow, whatever happened between; with @topo NULL what was read is thrown away. */
int source_cpu_end(struct hgx_topo *topo, struct cpu_load *load, struct hgx_error *err);

#endif
