/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes the findings of checks, for people and as JSON. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "util/error.h"
#include "util/text.h"
#include "format/json.h"
#include "model/finding.h"
#include "model/topo.h"

/* The findings of all lists in one order. */
struct told {
	const struct hgx_finding **items;
	size_t count;
};

static int gather(struct told *out, struct hgx_findings *const *lists, size_t count,
		  struct hgx_error *err)
{
	size_t total = 0;

	for (size_t i = 0; i < count; i++)
		total += hgx_findings_count(lists[i]);
	out->count = 0;
	out->items = calloc(total + 1, sizeof(*out->items));
	if (!out->items)
		return fail_memory(err);
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < hgx_findings_count(lists[i]); j++)
			out->items[out->count++] = hgx_findings_at(lists[i], j);
	qsort(out->items, out->count, sizeof(*out->items), finding_compare);
	return HGX_OK;
}

/* The end of the group that begins at @first: findings of one rule and severity. */
static size_t group_end(const struct told *told, size_t first)
{
	size_t end = first;

	while (end < told->count && !strcmp(told->items[end]->rule, told->items[first]->rule) &&
	       told->items[end]->severity == told->items[first]->severity)
		end++;
	return end;
}

/* Whether a remedy of the group before @last has the line. */
static bool was_written(const struct told *told, size_t first, size_t last, const char *line,
			size_t length)
{
	for (size_t i = first; i < last; i++)
		for (const char *at = told->items[i]->remedy; at && *at;) {
			size_t size = strcspn(at, "\n");

			if (size == length && !memcmp(at, line, length))
				return true;
			at += size + (at[size] == '\n');
		}
	return false;
}

/* Each line once. The first of a remedy is a sentence, the others are commands. @commands: which
 * of them to write. */
static void write_remedies(FILE *stream, const struct told *told, size_t first, size_t end,
			   bool commands)
{
	for (size_t i = first; i < end; i++) {
		const char *remedy = told->items[i]->remedy;

		for (const char *at = remedy; at && *at;) {
			size_t size = strcspn(at, "\n");

			if ((at != remedy) == commands && !was_written(told, first, i, at, size))
				fprintf(stream, commands ? "      %.*s\n" : "  Remedy: %.*s\n",
					(int)size, at);
			at += size + (at[size] == '\n');
		}
	}
}

static void write_source(FILE *stream, const struct hgx_finding *finding)
{
	int index = rule_index(finding->rule, strlen(finding->rule));
	const struct hgx_rule *rule = index < 0 ? NULL : hgx_rule_at((size_t)index);

	if (rule && rule->source && *rule->source)
		fprintf(stream, "  Source: %s\n", rule->source);
}

static void write_group(FILE *stream, const struct told *told, size_t first, size_t end,
			bool verbose)
{
	const struct hgx_finding *finding = told->items[first];

	fprintf(stream, "%s: %s\n", hgx_severity_name(finding->severity), finding->rule);
	for (size_t i = first; i < end; i++)
		fprintf(stream, "  %s\n", told->items[i]->text);
	write_remedies(stream, told, first, end, false);
	write_remedies(stream, told, first, end, true);
	if (verbose)
		write_source(stream, finding);
}

static void write_notes(FILE *stream, const struct told *told, size_t first, size_t end)
{
	fprintf(stream, "note: %s: %s", told->items[first]->rule, told->items[first]->text);
	if (end - first > 1)
		fprintf(stream, " (and %zu more)", end - first - 1);
	fputc('\n', stream);
}

static void write_counts(FILE *stream, const struct told *told)
{
	size_t counts[HGX_PROBLEM + 1] = { 0 };
	const char *separator = "";

	for (size_t i = 0; i < told->count; i++)
		counts[told->items[i]->severity]++;
	for (int severity = HGX_PROBLEM; severity >= HGX_NOTE; severity--) {
		if (!counts[severity])
			continue;
		fprintf(stream, "%s%zu %s%s", separator, counts[severity],
			hgx_severity_name(severity), counts[severity] == 1 ? "" : "s");
		separator = ", ";
	}
	fputs(told->count ? "\n" : "no findings\n", stream);
}

int hgx_emit_findings(struct hgx_findings *const *lists, size_t count, int verbose, char **out,
		      struct hgx_error *err)
{
	struct told told;
	struct text text;
	int code = gather(&told, lists, count, err);

	*out = NULL;
	if (!code)
		code = text_open(&text, err);
	if (!code) {
		for (size_t first = 0, end; first < told.count; first = end) {
			end = group_end(&told, first);
			if (told.items[first]->severity == HGX_NOTE && !verbose)
				write_notes(text.stream, &told, first, end);
			else
				write_group(text.stream, &told, first, end, verbose);
		}
		write_counts(text.stream, &told);
		code = text_close(&text, out, err);
	}
	free(told.items);
	return code;
}

static bool write_json(FILE *stream, const struct hgx_finding *finding)
{
	struct json *object = json_new_object();
	bool good = object && json_put_text(object, "rule", finding->rule) &&
		    json_put_text(object, "severity", hgx_severity_name(finding->severity)) &&
		    json_put_text(object, "node", finding->node ? finding->node->name : NULL) &&
		    json_put_text(object, "text", finding->text) &&
		    json_put_text(object, "remedy", finding->remedy);

	if (good)
		json_write(stream, object);
	json_free(object);
	return good;
}

static bool write_all(FILE *stream, const struct told *told)
{
	bool good = true;

	fputs("{\n  \"format\": \"hgxtopo-findings\",\n  \"version\": 1,\n  \"findings\": [",
	      stream);
	for (size_t i = 0; good && i < told->count; i++) {
		fputs(i ? ",\n    " : "\n    ", stream);
		good = write_json(stream, told->items[i]);
	}
	fputs(told->count ? "\n  ]\n}\n" : " ]\n}\n", stream);
	return good;
}

int hgx_emit_findings_json(struct hgx_findings *const *lists, size_t count, char **out,
			   struct hgx_error *err)
{
	struct told told;
	struct text text;
	int code = gather(&told, lists, count, err);
	bool good;

	*out = NULL;
	if (!code)
		code = text_open(&text, err);
	if (!code) {
		good = write_all(text.stream, &told);
		code = text_close(&text, out, err);
		if (!code && !good) {
			hgx_text_free(*out);
			*out = NULL;
			code = fail_memory(err);
		}
	}
	free(told.items);
	return code;
}
