/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fingerprint of a machine: its shape as a text, with the version of the rules. */
#include <inttypes.h>
#include "compare/shape.h"
#include "util/error.h"
#include "util/text.h"

int hgx_fingerprint(const struct hgx_topo *topo, char **out, struct hgx_error *err)
{
	struct text text;
	uint64_t shape;
	int code;

	*out = NULL;
	if (shape_of(topo, &shape))
		return fail_memory(err);
	code = text_open(&text, err);
	if (code)
		return code;
	fprintf(text.stream, "hgx%d-%016" PRIx64, SHAPE_VERSION, shape);
	return text_close(&text, out, err);
}
