/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An error: what went wrong, as a rule of the table in util/rule.h and as a sentence. */
#ifndef HGX_UTIL_ERROR_H
#define HGX_UTIL_ERROR_H

#include "hgxtopo.h"
#include "util/macros.h"
#include "util/rule.h"
#include "util/words.h"

/* Each fills @err, which may be NULL, and returns the code of the rule. The others say what the
 * error is about too: @node is the name of a device or node, or the address that was given for
 * it; @option the member at fault. */
int fail(struct hgx_error *err, enum rule_id rule, const char *format, ...) PRINTF(3, 4);
int fail_node(struct hgx_error *err, enum rule_id rule, const char *node, const char *format, ...)
	PRINTF(4, 5);
int fail_option(struct hgx_error *err, enum rule_id rule, enum option_id option, const char *format,
		...) PRINTF(4, 5);
int fail_about(struct hgx_error *err, enum rule_id rule, enum option_id option, const char *node,
	       const char *format, ...) PRINTF(5, 6);
int fail_memory(struct hgx_error *err);
/* The same error again, for another caller. */
int fail_as(struct hgx_error *err, const struct hgx_error *other);

/* Of an error that is there already; @err may be NULL. */
void error_node(struct hgx_error *err, const char *node);
void error_option(struct hgx_error *err, enum option_id option);
void error_prefix(struct hgx_error *err, const char *name); /* "name: text" */

#endif
