/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The model of a machine: its processor, and the models of its GPUs. */
#include <stdint.h>
#include <stdlib.h>
#include "compare/model.h"
#include "model/kind.h"

static const char *processor_of_machine(const struct hgx_topo *topo, struct arena *arena)
{
	const struct hgx_processor *processor = processor_of(topo, NULL);

	if (!processor)
		return "unknown processor";
	if (processor->name)
		return arena_string(arena, processor->name);
	if (processor->family < 0 && processor->model < 0)
		return arena_format(arena, "%s processor",
				    processor->vendor ? processor->vendor : "unknown");
	return arena_format(arena, "%s processor, family %d, model %d",
			    processor->vendor ? processor->vendor : "unknown", processor->family,
			    processor->model);
}

static uint32_t model_id(const struct hgx_node *node)
{
	return (uint32_t)node->pci->vendor << 16 | node->pci->device;
}

/* The lowest model above @last; 0: there is none. */
static uint32_t next_model(const struct hgx_topo *topo, uint32_t last)
{
	uint32_t next = 0;

	for (const struct hgx_node *node = topo->all; node; node = node->all)
		if (kind_computes(node->kind) && model_id(node) > last &&
		    (!next || model_id(node) < next))
			next = model_id(node);
	return next;
}

struct machine_model machine_model_of(const struct hgx_topo *topo, struct arena *arena)
{
	struct machine_model model = { topo->guest, processor_of_machine(topo, arena), "", NULL };
	uint32_t id = 0;

	while ((id = next_model(topo, id)) != 0)
		model.gpus = arena_format(arena, "%s%s%04x:%04x", model.gpus,
					  *model.gpus ? ", " : "", id >> 16, id & 0xffff);
	model.text = arena_format(arena, "%s%s, %s%s", model.guest ? "guest: " : "",
				  model.processor, *model.gpus ? "GPUs " : "no GPUs", model.gpus);
	return model;
}
