/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* PCIe links that were trained below what both of their ends can do: a riser, a cable or a slot
 * that nobody notices. Width never falls when a device idles; the speed of a GPU's link does. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "source/trained.h"
#include "util/arena.h"
#include "util/bdf.h"
#include "model/finding.h"
#include "model/kind.h"
#include "model/topo.h"

#define MAX_NAMED 3

/* QEMU's ports show links that mean nothing. */
static bool is_emulated(const struct hgx_node *port)
{
	return port->pci->vendor == 0x1b36 ||
	       (port->pci->vendor == 0x104c && (port->pci->device & 0xfffe) == 0x8232);
}

/* One function of a card stands for its link. */
static bool is_first_function(const struct hgx_node *node)
{
	return node->parent->first == node ||
	       !bdf_same_card(node->parent->first->pci->address, node->pci->address);
}

static bool counts(const struct hgx_node *node)
{
	switch (node->kind) {
	case HGX_GPU:
	case HGX_NIC:
	case HGX_NVME:
	case HGX_NVSWITCH:
	case HGX_ACCELERATOR:
	case HGX_SWITCH_UP:
		return !node->pci->physical_function && is_first_function(node);
	default:
		return false;
	}
}

static bool read_links(const struct hgx_node *node, struct hgx_link *now, struct hgx_link *possible)
{
	return node->pci && counts(node) && hgx_node_link(node, now, possible) &&
	       !is_emulated(node->parent);
}

/* "; 3 others of the model are at x16 (0000:19:00.0, …)"; "": there is none. */
static const char *siblings(struct hgx_topo *topo, const struct hgx_node *node, uint32_t width)
{
	struct hgx_link now, possible;
	char names[MAX_NAMED * 16] = "";
	size_t count = 0;

	for (const struct hgx_node *other = topo->root; other;
	     other = node_next(topo->root, other)) {
		if (other == node || !other->pci || other->kind != node->kind ||
		    other->pci->vendor != node->pci->vendor ||
		    other->pci->device != node->pci->device ||
		    !read_links(other, &now, &possible) || now.width < width)
			continue;
		if (count++ < MAX_NAMED)
			snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%.12s",
				 *names ? ", " : "", other->name);
	}
	if (!count)
		return "";
	return arena_format(&topo->arena, "; %zu other%s of the model %s at x%u (%s%s)", count,
			    count == 1 ? "" : "s", count == 1 ? "is" : "are", width, names,
			    count > MAX_NAMED ? ", …" : "");
}

static void note_narrow(struct hgx_topo *topo, const struct hgx_node *node, struct hgx_link now,
			struct hgx_link possible)
{
	finding_add(&topo->findings, &topo->arena, RULE_LINK_NARROW, HGX_WARNING, node,
		    "reseat the card, and check its riser or cable and the slot's bifurcation in "
		    "the firmware",
		    "%s%s: the link to its port %s runs at x%u, although both ends can do x%u%s",
		    node->kind == HGX_SWITCH_UP ? "uplink of " : "", node_title(node).text,
		    node->parent->name, now.width, possible.width,
		    siblings(topo, node, possible.width));
}

static void note_slow(struct hgx_topo *topo, const struct hgx_node *node, struct hgx_link now,
		      struct hgx_link possible)
{
	finding_add(&topo->findings, &topo->arena, RULE_LINK_SLOW, HGX_WARNING, node,
		    "reseat the card, check its riser or cable, and the link speed that the "
		    "firmware sets for the slot",
		    "%s%s: the link to its port %s runs at %u.%u GT/s, although both ends can do "
		    "%u.%u GT/s",
		    node->kind == HGX_SWITCH_UP ? "uplink of " : "", node_title(node).text,
		    node->parent->name, now.speed / 1000, now.speed % 1000 / 100,
		    possible.speed / 1000, possible.speed % 1000 / 100);
}

#define AMD 0x1002
#define AMD_BRIDGES 0x1022

/* AMD's GPUs have a switch of their own on the card, whose uplink idles with them. */
static bool is_switch_of_gpu(const struct hgx_node *up)
{
	uint16_t vendor = up->pci->vendor;

	if (up->kind != HGX_SWITCH_UP || (vendor != AMD && vendor != AMD_BRIDGES))
		return false;
	for (const struct hgx_node *node = up; node; node = node_next(up, node))
		if (node->kind == HGX_GPU && node->pci->vendor == AMD)
			return true;
	return false;
}

static bool may_idle(const struct hgx_node *node)
{
	return kind_computes(node->kind) || is_switch_of_gpu(node);
}

void source_trained(struct hgx_topo *topo)
{
	struct hgx_link now, possible;

	for (const struct hgx_node *node = topo->root; node; node = node_next(topo->root, node)) {
		if (!read_links(node, &now, &possible))
			continue;
		if (now.width && now.width < possible.width)
			note_narrow(topo, node, now, possible);
		if (now.speed && now.speed < possible.speed && !may_idle(node))
			note_slow(topo, node, now, possible);
	}
}
