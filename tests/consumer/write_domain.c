/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program of another project: plans a VM and writes its domain. */
#include <hgxtopo.h>
#include <stdio.h>

int main(void)
{
	struct hgx_plan_options options = { .size = sizeof(options),
					    .name = "consumer",
					    .reserve_cores = 8 };
	struct hgx_plan *plan = NULL;
	struct hgx_topo *topo = NULL;
	struct hgx_error err;
	char *text = NULL;
	int code = hgx_topo_from_example(&topo, "hgx-h200", &err);

	if (!code)
		code = hgx_plan_new(&plan, topo, &options, &err);
	if (!code)
		code = hgx_emit_libvirt(plan, &text, &err);
	if (code)
		fprintf(stderr, "%s\n", err.text);
	else
		fputs(text, stdout);
	hgx_text_free(text);
	hgx_plan_free(plan);
	hgx_topo_free(topo);
	return code != 0;
}
