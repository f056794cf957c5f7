/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules about the NVLinks of a domain's GPUs: NVSwitches, Fabric Manager partitions, and cliques.
 */
#include <stdbool.h>
#include <string.h>
#include "check/domain.h"
#include "check/tell.h"
#include "util/arena.h"
#include "model/classify.h"
#include "model/kind.h"
#include "model/topo.h"
#include "domain/assigned.h"
#include "domain/override.h"
#include "plan/partition.h"

/* What a domain has of an NVSwitch board. */
struct board {
	size_t gpus, switches;		   /* of the host */
	size_t own_gpus, own_switches;	   /* of the domain */
	bool numbers[PARTITION_MODULES];   /* GPUs of the domain, by number */
	const struct hgx_node *first;	   /* GPU of the domain */
	const struct hgx_node *one_switch; /* of the domain */
};

static bool assigns(const struct domain *domain, const struct hgx_node *node)
{
	const struct base_item *item = base_item_of(&domain->base, node);

	return item && item->assigned;
}

static void take(struct board *board, const struct domain *domain, const struct hgx_node *node)
{
	bool own = assigns(domain, node);

	if (is_board_gpu(node)) {
		board->first = own && !board->first ? node : board->first;
		if (board->gpus < PARTITION_MODULES)
			board->numbers[board->gpus] = own;
		board->gpus++;
		board->own_gpus += own;
	} else if (kind_of(node->kind)->fabric) {
		board->one_switch = own && !board->one_switch ? node : board->one_switch;
		board->switches++;
		board->own_switches += own;
	}
}

/* False: the host has no such board, the domain has nothing of it, or that is not known. */
static bool find_board(struct board *board, const struct domain_check *check,
		       const struct domain *domain)
{
	const struct hgx_node *root = check->host && domain->whole ? check->host->root : NULL;

	*board = (struct board){ 0 };
	for (const struct hgx_node *node = root; node; node = node_next(root, node))
		if (node->pci)
			take(board, domain, node);
	return board->switches && (board->own_gpus || board->own_switches);
}

static const struct xml_element *element_of(const struct domain *domain,
					    const struct hgx_node *node)
{
	return base_item_of(&domain->base, node)->element;
}

/* "the 4 GPUs of the domain" */
static const char *own_gpus(struct domain_check *check, const struct board *board)
{
	return board->own_gpus == 1 ?
		       "the one GPU" :
		       arena_format(&check->check.out->arena, "the %zu GPUs", board->own_gpus);
}

/* Fabric Manager in the guest has to see all of the board. */
void nvswitches_partial(struct domain_check *check, const struct domain *domain)
{
	struct board board;

	if (!find_board(&board, check, domain) || !board.own_switches ||
	    (board.own_gpus == board.gpus && board.own_switches == board.switches))
		return;
	domain_add(check, domain, RULE_NVSWITCHES_PARTIAL, element_of(domain, board.one_switch),
		   board.one_switch, NULL,
		   "the domain has %zu of the %zu functions of the NVSwitch board and %zu of its "
		   "%zu GPUs: Fabric Manager in the guest needs all of both, and until it runs "
		   "cuInit fails with 802",
		   board.own_switches, board.switches, board.own_gpus, board.gpus);
}

static bool leaves_switches(struct board *board, const struct domain_check *check,
			    const struct domain *domain)
{
	return find_board(board, check, domain) && !board->own_switches &&
	       board->gpus == PARTITION_MODULES;
}

static const char *module_ids(const struct domain_check *check)
{
	const struct hgx_plan_options *plan = check->check.options.plan;

	return plan ? plan->module_ids : NULL;
}

static bool is_partition(const struct domain_check *check, const struct board *board)
{
	const char *ids = module_ids(check);

	return ids ? partition_of(ids, board->numbers) >= 0 :
		     partition_has_size((unsigned)board->own_gpus);
}

void partition_none(struct domain_check *check, const struct domain *domain)
{
	struct board board;

	if (leaves_switches(&board, check, domain) && !is_partition(check, &board))
		domain_add(check, domain, RULE_PARTITION_NONE, element_of(domain, board.first),
			   board.first, NULL,
			   "the NVSwitches stay with the host, and no partition of its Fabric "
			   "Manager has just %s of the domain: cuInit fails with 802",
			   own_gpus(check, &board));
}

void partition_inactive(struct domain_check *check, const struct domain *domain)
{
	const char *ids = module_ids(check);
	struct board board;

	if (!leaves_switches(&board, check, domain) || !is_partition(check, &board))
		return;
	if (ids)
		domain_add(
			check, domain, RULE_PARTITION_INACTIVE, NULL, board.first, NULL,
			"cuInit in the guest fails with 802 until Fabric Manager on the host has "
			"activated partition %d",
			partition_of(ids, board.numbers));
	else
		domain_add(
			check, domain, RULE_PARTITION_INACTIVE, NULL, board.first, NULL,
			"cuInit in the guest fails with 802 until Fabric Manager on the host has "
			"activated the partition of %s of the domain; which one that is, and "
			"whether there is one, only %s tells",
			own_gpus(check, &board),
			option_name(check->check.options.words, OPTION_MODULE_IDS).text);
}

void clique_useless(struct domain_check *check, const struct domain *domain)
{
	const struct base_item *first = NULL;
	unsigned count = 0;

	for (size_t i = 0; domain->whole && i < domain->base.count; i++) {
		const struct base_item *item = &domain->base.items[i];

		if (!item->alias ||
		    !override_value(&domain->base, item->alias, "x-nv-gpudirect-clique"))
			continue;
		first = first ? first : item;
		count++;
	}
	if (count && base_hides_kvm(domain->plan))
		domain_add(check, domain, RULE_CLIQUE_USELESS, first->element, first->source, NULL,
			   "the GPUDirect clique ids of %u devices have no effect, as the domain "
			   "hides KVM from its guest",
			   count);
}
