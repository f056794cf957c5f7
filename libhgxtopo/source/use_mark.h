/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Marking devices that the host needs, with the reason: what use_drive and use_net share. */
#ifndef HGX_SOURCE_USE_MARK_H
#define HGX_SOURCE_USE_MARK_H

#include "model/topo.h"
#include "source/root.h"

#define DEEPEST_STACK 16
#define MAX_VISITS 4096

struct use {
	struct hgx_topo *topo;
	const struct root *root;
	const char *reason; /* of the mark that is being spread */
	const char *first;  /* the device it began with */
	unsigned depth;
	unsigned visits; /* of this mark: stacks that name each other end */
	char **blocks;	 /* "8:1 sda1 root-lv" */
	size_t block_count;
	bool mountinfo;	    /* mounts are known with the numbers of their devices */
	const char *untold; /* told.h; NULL: all was told */
};

/* Marks the functions that have an OS device of that type and name. */
void use_mark(struct use *use, const char *type, const char *name);
/* False: it could not be read, errno. */
bool use_each_line(struct use *use, const char *path, void (*each)(struct use *, char *));
void use_unknown(struct use *use, enum rule_id rule, enum hgx_kind kind, const char *file,
		 const char *what);

#endif
