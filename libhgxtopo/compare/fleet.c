/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A fleet: hosts grouped by shape. Of each host only the number of its group is kept. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "compare/model.h"
#include "compare/shape.h"
#include "util/error.h"

#define NO_GROUP UINT32_MAX

/* Hosts of one shape. */
struct group {
	uint64_t shape;
	struct machine_model model;
	size_t hosts, first; /* how many, and the lowest number of one */
};

struct hgx_fleet {
	struct arena arena;
	struct group *groups;
	size_t group_count;
	uint32_t *hosts; /* the group of each; NO_GROUP: it was not added */
	size_t host_count;
};

int hgx_fleet_new(struct hgx_fleet **out, struct hgx_error *err)
{
	*out = calloc(1, sizeof(**out));
	return *out ? HGX_OK : fail_memory(err);
}

void hgx_fleet_free(struct hgx_fleet *fleet)
{
	if (!fleet)
		return;
	arena_free(&fleet->arena);
	free(fleet->groups);
	free(fleet->hosts);
	free(fleet);
}

static struct group *group_of_shape(struct hgx_fleet *fleet, uint64_t shape)
{
	for (size_t i = 0; i < fleet->group_count; i++)
		if (fleet->groups[i].shape == shape)
			return &fleet->groups[i];
	return NULL;
}

static struct group *new_group(struct hgx_fleet *fleet, uint64_t shape, const struct hgx_topo *topo)
{
	struct group *groups = realloc(fleet->groups, (fleet->group_count + 1) * sizeof(*groups));

	if (!groups)
		return NULL;
	fleet->groups = groups;
	groups += fleet->group_count;
	*groups = (struct group){ .shape = shape,
				  .model = machine_model_of(topo, &fleet->arena),
				  .first = SIZE_MAX };
	if (fleet->arena.failed)
		return NULL;
	fleet->group_count++;
	return groups;
}

/* Room for the group of a host. */
static bool make_room(struct hgx_fleet *fleet, size_t host)
{
	size_t count = fleet->host_count ? fleet->host_count : 64;
	uint32_t *hosts;

	if (host < fleet->host_count)
		return true;
	while (count <= host)
		count *= 2;
	hosts = realloc(fleet->hosts, count * sizeof(*hosts));
	if (!hosts)
		return false;
	for (size_t i = fleet->host_count; i < count; i++)
		hosts[i] = NO_GROUP;
	fleet->hosts = hosts;
	fleet->host_count = count;
	return true;
}

int hgx_fleet_add(struct hgx_fleet *fleet, size_t host, const struct hgx_topo *topo,
		  struct hgx_error *err)
{
	struct group *group;
	uint64_t shape;

	if (host >= NO_GROUP)
		return fail(err, RULE_FLEET_HOST, "host %zu: the numbers of hosts are below %u",
			    host, NO_GROUP);
	if (host < fleet->host_count && fleet->hosts[host] != NO_GROUP)
		return fail(err, RULE_FLEET_HOST, "host %zu is in the fleet already", host);
	if (shape_of(topo, &shape) || !make_room(fleet, host))
		return fail_memory(err);
	group = group_of_shape(fleet, shape);
	if (!group && !(group = new_group(fleet, shape, topo)))
		return fail_memory(err);
	group->hosts++;
	if (host < group->first)
		group->first = host;
	fleet->hosts[host] = (uint32_t)(group - fleet->groups);
	return HGX_OK;
}

static const struct group *group_of(const struct hgx_fleet *fleet, size_t host)
{
	if (host >= fleet->host_count || fleet->hosts[host] == NO_GROUP)
		return NULL;
	return &fleet->groups[fleet->hosts[host]];
}

typedef bool alike(const struct machine_model *a, const struct machine_model *b);

static bool same_model(const struct machine_model *a, const struct machine_model *b)
{
	return !strcmp(a->gpus, b->gpus) && !strcmp(a->processor, b->processor);
}

static bool same_gpus(const struct machine_model *a, const struct machine_model *b)
{
	return *a->gpus && !strcmp(a->gpus, b->gpus);
}

static bool same_processor(const struct machine_model *a, const struct machine_model *b)
{
	return !strcmp(a->processor, b->processor);
}

/* The largest group of hosts that are alike; of two equal ones that with the lower number. */
static const struct group *largest(const struct hgx_fleet *fleet, const struct group *like,
				   alike *is_like)
{
	const struct group *best = NULL;

	for (size_t i = 0; i < fleet->group_count; i++) {
		const struct group *group = &fleet->groups[i];

		if (!is_like(&group->model, &like->model))
			continue;
		if (!best || group->hosts > best->hosts ||
		    (group->hosts == best->hosts && group->first < best->first))
			best = group;
	}
	return best;
}

/* A host that is the only one of its model has lost what told its model, or got another processor:
 * what comes nearest to it is its norm, if there are several of that. */
static const struct group *norm_of(const struct hgx_fleet *fleet, const struct group *group)
{
	static alike *const others[] = { same_gpus, same_processor };
	const struct group *norm = largest(fleet, group, same_model);

	for (size_t i = 0; norm->hosts == 1 && i < sizeof(others) / sizeof(*others); i++) {
		const struct group *other = largest(fleet, group, others[i]);

		if (other && other->hosts > 1)
			norm = other;
	}
	return norm;
}

size_t hgx_fleet_norm(const struct hgx_fleet *fleet, size_t host)
{
	const struct group *group = group_of(fleet, host);

	return group ? norm_of(fleet, group)->first : HGX_FLEET_NONE;
}

size_t hgx_fleet_first(const struct hgx_fleet *fleet, size_t host)
{
	const struct group *group = group_of(fleet, host);

	return group ? group->first : HGX_FLEET_NONE;
}

size_t hgx_fleet_alike(const struct hgx_fleet *fleet, size_t host)
{
	const struct group *group = group_of(fleet, host);

	return group ? group->hosts : 0;
}

const char *hgx_fleet_model(const struct hgx_fleet *fleet, size_t host)
{
	const struct group *group = group_of(fleet, host);

	return group ? group->model.text : NULL;
}
