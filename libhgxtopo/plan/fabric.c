/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A GPU of a board with NVSwitches does not work before it is told about its NVLinks: cuInit()
 * returns 802 (CUDA_ERROR_SYSTEM_NOT_READY) until a Fabric Manager has activated the partition of
 * the VM, or the driver was told to do without NVLinks (NVIDIA Fabric Manager User Guide, shared
 * NVSwitch mode). With the NVSwitches, the Fabric Manager runs in the guest. */
#include <stdbool.h>
#include "plan/fabric.h"
#include "util/arena.h"
#include "model/classify.h"
#include "model/kind.h"
#include "model/topo.h"
#include "guest/plan.h"

#define BOARD 8 /* GPUs of a board whose partitions are known */
#define NO_NVLINK "turn NVLink off in the guest (option NVreg_NvLinkDisable=1 of its module nvidia)"

/* The GPUs of the board: of the host, and those of them that the VM gets. */
struct board {
	size_t all, chosen;
	bool fabric, own; /* it has NVSwitches or NVLink managers; the VM gets some of them */
};

static struct board board_of(const struct hgx_plan *plan)
{
	struct board board = { 0, 0, false, false };

	for (const struct hgx_node *node = plan->host->all; node; node = node->all) {
		board.all += is_board_gpu(node);
		board.fabric |= kind_of(node->kind)->fabric;
	}
	for (size_t i = 0; i < plan->chosen_count; i++) {
		board.chosen += is_board_gpu(plan->chosen[i]);
		board.own |= kind_of(plan->chosen[i]->kind)->fabric;
	}
	return board;
}

/* The partitions of a board of 8 have 1, 2, 4 or 8 GPUs. */
static bool has_partition(const struct board *board)
{
	return board->all != BOARD || !(board->chosen & (board->chosen - 1));
}

/* The domain of a user may run so already: no warning is repeated at every run. */
static enum hgx_severity severity_of(const struct hgx_plan *plan)
{
	return plan->base ? HGX_NOTE : HGX_WARNING;
}

static void note_partition(struct hgx_plan *plan)
{
	const char *id = plan->options.partition;

	plan_note(plan, RULE_FABRIC_PARTITION, HGX_NOTE, NULL,
		  arena_format(&plan->arena,
			       "'fmpm -a %s' on the host activates it before the VM starts, "
			       "'fmpm -d %s' frees it afterwards",
			       id, id),
		  "CUDA fails in the guest (error 802) until partition %s is active on the host, "
		  "whose Fabric Manager has to run in shared NVSwitch mode",
		  id);
}

static void note_no_partition(struct hgx_plan *plan, const struct board *board)
{
	plan_note(plan, RULE_FABRIC_PARTITION, severity_of(plan), NULL,
		  NO_NVLINK ", or take 1, 2, 4 or 8 GPUs",
		  "no partition of the Fabric Manager has %zu GPUs: CUDA fails in the guest (error "
		  "802) unless NVLink is off",
		  board->chosen);
}

static void note_some_partition(struct hgx_plan *plan, const struct board *board)
{
	bool one = board->chosen == 1;
	const char *which = one				? "of this GPU alone, without NVLinks," :
			    board->chosen == board->all ? "of all GPUs" :
							  "of exactly its GPUs";
	const char *remedy = arena_format(
		&plan->arena,
		"'fmpm -l' on the host lists partitions by module id, 'fmpm -a ID' activates one; "
		"%s with %s takes the GPUs of a partition; or " NO_NVLINK,
		plan_option(plan, OPTION_PARTITION).text,
		plan_option(plan, OPTION_MODULE_IDS).text);

	plan_note(plan, plan->share.dealt ? RULE_FABRIC_SHARED : RULE_FABRIC_PARTITION,
		  severity_of(plan), NULL, remedy,
		  "the VM has %zu of the %zu GPUs of a board whose NVSwitches stay with the host: "
		  "CUDA fails in the guest (error 802) until the partition %s is active in the "
		  "host's Fabric Manager (shared NVSwitch mode)",
		  board->chosen, board->all, which);
}

void fabric_notes(struct hgx_plan *plan)
{
	const struct board board = board_of(plan);

	if (!board.fabric || board.own || !board.chosen)
		return;
	if (plan->options.partition)
		note_partition(plan);
	else if (has_partition(&board))
		note_some_partition(plan, &board);
	else
		note_no_partition(plan, &board);
}
