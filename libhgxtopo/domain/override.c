/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a domain says to QEMU past libvirt, and what of it is ours. */
#include <string.h>
#include "domain/override.h"
#include "format/xml_read.h"
#include "domain/alias.h"
#include "domain/base.h"

const struct xml_element *qemu_child(const struct xml_element *parent, const char *name)
{
	for (const struct xml_element *e = parent ? parent->first : NULL; e; e = e->next)
		if (e->name && e->space && !strcmp(e->space, QEMU_NAMESPACE) &&
		    !strcmp(e->name, name))
			return e;
	return NULL;
}

static bool is_kept(const struct base *base, const char *alias)
{
	for (size_t i = 0; i < base->count; i++)
		if (base->items[i].kept && base->items[i].alias &&
		    !strcmp(base->items[i].alias, alias))
			return true;
	return false;
}

static const struct xml_element *only_child(const struct xml_element *element)
{
	const struct xml_element *found = NULL;

	for (const struct xml_element *e = element ? element->first : NULL; e; e = e->next) {
		if (found && e->name)
			return NULL;
		found = e->name ? e : found;
	}
	return found;
}

bool override_is_ours(const struct base *base, const struct xml_element *device)
{
	const char *alias = xml_attribute(device, "alias");
	const struct xml_element *property = only_child(only_child(device));

	if (!alias || alias_is_ours(alias))
		return alias != NULL;
	return is_kept(base, alias) && xml_attribute_is(property, "name", "x-nv-gpudirect-clique");
}

static const char *value_in(const struct xml_element *device, const char *property)
{
	const struct xml_element *frontend = qemu_child(device, "frontend");

	for (const struct xml_element *e = frontend ? frontend->first : NULL; e; e = e->next)
		if (e->name && xml_attribute_is(e, "name", property))
			return xml_attribute(e, "value");
	return NULL;
}

const char *override_value(const struct base *base, const char *alias, const char *property)
{
	const struct xml_element *override = qemu_child(base->domain, "override");

	for (const struct xml_element *e = override ? override->first : NULL; e; e = e->next)
		if (e->name && xml_attribute_is(e, "alias", alias))
			return value_in(e, property);
	return NULL;
}

bool base_overrides(const struct base *base, const char *alias)
{
	const struct xml_element *override = qemu_child(base->domain, "override");

	for (const struct xml_element *e = override ? override->first : NULL; e; e = e->next)
		if (e->name && xml_attribute_is(e, "alias", alias) && !override_is_ours(base, e))
			return true;
	return false;
}
