/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lists of devices that the user writes, such as "0-3,5" and "19:00.0,0000:3b:00.0". */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "plan/select_list.h"
#include "util/bdf.h"
#include "util/error.h"
#include "model/classify.h"
#include "model/kind.h"
#include "model/topo.h"
#include "guest/plan.h"
#include "plan/selection.h"

#define MAX_WORD 32
#define MAX_GPUS 65535

unsigned gpu_count(const struct selection *selection)
{
	unsigned count = 0;

	for (size_t i = 0; i < selection->count; i++)
		count += counts_as_gpu(selection->items[i].node);
	return count;
}

struct candidate *gpu_by_number(const struct selection *selection, unsigned number)
{
	for (int gpus = 1; gpus >= 0; gpus--)
		for (size_t i = 0; i < selection->count; i++)
			if (counts_as_gpu(selection->items[i].node) &&
			    gpus == (selection->items[i].node->kind == HGX_GPU) && !number--)
				return &selection->items[i];
	return NULL;
}

bool same_card(const struct candidate *a, const struct candidate *b)
{
	return bdf_same_card(a->node->pci->address, b->node->pci->address);
}

int candidate_compare(const void *a, const void *b)
{
	return bdf_compare(((const struct candidate *)a)->node->pci->address,
			   ((const struct candidate *)b)->node->pci->address);
}

struct candidate *candidate_of(const struct selection *selection, const struct hgx_node *node)
{
	const struct candidate key = { .node = node };

	if (!node || !node->pci)
		return NULL;
	return bsearch(&key, selection->items, selection->count, sizeof(key), candidate_compare);
}

static int refuse_number(struct selection *selection, enum option_id option, unsigned long number)
{
	unsigned count = gpu_count(selection);

	if (!count)
		return fail_option(selection->err, RULE_NO_GPU, option,
				   "this machine has no GPU; there is nothing to assign");
	return fail_option(
		selection->err, RULE_DEVICE_MISSING, option,
		"%s: there is no GPU %lu: this host has %u, numbered 0 to %u in address order",
		plan_option(selection->plan, option).text, number, count, count - 1);
}

static int take_numbers(struct selection *selection, enum option_id option, const char *word,
			int (*each)(struct selection *, struct candidate *, enum option_id))
{
	char *end;
	unsigned long first = strtoul(word, &end, 10), last = first;
	int code = HGX_OK;

	if (*end == '-' && end[1] >= '0' && end[1] <= '9')
		last = strtoul(end + 1, &end, 10);
	if (*end || *word < '0' || *word > '9' || first > MAX_GPUS)
		return fail_option(
			selection->err, RULE_OPTION_VALUE, option,
			"%s: '%s' is not an address such as 0000:19:00.0, a number or a range "
			"such as 0-3",
			plan_option(selection->plan, option).text, word);
	if (last < first)
		return fail_option(selection->err, RULE_OPTION_VALUE, option,
				   "%s: the range '%s' ends before it begins",
				   plan_option(selection->plan, option).text, word);
	for (unsigned long number = first; !code && number <= last; number++) {
		struct candidate *item = number < UINT32_MAX ?
						 gpu_by_number(selection, (unsigned)number) :
						 NULL;

		code = item ? each(selection, item, option) :
			      refuse_number(selection, option, number);
	}
	return code;
}

static int take_address(struct selection *selection, enum option_id option, const char *word,
			int (*each)(struct selection *, struct candidate *, enum option_id))
{
	struct hgx_bdf address;
	const struct hgx_node *node;
	struct candidate *item;

	if (!bdf_read(word, strlen(word), &address))
		return fail_about(selection->err, RULE_ADDRESS_MALFORMED, option, word,
				  "%s: '%s' is not a PCI address such as 0000:19:00.0",
				  plan_option(selection->plan, option).text, word);
	node = topo_find(selection->plan->host, bdf_text(address).text);
	if (!node)
		return fail_about(selection->err, RULE_DEVICE_MISSING, option,
				  bdf_text(address).text, "%s: there is no device %s on this host",
				  plan_option(selection->plan, option).text,
				  bdf_text(address).text);
	item = candidate_of(selection, node);
	if (!item)
		return fail_about(selection->err, RULE_DEVICE_IS_BRIDGE, option, node->name,
				  "%s: %s is a bridge, which cannot be assigned: the guest gets an "
				  "emulated one; name the devices behind it",
				  plan_option(selection->plan, option).text, node_title(node).text);
	return each(selection, item, option);
}

int list_read(struct selection *selection, enum option_id option, const char *text, bool numbers,
	      int (*each)(struct selection *, struct candidate *, enum option_id option))
{
	int code = HGX_OK;

	for (const char *at = text; !code && at;
	     at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
		size_t length = strcspn(at, ",");
		char word[MAX_WORD];

		if (!length || length >= sizeof(word))
			return fail_option(selection->err, RULE_OPTION_VALUE, option,
					   "%s: '%.100s' is not a list of devices separated by "
					   "commas",
					   plan_option(selection->plan, option).text, text);
		snprintf(word, sizeof(word), "%.*s", (int)length, at);
		if (numbers && !strchr(word, ':'))
			code = take_numbers(selection, option, word, each);
		else
			code = take_address(selection, option, word, each);
	}
	return code;
}

int check_free(struct selection *selection, const struct candidate *item, enum option_id option)
{
	const struct hgx_node *node = item->node;

	if (item->skipped)
		return fail_about(selection->err, RULE_OPTIONS_CONFLICT, option, node->name,
				  "%s names %s, which %s leaves out",
				  plan_option(selection->plan, option).text, node->name,
				  plan_option(selection->plan, OPTION_SKIP).text);
	if (is_chipset(node))
		return fail_about(selection->err, RULE_DEVICE_OF_CHIPSET, option, node->name,
				  "%s: %s cannot be assigned: " CHIPSET_STAYS "; leave it out",
				  plan_option(selection->plan, option).text, node_title(node).text);
	if (item->stay && !item->assigned)
		return fail_about(selection->err, item->stay_rule, option, node->name,
				  "%s: %s cannot be assigned: %s; free it first, or leave it out",
				  plan_option(selection->plan, option).text, node_title(node).text,
				  item->stay);
	if (item->named)
		return fail_about(selection->err, RULE_DEVICE_TWICE, option, node->name,
				  "%s: %s is named twice",
				  plan_option(selection->plan, option).text, node->name);
	return HGX_OK;
}
