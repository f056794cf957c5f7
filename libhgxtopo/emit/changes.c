/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a plan changes in its base domain: devices by their addresses in the guest, everything else
 * by elements. The texts of the domain before and after are compared, so that nothing that
 * changes is left out. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "util/arena.h"
#include "util/error.h"
#include "util/text.h"
#include "model/kind.h"
#include "model/topo.h"
#include "format/json.h"
#include "format/xml_read.h"
#include "format/xml_scan.h"
#include "guest/plan.h"
#include "domain/assigned.h"
#include "domain/base.h"
#include "domain/topo.h"
#include "emit/base.h"

struct change {
	const struct hgx_node *device;	/* of the host; NULL: it is about elements */
	const char *element;		/* its name; NULL: it is about a device */
	const char *before, *after;	/* addresses of a device; NULL: it is not there */
	size_t changed, removed, added; /* elements of that name */
	size_t kept;   /* elements of devices that stay where the guest sees them */
	unsigned line; /* of the first in the old text; 0: all are new */
	struct change *next;
};

struct changes {
	const struct hgx_plan *plan;
	struct arena arena;
	struct change *first, **last;
	const char *old, *new; /* texts */
};

/* An element of one of the texts. */
struct piece {
	const struct xml_element *element;
	const char *text;
	size_t length;
	bool same; /* the other text has it too */
};

static struct change *add(struct changes *changes)
{
	struct change *change = arena_alloc(&changes->arena, sizeof(*change));

	if (change) {
		*changes->last = change;
		changes->last = &change->next;
	}
	return change;
}

/* ------------------------------------------------------------------ devices */

static const struct hgx_node *guest_of(const struct hgx_plan *plan, const struct hgx_node *host)
{
	for (const struct hgx_node *node = plan ? plan->guest->all : NULL; node; node = node->all)
		if (node->pci && node->guest && node->guest->host == host)
			return node;
	return NULL;
}

/* By address on the host. */
static void compare_devices(struct changes *changes, const struct hgx_plan *now)
{
	const struct hgx_topo *host = changes->plan->host;

	for (const struct hgx_node *node = host->root; node; node = node_next(host->root, node)) {
		const struct base_item *item = NULL;
		const struct hgx_node *before, *after;
		struct change *change;

		if (node->pci)
			item = base_item_of(changes->plan->base, node);
		if (!item && !plan_chose(changes->plan, node))
			continue;
		before = item ? guest_of(now, node) : NULL;
		after = plan_chose(changes->plan, node) ? guest_of(changes->plan, node) : NULL;
		if (before && after && !strcmp(before->name, after->name))
			continue;
		change = before || after ? add(changes) : NULL;
		if (!change)
			continue;
		change->device = node;
		change->before = before ? arena_string(&changes->arena, before->name) : NULL;
		change->after = after ? arena_string(&changes->arena, after->name) : NULL;
	}
}

static const struct change *change_of(const struct changes *changes, const struct hgx_node *device)
{
	for (const struct change *c = changes->first; c; c = c->next)
		if (c->device && c->device == device)
			return c;
	return NULL;
}

/* ----------------------------------------------------------------- elements */

static int by_text(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;
	size_t length = x->length < y->length ? x->length : y->length;
	int order = memcmp(x->text, y->text, length);

	if (order)
		return order;
	if (x->length != y->length)
		return x->length < y->length ? -1 : 1;
	return x->element < y->element ? -1 : x->element > y->element;
}

static struct piece *children(struct changes *changes, const struct xml_element *parent,
			      const char *text, size_t *count)
{
	struct piece *pieces;

	*count = 0;
	for (const struct xml_element *e = parent ? parent->first : NULL; e; e = e->next)
		*count += e->name != NULL;
	pieces = arena_alloc(&changes->arena, (*count + 1) * sizeof(*pieces));
	*count = 0;
	for (const struct xml_element *e = parent ? parent->first : NULL; pieces && e; e = e->next)
		if (e->name)
			pieces[(*count)++] = (struct piece){ e, text + e->whole.start,
							     e->whole.end - e->whole.start, false };
	if (pieces)
		qsort(pieces, *count, sizeof(*pieces), by_text);
	return pieces;
}

static void match(struct piece *old, size_t old_count, struct piece *new, size_t new_count)
{
	for (size_t i = 0, j = 0; i < old_count && j < new_count;) {
		size_t length = old[i].length < new[j].length ? old[i].length : new[j].length;
		int order = memcmp(old[i].text, new[j].text, length);

		if (!order && old[i].length != new[j].length)
			order = old[i].length < new[j].length ? -1 : 1;
		if (!order)
			old[i].same = new[j].same = true;
		i += order <= 0;
		j += order >= 0;
	}
}

static struct change *of_element(struct changes *changes, const char *name)
{
	struct change *change;

	for (change = changes->first; change; change = change->next)
		if (change->element && !strcmp(change->element, name))
			return change;
	change = add(changes);
	if (change)
		change->element = arena_string(&changes->arena, name);
	return change;
}

static const char *name_of(struct changes *changes, const struct xml_element *element)
{
	if (element->space && !strcmp(element->space, QEMU_NAMESPACE))
		return arena_format(&changes->arena, "qemu:%s", element->name);
	return element->name;
}

static const struct hgx_node *source_of(const struct base *base, const struct xml_element *element)
{
	for (size_t i = 0; i < base->count; i++)
		if (base->items[i].element == element)
			return base->items[i].source;
	return NULL;
}

static bool assigns(const struct xml_element *element)
{
	return xml_is(element, "hostdev") ||
	       (xml_is(element, "interface") && xml_attribute_is(element, "type", "hostdev"));
}

/* A device whose change is told needs no line for its element; a new one has none in the old
 * text. */
static bool is_told(const struct changes *changes, const struct xml_element *element, bool old)
{
	const struct hgx_node *device;

	if (!assigns(element))
		return false;
	device = old ? source_of(changes->plan->base, element) : NULL;
	return !old || (device && change_of(changes, device));
}

/* The element of a device that the guest has before and after, at the same address. */
static bool stays(const struct changes *changes, const struct xml_element *element)
{
	const struct hgx_node *device = NULL;

	if (assigns(element))
		device = source_of(changes->plan->base, element);
	return device && plan_chose(changes->plan, device);
}

static void count(struct changes *changes, const struct piece *pieces, size_t number, bool old)
{
	for (size_t i = 0; i < number; i++) {
		const struct xml_element *element = pieces[i].element;
		unsigned line = old ? xml_line(changes->old, element->whole.start) : 0;
		struct change *change;

		/* that of <devices> is told by what is in it */
		if (pieces[i].same || xml_is(element, "devices") || is_told(changes, element, old))
			continue;
		change = of_element(changes, name_of(changes, element));
		if (!change)
			return;
		if (old && stays(changes, element))
			change->kept++;
		else if (old)
			change->removed++;
		else
			change->added++;
		if (line && (!change->line || line < change->line))
			change->line = line;
	}
}

static void compare(struct changes *changes, const struct xml_element *old,
		    const struct xml_element *new)
{
	size_t before, after;
	struct piece *was = children(changes, old, changes->old, &before);
	struct piece *is = children(changes, new, changes->new, &after);

	if (!was || !is)
		return;
	match(was, before, is, after);
	count(changes, was, before, true);
	count(changes, is, after, false);
}

/* What was removed and added under one name has changed. */
static void pair_up(struct changes *changes)
{
	for (struct change *c = changes->first; c; c = c->next) {
		c->changed = c->removed < c->added ? c->removed : c->added;
		c->removed -= c->changed;
		c->added -= c->changed;
		c->changed += c->kept;
	}
}

static int compare_texts(struct changes *changes, struct hgx_error *err)
{
	const struct base *base = changes->plan->base;
	struct xml_element *new;
	int code = xml_read(&changes->arena, &new, changes->new, strlen(changes->new), base->name,
			    err);

	if (code)
		return code;
	compare(changes, base->domain, new);
	compare(changes, base->devices, xml_child(new, "devices"));
	pair_up(changes);
	if (!changes->first) { /* blanks, comments, attributes of <domain> or <devices> */
		struct change *change = of_element(changes, "domain");

		if (change)
			change->changed = 1;
	}
	return changes->arena.failed ? fail_memory(err) : HGX_OK;
}

static int find(struct changes *changes, struct hgx_error *err)
{
	const struct base *base = changes->plan->base;
	struct hgx_plan *now = NULL;
	char *text;
	int code = emit_base(changes->plan, &text, err);

	if (code)
		return code;
	changes->old = base->text;
	changes->new = arena_string(&changes->arena, text);
	hgx_text_free(text);
	if (changes->arena.failed)
		return fail_memory(err);
	if (strlen(changes->new) == base->length && !memcmp(changes->new, base->text, base->length))
		return HGX_OK;
	/* a domain that cannot be read as it is has no addresses before */
	code = domain_as_plan(&now, changes->plan, NULL);
	if (code == HGX_NO_MEMORY)
		return fail_memory(err);
	compare_devices(changes, now);
	hgx_plan_free(now);
	return compare_texts(changes, err);
}

static int begin(struct changes *changes, const struct hgx_plan *plan, struct hgx_error *err)
{
	*changes = (struct changes){ .plan = plan };
	changes->last = &changes->first;
	if (!plan->base)
		return fail_option(err, RULE_OPTION_INCOMPLETE, OPTION_BASE,
				   "the plan has no base domain that it could change");
	return find(changes, err);
}

/* ------------------------------------------------------------------ writing */

static void write_count(FILE *stream, size_t number, const char *what, const char **before)
{
	if (!number)
		return;
	fprintf(stream, "%s%zu %s", *before, number, what);
	*before = ", ";
}

static void write_change(FILE *stream, const struct change *change)
{
	const char *before = "";

	if (change->device && change->before && change->after)
		fprintf(stream, "guest address %s → %s", change->before, change->after);
	else if (change->device && change->after)
		fprintf(stream, "added at guest address %s", change->after);
	else if (change->device)
		fprintf(stream, "removed from guest address %s", change->before);
	if (change->device)
		return;
	write_count(stream, change->changed, "changed", &before);
	write_count(stream, change->removed, "removed", &before);
	write_count(stream, change->added, "added", &before);
	if (change->line)
		fprintf(stream,
			change->changed + change->removed > 1 ? " (the first in line %u)" :
								" (line %u)",
			change->line);
}

/* "GPU 0000:19:00.0": no model, so that scripts can compare lines. */
static void write_subject(FILE *stream, const struct change *change)
{
	if (change->device)
		fprintf(stream, "%s %s: ", kind_of(change->device->kind)->label,
			change->device->name);
	else
		fprintf(stream, "<%s>: ", change->element);
}

int hgx_emit_changes(const struct hgx_plan *plan, char **out, struct hgx_error *err)
{
	struct changes changes;
	struct text text;
	int code = begin(&changes, plan, err);

	*out = NULL;
	if (!code)
		code = text_open(&text, err);
	if (!code) {
		for (const struct change *c = changes.first; c; c = c->next) {
			write_subject(text.stream, c);
			write_change(text.stream, c);
			fputc('\n', text.stream);
		}
		code = text_close(&text, out, err);
	}
	arena_free(&changes.arena);
	return code;
}

static bool put_line(struct json *object, unsigned line)
{
	return line ? json_put(object, "line", json_number(line)) : json_put_null(object, "line");
}

static bool write_json(FILE *stream, const struct change *c)
{
	struct json *object = json_new_object();
	bool good = object && json_put_text(object, "device", c->device ? c->device->name : NULL) &&
		    json_put_text(object, "before", c->before) &&
		    json_put_text(object, "after", c->after) &&
		    json_put_text(object, "element", c->element) && put_line(object, c->line) &&
		    json_put(object, "changed", json_number((int64_t)c->changed)) &&
		    json_put(object, "removed", json_number((int64_t)c->removed)) &&
		    json_put(object, "added", json_number((int64_t)c->added));

	if (good)
		json_write(stream, object);
	json_free(object);
	return good;
}

int hgx_emit_changes_json(const struct hgx_plan *plan, char **out, struct hgx_error *err)
{
	struct changes changes;
	struct text text;
	bool good = true;
	int code = begin(&changes, plan, err);

	*out = NULL;
	if (!code)
		code = text_open(&text, err);
	if (!code) {
		fputs("{\n  \"format\": \"hgxtopo-changes\",\n  \"version\": 1,\n  \"changes\": [",
		      text.stream);
		for (const struct change *c = changes.first; good && c; c = c->next) {
			fputs(c == changes.first ? "\n    " : ",\n    ", text.stream);
			good = write_json(text.stream, c);
		}
		fputs(changes.first ? "\n  ]\n}\n" : " ]\n}\n", text.stream);
		code = text_close(&text, out, err);
		if (!code && !good) {
			hgx_text_free(*out);
			*out = NULL;
			code = fail_memory(err);
		}
	}
	arena_free(&changes.arena);
	return code;
}
