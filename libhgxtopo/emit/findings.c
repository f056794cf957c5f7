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
#include "emit/finding_json.h"
#include "emit/finding_text.h"
#include "emit/json_origin.h"

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

/* A group, and which of its findings and lines were written with an earlier one. */
struct group {
	const struct told *told;
	size_t first, end;
	FILE *stream;
};

/* What a text says after "GPU 0000:19:00.0 (model)"; NULL if it does not begin so. */
static const char *after_title(const struct hgx_finding *finding)
{
	struct finding_parts parts = finding_parts(finding);

	return !parts.head && parts.tail && !strncmp(parts.tail, ": ", 2) ? parts.tail : NULL;
}

/* Whether two findings say the same about two devices. */
static bool says_same(const struct hgx_finding *a, const struct hgx_finding *b)
{
	const char *rest = after_title(a), *other = after_title(b);

	return rest && other && a->node->kind == b->node->kind && !strcmp(rest, other);
}

/* One line for all devices about which the same is said. */
static void write_texts(const struct group *group)
{
	for (size_t i = group->first; i < group->end; i++) {
		const struct hgx_finding *finding = group->told->items[i];
		const char *rest = after_title(finding);
		size_t j = group->first;

		while (j < i && !says_same(group->told->items[j], finding))
			j++;
		if (j < i)
			continue;
		fprintf(group->stream, "  %.*s",
			rest ? (int)(rest - finding->text) : (int)strlen(finding->text),
			finding->text);
		for (j = i + 1; j < group->end; j++)
			if (says_same(finding, group->told->items[j]))
				fprintf(group->stream, ", %s", group->told->items[j]->node->name);
		fprintf(group->stream, "%s\n", rest ? rest : "");
	}
}

/* A line of a remedy. The first of a remedy is a sentence, the others are commands. */
struct line {
	const struct hgx_finding *finding;
	const char *text;
	size_t length;
	const char *name; /**< where a command names the node of the finding; NULL: nowhere */
};

static bool next_line(struct line *line, const struct hgx_finding *finding)
{
	const char *remedy = finding->remedy;

	if (line->finding != finding)
		*line = (struct line){ .finding = finding, .text = remedy };
	else
		line->text += line->length + (line->text[line->length] == '\n');
	if (!line->text || !*line->text)
		return false;
	line->length = strcspn(line->text, "\n");
	line->name = finding->node && line->text != remedy ?
			     memmem(line->text, line->length, finding->node->name,
				    strlen(finding->node->name)) :
			     NULL;
	return true;
}

static bool is_command(const struct line *line)
{
	return line->text != line->finding->remedy;
}

/* Whether two lines are the same, or the same but for the nodes that they name. */
static bool same_line(const struct line *a, const struct line *b)
{
	size_t head = a->name ? (size_t)(a->name - a->text) : a->length, skip, other;

	if (!a->name != !b->name || is_command(a) != is_command(b))
		return false;
	skip = a->name ? head + strlen(a->finding->node->name) : head;
	other = b->name ? head + strlen(b->finding->node->name) : head;
	return head == (b->name ? (size_t)(b->name - b->text) : b->length) &&
	       !memcmp(a->text, b->text, head) && a->length - skip == b->length - other &&
	       !memcmp(a->text + skip, b->text + other, a->length - skip);
}

/* Whether an earlier finding of the group has the line. */
static bool was_written(const struct group *group, size_t index, const struct line *line)
{
	struct line earlier = { .finding = NULL };

	for (size_t i = group->first; i < index; i++)
		while (next_line(&earlier, group->told->items[i]))
			if (same_line(&earlier, line))
				return true;
	return false;
}

/* The findings after @index whose remedy has the same command for another node. */
static size_t count_others(const struct group *group, size_t index, const struct line *line,
			   bool write)
{
	size_t count = 0;

	for (size_t i = index + 1; line->name && i < group->end; i++) {
		struct line other = { .finding = NULL };

		while (next_line(&other, group->told->items[i])) {
			if (!same_line(line, &other))
				continue;
			count++;
			if (write)
				fprintf(group->stream, " %s", other.finding->node->name);
		}
	}
	return count;
}

/* A command for several nodes is a loop. */
static void write_command(const struct group *group, size_t index, const struct line *line)
{
	const char *name = line->finding->node ? line->finding->node->name : "";
	size_t head = line->name ? (size_t)(line->name - line->text) : 0, skip;

	if (!count_others(group, index, line, false)) {
		fprintf(group->stream, "      %.*s\n", (int)line->length, line->text);
		return;
	}
	skip = head + strlen(name);
	fprintf(group->stream, "      for d in %s", name);
	count_others(group, index, line, true);
	fprintf(group->stream, "; do %.*s$d%.*s; done\n", (int)head, line->text,
		(int)(line->length - skip), line->text + skip);
}

static void write_remedies(const struct group *group, bool commands)
{
	for (size_t i = group->first; i < group->end; i++) {
		struct line line = { .finding = NULL };

		while (next_line(&line, group->told->items[i])) {
			if (is_command(&line) != commands || was_written(group, i, &line))
				continue;
			if (commands)
				write_command(group, i, &line);
			else
				fprintf(group->stream, "  Remedy: %.*s\n", (int)line.length,
					line.text);
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
	const struct group group = { told, first, end, stream };
	const struct hgx_finding *finding = told->items[first];

	fprintf(stream, "%s: %s\n", hgx_severity_name(finding->severity), finding->rule);
	write_texts(&group);
	write_remedies(&group, false);
	write_remedies(&group, true);
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

/* How many rules have findings of each severity. */
static void write_counts(FILE *stream, const struct told *told)
{
	size_t counts[HGX_PROBLEM + 1] = { 0 };
	const char *separator = "";

	for (size_t i = 0; i < told->count; i = group_end(told, i))
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

/* Several plans may say the same. */
static bool is_repeated(const struct told *told, size_t index)
{
	return index && !finding_compare(&told->items[index - 1], &told->items[index]);
}

static bool write_list(FILE *stream, const struct told *told)
{
	fputs("{\n  \"format\": \"hgxtopo-findings\",\n  \"version\": 1,\n  \"findings\": [",
	      stream);
	for (size_t i = 0; i < told->count; i++)
		if (!is_repeated(told, i) &&
		    !json_write_element(stream, finding_json(told->items[i]), i))
			return false;
	fputs(told->count ? "\n  ]" : " ]", stream);
	return true;
}

static bool write_vm(FILE *stream, const struct hgx_findings *list, bool first)
{
	struct json *name = json_text(list->of);

	if (!name)
		return false;
	fprintf(stream, "%s\n    {\n      \"name\": ", first ? "" : ",");
	json_write(stream, name);
	json_free(name);
	fputs(",\n", stream);
	if (!plan_write_told(stream, list->plan, "      "))
		return false;
	fputs("\n    }", stream);
	return true;
}

/* What is about one VM, where lists are those of plans. */
static bool write_vms(FILE *stream, struct hgx_findings *const *lists, size_t count)
{
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		if (!lists[i] || !lists[i]->plan)
			continue;
		fputs(any ? "" : ",\n  \"vms\": [", stream);
		if (!write_vm(stream, lists[i], !any))
			return false;
		any = true;
	}
	fputs(any ? "\n  ]\n}\n" : "\n}\n", stream);
	return true;
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
		good = write_list(text.stream, &told) && write_vms(text.stream, lists, count);
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
