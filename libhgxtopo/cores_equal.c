/* Equal VMs: the cores that each can have, and whether their cells are then alike. */
#include <stdlib.h>
#include <string.h>
#include "cores.h"

/* The cores of one VM, levelled; the copy is thrown away. */
struct layout {
	struct cores cores;
	unsigned packages;
	size_t each;
};

static void lay_out(struct layout *layout, const struct hgx_plan *plan, const struct cores *cores,
		    unsigned vm, size_t most)
{
	memcpy(layout->cores.items, cores->items, cores->count * sizeof(*cores->items));
	cores_divide(&plan->share, &layout->cores, vm);
	cores_level(&layout->cores, most, &layout->packages, &layout->each);
	cores_level_nodes(&layout->cores, &layout->each);
}

/* How many cores the cell @index has; 0: there is none. */
static size_t cell_size(const struct cores *cores, size_t index)
{
	const struct hgx_node *last = NULL;

	for (size_t i = 0; i < cores->count; i++) {
		const struct core *core = &cores->items[i];

		if (core->state != CORE_FREE || core->numa == last)
			continue;
		last = core->numa;
		if (!index--)
			return cores_on(cores, last, CORE_FREE);
	}
	return 0;
}

static bool same_cells(const struct layout *a, const struct layout *b)
{
	for (size_t i = 0; cell_size(&a->cores, i) || cell_size(&b->cores, i); i++)
		if (cell_size(&a->cores, i) != cell_size(&b->cores, i))
			return false;
	return true;
}

static int compare(const struct hgx_plan *plan, const struct cores *cores, struct layout *first,
		   struct layout *other, size_t *most, struct hgx_error *err)
{
	lay_out(first, plan, cores, 0, *most);
	*most = first->each;
	for (unsigned vm = 1; vm < plan->share.vms; vm++) {
		lay_out(other, plan, cores, vm, *most);
		*most = other->each < *most ? other->each : *most;
		if (other->packages != first->packages)
			return fail(err, HGX_REFUSED,
				    "the %u VMs cannot be equal: VM 1 has cores of %u CPU "
				    "package%s, VM %u of %u; take uneven VMs with --uneven",
				    plan->share.vms, first->packages,
				    first->packages == 1 ? "" : "s", vm + 1, other->packages);
	}
	lay_out(first, plan, cores, 0, *most);
	for (unsigned vm = 1; vm < plan->share.vms; vm++) {
		lay_out(other, plan, cores, vm, *most);
		if (!same_cells(first, other))
			return fail(err, HGX_REFUSED,
				    "the %u VMs cannot be equal: the cores of VM 1 and VM %u lie "
				    "differently on their NUMA nodes; take uneven VMs with "
				    "--uneven",
				    plan->share.vms, vm + 1);
	}
	return HGX_OK;
}

int cores_equal(const struct hgx_plan *plan, const struct cores *cores, size_t *most,
		struct hgx_error *err)
{
	struct layout layouts[2] = { 0 };
	int code = HGX_OK;

	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
		layouts[i].cores.count = cores->count;
		layouts[i].cores.items = malloc(cores->count * sizeof(*cores->items));
		if (!layouts[i].cores.items)
			code = fail_memory(err);
	}
	if (!code)
		code = compare(plan, cores, &layouts[0], &layouts[1], most, err);
	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++)
		free(layouts[i].cores.items);
	return code;
}
