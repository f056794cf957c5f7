/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The family "nccl": what may be wrong with an NCCL topology file, alone or against the machine
 * that it is about. What the machine should get is the file that emit/ writes for it: the two are
 * read by the same reader and compared. */
#ifndef HGX_CHECK_NCCL_H
#define HGX_CHECK_NCCL_H

#include "check/check.h"
#include "format/nccl_file.h"
#include "model/topo.h"

struct nccl_check {
	struct check check;
	const char *name;	     /**< of the file, for sentences */
	const char *path;	     /**< the same, for commands; NULL: it has no name */
	struct nccl_document file;   /**< its root is NULL if NCCL cannot read it at all */
	const struct hgx_topo *topo; /**< the machine: guest or host; NULL: unknown */
	const struct hgx_topo *host; /**< of that guest; NULL: unknown, or @topo is the host */
	struct nccl_document own;    /**< what we would write; its root is NULL if unknown */
};

/** Looks for one rule. */
typedef void nccl_rule(struct nccl_check *nccl);

#define DECLARE(name, id, function, ...) nccl_rule function;
#define NOTHING(...)
NCCL_RULES(DECLARE, NOTHING)
#undef DECLARE
#undef NOTHING

/** Adds a finding, whose text begins with file, line and column. @node and @commands may be NULL.
 */
void nccl_add(struct nccl_check *nccl, enum rule_id rule, struct nccl_place place,
	      const struct hgx_node *node, const char *commands, const char *format, ...)
	PRINTF(6, 7);
/** A command that replaces @from by @to in one line of the file; NULL if a command cannot do so. */
const char *nccl_edit(struct nccl_check *nccl, unsigned line, const char *from, const char *to);
/** nccl_edit() for the value of an attribute. */
const char *nccl_edit_value(struct nccl_check *nccl, const struct nccl_attribute *attribute,
			    const char *to);
/** Reads the file, and again without what NCCL refuses in it as long as that has no other meaning:
 *  each is a finding. HGX_OK or HGX_NO_MEMORY. */
int nccl_load(struct nccl_check *nccl, const char *data, size_t length, struct hgx_error *err);

/** What an element is to NCCL: enum told_kind, or -1 for what it leaves out. */
int nccl_kind(const struct nccl_document *file, const struct nccl_element *element);
/** The next <pci> of the file; starts with NULL. */
const struct nccl_element *nccl_pci(const struct nccl_document *file,
				    const struct nccl_element *before);
/** Where an attribute is, or else its element. */
/** Whether a <pci> has no other one in it. */
bool nccl_is_leaf(const struct nccl_element *pci);
struct nccl_place nccl_place_of(const struct nccl_element *element, const char *key);
/** The node at the address of a <pci>, however it is spelled. */
const struct hgx_node *nccl_node(const struct nccl_check *nccl, const struct nccl_element *pci);
/** The bandwidth of the link of a <pci> as NCCL takes it, GB/s. */
float nccl_bandwidth(const struct nccl_element *pci);
/** Whether a <pci> says its link in words that NCCL knows. */
bool nccl_tells_link(const struct nccl_element *pci);
/** Whether no switch or device has such a link, but emulated ports and idle devices show it. */
bool nccl_is_emulated(const struct nccl_document *file, const struct nccl_element *pci);

#endif
