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

#define MAX_WORD 64
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

typedef int taker(struct selection *selection, struct candidate *item, enum option_id option);

static bool is_range(const char *word)
{
	size_t digits = strspn(word, "0123456789");

	if (digits && word[digits] == '-' && word[digits + 1])
		digits += 1 + strspn(word + digits + 1, "0123456789");
	return digits && !word[digits];
}

static int take_numbers(struct selection *selection, enum option_id option, const char *word,
			taker *each)
{
	char *end;
	unsigned long first = strtoul(word, &end, 10), last = first;
	int code = HGX_OK;

	if (*end == '-')
		last = strtoul(end + 1, &end, 10);
	if (first > MAX_GPUS)
		return refuse_number(selection, option, first);
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

static int take_address(struct selection *selection, enum option_id option, struct hgx_bdf address,
			taker *each)
{
	const struct hgx_node *node = topo_find(selection->plan->host, bdf_text(address).text);
	struct candidate *item;

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

/* Several functions that one word names. */
struct named {
	const char *slot, *os_name;    /* each may be NULL */
	const struct hgx_bdf *address; /* of any function of the card, or NULL */
};

static bool has_name(const struct hgx_pci *pci, const char *name)
{
	for (size_t i = 0; i < pci->os_device_count; i++)
		if (!strcmp(pci->os_devices[i].name, name))
			return true;
	return false;
}

static bool is_named(const struct named *named, const struct hgx_node *node)
{
	const struct hgx_pci *pci = node->pci;

	if (named->os_name)
		return has_name(pci, named->os_name);
	/* virtual functions do not make up a card, except for those that are GPUs */
	if (pci->physical_function && !counts_as_gpu(node))
		return false;
	if (named->slot)
		return pci->slot && !strcmp(pci->slot, named->slot);
	return bdf_same_card(pci->address, *named->address);
}

/* Of a whole card, an option for one kind of device means the functions of that kind. */
static bool is_meant(enum option_id option, const struct hgx_node *node)
{
	switch (option) {
	case OPTION_GPUS:
		return counts_as_gpu(node);
	case OPTION_NICS:
		return node->kind == HGX_NIC;
	case OPTION_NVME:
		return node->kind == HGX_NVME;
	default:
		return true;
	}
}

/* False if there is none. */
static bool take_named(struct selection *selection, enum option_id option,
		       const struct named *named, taker *each, int *code)
{
	struct candidate *other = NULL;
	bool any = false;

	*code = HGX_OK;
	for (size_t i = 0; !*code && i < selection->count; i++) {
		struct candidate *item = &selection->items[i];

		if (!is_named(named, item->node))
			continue;
		if (is_meant(option, item->node)) {
			any = true;
			*code = each(selection, item, option);
		} else if (!other) {
			other = item;
		}
	}
	if (!any && other)
		*code = each(selection, other, option); /* says what is wrong with it */
	return any || other;
}

static int take_word(struct selection *selection, enum option_id option, const char *word,
		     taker *each)
{
	const struct option_text name = plan_option(selection->plan, option);
	struct named named = { NULL, NULL, NULL };
	char first[MAX_WORD + 2];
	struct hgx_bdf address;
	int code;

	if (bdf_read(word, strlen(word), &address))
		return take_address(selection, option, address, each);
	if (is_range(word))
		return take_numbers(selection, option, word, each);
	snprintf(first, sizeof(first), "%s.0", word);
	if (!strncmp(word, "slot:", 5) && word[5])
		named.slot = word + 5;
	else if (bdf_read(first, strlen(first), &address))
		named.address = &address;
	else
		named.os_name = word;
	if (take_named(selection, option, &named, each, &code))
		return code;
	if (named.os_name && strchr(word, ':'))
		return fail_about(selection->err, RULE_ADDRESS_MALFORMED, option, word,
				  "%s: '%s' is not a PCI address such as 0000:19:00.0", name.text,
				  word);
	if (named.os_name && (*word < 'A' || *word > 'z'))
		return fail_option(
			selection->err, RULE_OPTION_VALUE, option,
			"%s: '%s' is not an address such as 0000:19:00.0, a number or a range "
			"such as 0-3",
			name.text, word);
	return fail_about(
		selection->err, RULE_DEVICE_MISSING, option, word,
		named.os_name ? "%s: there is no device '%s' on this host; name devices by "
				"address, by name such as mlx5_0 or nvme0n1, as slot:21, and GPUs "
				"also by number" :
				"%s: there is no device in %s on this host",
		name.text, word);
}

int list_read(struct selection *selection, enum option_id option, const char *text,
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
		code = take_word(selection, option, word, each);
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
