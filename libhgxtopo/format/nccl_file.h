/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * An NCCL topology file, read as NCCL reads it: not by an XML parser, but by a reader of NCCL's own
 * that takes much less. What NCCL refuses is refused here; what it takes for something else than
 * was meant is in the result as NCCL takes it, with the place of each element and attribute.
 * Measured with NCCL 2.28.9 and 2.30.7; RCCL has the same reader. */
#ifndef HGX_FORMAT_NCCL_FILE_H
#define HGX_FORMAT_NCCL_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include "hgxtopo.h"
#include "util/arena.h"

/** What NCCL reads of a file and of an element. */
enum {
	NCCL_MAX_ELEMENTS = 255,  /**< of a file; those that it ignores do not count */
	NCCL_MAX_ATTRIBUTES = 16, /**< of an element; it drops the others */
	NCCL_MAX_TEXT = 253	  /**< characters of a name or value */
};

/** Where something starts; both are counted from 1, columns in bytes. */
struct nccl_place {
	unsigned line, column;
};

struct nccl_attribute {
	const char *key, *value; /**< never NULL; a blank too many makes a key "" */
	struct nccl_place place;
	struct nccl_attribute *next;
	bool dropped; /**< beyond the sixteenth: NCCL does not see it */
};

struct nccl_element {
	const char *name;
	struct nccl_place place;
	struct nccl_attribute *attributes; /**< in the order of the file */
	size_t attribute_count;
	struct nccl_element *parent, *first, *last, *next;
	bool ignored; /**< NCCL knows no such element there, and skips it with all below it */
	bool single;  /**< it ends with "/>" */
};

/** Starts zeroed. */
struct nccl_document {
	struct arena arena;
	const char *name;	   /**< for sentences; borrowed */
	struct nccl_element *root; /**< the first system element */
	size_t elements;	   /**< that NCCL keeps */
	int version;		   /**< 1: NCCL's; 2: RCCL's */
};

/** Reads a file. @name is for sentences and borrowed. Also after an error nccl_file_free().
 *  HGX_SYNTAX: NCCL refuses the text; HGX_VERSION: it is a version that neither NCCL nor RCCL
 *  reads; HGX_LIMIT: there is more than NCCL reads. */
int nccl_file_read(struct nccl_document *file, const char *data, size_t length, const char *name,
		   struct hgx_error *err);
void nccl_file_free(struct nccl_document *file);
/** The element after @element in the tree below @top, parents first; NULL at the end. */
const struct nccl_element *nccl_next(const struct nccl_element *top,
				     const struct nccl_element *element);
/** The first attribute of that key that NCCL sees; NULL if there is none. */
const struct nccl_attribute *nccl_attribute(const struct nccl_element *element, const char *key);
/** Its value; NULL if there is none. */
const char *nccl_value(const struct nccl_element *element, const char *key);
/** Whether NCCL keeps an element, and it has that name. */
bool nccl_is(const struct nccl_element *element, const char *name);

#endif
