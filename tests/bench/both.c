/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an orchestrator does: read a dump, plan the VM, write its domain and NCCL file. */
#include <hgxtopo.h>
#include <stdio.h>
#include <stdlib.h>

static char *read_file(const char *name, size_t *length)
{
	FILE *stream = fopen(name, "r");
	char *data = malloc(16 << 20);

	if (!stream || !data)
		exit(2);
	*length = fread(data, 1, 16 << 20, stream);
	fclose(stream);
	return data;
}

int main(int argc, char **argv)
{
	char *data, *domain = NULL, *nccl = NULL;
	struct hgx_topo *topo = NULL;
	struct hgx_plan *plan = NULL;
	struct hgx_error err;
	size_t length;
	int code;

	if (argc != 2)
		return 2;
	data = read_file(argv[1], &length);
	code = hgx_topo_from_json(&topo, data, length, argv[1], &err);
	if (!code)
		code = hgx_plan_new(&plan, topo, NULL, &err);
	if (!code)
		code = hgx_emit_libvirt(plan, &domain, &err);
	if (!code)
		code = hgx_emit_nccl(hgx_plan_guest(plan), NULL, &nccl, &err);
	if (code)
		fprintf(stderr, "%s\n", err.text);
	hgx_text_free(domain);
	hgx_text_free(nccl);
	hgx_plan_free(plan);
	hgx_topo_free(topo);
	free(data);
	return code;
}
