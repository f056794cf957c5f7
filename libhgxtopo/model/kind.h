#ifndef HGX_MODEL_KIND_H
#define HGX_MODEL_KIND_H

#include <stdbool.h>
#include "hgxtopo.h"

struct kind {
	const char *name;  /* in JSON and dumps */
	const char *label; /* in sentences */
	bool pci, bridge;  /* a PCI function; may have PCI functions below it */
};
const struct kind *kind_of(enum hgx_kind kind);
int kind_by_name(const char *name);
bool kind_may_hang_on(enum hgx_kind child, enum hgx_kind parent);

#endif
