/* Memory per cell, bound to the cell's host node. */
#include "plan.h"

#define UNIT (2ull << 20) /* the smallest huge page: any cell can be backed by them */
#define GIB (1ull << 30)

uint64_t hgx_plan_host_memory(uint64_t bytes)
{
	uint64_t kept = bytes / 10;

	if (kept < 8 * GIB)
		kept = 8 * GIB;
	if (kept > bytes / 2)
		kept = bytes / 2;
	/* what is left is whole GiB, where there is one */
	if (bytes - kept >= GIB)
		kept += (bytes - kept) % GIB;
	else
		kept += (bytes - kept) % UNIT;
	return kept;
}

static int share_default(struct hgx_plan *plan, struct hgx_error *err)
{
	for (size_t i = 0; i < plan->cell_count; i++) {
		uint64_t bytes = plan->cells[i].host->memory->bytes;

		plan->cells[i].memory = bytes - hgx_plan_host_memory(bytes);
		if (plan->cells[i].memory < UNIT)
			return fail(err, HGX_REFUSED, "%s has %s of memory, too little to share",
				    plan->cells[i].host->name, size_text(bytes).text);
	}
	return HGX_OK;
}

static int share_wanted(struct hgx_plan *plan, uint64_t total, struct hgx_error *err)
{
	uint64_t each = total / plan->cell_count, unit = UNIT * plan->cell_count;

	if (total % unit)
		return fail(err, HGX_REFUSED,
			    "%s of memory does not divide into %zu cells of whole 2 MiB; use %s",
			    size_text(total).text, plan->cell_count,
			    size_text(total < unit ? unit : total - total % unit).text);
	for (size_t i = 0; i < plan->cell_count; i++) {
		const struct hgx_node *host = plan->cells[i].host;
		uint64_t has = host->memory->bytes;

		if (each > has)
			return fail(
				err, HGX_REFUSED,
				"%s has %s of memory, and its cell would get %s (%s over %zu cells); "
				"use --memory with a smaller size",
				host->name, size_text(has).text, size_text(each).text,
				size_text(total).text, plan->cell_count);
		if (has - each < 4 * GIB && has - each < has / 10)
			note(plan, "memory-tight", HGX_WARNING, host, "use a smaller --memory",
			     "%s keeps only %s for the host", host->name,
			     size_text(has - each).text);
		plan->cells[i].memory = each;
	}
	return HGX_OK;
}

/* The cells use normal pages: what is set aside as huge ones is not there for them. */
static void tell_pools(struct hgx_plan *plan)
{
	for (size_t i = 0; i < plan->cell_count; i++) {
		const struct hgx_memory *memory = plan->cells[i].host->memory;
		uint64_t pools = 0;

		for (size_t j = 0; j < memory->huge_page_sizes; j++)
			pools += memory->huge_pages[j].total * memory->huge_pages[j].size;
		if (pools &&
		    (pools >= memory->bytes || memory->bytes - pools < plan->cells[i].memory))
			note(plan, "memory-in-pools", HGX_WARNING, plan->cells[i].host,
			     "give the huge pages back, or use a smaller --memory",
			     "%s has %s set aside as huge pages, which the domain does not use: too "
			     "little is left for the %s of its cell",
			     plan->cells[i].host->name, size_text(pools).text,
			     size_text(plan->cells[i].memory).text);
	}
}

int plan_memory(struct hgx_plan *plan, struct hgx_error *err)
{
	const struct hgx_plan_options *options = &plan->options;
	int code = options->memory ? share_wanted(plan, options->memory, err) :
				     share_default(plan, err);

	if (!code)
		tell_pools(plan);
	return code;
}
