/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Huge pages on the NUMA nodes of the chosen GPUs. */
#include <stdbool.h>
#include "check/host.h"
#include "util/arena.h"
#include "util/size.h"
#include "model/kind.h"

static bool has_gpu(const struct host_check *host, const struct hgx_node *numa)
{
	for (size_t i = 0; i < host->chosen.count; i++)
		if (kind_computes(host->chosen.nodes[i]->kind) &&
		    host->chosen.nodes[i]->numa == numa)
			return true;
	return false;
}

static uint64_t pages_of(const struct hgx_node *numa, uint64_t size)
{
	for (size_t i = 0; i < numa->memory->huge_page_sizes; i++)
		if (numa->memory->huge_pages[i].size == size)
			return numa->memory->huge_pages[i].total;
	return 0;
}

/* The node of a chosen GPU that has most pages of that size; NULL: none has any. */
static const struct hgx_node *richest(const struct host_check *host, uint64_t size)
{
	const struct hgx_node *best = NULL;

	for (const struct hgx_node *node = host->host->root->first; node; node = node->next)
		if (node->memory && node->memory->bytes && has_gpu(host, node) &&
		    pages_of(node, size) > (best ? pages_of(best, size) : 0))
			best = node;
	return best;
}

static void compare(struct host_check *host, const struct hgx_node *best, uint64_t size)
{
	for (const struct hgx_node *node = host->host->root->first; node; node = node->next)
		if (node->memory && node->memory->bytes && has_gpu(host, node) &&
		    pages_of(node, size) < pages_of(best, size))
			check_add(&host->check, RULE_HUGE_PAGES_UNEVEN, node,
				  arena_format(&host->check.out->arena,
					       "echo %llu >/sys/devices/system/node/%s/hugepages/"
					       "hugepages-%llukB/nr_hugepages",
					       (unsigned long long)pages_of(best, size), node->name,
					       (unsigned long long)size / 1024),
				  "%s: has %llu huge pages of %s, while %s has %llu", node->name,
				  (unsigned long long)pages_of(node, size), size_text(size).text,
				  best->name, (unsigned long long)pages_of(best, size));
}

void huge_pages(struct host_check *host)
{
	static const uint64_t sizes[] = { 2ull << 20, 1ull << 30 };
	bool any = false;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		const struct hgx_node *best = richest(host, sizes[i]);

		any |= best != NULL;
		if (best)
			compare(host, best, sizes[i]);
	}
	if (!any && host->chosen.count)
		check_add(&host->check, RULE_HUGE_PAGES_NONE, NULL, NULL,
			  "no huge pages are set aside on the NUMA nodes of the chosen GPUs");
}
