/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The matrix of `nvidia-smi topo -m`, without a GPU driver. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "util/cpulist.h"
#include "util/error.h"
#include "util/text.h"
#include "model/classify.h"
#include "model/kind.h"
#include "model/topo.h"

struct column {
	const struct hgx_node *node;
	char label[16];
};

/* By kind, then by address. Virtual functions are only counted: each is as far from a device as
 * its physical function. */
static struct column *columns_new(const struct hgx_topo *topo, size_t *count, size_t *virtuals)
{
	struct column *columns = malloc(topo->count * sizeof(*columns));

	*count = *virtuals = 0;
	for (unsigned kind = 0; columns && kind < kind_count(); kind++) {
		const char *label = kind_of((enum hgx_kind)kind)->column;
		unsigned number = 0;

		for (const struct hgx_node *node = topo->root; label && node;
		     node = node_next(topo->root, node)) {
			if (node->kind != (enum hgx_kind)kind)
				continue;
			if (is_shared_gpu(node))
				continue;
			if (node->pci->physical_function && !counts_as_gpu(node)) {
				++*virtuals;
				continue;
			}
			columns[*count].node = node;
			snprintf(columns[*count].label, sizeof(columns[*count].label), "%s%u",
				 label, number++);
			++*count;
		}
	}
	return columns;
}

static int write_affinity(struct text *out, const struct hgx_node *node)
{
	struct text text;
	uint32_t *ids;
	size_t count;
	char *list;

	if (!node->numa) {
		text_cell(out, 14, "unknown");
		fputs("  unknown\n", out->stream);
		return HGX_OK;
	}
	ids = cpus_of_node(node->topo, node->numa, &count);
	if (!ids || text_open(&text, NULL)) {
		free(ids);
		return HGX_NO_MEMORY;
	}
	cpulist_write_short(text.stream, ids, count);
	free(ids);
	if (text_close(&text, &list, NULL))
		return HGX_NO_MEMORY;
	text_cell(out, 14, *list ? list : "none");
	fprintf(out->stream, "  %u\n", node->numa->memory->id);
	hgx_text_free(list);
	return HGX_OK;
}

static int write_rows(struct text *text, const struct column *columns, size_t count)
{
	text_cell(text, 8, "");
	for (size_t i = 0; i < count; i++)
		text_cell(text, 7, columns[i].label);
	fputs("CPU affinity    NUMA affinity\n", text->stream);
	for (size_t row = 0; row < count; row++) {
		text_cell(text, 8, columns[row].label);
		for (size_t i = 0; i < count; i++)
			text_cell(text, 7,
				  hgx_distance_name(
					  hgx_distance(columns[row].node, columns[i].node)));
		if (write_affinity(text, columns[row].node))
			return HGX_NO_MEMORY;
	}
	return HGX_OK;
}

static void write_legend(struct text *text, const struct column *columns, size_t count)
{
	fputc('\n', text->stream);
	for (size_t i = 0; i < count; i++) {
		const struct hgx_pci *pci = columns[i].node->pci;

		text_cell(text, 8, columns[i].label);
		fprintf(text->stream, "%s  %s", columns[i].node->name,
			pci->device_name ? pci->device_name :
					   kind_of(columns[i].node->kind)->label);
		for (size_t j = 0; j < pci->os_device_count; j++)
			fprintf(text->stream, "%s%s", j ? " " : "  ", pci->os_devices[j].name);
		fputc('\n', text->stream);
	}
	fputs("\n"
	      "X     the same device\n"
	      "PIX   at most one PCIe switch between them\n"
	      "PXB   several PCIe switches, no host bridge\n"
	      "PHB   through one PCIe host bridge\n"
	      "NODE  through several host bridges of one NUMA node\n"
	      "SYS   through the link between NUMA nodes\n",
	      text->stream);
}

int hgx_emit_matrix(const struct hgx_topo *topo, char **out, struct hgx_error *err)
{
	size_t count, virtuals;
	struct column *columns;
	struct text text;
	int code, failed = HGX_OK;

	*out = NULL;
	columns = columns_new(topo, &count, &virtuals);
	if (!columns)
		return fail_memory(err);
	code = text_open(&text, err);
	if (code) {
		free(columns);
		return code;
	}
	if (count) {
		failed = write_rows(&text, columns, count);
		write_legend(&text, columns, count);
	} else {
		fputs("no GPU, accelerator, NIC or NVMe drive\n", text.stream);
	}
	if (virtuals)
		fprintf(text.stream,
			"\n%zu virtual functions are not shown: each is as far as its "
			"physical function\n",
			virtuals);
	free(columns);
	code = text_close(&text, out, err);
	if (code || !failed)
		return code;
	hgx_text_free(*out);
	*out = NULL;
	return fail_memory(err);
}
