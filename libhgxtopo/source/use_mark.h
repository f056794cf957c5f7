/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Marks devices that the host uses, with the reason. Shared by use_drive.c and use_net.c. */
#ifndef HGX_SOURCE_USE_MARK_H
#define HGX_SOURCE_USE_MARK_H

#include "model/topo.h"
#include "source/root.h"

#define MAX_STACK_DEPTH 16 /* devices stacked on each other */
#define MAX_VISITS 4096

struct use {
	struct hgx_topo *topo;
	const struct root *root;
	const char *reason; /**< why the device that is being marked is used */
	const char *first;  /**< the device where this mark started */
	unsigned depth;	    /**< of the stack below it */
	unsigned visits;    /**< devices visited by this mark; bounds stacks that form a ring */
	char **blocks;	    /**< block devices: "8:1 sda1 root-lv"; "-" without a number */
	size_t block_count;
	bool mountinfo;	   /**< mountinfo could be read: mounts are known by device number */
	const char *doubt; /**< use_doubt(): why drives may be in use; NULL if there is no doubt */
};

/** Marks the functions that have an OS device of that type and name. */
void use_mark(struct use *use, const char *type, const char *name);
/** Calls @each for every line of a file. False and errno if the file cannot be read. */
bool use_each_line(struct use *use, const char *path, void (*each)(struct use *, char *));
/** Adds a finding if there is a device of that kind: which @what the host uses is unknown,
 *  because @file cannot be read. */
void use_unknown(struct use *use, enum rule_id rule, enum hgx_kind kind, const char *file,
		 const char *what);

#endif
