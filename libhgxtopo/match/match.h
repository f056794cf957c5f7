#ifndef HGX_MATCH_MATCH_H
#define HGX_MATCH_MATCH_H

#include "model/topo.h"

/* Which device of a running guest is which of the planned one. */
enum match_way { MATCH_NONE, MATCH_GUID, MATCH_SERIAL, MATCH_ADDRESS, MATCH_ORDER };
struct match_device {
	const struct hgx_node *node;
	const char *guid, *drive;   /* its numbers; NULL: unknown, or not its own */
	struct match_device *other; /* NULL: there is none */
	enum match_way way;
};
struct match_side {
	struct match_device *devices; /* by address */
	size_t count;
};
struct match {
	struct match_side seen, planned;
};
int match_make(struct match *match, const struct hgx_topo *seen, const struct hgx_topo *planned,
	       struct hgx_error *err);
void match_free(struct match *match);
/* Of one kind and model. */
bool match_alike(const struct hgx_node *a, const struct hgx_node *b);

#endif
