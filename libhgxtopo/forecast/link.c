/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>
#include "forecast/link.h"

static bool grow(struct arena *arena, struct graph_node *node)
{
	size_t capacity = node->capacity ? 2 * node->capacity : 4;
	struct graph_link *links;

	if (node->link_count < node->capacity)
		return true;
	links = arena_alloc(arena, capacity * sizeof(*links));
	if (!links)
		return false;
	if (node->link_count)
		memcpy(links, node->links, node->link_count * sizeof(*links));
	node->links = links;
	node->capacity = capacity;
	return true;
}

bool link_append(struct arena *arena, struct graph_node *from, const struct graph_link *link)
{
	struct graph_link copy = *link; /* it may be in what grows */

	if (!grow(arena, from))
		return false;
	from->links[from->link_count++] = copy;
	return true;
}

void link_remove(struct graph_node *from, size_t index)
{
	from->link_count--;
	memmove(&from->links[index], &from->links[index + 1],
		(from->link_count - index) * sizeof(*from->links));
}

static size_t find(const struct graph_node *from, const struct graph_node *to, enum path_type type)
{
	size_t i = 0;

	while (i < from->link_count && (from->links[i].to != to || from->links[i].type != type))
		i++;
	return i;
}

bool link_one_way(struct arena *arena, struct graph_node *from, struct graph_node *to,
		  enum path_type type, float bandwidth)
{
	struct graph_link link = { to, type, 0, false };
	size_t i = find(from, to, type);

	if (i == from->link_count && !link_append(arena, from, &link))
		return false;
	link = from->links[i];
	link.bandwidth += bandwidth;
	for (; i && from->links[i - 1].bandwidth < link.bandwidth; i--)
		from->links[i] = from->links[i - 1];
	from->links[i] = link;
	return true;
}

bool link_both_ways(struct arena *arena, struct graph_node *a, struct graph_node *b,
		    enum path_type type, float bandwidth)
{
	return link_one_way(arena, a, b, type, bandwidth) &&
	       link_one_way(arena, b, a, type, bandwidth);
}

void link_mark_network(struct graph_node *nic, struct graph_node *net)
{
	nic->links[find(nic, net, PATH_LOC)].network = true;
	net->links[find(net, nic, PATH_LOC)].network = true;
}

void links_sort(struct graph_node *node, const struct graph_node *above)
{
	for (size_t i = 0; above && i < node->link_count; i++)
		if (node->links[i].to == above) {
			struct graph_link up = node->links[i];

			link_remove(node, i);
			node->links[node->link_count++] = up;
			break;
		}
	for (size_t i = 0; i < node->link_count; i++)
		if (node->links[i].type == PATH_PIX && node->links[i].to != above)
			links_sort(node->links[i].to, node);
}
