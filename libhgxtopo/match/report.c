/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How the devices of a running guest were matched, and each difference from the plan. */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "match/report.h"
#include "model/distance.h"
#include "model/finding.h"
#include "model/kind.h"
#include "model/topo.h"
#include "match/match.h"

#define FIND_MISSING \
	"give the options the domain was planned with, and check the guest's kernel log"

struct report {
	struct hgx_topo *topo;
	const struct match *match;
	const struct hgx_topo *planned;
};

static void add(const struct report *report, enum rule_id rule, enum hgx_severity severity,
		const struct hgx_node *node, const char *remedy, const char *format, ...)
	PRINTF(6, 7);
static void add(const struct report *report, enum rule_id rule, enum hgx_severity severity,
		const struct hgx_node *node, const char *remedy, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	finding_vadd(&report->topo->findings, &report->topo->arena, rule, severity, node, remedy,
		     format, args);
	va_end(args);
}

static void report_way(const struct report *report, enum match_way way, const char *name)
{
	char list[256] = "";
	size_t length = 0;

	for (unsigned kind = 0; kind < kind_count(); kind++) {
		const struct kind *row = kind_of((enum hgx_kind)kind);
		size_t count = 0;

		for (size_t i = 0; i < report->match->seen.count; i++)
			count += report->match->seen.devices[i].way == way &&
				 report->match->seen.devices[i].node->kind == (enum hgx_kind)kind;
		if (count && length < sizeof(list))
			length += (size_t)snprintf(list + length, sizeof(list) - length, "%s%zu %s",
						   length ? ", " : "", count,
						   count == 1 ? row->label : row->plural);
	}
	if (length)
		add(report, RULE_MATCHED, HGX_NOTE, NULL, NULL, "matched with the plan by %s: %s",
		    name, list);
}

/* The first device that shares a switch with this one in the plan or in the guest, but
 * not in both; NULL if there is none. */
static const struct hgx_node *torn_from(const struct report *report, const struct hgx_node *group,
					const struct hgx_node *planned)
{
	for (size_t i = 0; i < report->match->seen.count; i++) {
		const struct match_device *mate = &report->match->seen.devices[i];

		if (mate->other && top_switch(mate->node) && top_switch(mate->other->node) &&
		    (top_switch(mate->node) == group) != (top_switch(mate->other->node) == planned))
			return mate->node;
	}
	return NULL;
}

static void compare_switch(const struct report *report, const struct match_device *device)
{
	const struct hgx_node *node = device->node, *group = top_switch(node);
	const struct hgx_node *planned = top_switch(device->other->node);
	const struct hgx_node *mate = group && planned ? torn_from(report, group, planned) : NULL;

	if (planned && !group)
		add(report, RULE_GUEST_SWITCH, HGX_WARNING, node,
		    "start the guest from the domain of the plan",
		    "%s is not below a PCIe switch, but the plan puts it below one: without a "
		    "common switch NCCL does not use GPUDirect RDMA",
		    node_title(node).text);
	else if (!planned && group)
		add(report, RULE_GUEST_SWITCH, HGX_NOTE, node, NULL,
		    "%s is below the PCIe switch %s, but the plan does not put it below one",
		    node_title(node).text, group->name);
	else if (mate)
		add(report, RULE_GUEST_SWITCH, HGX_WARNING, node,
		    "start the guest from the domain of the plan",
		    top_switch(mate) == group ?
			    "%s shares its PCIe switch with %s, but not in the plan" :
			    "%s does not share its PCIe switch with %s, as it does in the plan",
		    node_title(node).text, mate->name);
}

static int numa_id(const struct hgx_node *node)
{
	return node->numa ? (int)node->numa->memory->id : -1;
}

static void compare_place(const struct report *report, const struct match_device *device)
{
	const struct hgx_node *node = device->node, *planned = device->other->node;
	int here = numa_id(node), there = numa_id(planned);

	if (here < 0 && there >= 0)
		add(report, RULE_GUEST_NUMA, HGX_WARNING, node,
		    "start the guest from the domain of the plan",
		    "%s has no NUMA node, but the plan puts it on node %d", node_title(node).text,
		    there);
	else if (here != there && there >= 0)
		add(report, RULE_GUEST_NUMA, HGX_WARNING, node,
		    "start the guest from the domain of the plan",
		    "%s is on NUMA node %d, but the plan puts it on node %d", node_title(node).text,
		    here, there);
	if (strcmp(node->name, planned->name))
		add(report, RULE_GUEST_ADDRESS, HGX_NOTE, node, NULL, "%s is at %s in the plan",
		    node_title(node).text, planned->name);
}

/* Whether an unmatched device should have been in the plan: a GPU, or of a model that is in it.
 * Others are the user's. */
static bool is_of_the_plan(const struct report *report, const struct hgx_node *node)
{
	for (size_t i = 0; i < report->match->planned.count; i++)
		if (match_alike(report->match->planned.devices[i].node, node))
			return true;
	return kind_computes(node->kind);
}

static void compare_devices(const struct report *report)
{
	for (size_t i = 0; i < report->match->seen.count; i++) {
		const struct match_device *device = &report->match->seen.devices[i];

		if (device->other) {
			compare_switch(report, device);
			compare_place(report, device);
		} else if (is_of_the_plan(report, device->node)) {
			add(report, RULE_GUEST_MORE, HGX_WARNING, device->node,
			    "give the options the domain was planned with",
			    "%s is not in the plan: its link is what the guest shows",
			    node_title(device->node).text);
		}
	}
	for (size_t i = 0; i < report->match->planned.count; i++)
		if (!report->match->planned.devices[i].other)
			add(report, RULE_GUEST_MISSING, HGX_WARNING, NULL, FIND_MISSING,
			    "%s of the plan is not in the guest",
			    node_title(report->match->planned.devices[i].node).text);
}

static size_t cpu_count(const struct hgx_node *numa)
{
	size_t count = 0;

	for (const struct hgx_node *node = numa->topo->all; node; node = node->all)
		count += node->cpu && node->cpu->online && node->numa == numa;
	return count;
}

static void compare_node(const struct report *report, const struct hgx_node *planned)
{
	const struct hgx_node *node = topo_find(report->topo, planned->name);
	size_t here = node ? cpu_count(node) : 0, there = cpu_count(planned);

	if (!node)
		add(report, RULE_GUEST_CPUS, HGX_WARNING, NULL,
		    "start the guest from the domain of the plan",
		    "NUMA node %u of the plan is not in the guest", planned->memory->id);
	else if (here != there)
		add(report, RULE_GUEST_CPUS, HGX_WARNING, node,
		    "start the guest from the domain of the plan",
		    "NUMA node %u has %zu CPUs, but the plan gives it %zu", planned->memory->id,
		    here, there);
}

static void compare_nodes(const struct report *report)
{
	for (const struct hgx_node *node = report->planned->root->first; node; node = node->next)
		if (node->memory)
			compare_node(report, node);
	for (const struct hgx_node *node = report->topo->root->first; node; node = node->next)
		if (node->memory && !topo_find(report->planned, node->name))
			add(report, RULE_GUEST_CPUS, HGX_WARNING, node,
			    "start the guest from the domain of the plan",
			    "NUMA node %u is not in the plan", node->memory->id);
}

/* A VM that does not mirror its host differs in everything but its devices. */
static void report_flat(const struct report *report)
{
	size_t missing = 0;
	bool all;

	for (size_t i = 0; i < report->match->planned.count; i++)
		missing += !report->match->planned.devices[i].other;
	all = missing == report->match->planned.count;
	add(report, RULE_GUEST_SWITCH, HGX_NOTE, NULL, NULL,
	    "no GPU or NIC of the guest is below a PCIe switch: without the NCCL file GPUDirect RDMA "
	    "is off");
	if (missing)
		add(report, RULE_GUEST_MISSING, all ? HGX_WARNING : HGX_NOTE, NULL,
		    all ? FIND_MISSING : NULL, "%zu device%s of the plan %s not in the guest",
		    missing, missing == 1 ? "" : "s", missing == 1 ? "is" : "are");
}

void match_report(struct hgx_topo *topo, const struct match *match, const struct hgx_topo *planned)
{
	struct report report = { topo, match, planned };

	report_way(&report, MATCH_GUID, "GUID");
	report_way(&report, MATCH_SERIAL, "serial number");
	report_way(&report, MATCH_MODEL, "model");
	report_way(&report, MATCH_ADDRESS, "address");
	report_way(&report, MATCH_ORDER, "order");
	if (match_is_flat(match)) {
		report_flat(&report);
		return;
	}
	compare_nodes(&report);
	compare_devices(&report);
}
