/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* IOMMU groups: which functions are in one, whatever its number. */
#include <stdbool.h>
#include <stdlib.h>
#include "compare/group.h"
#include "model/kind.h"
#include "model/topo.h"

/* A function of both topologies, and whether a finding has told of its group. */
struct member {
	const struct hgx_node *is, *was;
	bool told;
};

struct members {
	struct member *items;
	size_t count;
};

static bool collect(struct members *members, const struct pairs *pairs)
{
	members->count = 0;
	members->items = calloc(pairs->b.count + 1, sizeof(*members->items));
	for (size_t i = 0; members->items && i < pairs->b.count; i++)
		if (pairs->b.other[i] != PAIR_NONE)
			members->items[members->count++] = (struct member){
				.is = pairs->b.nodes[i], .was = pairs->a.nodes[pairs->b.other[i]]
			};
	return members->items != NULL;
}

static int group_of(const struct hgx_node *node)
{
	return node->pci->iommu_group;
}

static bool same_group(const struct hgx_node *a, const struct hgx_node *b)
{
	return group_of(a) >= 0 && group_of(a) == group_of(b);
}

/* What came into the group of a device, or left it. */
struct change {
	const struct hgx_node *added, *lost; /* the first of each */
	size_t more, fewer;
};

static struct change change_of(const struct members *members, const struct member *one)
{
	struct change change = { NULL, NULL, 0, 0 };

	for (size_t i = 0; i < members->count; i++) {
		const struct member *other = &members->items[i];
		bool now = same_group(other->is, one->is);
		bool expected = same_group(other->was, one->was);

		if (now && !expected && !change.more++)
			change.added = other->is;
		if (!now && expected && !change.fewer++)
			change.lost = other->is;
	}
	return change;
}

static void tell_added(struct differences *differences, const struct member *one,
		       const struct change *change)
{
	if (change->more == 1)
		differ(differences, RULE_DIFF_GROUP, HGX_WARNING, one->is, one->was,
		       "its IOMMU group also holds %s, which is not expected",
		       node_title(change->added).text);
	else if (change->more)
		differ(differences, RULE_DIFF_GROUP, HGX_WARNING, one->is, one->was,
		       "its IOMMU group also holds %s and %zu more functions, which is not expected",
		       node_title(change->added).text, change->more - 1);
}

static void tell_lost(struct differences *differences, const struct member *one,
		      const struct change *change)
{
	if (change->fewer == 1)
		differ(differences, RULE_DIFF_GROUP, HGX_NOTE, one->is, one->was,
		       "its IOMMU group no longer holds %s", node_title(change->lost).text);
	else if (change->fewer)
		differ(differences, RULE_DIFF_GROUP, HGX_NOTE, one->is, one->was,
		       "its IOMMU group no longer holds %s and %zu more functions",
		       node_title(change->lost).text, change->fewer - 1);
}

static void mark_told(const struct members *members, const struct member *one)
{
	for (size_t i = 0; i < members->count; i++)
		if (same_group(members->items[i].is, one->is) ||
		    same_group(members->items[i].was, one->was))
			members->items[i].told = true;
}

static void compare_group(struct differences *differences, const struct members *members,
			  struct member *one)
{
	struct change change = change_of(members, one);

	if (!change.more && !change.fewer)
		return;
	tell_added(differences, one, &change);
	tell_lost(differences, one, &change);
	mark_told(members, one);
}

static void compare_member(struct differences *differences, const struct members *members,
			   struct member *one)
{
	bool now = group_of(one->is) >= 0, expected = group_of(one->was) >= 0;

	if (!one->is->in_tree || !kind_is_device(one->is->kind) || one->told)
		return;
	if (now && expected)
		compare_group(differences, members, one);
	else if (now != expected)
		differ(differences, RULE_DIFF_GROUP, HGX_WARNING, one->is, one->was, "%s",
		       now ? "has an IOMMU group, expected none" :
			     "has no IOMMU group, expected one");
}

/* Whether any function has a group: without the IOMMU none has. */
static bool iommu_is_on(const struct members *members, bool now)
{
	for (size_t i = 0; i < members->count; i++)
		if (group_of(now ? members->items[i].is : members->items[i].was) >= 0)
			return true;
	return false;
}

int compare_groups(struct differences *differences, const struct pairs *pairs)
{
	struct members members;
	bool now, expected;

	if (!collect(&members, pairs))
		return HGX_NO_MEMORY;
	now = iommu_is_on(&members, true);
	expected = iommu_is_on(&members, false);
	if (now != expected)
		differ(differences, RULE_DIFF_GROUP, HGX_WARNING, NULL, NULL,
		       "the IOMMU is %s: %s device has an IOMMU group, expected %s",
		       now ? "on" : "off", now ? "a" : "no", expected ? "on" : "off");
	for (size_t i = 0; now && expected && i < members.count; i++)
		compare_member(differences, &members, &members.items[i]);
	free(members.items);
	return HGX_OK;
}
