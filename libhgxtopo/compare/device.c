/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What differs about single PCI functions. In each pair, @was is the function of the topology that
 * is expected, @is that of the one that is examined. */
#include <stdio.h>
#include <string.h>
#include "compare/device.h"
#include "model/kind.h"
#include "model/link.h"
#include "model/topo.h"
#include "match/match.h"
#include "util/macros.h"
#include "util/size.h"

#define ATS_ENABLED 0x8000 /* PCI Express Base Specification, 10.5.1.3 */

bool same_device_numa(const struct hgx_node *a, const struct hgx_node *b)
{
	if (!a->numa || !b->numa)
		return a->numa == b->numa;
	return numa_rank(a->numa) == numa_rank(b->numa);
}

typedef void compare(struct differences *differences, const struct hgx_node *is,
		     const struct hgx_node *was);

struct numa_text {
	char text[32];
};

static struct numa_text numa_of(const struct hgx_node *node)
{
	struct numa_text out = { "no NUMA node" };

	if (node->numa)
		snprintf(out.text, sizeof(out.text), "NUMA node %u", node->numa->memory->id);
	return out;
}

static void compare_numa(struct differences *differences, const struct hgx_node *is,
			 const struct hgx_node *was)
{
	if (kind_is_device(is->kind) && !same_device_numa(is, was))
		differ(differences, RULE_DIFF_NUMA, HGX_WARNING, is, was, "on %s, expected on %s",
		       numa_of(is).text, numa_of(was).text);
}

struct link_text {
	char text[32];
};

/* What is known of it. */
static struct link_text link_of(struct hgx_link link)
{
	struct link_text out = { "" };
	int length = 0;

	if (link.speed)
		length = snprintf(out.text, sizeof(out.text), "%u", link.speed / 1000);
	if (link.speed % 1000)
		length += snprintf(out.text + length, sizeof(out.text) - length, ".%u",
				   link.speed % 1000 / 100);
	if (link.speed)
		length += snprintf(out.text + length, sizeof(out.text) - length, " GT/s");
	if (link.width)
		snprintf(out.text + length, sizeof(out.text) - length, "%sx%u", length ? " " : "",
			 link.width);
	return out;
}

static bool same_link(struct hgx_link a, struct hgx_link b)
{
	return (!a.speed || !b.speed || a.speed == b.speed) &&
	       (!a.width || !b.width || a.width == b.width);
}

/* The other functions of a card share the link of its first. */
static bool is_first_function(const struct hgx_node *node)
{
	return node->parent->first == node;
}

static void compare_links(struct differences *differences, const struct hgx_node *is,
			  const struct hgx_node *was)
{
	struct hgx_link now, possible, now_expected, possible_expected;
	const char *whose = is->kind == HGX_SWITCH_UP ? "uplink" : "link";

	if (!is_first_function(is) || !hgx_node_link(is, &now, &possible) ||
	    !hgx_node_link(was, &now_expected, &possible_expected))
		return;
	if (!same_link(possible, possible_expected))
		differ(differences, RULE_DIFF_LINK, HGX_WARNING, is, was,
		       "%s that can do %s, expected %s", whose, link_of(possible).text,
		       link_of(possible_expected).text);
	else if (now.width && now_expected.width && now.width != now_expected.width)
		differ(differences, RULE_DIFF_LINK, HGX_WARNING, is, was,
		       "%s trained x%u of x%u, expected x%u", whose, now.width, possible.width,
		       now_expected.width);
	else if (!kind_computes(is->kind) && !same_link(now, now_expected)) /* a GPU may idle */
		differ(differences, RULE_DIFF_LINK, HGX_WARNING, is, was,
		       "%s trained to %s, expected %s", whose, link_of(now).text,
		       link_of(now_expected).text);
}

static void compare_bars(struct differences *differences, const struct hgx_node *is,
			 const struct hgx_node *was)
{
	for (int i = 0; kind_is_device(is->kind) && i < HGX_BARS - 1; i++) {
		uint64_t size = is->pci->bars[i].size, expected = was->pci->bars[i].size;

		if (size != expected)
			differ(differences, RULE_DIFF_BAR, HGX_WARNING, is, was,
			       "BAR %d %s%s, expected %s", i, size ? "of " : "is missing",
			       size ? size_text(size).text : "",
			       expected ? size_text(expected).text : "none");
	}
}

static bool both_known(struct hgx_capability a, struct hgx_capability b)
{
	return a.state != HGX_UNKNOWN && b.state != HGX_UNKNOWN;
}

struct acs_text {
	char text[32];
};

static struct acs_text acs_of(struct hgx_capability acs)
{
	struct acs_text out = { "no ACS" };

	if (acs.state == HGX_PRESENT)
		snprintf(out.text, sizeof(out.text), "ACS control 0x%02x", acs.control);
	return out;
}

static void compare_acs(struct differences *differences, const struct hgx_node *is,
			const struct hgx_node *was)
{
	struct hgx_capability now = is->pci->acs, expected = was->pci->acs;

	if (both_known(now, expected) &&
	    (now.state != expected.state || now.control != expected.control))
		differ(differences, RULE_DIFF_ACS, HGX_WARNING, is, was, "%s, expected %s",
		       acs_of(now).text, acs_of(expected).text);
}

static const char *ats_of(struct hgx_capability ats)
{
	if (ats.state != HGX_PRESENT)
		return "no ATS";
	return ats.control & ATS_ENABLED ? "ATS on" : "ATS off";
}

static void compare_ats(struct differences *differences, const struct hgx_node *is,
			const struct hgx_node *was)
{
	const char *now = ats_of(is->pci->ats), *expected = ats_of(was->pci->ats);

	if (both_known(is->pci->ats, was->pci->ats) && strcmp(now, expected))
		differ(differences, RULE_DIFF_ATS, HGX_WARNING, is, was, "%s, expected %s", now,
		       expected);
}

static void compare_virtual(struct differences *differences, const struct hgx_node *is,
			    const struct hgx_node *was)
{
	const struct hgx_pci *now = is->pci, *expected = was->pci;

	if (now->sriov_total != expected->sriov_total)
		differ(differences, RULE_DIFF_VF, HGX_WARNING, is, was,
		       "can have %d virtual functions, expected %d", now->sriov_total,
		       expected->sriov_total);
	else if (now->sriov_enabled != expected->sriov_enabled)
		differ(differences, RULE_DIFF_VF, HGX_NOTE, is, was,
		       "has %d virtual functions, expected %d", now->sriov_enabled,
		       expected->sriov_enabled);
}

static const char *class_name(const struct hgx_pci *pci)
{
	switch (pci->class_code >> 8) {
	case 0x0200:
		return "Ethernet";
	case 0x0207:
		return "InfiniBand";
	default:
		return "another class";
	}
}

/* What a port of a NIC is set to be. */
static void compare_classes(struct differences *differences, const struct hgx_node *is,
			    const struct hgx_node *was)
{
	uint32_t now = is->pci->class_code >> 8, expected = was->pci->class_code >> 8;

	if (is->kind == HGX_NIC && now && expected && now != expected)
		differ(differences, RULE_DIFF_MODEL, HGX_WARNING, is, was,
		       "%s (class %04x), expected %s (class %04x)", class_name(is->pci), now,
		       class_name(was->pci), expected);
}

static const char *or_none(const char *text)
{
	return text ? text : "none";
}

static void compare_drivers(struct differences *differences, const struct hgx_node *is,
			    const struct hgx_node *was)
{
	const char *now = or_none(is->pci->driver), *expected = or_none(was->pci->driver);

	if (kind_of(is->kind)->matched && strcmp(now, expected))
		differ(differences, RULE_DIFF_DRIVER, HGX_NOTE, is, was, "driver %s, expected %s",
		       now, expected);
}

/* Those of one model can be compared in all of this. */
static compare *const comparisons[] = {
	compare_numa, compare_links,   compare_bars,	compare_acs,
	compare_ats,  compare_virtual, compare_drivers, compare_classes,
};

/* A device of a domain that was read without its host. */
static bool is_unknown(const struct hgx_node *node)
{
	return !node->pci->vendor && !node->pci->device;
}

static void compare_pair(struct differences *differences, const struct hgx_node *is,
			 const struct hgx_node *was, bool same_nodes)
{
	if (is_unknown(is) || is_unknown(was)) {
		if (same_nodes)
			compare_numa(differences, is, was);
		return;
	}
	if (!match_alike(is, was)) {
		if (is->in_tree || was->in_tree)
			differ(differences, RULE_DIFF_MODEL, HGX_WARNING, is, was,
			       "%s %04x:%04x, expected %s %04x:%04x", kind_of(is->kind)->label,
			       is->pci->vendor, is->pci->device, kind_of(was->kind)->label,
			       was->pci->vendor, was->pci->device);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(comparisons); i++)
		if (comparisons[i] != compare_numa || same_nodes)
			comparisons[i](differences, is, was);
}

/* Ports without anything below them come and go with the settings of the firmware. */
static bool is_missed(const struct hgx_node *node)
{
	return node->in_tree && kind_is_device(node->kind);
}

void compare_devices(struct differences *differences, const struct pairs *pairs, bool same_nodes)
{
	for (size_t i = 0; i < pairs->b.count; i++) {
		const struct hgx_node *is = pairs->b.nodes[i];

		if (pairs->b.other[i] != PAIR_NONE)
			compare_pair(differences, is, pairs->a.nodes[pairs->b.other[i]],
				     same_nodes);
		else if (is_missed(is))
			differ(differences, RULE_DIFF_NEW, HGX_WARNING, is, NULL,
			       "not expected here");
	}
	for (size_t i = 0; i < pairs->a.count; i++)
		if (pairs->a.other[i] == PAIR_NONE && is_missed(pairs->a.nodes[i]))
			differ(differences, RULE_DIFF_GONE, HGX_PROBLEM, pairs->a.nodes[i], NULL,
			       "missing");
}
