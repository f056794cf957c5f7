/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The file to have instead of another, and what differs. */
#include <stdlib.h>
#include <string.h>
#include "check/check.h"
#include "format/nccl_file.h"
#include "util/bdf.h"
#include "util/error.h"
#include "util/text.h"

struct fixing {
	const char *name;
	struct nccl_document before, after;
	struct hgx_findings *changes;
};

static void tell(struct fixing *fixing, struct nccl_place place, const char *format, ...)
	PRINTF(3, 4);
static void tell(struct fixing *fixing, struct nccl_place place, const char *format, ...)
{
	struct arena *arena = &fixing->changes->arena;
	va_list args;
	const char *text;

	va_start(args, format);
	text = arena_vformat(arena, format, args);
	va_end(args);
	finding_add(&fixing->changes->list, arena, RULE_NCCL_CHANGED, HGX_NOTE, NULL, NULL,
		    "%s:%u:%u: %s", fixing->name, place.line, place.column, text ? text : "");
}

/* What an element is known by: its address, however it is spelled, or its number. */
static const char *key_of(const struct nccl_element *element)
{
	return nccl_is(element, "cpu") ? "numaid" : nccl_is(element, "pci") ? "busid" : "";
}

static bool same_key(const struct nccl_element *a, const struct nccl_element *b)
{
	const char *mine = nccl_value(a, key_of(a)), *other = nccl_value(b, key_of(b));
	struct hgx_bdf x, y;

	if (strcmp(key_of(a), key_of(b)) != 0 || !mine || !other)
		return false;
	if (bdf_read(mine, strlen(mine), &x) && bdf_read(other, strlen(other), &y))
		return !bdf_compare(x, y);
	return !strcmp(mine, other);
}

static const struct nccl_element *find(const struct nccl_document *file,
				       const struct nccl_element *like)
{
	for (const struct nccl_element *one = file->root; one; one = nccl_next(file->root, one))
		if (!one->ignored && same_key(one, like))
			return one;
	return NULL;
}

static bool is_listed(const struct nccl_element *element)
{
	return !element->ignored && *key_of(element) && nccl_value(element, key_of(element));
}

/* "<pci busid="0000:19:00.0">". */
static const char *title(struct fixing *fixing, const struct nccl_element *element)
{
	const char *text = arena_format(&fixing->changes->arena, "<%s %s=\"%s\">", element->name,
					key_of(element), nccl_value(element, key_of(element)));

	return text ? text : "";
}

static void tell_attributes(struct fixing *fixing, const struct nccl_element *was,
			    const struct nccl_element *is)
{
	for (const struct nccl_attribute *one = was->attributes; one; one = one->next) {
		const char *now = nccl_value(is, one->key);

		if (*one->key && (!now || strcmp(now, one->value) != 0))
			tell(fixing, one->place, "%s: %s=\"%s\" becomes %s%s%s", title(fixing, is),
			     one->key, one->value, now ? "\"" : "nothing", now ? now : "",
			     now ? "\"" : "");
	}
	for (const struct nccl_attribute *one = is->attributes; one; one = one->next)
		if (!nccl_value(was, one->key))
			tell(fixing, was->place, "%s: %s=\"%s\" is added", title(fixing, is),
			     one->key, one->value);
}

static void tell_parent(struct fixing *fixing, const struct nccl_element *was,
			const struct nccl_element *is)
{
	if (was->parent && is->parent && *key_of(is->parent) && !same_key(was->parent, is->parent))
		tell(fixing, was->place, "%s goes below %s", title(fixing, is),
		     title(fixing, is->parent));
}

static void tell_changes(struct fixing *fixing)
{
	const struct nccl_document *before = &fixing->before, *after = &fixing->after;

	for (const struct nccl_element *was = before->root; was;
	     was = nccl_next(before->root, was)) {
		const struct nccl_element *is = find(after, was);

		if (was == before->root) {
			if (before->version != after->version)
				tell(fixing, was->place, "the version becomes \"%d\"",
				     after->version);
		} else if (is && find(before, was) == was) {
			tell_attributes(fixing, was, is);
			tell_parent(fixing, was, is);
		} else if (is_listed(was)) {
			tell(fixing, was->place, "%s goes", title(fixing, was));
		} else {
			tell(fixing, was->place, "<%s> goes", was->name);
		}
	}
	for (const struct nccl_element *is = after->root; is; is = nccl_next(after->root, is))
		if (is_listed(is) && !find(before, is))
			tell(fixing, before->root->place, "%s is added", title(fixing, is));
}

/* A file that lists switches only stays one. */
static bool lists_leaves(const struct nccl_document *file)
{
	for (const struct nccl_element *one = file->root; one; one = nccl_next(file->root, one)) {
		const char *class_code = nccl_is(one, "pci") ? nccl_value(one, "class") : NULL;

		if (class_code && strncmp(class_code, "0x0604", 6) != 0)
			return true;
	}
	return false;
}

static int write_own(struct fixing *fixing, char **out, const struct hgx_topo *topo,
		     struct hgx_error *err)
{
	struct hgx_nccl_options options = { .size = sizeof(options) };

	if (fixing->before.root && !lists_leaves(&fixing->before)) {
		options.content = HGX_NCCL_SWITCHES;
		if (!hgx_emit_nccl(topo, &options, out, err))
			return HGX_OK;
		options.content = HGX_NCCL_DEVICES;
	}
	return hgx_emit_nccl(topo, &options, out, err);
}

static int fix(struct fixing *fixing, char **out, const char *data, size_t length,
	       const struct hgx_topo *topo, struct hgx_error *err)
{
	struct hgx_error refusal;
	int code = nccl_file_read(&fixing->before, data, length, fixing->name, &refusal);

	if (code == HGX_NO_MEMORY)
		return fail_memory(err);
	if (code)
		nccl_file_free(&fixing->before);
	code = write_own(fixing, out, topo, err);
	if (!code)
		code = nccl_file_read(&fixing->after, *out, strlen(*out), "the NCCL file", err);
	if (code)
		return code;
	if (fixing->before.root)
		tell_changes(fixing);
	else
		finding_add(&fixing->changes->list, &fixing->changes->arena, RULE_NCCL_CHANGED,
			    HGX_NOTE, NULL, NULL, "%s: all of it, as NCCL cannot read the file",
			    fixing->name);
	return fixing->changes->arena.failed ? fail_memory(err) : HGX_OK;
}

int hgx_fix_nccl(char **out, struct hgx_findings **changes, const char *data, size_t length,
		 const char *name, const struct hgx_topo *topo, struct hgx_error *err)
{
	struct fixing fixing = { .name = name ? name : "the NCCL file" };
	int code;

	*out = NULL;
	*changes = NULL;
	if (!data)
		return fail(err, RULE_TEXT_MISSING, "%s: no text given", fixing.name);
	fixing.changes = calloc(1, sizeof(*fixing.changes));
	if (!fixing.changes)
		return fail_memory(err);
	code = fix(&fixing, out, data, length, topo, err);
	nccl_file_free(&fixing.before);
	nccl_file_free(&fixing.after);
	if (!code) {
		*changes = fixing.changes;
		return HGX_OK;
	}
	hgx_findings_free(fixing.changes);
	hgx_text_free(*out);
	*out = NULL;
	return code;
}
