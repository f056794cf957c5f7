/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What NCCL is told, and the numbers it knows by heart. */
#include <string.h>
#include "forecast/told.h"
#include "util/bdf.h"
#include "util/macros.h"

#define INTEL_FAMILY 6

/* GB/s between the sockets of Intel's processors, by the lowest model number. */
static const struct {
	int model;
	float bandwidth;
} intel[] = { { 0xcf, 40 }, { 0x8f, 22 }, { 0x55, 10 } };

#define INTEL_OLD 6
#define AMD_SOCKETS 16
#define ARM_SOCKETS 6

struct told_node *told_add(struct telling *told, struct told_node *parent, enum told_kind kind,
			   const char *name)
{
	struct told_node *node = arena_alloc(&told->arena, sizeof(*node));

	if (!node)
		return NULL;
	node->kind = kind;
	node->name = arena_string(&told->arena, name);
	node->parent = parent;
	if (parent->last)
		parent->last->next = node;
	else
		parent->first = node;
	parent->last = node;
	told->count++;
	told->gpus += kind == TOLD_GPU;
	told->nics += kind == TOLD_NIC;
	return node;
}

static float intel_sockets(int family, int model)
{
	for (size_t i = 0; family == INTEL_FAMILY && i < ARRAY_SIZE(intel); i++)
		if (model >= intel[i].model)
			return intel[i].bandwidth;
	return INTEL_OLD;
}

bool told_processor(struct told_node *cpu, const char *arch, const char *vendor, int family,
		    int model)
{
	bool arm = arch && (!strcmp(arch, "arm64") || !strcmp(arch, "aarch64"));

	cpu->arm = arm;
	cpu->amd = !arm && vendor && !strcmp(vendor, "AuthenticAMD");
	cpu->between = arm ? ARM_SOCKETS : cpu->amd ? AMD_SOCKETS : intel_sockets(family, model);
	return arm || cpu->amd || (vendor && family >= 0 && model >= 0);
}

struct told_node *told_next(struct telling *told, struct told_node *node)
{
	if (!node)
		return told->root.first;
	if (node->first)
		return node->first;
	while (node != &told->root && !node->next)
		node = node->parent;
	return node == &told->root ? NULL : node->next;
}

void told_rank(struct telling *told)
{
	for (struct told_node *gpu = NULL; (gpu = told_next(told, gpu)) != NULL;) {
		gpu->rank = 0;
		for (struct told_node *other = NULL; (other = told_next(told, other)) != NULL;)
			gpu->rank += gpu->kind == TOLD_GPU && other->kind == TOLD_GPU &&
				     bdf_compare(other->address, gpu->address) < 0;
	}
}

void told_free(struct telling *told)
{
	finding_free(&told->findings);
	arena_free(&told->arena);
	*told = (struct telling){ 0 };
}
