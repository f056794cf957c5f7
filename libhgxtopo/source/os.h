/* What the operating system calls a device. */
#ifndef HGX_SOURCE_OS_H
#define HGX_SOURCE_OS_H

#include "model/topo.h"
#include "source/root.h"

/* The last PCI function that a sysfs path goes through; NULL: none of @topo. */
struct hgx_node *function_in_path(const struct hgx_topo *topo, const char *path);
/* @blocks_known: every block device is among the names of its function; else some could not
 * be read. */
int source_os(struct hgx_topo *topo, const struct root *root, bool *blocks_known,
	      struct hgx_error *err);

#endif
