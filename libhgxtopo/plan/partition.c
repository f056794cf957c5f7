/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fabric Manager partitions. They consist of modules, whose order differs from that of
 * the GPUs on the PCI bus. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "plan/partition.h"
#include "util/error.h"
#include "util/macros.h"
#include "model/topo.h"
#include "guest/plan.h"
#include "plan/share.h"

#define MODULES PARTITION_MODULES
#define EXAMPLE_IDS "4,6,5,7,0,2,1,3"

/* The partitions of an 8-GPU board by id; bit 0 is module 1 (NVIDIA Fabric Manager User
 * Guide, shared NVSwitch mode). */
static const unsigned partitions[] = { 0xff, 0x0f, 0xf0, 0x05, 0x0a, 0x50, 0xa0, 0x01,
				       0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80 };

static int read_partition(const struct hgx_plan *plan, unsigned *modules, struct hgx_error *err)
{
	const char *text = plan->options.partition;
	char *end;
	unsigned long id = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || id >= ARRAY_SIZE(partitions))
		return fail_option(
			err, RULE_OPTION_VALUE, OPTION_PARTITION,
			"%s: '%.60s' is not a Fabric Manager partition; they are numbered 0 to %zu",
			plan_option(plan, OPTION_PARTITION).text, text, ARRAY_SIZE(partitions) - 1);
	*modules = partitions[id];
	return HGX_OK;
}

/* Reads the GPU number of each module, such as "4,6,5,7,0,2,1,3". False: not such a list. */
static bool parse_modules(const char *text, unsigned gpus[MODULES])
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
	return !*c && count == MODULES - 1 && seen == (1u << MODULES) - 1;
}

static int read_modules(const char *text, int words, unsigned gpus[MODULES], struct hgx_error *err)
{
	if (parse_modules(text, gpus))
		return HGX_OK;
	return fail_option(
		err, RULE_OPTION_VALUE, OPTION_MODULE_IDS,
		"%s: '%.60s' must have each GPU number from 0 to %d once, in the order of the %d "
		"modules, such as " EXAMPLE_IDS " (module 1 is GPU 4)",
		option_name(words, OPTION_MODULE_IDS).text, text, MODULES - 1, MODULES);
}

int partition_check_ids(const char *module_ids, int words, struct hgx_error *err)
{
	unsigned gpus[MODULES];

	return read_modules(module_ids, words, gpus, err);
}

int partition_of(const char *module_ids, const bool gpus[MODULES])
{
	unsigned numbers[MODULES], modules = 0;

	if (!parse_modules(module_ids, numbers))
		return -1;
	for (unsigned i = 0; i < MODULES; i++)
		modules |= (unsigned)gpus[numbers[i]] << i;
	for (size_t i = 0; i < ARRAY_SIZE(partitions); i++)
		if (partitions[i] == modules)
			return (int)i;
	return -1;
}

bool partition_has_size(unsigned gpus)
{
	for (size_t i = 0; i < ARRAY_SIZE(partitions); i++)
		if ((unsigned)__builtin_popcount(partitions[i]) == gpus)
			return true;
	return false;
}

int share_partition(struct hgx_plan *plan, const struct hgx_node *const *board, size_t count,
		    struct hgx_error *err)
{
	struct share *share = &plan->share;
	unsigned modules = 0, gpus[MODULES];
	int code = read_partition(plan, &modules, err);

	if (!code && count != MODULES)
		code = fail_option(err, RULE_PARTITION_BOARD, OPTION_PARTITION,
				   "partitions divide a board with %d NVIDIA GPUs, but this host "
				   "has %zu GPU%s that can be on one; use %s, or name GPUs with %s",
				   MODULES, count, count == 1 ? "" : "s",
				   plan_option(plan, OPTION_VMS).text,
				   plan_option(plan, OPTION_GPUS).text);
	if (!code && !plan->options.module_ids)
		return fail_option(
			err, RULE_MODULE_IDS_MISSING, OPTION_MODULE_IDS,
			"partition %s is made of modules, and the PCI bus does not show which "
			"GPU is which module; take the lines 'Bus Id' and 'Module ID' of "
			"'nvidia-smi -q' and give the GPU numbers in module order: %s means that "
			"module 1 is GPU 4",
			plan->options.partition,
			option_value(plan->options.words, OPTION_MODULE_IDS, EXAMPLE_IDS).text);
	if (!code)
		code = read_modules(plan->options.module_ids, plan->options.words, gpus, err);
	if (!code)
		code = share_gpus(plan, board, count, err);
	if (code)
		return code;
	share->divided = share->dealt = true;
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
				"the NUMA node of %s is unknown, so the cores and memory cannot "
				"be divided; check the NUMA settings of the firmware",
				node_title(share->gpus[i]).text);
	return HGX_OK;
}
