/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Comparing an element of a base domain with the one that the plan would write. */
#include <stdbool.h>
#include <string.h>
#include "emit/same.h"
#include "util/arena.h"
#include "util/macros.h"
#include "format/xml_read.h"
#include "domain/base.h"

/* What the plan would write, as children of one element; NULL: memory ran out. */
static const struct xml_element *read_lines(struct rewriting *rw, const char *lines)
{
	const char *text = arena_format(&rw->arena,
					"<lines xmlns:qemu='" QEMU_NAMESPACE "'>%s</lines>", lines);
	struct xml_element *root;

	if (rw->arena.failed ||
	    xml_read(&rw->arena, &root, text, strlen(text), "the mirror", rw->err))
		return NULL;
	return root;
}

static const struct xml_element *next_named(const struct xml_element *element)
{
	while (element && !element->name)
		element = element->next;
	return element;
}

static bool same_value(const char *a, const char *b)
{
	unsigned x, y;

	return !strcmp(a, b) ||
	       (xml_number(a, UINT32_MAX, &x) && xml_number(b, UINT32_MAX, &y) && x == y);
}

/* What libvirt adds to a controller: its default, the index, as a chassis; the number of a port;
 * the name of the model. */
static bool may_add(const struct xml_element *element, const struct xml_attribute *attribute)
{
	const char *index = xml_attribute(element->parent, "index");

	if (!strcmp(attribute->name, "chassis"))
		return index && same_value(attribute->value, index);
	if (!strcmp(attribute->name, "multifunction"))
		return !strcmp(attribute->value, "off");
	return xml_is(element, "target") && !strcmp(attribute->name, "port");
}

static bool same_attributes(const struct xml_element *old, const struct xml_element *fresh)
{
	for (const struct xml_attribute *a = fresh->attributes; a; a = a->next) {
		const char *value = xml_attribute(old, a->name);

		if (!value || !same_value(value, a->value))
			return false;
	}
	for (const struct xml_attribute *a = old->attributes; a; a = a->next)
		if (!xml_attribute(fresh, a->name) && !may_add(old, a))
			return false;
	return true;
}

static const struct xml_element *namesake(const struct xml_element *parent,
					  const struct xml_element *of)
{
	for (const struct xml_element *e = parent->first; e; e = e->next)
		if (e->name && !strcmp(e->name, of->name))
			return e;
	return NULL;
}

/* <target> may be nothing but what libvirt adds. */
static bool is_added(const struct xml_element *element)
{
	if (xml_is(element, "model"))
		return true;
	for (const struct xml_attribute *a = element->attributes; a; a = a->next)
		if (!may_add(element, a))
			return false;
	return xml_is(element, "target") && !element->first;
}

static bool same_space(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* @inner: the texts count; between tags there are only blanks. */
static bool same_head(const struct xml_element *old, const struct xml_element *fresh)
{
	return !strcmp(old->name, fresh->name) && same_space(old->space, fresh->space) &&
	       same_attributes(old, fresh) && (fresh->first || same_value(old->text, fresh->text));
}

static bool same_element(const struct xml_element *old, const struct xml_element *fresh);

/* Several children of one name are in the same order. */
static bool same_children(const struct xml_element *old, const struct xml_element *fresh)
{
	const struct xml_element *e = next_named(old->first);

	for (const struct xml_element *f = next_named(fresh->first); f; f = next_named(f->next)) {
		while (e && strcmp(e->name, f->name) && !namesake(fresh, e) && is_added(e))
			e = next_named(e->next);
		if (!e || !same_element(e, f))
			return false;
		e = next_named(e->next);
	}
	for (; e; e = next_named(e->next))
		if (namesake(fresh, e) || !is_added(e))
			return false;
	return true;
}

/* It is no deeper than what a plan writes: the shapes are the same. */
static bool same_element(const struct xml_element *old, const struct xml_element *fresh)
{
	return same_head(old, fresh) && same_children(old, fresh);
}

bool says_same(struct rewriting *rw, const struct xml_element *element, const char *lines)
{
	const struct xml_element *root = read_lines(rw, lines);
	const struct xml_element *fresh = root ? next_named(root->first) : NULL;

	return fresh && same_element(element, fresh);
}

bool all_say_same(struct rewriting *rw, const struct xml_element *parent, picks *ours,
		  const char *lines)
{
	const struct xml_element *root = read_lines(rw, lines), *fresh;

	if (!root)
		return false;
	fresh = next_named(root->first);
	for (const struct xml_element *e = parent->first; e; e = e->next) {
		if (!e->name || !ours(rw, e))
			continue;
		if (!fresh || !same_element(e, fresh))
			return false;
		fresh = next_named(fresh->next);
	}
	return !fresh;
}
