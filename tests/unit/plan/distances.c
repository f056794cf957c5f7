/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Distances between cells: what the host tells, where a guest takes it; else nothing. */
#include "domain.h"
#include "qemu_reader.h"

#define HOST "package 0\npackage 1\nnode 0 memory=64G distances=10,21\n" \
	"node 1 memory=64G distances=21,10\ncpus 0-7 package=0 node=0\ncpus 8-15 package=1 node=1\n" \
	"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n"
#define CELLS 2

/* The rows of the host, and those that the guest sees. */
static const struct slit {
	const char *what;
	uint32_t host[CELLS][CELLS];
	bool told;
	uint32_t guest[CELLS][CELLS];
} slits[] = {
	{ "two sockets", { { 10, 21 }, { 21, 10 } }, true, { { 10, 21 }, { 21, 10 } } },
	{ "one way longer", { { 10, 21 }, { 31, 10 } }, true, { { 10, 21 }, { 31, 10 } } },
	{ "just farther than itself", { { 10, 11 }, { 11, 10 } }, true, { { 10, 11 }, { 11, 10 } } },
	{ "as far as it goes", { { 10, 255 }, { 254, 10 } }, true, { { 10, 255 }, { 254, 10 } } },
	{ "itself not 10", { { 12, 21 }, { 21, 0 } }, true, { { 10, 21 }, { 21, 10 } } },
	{ "as near as itself", { { 10, 10 }, { 10, 10 } }, false, { { 10, 20 }, { 20, 10 } } },
	{ "nearer than itself", { { 10, 9 }, { 9, 10 } }, false, { { 10, 20 }, { 20, 10 } } },
	{ "nearer one way", { { 10, 21 }, { 9, 10 } }, false, { { 10, 20 }, { 20, 10 } } },
	{ "no way at all", { { 10, 0 }, { 0, 10 } }, false, { { 10, 20 }, { 20, 10 } } },
	{ "farther than a byte", { { 10, 256 }, { 256, 10 } }, false, { { 10, 20 }, { 20, 10 } } },
	{ "all the same", { { 20, 20 }, { 20, 20 } }, true, { { 10, 20 }, { 20, 10 } } },
};

/* Numbers that JSON does not take, but the files of a machine can have. */
static struct hgx_topo *host_with(const struct slit *slit)
{
	struct hgx_topo *host = host_of(HOST);

	for (unsigned i = 0; i < CELLS; i++)
		topo_numa(host, (int)i)->memory->distances = slit->host[i];
	return host;
}

static const struct element *first_cell(struct arena *arena, const struct hgx_plan *plan)
{
	struct hgx_error err = { 0 };
	const struct element *cell;
	char *text;

	expect_fine(hgx_emit_libvirt(plan, &text, &err), &err, "libvirt");
	cell = child(child(child(domain_read(arena, text), "cpu"), "numa"), "cell");
	hgx_text_free(text);
	return cell;
}

/* Written, they are all there. */
static bool libvirt_tells(const struct hgx_plan *plan, const struct slit *slit)
{
	struct arena arena = { NULL, false };
	size_t told = 0, count = 0;

	for (const struct element *cell = first_cell(&arena, plan); cell; cell = following(cell)) {
		const struct element *s = child(child(cell, "distances"), "sibling");

		for (; s; s = following(s), told++)
			ck_assert_msg(number_of(s, "value") ==
					      slit->guest[number_of(cell, "id")][number_of(s, "id")],
				      "%s: cell %s: %s", slit->what, attribute(cell, "id"),
				      attribute(s, "value"));
		count++;
	}
	ck_assert_uint_eq(count, CELLS);
	ck_assert_msg(!told || told == CELLS * CELLS, "%s: %zu siblings", slit->what, told);
	arena_free(&arena);
	return told > 0;
}

/* But those of a cell to itself, which QEMU knows. */
static bool qemu_tells(const struct hgx_plan *plan, const struct slit *slit)
{
	char *text = qemu_text(plan, HGX_QEMU_LINES);
	const struct arguments *a = arguments_read(text);
	size_t told = count_of(a, "-numa", "dist");

	for (size_t i = 0; i < told; i++) {
		const struct device *dist = nth(a, "-numa", "dist", i);
		unsigned long long from = value_number(dist, "src"), to = value_number(dist, "dst");

		ck_assert_msg(from != to && value_number(dist, "val") == slit->guest[from][to],
			      "%s: from %llu to %llu: %s", slit->what, from, to, value_of(dist, "val"));
	}
	ck_assert_msg(!told || told == CELLS * (CELLS - 1), "%s: %zu distances", slit->what, told);
	hgx_text_free(text);
	return told > 0;
}

static void check_guest(const struct hgx_plan *plan, const struct slit *slit)
{
	for (unsigned i = 0; i < CELLS; i++) {
		const struct hgx_memory *memory =
			hgx_node_memory(hgx_topo_find(hgx_plan_guest(plan), i ? "node1" : "node0"));

		ck_assert_uint_eq(memory->distance_count, CELLS);
		ck_assert_msg(!memcmp(memory->distances, slit->guest[i], sizeof(slit->guest[i])),
			      "%s: node%u: %u, %u", slit->what, i, memory->distances[0],
			      memory->distances[1]);
	}
}

static void check_plan(const struct hgx_topo *host, const struct slit *slit)
{
	struct hgx_plan *plan = plan_of(host, 0, 0);

	ck_assert_msg(plan->tell_distances == slit->told, "%s", slit->what);
	ck_assert_msg(libvirt_tells(plan, slit) == slit->told, "%s: libvirt", slit->what);
	ck_assert_msg(qemu_tells(plan, slit) == slit->told, "%s: QEMU", slit->what);
	check_guest(plan, slit);
	hgx_plan_free(plan);
}

START_TEST(libvirt_qemu_and_the_guest_agree_on_what_is_told)
{
	for (size_t i = 0; i < ARRAY_SIZE(slits); i++) {
		struct hgx_topo *host = host_with(&slits[i]);

		check_plan(host, &slits[i]);
		hgx_topo_free(host);
	}
}
END_TEST

START_TEST(rows_that_are_partly_missing_are_not_told)
{
	const struct slit *defaults = &slits[5];

	for (int missing = 0; missing <= CELLS; missing++) {
		struct hgx_topo *host = host_with(&slits[0]);

		for (int i = 0; i < CELLS; i++)
			if (missing == CELLS || missing == i)
				topo_numa(host, i)->memory->distances = NULL;
		check_plan(host, defaults);
		hgx_topo_free(host);
	}
}
END_TEST

/* Oddities of a node that is not a cell do not matter. */
START_TEST(only_the_distances_between_cells_count)
{
	struct hgx_topo *host = host_of(
		"package 0\npackage 1\nnode 0 memory=64G distances=10,9,31\n"
		"node 2 memory=64G distances=9,10,8\nnode 5 memory=64G distances=41,8,10\n"
		"cpus 0-7 package=0 node=0\ncpus 8-15 package=1 node=5\n"
		"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n");
	static const struct slit far = { "a node without CPUs between", { { 0 } }, true,
					 { { 10, 31 }, { 41, 10 } } };

	check_plan(host, &far);
	hgx_topo_free(host);
}
END_TEST

/* As its host: a machine with one node shows none. */
START_TEST(one_cell_tells_no_distances)
{
	static const char *const hosts[] = {
		"package 0\nnode 0 memory=64G\n", "package 0\nnode 0 memory=64G distances=10\n",
		"package 0\nnode 0 memory=64G distances=12,9\nnode 1 memory=4G distances=9,12\n",
	};

	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
		char lines[300];
		struct hgx_topo *host;
		struct hgx_plan *plan;
		const struct hgx_memory *memory;

		snprintf(lines, sizeof(lines), "%scpus 0-7 package=0 node=0\n"
			 "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n", hosts[i]);
		host = host_of(lines);
		plan = plan_of(host, 0, 0);
		memory = hgx_node_memory(hgx_topo_find(hgx_plan_guest(plan), "node0"));
		ck_assert(!plan->tell_distances);
		ck_assert_uint_eq(memory->distance_count, i > 0);
		ck_assert(!memory->distances || memory->distances[0] == 10);
		hgx_plan_free(plan);
		hgx_topo_free(host);
	}
}
END_TEST

int main(void)
{
	return RUN("distances", libvirt_qemu_and_the_guest_agree_on_what_is_told,
		   rows_that_are_partly_missing_are_not_told, only_the_distances_between_cells_count,
		   one_cell_tells_no_distances);
}
