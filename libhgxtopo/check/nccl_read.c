/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What NCCL refuses in a file. A prolog, tabs and the like are blanked out, with a finding for
 * each, so that the rest of the file is checked too and every place stays where it is. */
#include <stdlib.h>
#include <string.h>
#include "check/nccl.h"
#include "util/error.h"
#include "util/macros.h"

struct mending {
	struct nccl_check *nccl;
	char *text, *end; /* a copy of the file, and its end, where a NUL is */
};

static struct nccl_place place_at(const struct mending *mending, const char *at)
{
	struct nccl_place place = { 1, 1 };

	for (const char *c = mending->text; c < at; c++) {
		place.line += *c == '\n';
		place.column = *c == '\n' ? 1 : place.column + 1;
	}
	return place;
}

static void blank_out(char *from, const char *to)
{
	for (; from < to; from++)
		if (*from != '\n' && *from != '\r')
			*from = ' ';
}

static const char *edit_command(const struct mending *mending, const char *script)
{
	const char *path = mending->nccl->path;

	if (!path || strchr(path, '\'') || !script)
		return NULL;
	return arena_format(&mending->nccl->check.out->arena, "sed -i %s '%s'", script, path);
}

static void refuse(const struct mending *mending, const char *at, const char *script,
		   const char *text)
{
	nccl_add(mending->nccl, RULE_NCCL_REFUSED, place_at(mending, at), NULL,
		 edit_command(mending, script), "NCCL cannot read this file: %s", text);
}

/* What a file begins with where an XML library wrote it, and what it ends with. */
static const struct {
	const char *from, *to, *script, *text;
} marks[] = {
	{ "\xef\xbb\xbf", NULL, "'1s/^\\xEF\\xBB\\xBF//'",
	  "it must not start with a byte order mark" },
	{ "<?", "?>", "-z 's/<?[^>]*?>//g'",
	  "it must not have an XML declaration (<?xml … ?>) or the like" },
	{ "<!DOCTYPE", ">", "-z 's/<!DOCTYPE[^>]*>//'", "it must not have a DOCTYPE" },
};

/* Where a comment or value ends that begins at @at; @at itself if none does. */
static char *after_literal(const struct mending *mending, char *at)
{
	char *end = at;

	if (!strncmp(at, "<!--", 4)) {
		end = strstr(at, "-->");
		return end ? end + 3 : mending->end;
	}
	return end;
}

static void mend_marks(const struct mending *mending)
{
	for (char *at = mending->text; at < mending->end; at++) {
		at = after_literal(mending, at);
		for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
			char *to = at;

			if (strncmp(at, marks[i].from, strlen(marks[i].from)) != 0)
				continue;
			if (marks[i].to)
				to = strstr(at, marks[i].to);
			if (!to)
				continue;
			to += strlen(marks[i].to ? marks[i].to : marks[i].from);
			refuse(mending, at, marks[i].script, marks[i].text);
			blank_out(at, to);
		}
	}
}

/* All tabs outside of comments are one finding. */
static void mend_tabs(const struct mending *mending)
{
	bool told = false;

	for (char *at = mending->text; at < mending->end; at++) {
		at = after_literal(mending, at);
		if (*at != '\t')
			continue;
		if (!told)
			refuse(mending, at, "'s/\\t/  /g'", "it has a tab; indent with blanks");
		told = true;
		*at = ' ';
	}
}

/* Tells what is left, whatever it is. */
static void tell_rest(const struct mending *mending, const struct hgx_error *refusal)
{
	struct check *check = &mending->nccl->check;

	check_add(check, RULE_NCCL_REFUSED, NULL, NULL, "%s", refusal->text);
	check_unknown(check, "the NCCL file from where NCCL cannot read it");
}

static int read_again(const struct mending *mending, struct hgx_error *err)
{
	struct nccl_check *nccl = mending->nccl;
	struct hgx_error refusal;
	int code;

	mend_marks(mending);
	mend_tabs(mending);
	code = nccl_file_read(&nccl->file, mending->text, (size_t)(mending->end - mending->text),
			      nccl->name, &refusal);
	if (!code)
		return HGX_OK;
	nccl_file_free(&nccl->file);
	if (code == HGX_NO_MEMORY)
		return fail_memory(err);
	tell_rest(mending, &refusal);
	return HGX_OK;
}

int nccl_load(struct nccl_check *nccl, const char *data, size_t length, struct hgx_error *err)
{
	struct mending mending = { .nccl = nccl, .text = malloc(length + 1) };
	int code;

	if (!mending.text)
		return fail_memory(err);
	memcpy(mending.text, data, length);
	mending.end = mending.text + length;
	*mending.end = '\0';
	code = read_again(&mending, err);
	free(mending.text);
	return code;
}
