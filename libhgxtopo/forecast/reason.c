/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "forecast/reason.h"

static const char *way_of(enum path_type type)
{
	switch (type) {
	case PATH_PIX:
		return "the path stays below one switch, PIX";
	case PATH_PXB:
		return "the path stays below the switches, PXB";
	case PATH_P2C:
		return "the path goes over C2C to the CPU of the NIC, P2C";
	default:
		return "the path is near enough";
	}
}

static const char *why_not(const struct decision *decision)
{
	if (decision->type == PATH_SYS)
		return "off: the path goes through two NUMA nodes, SYS; NCCL allows it up to PXB";
	if (decision->gpu->parent->kind == TOLD_SWITCH)
		return "off: the path leaves the switch, PHB; NCCL allows it up to PXB";
	return "off: the path goes through the CPU, PHB; NCCL allows it up to PXB";
}

const char *reason_for(struct arena *arena, const struct decision *decision, bool supported,
		       bool file)
{
	if (!decision->nic && file)
		return "off: the file lists no NIC; NCCL finds the NICs in the sysfs of the "
		       "machine, which a forecast of that machine or its domain takes into account";
	if (!decision->nic)
		return "off: there is no NIC";
	if (!supported)
		return "off: it was said that the GPUs and NICs do not support it";
	if (decision->nic->no_gdr)
		return "off: the file says that the NIC does not support it";
	if (!decision->gdr)
		return why_not(decision);
	if (decision->relay)
		return arena_format(arena, "on: GPU %s relays over NVLink, and from there %s",
				    decision->relay->name, way_of(decision->relay_type));
	return arena_format(arena, "on: %s", way_of(decision->type));
}
