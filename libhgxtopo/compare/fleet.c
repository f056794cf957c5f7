/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A fleet: hosts grouped by shape, and those of one shape by settings. Of each host only the number
 * of its group is kept. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "compare/model.h"
#include "compare/settings.h"
#include "compare/shape.h"
#include "util/error.h"

#define NO_GROUP UINT32_MAX

/* Hosts of one shape. */
struct shape {
	uint64_t shape;
	struct machine_model model;
	size_t hosts, first; /* how many, and the lowest number of one */
	size_t largest;	     /* of its groups */
};

/* Hosts that do not differ. */
struct group {
	size_t shape; /* its number */
	uint64_t settings;
	size_t hosts, first;
};

struct hgx_fleet {
	struct arena arena;
	struct shape *shapes;
	struct group *groups;
	size_t shape_count, group_count;
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
	free(fleet->shapes);
	free(fleet->groups);
	free(fleet->hosts);
	free(fleet);
}

/* Room for one more of @count items; NULL: out of memory. Sizes are powers of two. */
static void *grow(void *items, size_t count, size_t size)
{
	return count & (count - 1) ? items : realloc(items, (count ? 2 * count : 1) * size);
}

/* The number of a shape, which is new where there is none; SIZE_MAX: out of memory. */
static size_t shape_number(struct hgx_fleet *fleet, uint64_t shape, const struct hgx_topo *topo)
{
	struct shape *shapes;

	for (size_t i = 0; i < fleet->shape_count; i++)
		if (fleet->shapes[i].shape == shape && fleet->shapes[i].model.guest == topo->guest)
			return i;
	shapes = grow(fleet->shapes, fleet->shape_count, sizeof(*shapes));
	if (!shapes)
		return SIZE_MAX;
	fleet->shapes = shapes;
	shapes[fleet->shape_count] = (struct shape){ .shape = shape,
						     .model = machine_model_of(topo, &fleet->arena),
						     .first = SIZE_MAX,
						     .largest = SIZE_MAX };
	return fleet->arena.failed ? SIZE_MAX : fleet->shape_count++;
}

/* Likewise. */
static size_t group_number(struct hgx_fleet *fleet, size_t shape, uint64_t settings)
{
	struct group *groups;

	for (size_t i = 0; i < fleet->group_count; i++)
		if (fleet->groups[i].shape == shape && fleet->groups[i].settings == settings)
			return i;
	groups = grow(fleet->groups, fleet->group_count, sizeof(*groups));
	if (!groups)
		return SIZE_MAX;
	fleet->groups = groups;
	groups[fleet->group_count] =
		(struct group){ .shape = shape, .settings = settings, .first = SIZE_MAX };
	return fleet->group_count++;
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

static bool is_larger(size_t hosts, size_t first, size_t than, size_t than_first)
{
	return hosts > than || (hosts == than && first < than_first);
}

static size_t lower(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Only a group that grows can become the largest. */
static void add_to_group(struct hgx_fleet *fleet, size_t host, size_t number)
{
	struct group *group = &fleet->groups[number], *largest;
	struct shape *shape = &fleet->shapes[group->shape];

	fleet->hosts[host] = (uint32_t)number;
	group->first = lower(group->first, host);
	shape->first = lower(shape->first, host);
	group->hosts++;
	shape->hosts++;
	largest = shape->largest == SIZE_MAX ? NULL : &fleet->groups[shape->largest];
	if (!largest || is_larger(group->hosts, group->first, largest->hosts, largest->first))
		shape->largest = number;
}

int hgx_fleet_add(struct hgx_fleet *fleet, size_t host, const struct hgx_topo *topo,
		  struct hgx_error *err)
{
	uint64_t shape, settings;
	size_t number;

	if (host >= NO_GROUP)
		return fail(err, RULE_FLEET_HOST, "host %zu: the numbers of hosts are below %u",
			    host, NO_GROUP);
	if (host < fleet->host_count && fleet->hosts[host] != NO_GROUP)
		return fail(err, RULE_FLEET_HOST, "host %zu is in the fleet already", host);
	if (shape_of(topo, &shape) || settings_of(topo, &settings) || !make_room(fleet, host))
		return fail_memory(err);
	number = shape_number(fleet, shape, topo);
	if (number != SIZE_MAX)
		number = group_number(fleet, number, settings);
	if (number == SIZE_MAX)
		return fail_memory(err);
	add_to_group(fleet, host, number);
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

/* The shape of most hosts that are alike; of two equal ones that with the lower number. */
static const struct shape *largest(const struct hgx_fleet *fleet, const struct shape *like,
				   alike *is_like)
{
	const struct shape *best = NULL;

	for (size_t i = 0; i < fleet->shape_count; i++) {
		const struct shape *shape = &fleet->shapes[i];

		if (!shape->hosts || shape->model.guest != like->model.guest ||
		    !is_like(&shape->model, &like->model))
			continue;
		if (!best || is_larger(shape->hosts, shape->first, best->hosts, best->first))
			best = shape;
	}
	return best;
}

/* A host that is the only one of its model has lost what told its model, or got another processor:
 * what comes nearest to it is its norm, if there are several of that. */
static const struct shape *norm_of(const struct hgx_fleet *fleet, const struct shape *shape)
{
	static alike *const others[] = { same_gpus, same_processor };
	const struct shape *norm = largest(fleet, shape, same_model);

	for (size_t i = 0; norm->hosts == 1 && i < sizeof(others) / sizeof(*others); i++) {
		const struct shape *other = largest(fleet, shape, others[i]);

		if (other && other->hosts > 1)
			norm = other;
	}
	return norm;
}

static const struct shape *shape_of_group(const struct hgx_fleet *fleet, const struct group *group)
{
	return &fleet->shapes[group->shape];
}

size_t hgx_fleet_norm(const struct hgx_fleet *fleet, size_t host)
{
	const struct group *group = group_of(fleet, host);

	if (!group)
		return HGX_FLEET_NONE;
	return fleet->groups[norm_of(fleet, shape_of_group(fleet, group))->largest].first;
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

	return group ? shape_of_group(fleet, group)->model.text : NULL;
}
