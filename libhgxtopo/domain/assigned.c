/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which functions of its host a domain assigns. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "domain/assigned.h"
#include "util/arena.h"
#include "util/bdf.h"
#include "util/error.h"
#include "util/macros.h"
#include "model/topo.h"
#include "format/xml_read.h"
#include "format/xml_scan.h"
#include "domain/base.h"

bool base_assigns(const struct xml_element *element)
{
	return xml_is(element, "hostdev") ?
		       xml_attribute_is(element, "type", "pci") :
		       xml_is(element, "interface") && xml_attribute_is(element, "type", "hostdev");
}

int base_read_source(const struct hgx_topo *host, const struct base *base, struct base_item *item,
		     struct hgx_error *err)
{
	const struct xml_element *source = xml_child(item->element, "source");
	const struct xml_element *address = xml_child(source, "address");
	const char *const names[] = { "domain", "bus", "slot", "function" };
	const char *type = xml_attribute(address, "type");
	const unsigned max[] = { UINT32_MAX, 255, 31, 7 };
	unsigned values[4] = { 0 };

	if (!address || (type && strcmp(type, "pci")))
		return base_broken(base, item->element, RULE_DOMAIN_VALUE, err,
				   "a <%s> that assigns a PCI device needs its address in <source>",
				   item->element->name);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *value = xml_attribute(address, names[i]);

		if (value && !xml_number(value, max[i], &values[i]))
			return base_broken(
				base, address, RULE_DOMAIN_VALUE, err,
				"%s='%.20s' is not valid in the PCI address of a host device; it "
				"must be a number up to %u",
				names[i], value, max[i]);
	}
	item->source_address = (struct hgx_bdf){ values[0], (uint8_t)values[1], (uint8_t)values[2],
						 (uint8_t)values[3] };
	if (host)
		item->source = hgx_topo_find(host, bdf_text(item->source_address).text);
	return HGX_OK;
}

static int by_source(const void *a, const void *b)
{
	const struct base_item *x = *(struct base_item *const *)a;
	const struct base_item *y = *(struct base_item *const *)b;
	int order = bdf_compare(x->source_address, y->source_address);

	return order ? order : x < y ? -1 : x > y;
}

static int refuse_twice(const struct base *base, const struct base_item *first,
			const struct base_item *second, struct hgx_error *err)
{
	int code = base_broken(base, second->element, RULE_DOMAIN_CLASH, err,
			       "<%.30s>: the <%.30s> in line %u assigns the same device, %s; "
			       "remove one of them",
			       second->element->name, first->element->name,
			       xml_line(base->text, first->element->whole.start),
			       bdf_text(first->source_address).text);

	error_node(err, first->source ? first->source->name : NULL);
	return code;
}

int base_check_sources(struct hgx_plan *plan, const struct base *base, struct hgx_error *err)
{
	struct base_item **sorted = arena_alloc(&plan->arena, (base->count + 1) * sizeof(*sorted));
	const struct base_item *before = NULL;
	size_t count = 0;

	if (!sorted)
		return fail_memory(err);
	for (size_t i = 0; i < base->count; i++)
		if (base->items[i].assigned && !base->items[i].ours)
			sorted[count++] = &base->items[i];
	qsort(sorted, count, sizeof(*sorted), by_source);
	for (size_t i = 0; i < count; before = sorted[i++])
		if (before && !bdf_compare(before->source_address, sorted[i]->source_address))
			return refuse_twice(base, before, sorted[i], err);
	return HGX_OK;
}

struct base_item *base_item_of(const struct base *base, const struct hgx_node *device)
{
	struct base_item *found = NULL;

	for (size_t i = 0; i < base->count; i++) {
		struct base_item *item = &base->items[i];

		if (item->source == device && (!found || (found->ours && !item->ours)))
			found = item;
	}
	return found;
}
