/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fabric Manager partitions: the GPUs that may be one VM's while the NVSwitches stay with the
 * host. They are made of modules, whose order is not that of the PCI bus. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "plan/partition.h"
#include "util/error.h"
#include "util/macros.h"
#include "model/topo.h"
#include "guest/plan.h"
#include "plan/share.h"

#define MODULES 8
#define EXAMPLE_IDS "4,6,5,7,0,2,1,3"

/* The Fabric Manager's partitions of an 8-GPU board: a bit a module, the lowest is module 1
 * (NVIDIA Fabric Manager User Guide, shared NVSwitch mode). */
static const unsigned partitions[] = { 0xff, 0x0f, 0xf0, 0x05, 0x0a, 0x50, 0xa0, 0x01,
				       0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80 };

static int read_partition(const char *text, unsigned *modules, struct hgx_error *err)
{
	char *end;
	unsigned long id = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || id >= ARRAY_SIZE(partitions))
		return fail_option(
			err, RULE_OPTION_VALUE, OPTION_PARTITION,
			"'%.60s': the partitions of the Fabric Manager are numbered 0 to %zu", text,
			ARRAY_SIZE(partitions) - 1);
	*modules = partitions[id];
	return HGX_OK;
}

/* "4,6,5,7,0,2,1,3": the GPU number of each module. */
static int read_modules(const char *text, unsigned gpus[MODULES], struct hgx_error *err)
{
	unsigned seen = 0, count = 0;
	const char *c = text;

	for (; *c >= '0' && *c < '0' + MODULES && count < MODULES; count++) {
		gpus[count] = (unsigned)(*c++ - '0');
		seen |= 1u << gpus[count];
		if (*c == ',' && c[1])
			c++;
		else
			break;
	}
	if (*c || count != MODULES - 1 || seen != (1u << MODULES) - 1)
		return fail_option(
			err, RULE_OPTION_VALUE, OPTION_MODULE_IDS,
			"'%.60s': the GPU numbers of the %d modules are each of 0 to %d once, such as " EXAMPLE_IDS
			" (module 1 is GPU 4)",
			text, MODULES, MODULES - 1);
	return HGX_OK;
}

int share_partition(struct hgx_plan *plan, const struct hgx_node *const *board, size_t count,
		    struct hgx_error *err)
{
	struct share *share = &plan->share;
	unsigned modules = 0, gpus[MODULES];
	int code = read_partition(plan->options.partition, &modules, err);

	if (!code && !plan->options.module_ids)
		return fail_option(
			err, RULE_MODULE_IDS_MISSING, OPTION_MODULE_IDS,
			"partition %s is made of modules, and which GPU is which module is not to "
			"be seen on the PCI bus; take the lines 'Bus Id' and 'Module ID' of "
			"'nvidia-smi -q', and give the GPU numbers in the order of the modules: "
			"%s says that module 1 is GPU 4",
			plan->options.partition,
			option_value(plan->options.words, OPTION_MODULE_IDS, EXAMPLE_IDS).text);
	if (!code)
		code = read_modules(plan->options.module_ids, gpus, err);
	if (!code && count != MODULES)
		code = fail_option(
			err, RULE_PARTITION_BOARD, OPTION_PARTITION,
			"partitions are those of a board with %d GPUs, and this host has %zu",
			MODULES, count);
	if (!code)
		code = share_gpus(plan, board, count, err);
	if (code)
		return code;
	share->divided = true;
	for (size_t i = 0; i < count; i++)
		share->owners[i] = 1 + (unsigned)i;
	for (unsigned module = 0; module < MODULES; module++)
		for (size_t i = 0; i < count; i++)
			if (modules & 1u << module && share->gpus[i] == board[gpus[module]])
				share->owners[i] = 0;
	for (size_t i = 0; i < count; i++)
		if (!share->homes[i])
			return fail_about(
				err, RULE_GPU_NODE_UNKNOWN, OPTION_PARTITION, share->gpus[i]->name,
				"the NUMA node of %s is unknown, so the cores and memory cannot be "
				"divided; see the NUMA settings of the firmware",
				node_title(share->gpus[i]).text);
	return HGX_OK;
}
