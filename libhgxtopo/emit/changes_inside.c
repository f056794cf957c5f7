/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What differs between two elements: attributes, text, and the elements in them by name. */
#include <stdbool.h>
#include <string.h>
#include "emit/changes_inside.h"
#include "util/arena.h"
#include "util/text.h"
#include "domain/base.h"
#include "format/xml_read.h"

struct list {
	struct arena *arena;
	const struct inside *first, **last;
};

static void add(struct list *list, const char *kind, const char *element, const char *attribute,
		size_t count)
{
	struct inside *inside = count ? arena_alloc(list->arena, sizeof(*inside)) : NULL;

	if (!inside)
		return;
	*inside = (struct inside){ kind, element, attribute, count, NULL };
	*list->last = inside;
	list->last = &inside->next;
}

static size_t length_without_blanks(const char **text)
{
	static const char blank[] = " \t\r\n";
	size_t length;

	*text = *text ? *text : "";
	*text += strspn(*text, blank);
	length = strlen(*text);
	while (length && strchr(blank, (*text)[length - 1]))
		length--;
	return length;
}

static bool same_content(const char *a, const char *b)
{
	size_t length = length_without_blanks(&a);

	return length == length_without_blanks(&b) && !memcmp(a, b, length);
}

const char *inside_name(struct arena *arena, const struct xml_element *element)
{
	if (text_equal(element->space, QEMU_NAMESPACE))
		return arena_format(arena, "qemu:%s", element->name);
	return element->name;
}

static bool same_name(const struct xml_element *a, const struct xml_element *b)
{
	return a->name && b->name && !strcmp(a->name, b->name) && text_equal(a->space, b->space);
}

static const struct xml_attribute *find_attribute(const struct xml_element *element,
						  const struct xml_attribute *as)
{
	const struct xml_attribute *a = element->attributes;

	while (a && (strcmp(a->name, as->name) != 0 || !text_equal(a->space, as->space)))
		a = a->next;
	return a;
}

static bool has_attributes(const struct xml_element *element, const struct xml_element *of)
{
	for (const struct xml_attribute *a = of->attributes; a; a = a->next) {
		const struct xml_attribute *own = find_attribute(element, a);

		if (!own || strcmp(own->value, a->value) != 0)
			return false;
	}
	return true;
}

static const struct xml_element *skip_comments(const struct xml_element *element)
{
	while (element && !element->name)
		element = element->next;
	return element;
}

/* Depth is what xml_scan() admits. */
static bool is_same(const struct xml_element *a, const struct xml_element *b)
{
	const struct xml_element *x = skip_comments(a->first), *y = skip_comments(b->first);

	if (!same_name(a, b) || !same_content(a->text, b->text) || !has_attributes(a, b) ||
	    !has_attributes(b, a))
		return false;
	while (x && y && is_same(x, y)) {
		x = skip_comments(x->next);
		y = skip_comments(y->next);
	}
	return !x && !y;
}

/* How many elements of that name in @one have none that is the same in @other. */
static size_t count_missing(const struct xml_element *one, const struct xml_element *other,
			    const struct xml_element *named)
{
	size_t count = 0;

	for (const struct xml_element *e = one->first; e; e = e->next) {
		const struct xml_element *found = other->first;

		if (!same_name(e, named))
			continue;
		while (found && !(found->name && is_same(found, e)))
			found = found->next;
		count += !found;
	}
	return count;
}

/* Whether an element of that name is before this one in @parent. */
static bool is_before(const struct xml_element *parent, const struct xml_element *element,
		      const struct xml_element *end)
{
	for (const struct xml_element *e = parent->first; e != end; e = e->next)
		if (same_name(e, element))
			return true;
	return false;
}

static void compare_named(struct list *list, const struct xml_element *old,
			  const struct xml_element *new, const struct xml_element *named)
{
	const char *name = inside_name(list->arena, named);
	size_t removed = count_missing(old, new, named), added = count_missing(new, old, named);
	size_t changed = removed < added ? removed : added;

	add(list, "changed", name, NULL, changed);
	add(list, "removed", name, NULL, removed - changed);
	add(list, "added", name, NULL, added - changed);
}

static void compare_attributes(struct list *list, const struct xml_element *old,
			       const struct xml_element *new)
{
	for (const struct xml_attribute *a = old->attributes; a; a = a->next) {
		const struct xml_attribute *now = find_attribute(new, a);

		if (!now || strcmp(now->value, a->value) != 0)
			add(list, now ? "changed" : "removed", NULL, a->name, 1);
	}
	for (const struct xml_attribute *a = new->attributes; a; a = a->next)
		if (!find_attribute(old, a))
			add(list, "added", NULL, a->name, 1);
}

const struct inside *inside_find(struct arena *arena, const struct xml_element *old,
				 const struct xml_element *new)
{
	struct list list = { .arena = arena };

	list.last = &list.first;
	compare_attributes(&list, old, new);
	if (!same_content(old->text, new->text))
		add(&list, "changed", NULL, NULL, 1);
	for (const struct xml_element *e = old->first; e; e = e->next)
		if (e->name && !is_before(old, e, e))
			compare_named(&list, old, new, e);
	for (const struct xml_element *e = new->first; e; e = e->next)
		if (e->name && !is_before(old, e, NULL) && !is_before(new, e, e))
			compare_named(&list, old, new, e);
	return list.first;
}

static const char *one_text(struct arena *arena, const struct inside *inside)
{
	if (inside->attribute)
		return arena_format(arena, "attribute %s %s", inside->attribute, inside->kind);
	if (!inside->element)
		return arena_format(arena, "text %s", inside->kind);
	if (inside->count == 1)
		return arena_format(arena, "<%s> %s", inside->element, inside->kind);
	return arena_format(arena, "%zu <%s> %s", inside->count, inside->element, inside->kind);
}

const char *inside_text(struct arena *arena, const struct inside *inside)
{
	const char *text = "";

	for (; inside; inside = inside->next)
		text = arena_format(arena, "%s%s%s", text, *text ? ", " : "",
				    one_text(arena, inside));
	return text;
}
