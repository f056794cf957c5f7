/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a plan changes in its base domain. The texts of the domain before and after are compared, so
 * that nothing that changes is left out. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "emit/changes_find.h"
#include "util/arena.h"
#include "util/error.h"
#include "model/topo.h"
#include "format/xml_read.h"
#include "format/xml_scan.h"
#include "guest/plan.h"
#include "domain/assigned.h"
#include "domain/base.h"
#include "domain/topo.h"
#include "emit/base.h"
#include "emit/changes_inside.h"

/* An element of one of the texts. */
struct piece {
	const struct xml_element *element;
	const char *text;
	size_t length;
	bool same; /* the other text has it too, or one that takes its place */
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
		change->kind = !before ? "added" : !after ? "removed" : "moved";
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

/* By their places in the text. */
static int by_place(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	return x->text < y->text ? -1 : x->text > y->text;
}

/* Counts an element with those that change in the same way. */
static void note(struct changes *changes, const char *kind, const struct xml_element *element,
		 const struct inside *inside, unsigned line)
{
	const char *name = inside_name(&changes->arena, element);
	const char *text = inside_text(&changes->arena, inside);
	struct change *change = changes->first;

	while (change && !(change->element && !strcmp(change->element, name) &&
			   !strcmp(change->kind, kind) && !strcmp(change->text, text)))
		change = change->next;
	if (!change)
		change = add(changes);
	if (!change)
		return;
	if (!change->count)
		change->line = line;
	change->kind = kind;
	change->element = arena_string(&changes->arena, name);
	change->inside = inside;
	change->text = text;
	change->count++;
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

static const char *index_of(const struct xml_element *element)
{
	const char *index = xml_attribute(element, "index");

	return index ? index : "";
}

/* The place of a <source>, which tells devices of the host apart. */
static struct piece source_text(const struct piece *piece)
{
	const char *text = piece->text - piece->element->whole.start;
	const struct xml_element *source = xml_child(piece->element, "source");

	if (!source)
		return (struct piece){ .text = "" };
	return (struct piece){ source, text + source->whole.start,
			       source->whole.end - source->whole.start, false };
}

static bool same_piece(struct piece a, struct piece b)
{
	return a.length == b.length && !memcmp(a.text, b.text, a.length);
}

/* Whether one element takes the place of the other: a controller by its index, a device of the host
 * by its source, anything else in order. */
static bool replaces(const struct piece *new, const struct piece *old)
{
	const struct xml_element *a = old->element, *b = new->element;

	if (strcmp(a->name, b->name) != 0 || strcmp(index_of(a), index_of(b)) != 0)
		return false;
	return !assigns(a) || same_piece(source_text(old), source_text(new));
}

static struct piece *replacement(const struct piece *old, struct piece *new, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!new[i].same && replaces(&new[i], old))
			return &new[i];
	return NULL;
}

/* What became of an element of the old text. That of <devices> is told by what is in it. */
static void compare_one(struct changes *changes, const struct piece *old, struct piece *new,
			size_t count)
{
	unsigned line = xml_line(changes->old, old->element->whole.start);
	struct piece *now = replacement(old, new, count);

	if (now)
		now->same = true;
	if (now)
		note(changes, "changed", old->element,
		     inside_find(&changes->arena, old->element, now->element), line);
	else
		note(changes, stays(changes, old->element) ? "changed" : "removed", old->element,
		     NULL, line);
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
	qsort(was, before, sizeof(*was), by_place);
	qsort(is, after, sizeof(*is), by_place);
	for (size_t i = 0; i < before; i++)
		if (!was[i].same && !xml_is(was[i].element, "devices") &&
		    !is_told(changes, was[i].element, true))
			compare_one(changes, &was[i], is, after);
	for (size_t i = 0; i < after; i++)
		if (!is[i].same && !xml_is(is[i].element, "devices") &&
		    !is_told(changes, is[i].element, false))
			note(changes, "added", is[i].element, NULL, 0);
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
	if (!changes->first) /* blanks, comments, attributes of <domain> or <devices> */
		note(changes, "changed", base->domain, NULL, 0);
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

int changes_find(struct changes *changes, const struct hgx_plan *plan, struct hgx_error *err)
{
	*changes = (struct changes){ .plan = plan };
	changes->last = &changes->first;
	if (!plan->base)
		return fail_option(err, RULE_OPTION_INCOMPLETE, OPTION_BASE,
				   "the plan has no base domain that it could change");
	return find(changes, err);
}
