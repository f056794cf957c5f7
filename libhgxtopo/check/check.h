/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * What all families of rules share: adding findings, and putting them in order at the end.
 *
 * A family is a table of rules in util/rule_NAME.h, a public function, and functions that look for
 * one rule each. Such a function reads what is checked and calls check_add(); severity and remedy
 * come from the table. */
#ifndef HGX_CHECK_CHECK_H
#define HGX_CHECK_CHECK_H

#include "hgxtopo.h"
#include "model/finding.h"
#include "util/macros.h"
#include "util/rule.h"

struct check {
	struct hgx_check_options options;
	struct hgx_findings *out; /**< what is found; its arena is for texts */
	const char *unchecked; /**< what check_unknown() was told, separated by ", "; NULL: none */
};

/** Copies the options and checks them, and starts an empty list. */
int check_begin(struct check *check, const struct hgx_check_options *options,
		struct hgx_error *err);
/** Adds a finding. @node may be NULL. @commands: lines for a shell, appended to the remedy of the
 *  rule; may be NULL. */
void check_add(struct check *check, enum rule_id rule, const struct hgx_node *node,
	       const char *commands, const char *format, ...) PRINTF(5, 6);
/** Takes over a finding of a topology or plan, if its rule belongs to @family. @node: what it is
 *  about in the topology that is checked; may be NULL. */
void check_take(struct check *check, const char *family, const struct hgx_finding *finding,
		const struct hgx_node *node);
/** Takes over a refusal as a problem. @remedy may be NULL. */
void check_refused(struct check *check, const struct hgx_error *refusal,
		   const struct hgx_node *node, const char *remedy);
/** Remembers that something could not be checked, and why: "ACS (only root can read it)". The same
 *  text counts once. */
void check_unknown(struct check *check, const char *what);
/** Notes what could not be checked, leaves out what the options leave out and what follows from
 *  another finding, and sorts the rest. @code: of the check so far; if it is not HGX_OK, the
 *  list is freed. Returns the code. */
int check_end(struct check *check, int code, struct hgx_findings **out, struct hgx_error *err);

#endif
