/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Checks an NCCL topology file: by itself, then against the file that we would write. */
#include <string.h>
#include "check/nccl.h"
#include "emit/nccl.h"
#include "util/error.h"
#include "util/text.h"

#define ROW(name, id, function, ...) function,
#define NOTHING(...)
static nccl_rule *const rules[] = { NCCL_RULES(ROW, NOTHING) NULL };

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
	code = nccl_load(&nccl, data, length, err);
	if (!code && nccl.topo && nccl.file.root)
		code = read_own(&nccl, err);
	for (size_t i = 0; !code && nccl.file.root && rules[i]; i++)
		rules[i](&nccl);
	nccl_file_free(&nccl.file);
	nccl_file_free(&nccl.own);
	return check_end(&nccl.check, code, out, err);
}
