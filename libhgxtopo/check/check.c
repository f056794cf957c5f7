/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Collecting the findings of a check, and putting them in order. */
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "check/check.h"
#include "util/arena.h"
#include "util/error.h"
#include "util/options.h"
#include "model/topo.h"

/* Whether a list, with @comma between its ids, has this one. */
static bool lists(const char *list, char comma, const char *id)
{
	size_t length = strlen(id);

	for (const char *at = list; at && *at;) {
		size_t word = strchrnul(at, comma) - at;

		if (word == length && !memcmp(at, id, length))
			return true;
		at += word + (at[word] == comma);
	}
	return false;
}

static int check_ids(const struct check *check, enum option_id option, const char *list,
		     struct hgx_error *err)
{
	for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
		if (rule_index(at, strcspn(at, ",")) < 0)
			return fail_option(err, RULE_OPTION_VALUE, option,
					   "%s: there is no rule '%.*s'",
					   option_name(check->options.words, option).text,
					   (int)strcspn(at, ","), at);
	return HGX_OK;
}

static int check_flag(enum option_id option, int words, int value, struct hgx_error *err)
{
	if (value == 0 || value == 1)
		return HGX_OK;
	return fail_option(err, RULE_OPTION_VALUE, option, "%s: %d is not a valid value",
			   option_name(words, option).text, value);
}

static int check_options(const struct check *check, struct hgx_error *err)
{
	const struct hgx_check_options *options = &check->options;
	int code = options_reserved(options->reserved, err);

	if (!code)
		code = options_words(options->words, err);
	if (!code)
		code = check_flag(OPTION_EVERY, options->words, options->every, err);
	if (!code)
		code = check_flag(OPTION_CONSEQUENCES, options->words, options->consequences, err);
	if (!code)
		code = check_ids(check, OPTION_RULES, options->rules, err);
	if (!code)
		code = check_ids(check, OPTION_IGNORE, options->ignore, err);
	return code;
}

int check_begin(struct check *check, const struct hgx_check_options *options, struct hgx_error *err)
{
	int code;

	*check = (struct check){ .options.size = sizeof(check->options) };
	code = options_copy(&check->options, options, offsetof(struct hgx_check_options, plan),
			    err);
	if (!code)
		code = check_options(check, err);
	if (code)
		return code;
	check->out = calloc(1, sizeof(*check->out));
	return check->out ? HGX_OK : fail_memory(err);
}

void check_add(struct check *check, enum rule_id rule, const struct hgx_node *node,
	       const char *commands, const char *format, ...)
{
	const struct hgx_rule *row = rule_row(rule);
	struct arena *arena = &check->out->arena;
	va_list args;

	va_start(args, format);
	finding_vadd(&check->out->list, arena, rule, (enum hgx_severity)row->severity, node,
		     commands ? arena_format(arena, "%s\n%s", row->remedy, commands) : row->remedy,
		     format, args);
	va_end(args);
}

void check_take(struct check *check, const char *family, const struct hgx_finding *finding,
		const struct hgx_node *node)
{
	int index = rule_index(finding->rule, strlen(finding->rule));
	const struct hgx_rule *row = index < 0 ? NULL : hgx_rule_at((size_t)index);
	struct hgx_finding taken = *finding;

	if (!row || !row->family || strcmp(row->family, family))
		return;
	if (taken.severity != HGX_NOTE)
		taken.severity = row->severity;
	if (!taken.remedy)
		taken.remedy = row->remedy;
	finding_copy(&check->out->list, &check->out->arena, &taken, node);
}

void check_refused(struct check *check, const struct hgx_error *refusal,
		   const struct hgx_node *node, const char *remedy)
{
	const struct hgx_finding finding = { .rule = refusal->rule,
					     .severity = HGX_PROBLEM,
					     .text = refusal->text,
					     .remedy = remedy };

	finding_copy(&check->out->list, &check->out->arena, &finding, node);
}

void check_unknown(struct check *check, const char *what)
{
	if (!check->unchecked)
		check->unchecked = arena_string(&check->out->arena, what);
	else if (!strstr(check->unchecked, what))
		check->unchecked = arena_format(&check->out->arena, "%s, %s", check->unchecked,
						what);
}

/* ------------------------------------------------------------------- order */

static bool follows_from(const struct hgx_finding *finding, const struct hgx_finding *cause)
{
	int index = rule_index(cause->rule, strlen(cause->rule));

	return (!cause->node || !finding->node || cause->node == finding->node) &&
	       lists(hgx_rule_at((size_t)index)->consequences, ' ', finding->rule);
}

static bool is_consequence(const struct findings *list, const struct hgx_finding *finding)
{
	for (size_t i = 0; i < list->count; i++)
		if (follows_from(finding, &list->items[i]))
			return true;
	return false;
}

static bool is_wanted(const struct check *check, const struct hgx_finding *finding)
{
	const struct hgx_check_options *options = &check->options;

	if (options->rules && !lists(options->rules, ',', finding->rule))
		return false;
	if (lists(options->ignore, ',', finding->rule))
		return false;
	return options->consequences || !is_consequence(&check->out->list, finding);
}

/* The wanted ones in their order, in a new list. */
static int arrange(struct check *check, struct hgx_error *err)
{
	struct findings *list = &check->out->list, sorted = { 0 };
	const struct hgx_finding **order = calloc(list->count + 1, sizeof(*order));

	if (order)
		sorted.items = calloc(list->count + 1, sizeof(*sorted.items));
	if (!sorted.items) {
		free(order);
		return fail_memory(err);
	}
	for (size_t i = 0; i < list->count; i++)
		if (is_wanted(check, &list->items[i]))
			order[sorted.count++] = &list->items[i];
	qsort(order, sorted.count, sizeof(*order), finding_compare);
	for (size_t i = 0; i < sorted.count; i++)
		sorted.items[i] = *order[i];
	sorted.capacity = list->count + 1;
	finding_free(list);
	free(order);
	*list = sorted;
	return HGX_OK;
}

int check_end(struct check *check, int code, struct hgx_findings **out, struct hgx_error *err)
{
	if (!code && check->unchecked)
		check_add(check, RULE_NOT_CHECKED, NULL, NULL, "this source does not tell: %s",
			  check->unchecked);
	if (!code && check->out->arena.failed)
		code = fail_memory(err);
	if (!code)
		code = arrange(check, err);
	if (code)
		hgx_findings_free(check->out);
	else
		*out = check->out;
	return code;
}
