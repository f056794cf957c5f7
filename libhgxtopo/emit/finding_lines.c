/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Findings as lines, one for each reason: what is said in the same words about several devices is
 * said once, and so is what several VMs have in common. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "util/error.h"
#include "util/macros.h"
#include "util/text.h"
#include "model/finding.h"
#include "model/kind.h"
#include "model/topo.h"
#include "emit/finding_text.h"

#define MAX_NAMES 8 /* of devices in a line */

/* A finding of one of the lists. */
struct said {
	const struct hgx_finding *finding;
	size_t list, place;
	struct finding_parts parts;
};

/* What one or more lists say with the same rule and words. */
struct remark {
	const struct said *first;
	size_t count;
};

/* Remarks of the same lists that only differ in the device. */
struct line {
	const struct remark *first;
	size_t count;
};

struct lines {
	struct hgx_findings *const *lists;
	size_t list_count;
	bool verbose;
	struct said *said;
	struct remark *remarks;
	struct line *lines;
	size_t said_count, remark_count, line_count;
};

static int compare_texts(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) : (a != NULL) - (b != NULL);
}

static int compare_places(const struct said *a, const struct said *b)
{
	if (a->list != b->list)
		return a->list < b->list ? -1 : 1;
	return a->place < b->place ? -1 : a->place > b->place;
}

static int compare_words(const struct said *a, const struct said *b)
{
	int order = strcmp(a->finding->rule, b->finding->rule);

	if (!order)
		order = b->finding->severity - a->finding->severity;
	if (!order)
		order = strcmp(a->finding->text, b->finding->text);
	return order ? order : compare_texts(a->finding->remedy, b->finding->remedy);
}

static int by_words(const void *a, const void *b)
{
	int order = compare_words(a, b);

	return order ? order : compare_places(a, b);
}

/* By the lists that say it. */
static int compare_lists(const struct remark *a, const struct remark *b)
{
	size_t i;

	for (i = 0; i < a->count && i < b->count; i++)
		if (a->first[i].list != b->first[i].list)
			return a->first[i].list < b->first[i].list ? -1 : 1;
	return a->count < b->count ? -1 : a->count > b->count;
}

/* By what is said, whichever device of a kind it is about. */
static int compare_reasons(const struct remark *a, const struct remark *b)
{
	const struct said *x = a->first, *y = b->first;
	int order = strcmp(x->finding->rule, y->finding->rule);

	if (!order)
		order = y->finding->severity - x->finding->severity;
	if (!order)
		order = compare_texts(x->finding->remedy, y->finding->remedy);
	if (!order)
		order = compare_texts(x->parts.tail, y->parts.tail);
	if (order)
		return order;
	if (!x->parts.tail)
		return strcmp(x->finding->text, y->finding->text);
	if (x->finding->node->kind != y->finding->node->kind)
		return x->finding->node->kind < y->finding->node->kind ? -1 : 1;
	if (x->parts.head != y->parts.head)
		return x->parts.head < y->parts.head ? -1 : 1;
	return memcmp(x->finding->text, y->finding->text, x->parts.head);
}

static int by_reason(const void *a, const void *b)
{
	int order = compare_reasons(a, b);

	if (!order)
		order = compare_lists(a, b);
	return order ? order :
		       compare_places(((const struct remark *)a)->first,
				      ((const struct remark *)b)->first);
}

static int by_severity(const void *a, const void *b)
{
	const struct said *x = ((const struct line *)a)->first->first;
	const struct said *y = ((const struct line *)b)->first->first;

	if (x->finding->severity != y->finding->severity)
		return y->finding->severity - x->finding->severity;
	return compare_places(x, y);
}

/* ---- putting them together */

/* Whether a list of ids with commas between them has this one. */
static bool is_listed(const char *list, const char *id)
{
	size_t length = strlen(id);

	for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
		if (strcspn(at, ",") == length && !memcmp(at, id, length))
			return true;
	return false;
}

static void gather(struct lines *lines, int least, const char *ignore)
{
	for (size_t i = 0; i < lines->list_count; i++)
		for (size_t j = 0; j < hgx_findings_count(lines->lists[i]); j++) {
			const struct hgx_finding *finding = hgx_findings_at(lines->lists[i], j);

			if (finding->severity < least || is_listed(ignore, finding->rule))
				continue;
			lines->said[lines->said_count++] = (struct said){ finding, i, j,
									  finding_parts(finding) };
		}
}

static void find_remarks(struct lines *lines)
{
	qsort(lines->said, lines->said_count, sizeof(*lines->said), by_words);
	for (size_t i = 0; i < lines->said_count; i++) {
		if (i && !compare_words(&lines->said[i - 1], &lines->said[i]))
			lines->remarks[lines->remark_count - 1].count++;
		else
			lines->remarks[lines->remark_count++] = (struct remark){ &lines->said[i],
										 1 };
	}
}

static void find_lines(struct lines *lines)
{
	struct remark *remarks = lines->remarks;

	qsort(remarks, lines->remark_count, sizeof(*remarks), by_reason);
	for (size_t i = 0; i < lines->remark_count; i++) {
		if (i && !lines->verbose && !compare_reasons(&remarks[i - 1], &remarks[i]) &&
		    !compare_lists(&remarks[i - 1], &remarks[i]))
			lines->lines[lines->line_count - 1].count++;
		else
			lines->lines[lines->line_count++] = (struct line){ &remarks[i], 1 };
	}
	qsort(lines->lines, lines->line_count, sizeof(*lines->lines), by_severity);
}

/* ---- writing them */

/* The names of the VMs that have it, or none if all do. */
static void write_vms(FILE *stream, const struct lines *lines, const struct remark *remark)
{
	size_t all = 0, vms = 0;
	const char *before = "";

	for (size_t i = 0; i < lines->list_count; i++)
		all += lines->lists[i] && lines->lists[i]->of;
	for (size_t i = 0; i < remark->count; i++)
		vms += !i || remark->first[i].list != remark->first[i - 1].list;
	for (size_t i = 0; vms < all && i < remark->count; i++) {
		const char *name = lines->lists[remark->first[i].list]->of;

		if (!name || (i && remark->first[i].list == remark->first[i - 1].list))
			continue;
		fprintf(stream, "%s%s", before, name);
		before = ", ";
	}
	fputs(*before ? ": " : "", stream);
}

/* An address as options take it, without domain 0000. */
static const char *short_name(const struct hgx_node *node)
{
	return strncmp(node->name, "0000:", 5) ? node->name : node->name + 5;
}

/* What is said about one device, as it is said about several. */
static const struct {
	const char *one, *many;
} plurals[] = {
	{ " has ", " each have " },
	{ " goes ", " each go " },
	{ " is ", " are each " },
	{ " keeps ", " each keep " },
	{ " shares ", " each share " },
	{ " does not ", " each do not " },
	{ " of the plan is ", " of the plan are " },
	{ ": it is ", ": " },
	{ ": it was ", ": " },
	{ ": it ", ": each " },
	{ ": its ", ": their " },
};

static void write_tail(FILE *stream, const char *tail)
{
	const char *it = strstr(tail, " it (");

	for (size_t i = 0; i < ARRAY_SIZE(plurals); i++)
		if (!strncmp(tail, plurals[i].one, strlen(plurals[i].one))) {
			fputs(plurals[i].many, stream);
			fputs(tail + strlen(plurals[i].one), stream);
			return;
		}
	if (it)
		fprintf(stream, "%.*s each of them%s", (int)(it - tail), tail, it + 3);
	else
		fputs(tail, stream);
}

static void write_devices(FILE *stream, const struct line *line)
{
	const struct said *said = line->first->first;
	size_t named = line->count;

	if (said->finding->severity == HGX_NOTE && named > MAX_NAMES)
		named = MAX_NAMES;
	fprintf(stream, "%.*s%zu %s (", (int)said->parts.head, said->finding->text, line->count,
		kind_of(said->finding->node->kind)->plural);
	for (size_t i = 0; i < named; i++)
		fprintf(stream, "%s%s", i ? ", " : "",
			short_name(line->first[i].first->finding->node));
	fputs(named < line->count ? ", …)" : ")", stream);
	write_tail(stream, said->parts.tail);
}

/* A remedy may have commands on further lines. */
static void write_remedy(FILE *stream, const char *remedy)
{
	fputs("; ", stream);
	for (const char *c = remedy; *c; c++)
		if (*c == '\n')
			fputs(c[1] ? "; " : "", stream);
		else
			fputc(*c, stream);
}

static void write_line(FILE *stream, const struct lines *lines, const struct line *line)
{
	const struct hgx_finding *finding = line->first->first->finding;

	write_vms(stream, lines, line->first);
	fprintf(stream, "%s: ", hgx_severity_name(finding->severity));
	if (line->count > 1)
		write_devices(stream, line);
	else
		fputs(finding->text, stream);
	if (finding->remedy)
		write_remedy(stream, finding->remedy);
	fprintf(stream, " [%s]\n", finding->rule);
}

static int begin(struct lines *lines, struct hgx_error *err)
{
	size_t count = 1;

	for (size_t i = 0; i < lines->list_count; i++)
		count += hgx_findings_count(lines->lists[i]);
	lines->said = calloc(count, sizeof(*lines->said));
	lines->remarks = calloc(count, sizeof(*lines->remarks));
	lines->lines = calloc(count, sizeof(*lines->lines));
	return lines->said && lines->remarks && lines->lines ? HGX_OK : fail_memory(err);
}

int hgx_emit_finding_lines(struct hgx_findings *const *lists, size_t count, int verbose, int least,
			   const char *ignore, char **out, struct hgx_error *err)
{
	struct lines lines = { .lists = lists, .list_count = count, .verbose = verbose };
	struct text text;
	int code = begin(&lines, err);

	*out = NULL;
	if (!code)
		code = text_open(&text, err);
	if (!code) {
		gather(&lines, least, ignore);
		find_remarks(&lines);
		find_lines(&lines);
		for (size_t i = 0; i < lines.line_count; i++)
			write_line(text.stream, &lines, &lines.lines[i]);
		code = text_close(&text, out, err);
	}
	free(lines.said);
	free(lines.remarks);
	free(lines.lines);
	return code;
}
