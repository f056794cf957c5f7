/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Filling a struct hgx_error: the rule that was broken (util/rule.h) and a sentence.
 *
 * Texts that are too long are cut. @err may be NULL everywhere. */
#ifndef HGX_UTIL_ERROR_H
#define HGX_UTIL_ERROR_H

#include "hgxtopo.h"
#include "util/macros.h"
#include "util/rule.h"
#include "util/words.h"

/** Sets rule and sentence, and returns the code of the rule. */
int fail(struct hgx_error *err, enum rule_id rule, const char *format, ...) PRINTF(3, 4);
/** Also says which device or node the error is about: by name, or by the address that the caller
 *  gave for it. */
int fail_node(struct hgx_error *err, enum rule_id rule, const char *node, const char *format, ...)
	PRINTF(4, 5);
/** Also says which member of the options struct is at fault. */
int fail_option(struct hgx_error *err, enum rule_id rule, enum option_id option, const char *format,
		...) PRINTF(4, 5);
/** Also says both. */
int fail_about(struct hgx_error *err, enum rule_id rule, enum option_id option, const char *node,
	       const char *format, ...) PRINTF(5, 6);
/** Returns HGX_NO_MEMORY. */
int fail_memory(struct hgx_error *err);
/** Copies an error, and returns its code. */
int fail_as(struct hgx_error *err, const struct hgx_error *other);

/** Sets the node of an error that is filled already. */
void error_node(struct hgx_error *err, const char *node);
/** Sets the option of an error that is filled already. */
void error_option(struct hgx_error *err, enum option_id option);
/** Puts "name: " before the sentence of an error that is filled already. */
void error_prefix(struct hgx_error *err, const char *name);

#endif
