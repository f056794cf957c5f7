/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The built-in examples: dumps of test machines, linked in as bytes by the Makefile. */
#include <string.h>
#include "util/error.h"
#include "util/macros.h"
#include "model/topo.h"

extern const char example_hgx_h200[];
extern const unsigned long example_hgx_h200_size;

static const struct example {
	const char *name;
	const char *data;
	const unsigned long *size;
} examples[] = {
	{ "hgx-h200", example_hgx_h200, &example_hgx_h200_size },
};

const char *hgx_example_name(size_t index)
{
	return index < ARRAY_SIZE(examples) ? examples[index].name : NULL;
}

int hgx_topo_from_example(struct hgx_topo **out, const char *name, struct hgx_error *err)
{
	*out = NULL;
	for (size_t i = 0; name && i < ARRAY_SIZE(examples); i++)
		if (!strcmp(examples[i].name, name))
			return hgx_topo_from_json(out, examples[i].data, *examples[i].size, name,
						  err);
	return fail(err, RULE_EXAMPLE_MISSING, "%s: no such example; there is %s", name ? name : "",
		    examples[0].name);
}
