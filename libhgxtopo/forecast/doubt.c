/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks over the elements that NCCL keeps. */
#include <string.h>
#include "forecast/doubt.h"
#include "util/error.h"
#include "util/macros.h"

struct looker {
	struct telling *told;
	const struct nccl_document *file;
};

static void doubt(const struct looker *looker, struct nccl_place place, const char *remedy,
		  const char *text)
{
	finding_add(&looker->told->findings, &looker->told->arena, RULE_NCCL_FILE, HGX_WARNING,
		    NULL, remedy, "%s:%u:%u: %s", looker->file->name, place.line, place.column,
		    text);
}

static const struct nccl_element *next(const struct looker *looker,
				       const struct nccl_element *element)
{
	do {
		element = nccl_next(looker->file->root, element);
	} while (element && element->ignored);
	return element;
}

/* What NCCL asks of each element once the file gives a <net>: it then fills in nothing. */
static const struct {
	const char *element, *key;
	bool x86; /* only of a processor of x86 */
} needed[] = {
	{ "cpu", "arch", false },	{ "cpu", "vendor", true }, { "cpu", "familyid", true },
	{ "cpu", "modelid", true },	{ "pci", "class", false }, { "pci", "link_speed", false },
	{ "pci", "link_width", false },
};

static const char *lacks(const struct nccl_element *element)
{
	const char *arch = nccl_value(element, "arch");
	bool x86 = !arch || !strcmp(arch, "x86_64");

	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (nccl_is(element, needed[i].element) && (x86 || !needed[i].x86) &&
		    !nccl_value(element, needed[i].key))
			return needed[i].key;
	return NULL;
}

static const struct nccl_element *find_net(const struct looker *looker)
{
	const struct nccl_element *element = looker->file->root;

	while (element && !nccl_is(element, "net"))
		element = next(looker, element);
	return element;
}

static int check_whole(const struct looker *looker, struct hgx_error *err)
{
	const struct nccl_element *element = find_net(looker) ? looker->file->root : NULL;

	for (; element; element = next(looker, element)) {
		const char *key = lacks(element);

		if (key)
			return fail(
				err, RULE_NCCL_INCOMPLETE,
				"%s:%u:%u: NCCL fills in nothing in a file with a <net>, and "
				"gives up on this <%s> without %s; leave out <net> and <nic>, or "
				"write every attribute",
				looker->file->name, element->place.line, element->place.column,
				element->name, key);
	}
	return HGX_OK;
}

static void doubt_attributes(const struct looker *looker, const struct nccl_element *element)
{
	for (const struct nccl_attribute *one = element->attributes; one; one = one->next)
		if (one->dropped)
			doubt(looker, one->place, "leave out what NCCL does not need",
			      "NCCL does not see this attribute, which is beyond the sixteenth of "
			      "its element");
		else if (!*one->key && *one->value)
			doubt(looker, one->place, "write no blank before the =",
			      "NCCL does not see this value: a blank before the = parts it from "
			      "its name");
}

/* Of a file without <net>, which is complete. */
static void doubt_links(const struct looker *looker)
{
	const struct nccl_element *first = NULL;
	size_t count = 0;

	for (const struct nccl_element *one = looker->file->root; one; one = next(looker, one)) {
		if (!nccl_is(one, "pci") ||
		    (nccl_value(one, "link_speed") && nccl_value(one, "link_width")))
			continue;
		first = first ? first : one;
		count++;
	}
	if (first)
		doubt(looker, first->place, "write both for each <pci>",
		      arena_format(&looker->told->arena,
				   "without link_speed or link_width: %zu <pci>, of which this is "
				   "the first; NCCL takes what sysfs shows where it runs, and 8 "
				   "GT/s or 16 lanes are assumed here",
				   count));
}

static bool has_nic(const struct told_node *node)
{
	for (const struct told_node *child = node->first; child; child = child->next)
		if (child->kind == TOLD_NIC || has_nic(child))
			return true;
	return false;
}

static bool is_inside(const struct told_node *node, const struct told_node *other)
{
	while (node && node != other)
		node = node->parent;
	return node != NULL;
}

/* Whether two names are addresses that differ in their function only. */
static bool are_twins(const char *a, const char *b)
{
	const char *dot = strrchr(a, '.');

	return dot && !strncmp(a, b, (size_t)(dot - a) + 1) && strcmp(a, b) != 0;
}

static const char *switch_problem(const struct told_node *one, const struct told_node *other)
{
	if (!strcmp(one->name, other->name))
		return "stands for two switches, which NCCL tells apart by it; they are two here";
	if (are_twins(one->name, other->name) && !is_inside(one, other) && has_nic(one) &&
	    has_nic(other))
		return "differs from the address of another switch in the function only: since "
		       "2.24, NCCL takes the NICs below both for ports of one card and merges "
		       "them, so it decides worse than is said here";
	return NULL;
}

/* Each switch is told once, with the first before it that it goes badly with. */
static void doubt_switch(const struct looker *looker, const struct told_node *node)
{
	for (struct told_node *other = NULL;
	     (other = told_next(looker->told, other)) != NULL && other != node;) {
		const char *problem = other->kind == TOLD_SWITCH ? switch_problem(node, other) :
								   NULL;

		if (!problem)
			continue;
		finding_add(&looker->told->findings, &looker->told->arena, RULE_NCCL_FILE,
			    HGX_WARNING, NULL,
			    "give each switch an address of its own, such as ffff:ff:01.0 and "
			    "ffff:ff:02.0",
			    "%s: switch %s: it %s", looker->file->name, node->name, problem);
		return;
	}
}

int doubt_file(struct telling *told, const struct nccl_document *file, struct hgx_error *err)
{
	struct looker looker = { told, file };
	int code = check_whole(&looker, err);

	if (code)
		return code;
	for (const struct nccl_element *one = file->root; one; one = next(&looker, one))
		doubt_attributes(&looker, one);
	doubt_links(&looker);
	for (struct told_node *node = NULL; (node = told_next(told, node)) != NULL;)
		if (node->kind == TOLD_SWITCH)
			doubt_switch(&looker, node);
	return told->arena.failed ? fail_memory(err) : HGX_OK;
}
