/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks an NCCL topology file: by itself, then against the file that we would write. */
#include <stdarg.h>
#include <string.h>
#include "check/nccl.h"
#include "emit/nccl.h"
#include "forecast/from_file.h"
#include "forecast/pcie.h"
#include "util/bdf.h"
#include "util/error.h"
#include "util/text.h"

#define ROW(name, id, function, ...) function,
#define NOTHING(...)
static nccl_rule *const rules[] = { NCCL_RULES(ROW, NOTHING) NULL };

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

/* The file that we would write; without one, the file is compared with the machine's devices only.
 */
static int read_own(struct nccl_check *nccl, struct hgx_error *err)
{
	struct hgx_nccl_options options = { .size = sizeof(options) };
	struct hgx_error why;
	char *text;
	int code = hgx_emit_nccl(nccl->topo, &options, &text, &why);

	if (code == HGX_NO_MEMORY)
		*err = why;
	if (code == HGX_NO_MEMORY)
		return code;
	if (code) {
		check_unknown(&nccl->check,
			      "links and paths of the NCCL file (the machine's own are "
			      "unknown)");
		return HGX_OK;
	}
	code = nccl_file_read(&nccl->own, text, strlen(text), "the NCCL file", err);
	hgx_text_free(text);
	return code;
}

int hgx_check_nccl(struct hgx_findings **out, const char *data, size_t length, const char *name,
		   const struct hgx_topo *guest, const struct hgx_topo *host,
		   const struct hgx_check_options *options, struct hgx_error *err)
{
	struct nccl_check nccl = { .name = name ? name : "the NCCL file",
				   .path = name,
				   .topo = guest ? guest : host,
				   .host = guest ? host : NULL };
	int code;

	*out = NULL;
	if (!data)
		return fail(err, RULE_TEXT_MISSING, "%s: no text given", nccl.name);
	code = check_begin(&nccl.check, options, err);
	if (code)
		return code;
	code = nccl_read(&nccl, data, length, err);
	if (!code && nccl.topo && nccl.file.root)
		code = read_own(&nccl, err);
	for (size_t i = 0; !code && nccl.file.root && rules[i]; i++)
		rules[i](&nccl);
	nccl_file_free(&nccl.file);
	nccl_file_free(&nccl.own);
	return check_end(&nccl.check, code, out, err);
}
