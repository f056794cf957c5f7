/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What all rules about an NCCL file share. */
#include <stdarg.h>
#include <string.h>
#include "check/nccl.h"
#include "forecast/from_file.h"
#include "forecast/pcie.h"
#include "util/bdf.h"

void nccl_add(struct nccl_check *nccl, enum rule_id rule, struct nccl_place place,
	      const struct hgx_node *node, const char *commands, const char *format, ...)
{
	va_list args;
	const char *text;

	va_start(args, format);
	text = arena_vformat(&nccl->check.out->arena, format, args);
	va_end(args);
	check_add(&nccl->check, rule, node, commands, "%s:%u:%u: %s", nccl->name, place.line,
		  place.column, text ? text : "");
}

/* What neither sed nor a shell takes for something else within '…|…|…|'. */
static bool is_plain(const char *text)
{
	return !strpbrk(text, "'|\\&*[]^$\n");
}

const char *nccl_edit(struct nccl_check *nccl, unsigned line, const char *from, const char *to)
{
	if (!nccl->path || strchr(nccl->path, '\'') || !is_plain(from) || !is_plain(to))
		return NULL;
	return arena_format(&nccl->check.out->arena, "sed -i '%us|%s|%s|' '%s'", line, from, to,
			    nccl->path);
}

const char *nccl_edit_value(struct nccl_check *nccl, const struct nccl_attribute *attribute,
			    const char *to)
{
	struct arena *arena = &nccl->check.out->arena;
	const char *from = arena_format(arena, "%s=\"%s\"", attribute->key, attribute->value);
	const char *new = arena_format(arena, "%s=\"%s\"", attribute->key, to);

	return from && new ? nccl_edit(nccl, attribute->place.line, from, new) : NULL;
}

int nccl_kind(const struct nccl_document *file, const struct nccl_element *element)
{
	return told_kind_of(element, file->version == 2);
}

const struct nccl_element *nccl_pci(const struct nccl_document *file,
				    const struct nccl_element *before)
{
	const struct nccl_element *element = before ? before : file->root;

	while (element && (element = nccl_next(file->root, element)) != NULL)
		if (nccl_is(element, "pci"))
			return element;
	return NULL;
}

struct nccl_place nccl_place_of(const struct nccl_element *element, const char *key)
{
	const struct nccl_attribute *attribute = nccl_attribute(element, key);

	return attribute ? attribute->place : element->place;
}

const struct hgx_node *nccl_node(const struct nccl_check *nccl, const struct nccl_element *pci)
{
	const char *busid = nccl_value(pci, "busid");
	struct hgx_bdf address;

	if (!nccl->topo || !busid || !bdf_read(busid, strlen(busid), &address))
		return NULL;
	return topo_find(nccl->topo, bdf_text(address).text);
}

float nccl_bandwidth(const struct nccl_element *pci)
{
	return pcie_bandwidth(nccl_value(pci, "link_speed"), told_number(pci, "link_width", 0));
}

bool nccl_tells_link(const struct nccl_element *pci)
{
	const char *speed = nccl_value(pci, "link_speed");

	return speed && *speed && pcie_knows(speed) && nccl_value(pci, "link_width");
}

#define EMULATED 0.2f /* GB/s of 2.5 GT/s x1 */

/* What is above or below a GPU; NICs with such a link exist. */
bool nccl_is_emulated(const struct nccl_document *file, const struct nccl_element *pci)
{
	const char *speed = nccl_value(pci, "link_speed");

	if (!speed || !nccl_attribute(pci, "link_width") || strncmp(speed, "2.5 GT/s", 8) != 0)
		return false;
	if (nccl_kind(file, pci) == TOLD_GPU)
		return true;
	return nccl_kind(file, pci) == TOLD_SWITCH && nccl_bandwidth(pci) < EMULATED;
}
