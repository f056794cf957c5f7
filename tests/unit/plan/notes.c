/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a plan tells the operator, and which parts of the domain depend on the host. */
#include "domain.h"

#define ONE "package 0 vendor=GenuineIntel\nnode 0 memory=64G\ncpus 0-7 package=0 node=0\n"
#define GPU "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n"
#define CELLS "package 0\npackage 1\nnode 0 memory=64G distances=10,21,31\n" \
	"node 1 memory=64G distances=21,10,12\nnode 2 memory=64G distances=31,12,10\n" \
	"cpus 0-7 package=0 node=0\ncpus 8-15 package=1 node=1\n"

struct row {
	const char *lines;
	uint64_t memory;
	int reserve;
	const char *rule, *node, *text; /* text NULL: no such finding */
};

static const struct row rows[] = {
	{ ONE GPU, 61ull << 30, 0, "memory-tight", "node0", "node0 keeps only 3 GiB for the host" },
	{ ONE GPU, 60ull << 30, 0, "memory-tight", NULL, NULL },
	{ "package 0\nnode 0 memory=4G\ncpus 0-3 package=0 node=0\n" GPU, 3ull << 30, 0, "memory-tight",
	  NULL, NULL }, /* a quarter stays with the host */
	{ "node 1 memory=1G\n" ONE GPU, 0, 0, "node-unused", "node1",
	  "node1 is not used: it has no online CPUs" },
	{ "node 1\ncpus 8-9 package=0 node=1\n" ONE GPU, 0, 0, "node-unused", "node1",
	  "node1 is not used: it has no memory" },
	{ ONE GPU, 0, 0, "node-unused", NULL, NULL },
	{ "package 0\nnode 0 memory=64G\ncpus 0-15 package=0 node=0 threads=2\ncpus 16 package=0 node=0 "
	  "core=99\n" GPU, 0, 0, "cores-uneven", NULL,
	  "1 core with fewer than 2 online threads stays with the host" },
	{ "package 0\nnode 0 memory=64G\ncpus 0-15 package=0 node=0 threads=2\ncpus 16-17 package=0 "
	  "node=0 threads=1\n" GPU, 0, 0, "cores-uneven", NULL,
	  "2 cores with fewer than 2 online threads stay with the host" },
	{ ONE GPU, 0, 0, "cores-uneven", NULL, NULL },
	{ "package 1\nnode 1 memory=64G\ncpus 8-16 package=1 node=1\n" ONE GPU, 0, 0, "cores-levelled",
	  NULL, "1 more core stays with the host, so that every socket of the guest has 7" },
	{ "package 1\nnode 1 memory=64G\ncpus 8-17 package=1 node=1\n" ONE GPU, 0, 0, "cores-levelled",
	  NULL, "2 more cores stay with the host, so that every socket of the guest has 7" },
	{ "package 1\nnode 1 memory=64G\ncpus 8-15 package=1 node=1\n" ONE GPU, 0, 0, "cores-levelled",
	  NULL, NULL },
	{ "package 0\npackage 1\nnode 0 memory=64G\nnode 1 memory=64G\n"
	  "cpus 0-191 package=0 node=0 threads=2\ncpus 192-383 package=1 node=1 threads=2\n" GPU, 0,
	  HGX_RESERVE_NONE, "vcpu-limit", NULL,
	  "72 of 96 cores per socket are used: the q35 of QEMU 7.2 supports 288 vCPUs" },
	{ CELLS GPU "root 0000:20\n 20:01.0 root-port\n  21:00.0 gpu\n", 0, 0, "numa-unknown",
	  "0000:21:00.0",
	  "the NUMA node of GPU 0000:21:00.0 (10de:2335) is unknown: the guest will not know it either" },
	{ ONE "root 0000:20\n 20:01.0 root-port\n  21:00.0 gpu\n", 0, 0, "numa-unknown", NULL, NULL },
	{ CELLS "root 0000:20 numa=2\n 20:01.0 root-port\n  21:00.0 gpu\n", 0, 0, "numa-moved",
	  "0000:21:00.0", "GPU 0000:21:00.0 (10de:2335) is on node2, which is not used: placed in "
	  "the cell of node1, the nearest" },
	{ CELLS GPU, 0, 0, "numa-moved", NULL, NULL },
};

START_TEST(the_operator_is_told_what_is_not_as_asked)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_topo *topo = host_of(rows[i].lines);
		struct hgx_plan *plan = plan_of(topo, rows[i].memory, rows[i].reserve);
		const struct hgx_finding *findings;
		size_t count = hgx_plan_findings(plan, &findings);
		const char *text = finding_text(findings, count, rows[i].rule, rows[i].node);

		ck_assert_msg(rows[i].text ? text && !strcmp(text, rows[i].text) : !text,
			      "row %zu: expected %s\n     got %s", i, rows[i].text ? rows[i].text : "nothing",
			      text ? text : "nothing");
		hgx_plan_free(plan);
		hgx_topo_free(topo);
	}
}
END_TEST

/* The domain for a host, with a given name. */
static struct element *domain_of(struct arena *arena, const char *lines, const char *name,
				 int reserve)
{
	struct hgx_topo *topo = host_of(lines);
	struct hgx_plan_options options = { .size = sizeof(options), .name = name,
					    .reserve_cores = reserve };
	struct hgx_error err = { 0 };
	struct element *domain;
	struct hgx_plan *plan;
	char *text;

	expect_fine(hgx_plan_new(&plan, topo, &options, &err), &err, "plan");
	expect_fine(hgx_emit_libvirt(plan, &text, &err), &err, "libvirt");
	domain = domain_read(arena, text);
	hgx_text_free(text);
	hgx_plan_free(plan);
	hgx_topo_free(topo);
	return domain;
}

START_TEST(xml_characters_in_a_name_are_escaped)
{
	struct arena arena = { NULL, false };
	const struct element *domain = domain_of(&arena, ONE GPU, "a&b<c>", 0);

	ck_assert_str_eq(child(domain, "name")->text, "a&amp;b&lt;c&gt;");
	arena_free(&arena);
}
END_TEST

START_TEST(hyphens_in_a_device_name_do_not_end_a_comment)
{
	struct arena arena = { NULL, false };
	const struct element *domain = domain_of(
		&arena, ONE "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu name=\"A-->--B <x>\"\n",
		NULL, 0);

	ck_assert_str_eq(child(child(domain, "devices"), "hostdev")->comment,
			 " hgxtopo: host GPU 0000:11:00.0 (A_->_-B <x>) -> guest 0000:21:00.0 ");
	arena_free(&arena);
}
END_TEST

static void check_utf8(const char *text)
{
	char *copy = strdup(text);

	for (char *c = copy; *c; c++)
		*c = *c == '\n' ? ' ' : *c;
	text_clean(copy);
	for (size_t i = 0; text[i]; i++)
		ck_assert_msg(copy[i] == text[i] || text[i] == '\n', "a broken letter at %.40s",
			      text + i);
	free(copy);
}

START_TEST(a_long_device_name_is_cut_between_letters)
{
	/* of every length modulo the size of the letter */
	for (unsigned shift = 0; shift < 2; shift++) {
		struct hgx_topo *topo = host_of(ONE GPU);
		char name[1200] = "x", *text;
		struct hgx_error err = { 0 };
		struct hgx_plan *plan;

		for (unsigned i = 0; i < 500; i++)
			strcpy(name + shift + 2 * i, "\xc3\xa9");
		topo_find(topo, "0000:11:00.0")->pci->device_name = name;
		plan = plan_of(topo, 0, 0);
		expect_fine(hgx_emit_libvirt(plan, &text, &err), &err, "libvirt");
		check_utf8(text);
		hgx_text_free(text);
		hgx_plan_free(plan);
		hgx_topo_free(topo);
	}
}
END_TEST

START_TEST(a_domain_name_that_is_not_utf8_is_refused)
{
	struct hgx_topo *topo = host_of(ONE GPU);
	struct hgx_plan_options options = { .size = sizeof(options), .name = "vm\xff" };
	struct hgx_error err = { 0 };
	struct hgx_plan *plan;

	ck_assert_int_eq(hgx_plan_new(&plan, topo, &options, &err), HGX_INVALID);
	ck_assert_ptr_null(plan);
	hgx_topo_free(topo);
}
END_TEST

START_TEST(amd_siblings_need_topoext)
{
	static const struct { const char *vendor, *threads; bool needed; } cases[] = {
		{ "AuthenticAMD", "2", true }, { "AuthenticAMD", "1", false },
		{ "GenuineIntel", "2", false }, { "none", "2", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct arena arena = { NULL, false };
		const struct element *feature;
		char lines[512];

		snprintf(lines, sizeof(lines), "package 0 vendor=%s\nnode 0 memory=64G\n"
			 "cpus 0-7 package=0 node=0 threads=%s\n%s", cases[i].vendor, cases[i].threads, GPU);
		feature = child(child(domain_of(&arena, lines, NULL, 0), "cpu"), "feature");
		ck_assert_msg(!feature == !cases[i].needed, "%s %s", cases[i].vendor, cases[i].threads);
		ck_assert(!feature || !strcmp(attribute(feature, "name"), "topoext"));
		arena_free(&arena);
	}
}
END_TEST

/* APIC ids reserve a power of two for the cores of a socket: 3 x 33 x 2 vCPUs reach 321. */
START_TEST(apic_ids_above_254_need_an_iommu_with_extended_interrupts)
{
	static const struct { unsigned packages, cores; bool needed; } cases[] = {
		{ 1, 96, false }, { 2, 64, true }, { 3, 33, true }, { 2, 63, false }, { 2, 32, false },
		{ 1, 127, false }, { 1, 128, true },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		unsigned threads = cases[i].cores * 2, cpu = 0;
		struct arena arena = { NULL, false };
		const struct element *domain, *iommu;
		char lines[1024] = GPU;

		for (unsigned p = 0; p < cases[i].packages; p++, cpu += threads)
			snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines), "package %u\n"
				 "node %u memory=64G\ncpus %u-%u package=%u node=%u threads=2\n", p, p, cpu,
				 cpu + threads - 1, p, p);
		domain = domain_of(&arena, lines, NULL, HGX_RESERVE_NONE);
		iommu = child(child(domain, "devices"), "iommu");
		ck_assert_msg(!iommu == !cases[i].needed, "%u packages of %u cores", cases[i].packages,
			      cases[i].cores);
		ck_assert(!iommu || !strcmp(attribute(child(iommu, "driver"), "eim"), "on"));
		ck_assert_int_eq(!child(child(domain, "features"), "ioapic"), !iommu);
		arena_free(&arena);
	}
}
END_TEST

START_TEST(distances_between_cells_are_those_of_their_nodes)
{
	struct arena arena = { NULL, false };
	const struct element *cell = child(child(child(domain_of(&arena, CELLS GPU, NULL, 0), "cpu"),
						 "numa"), "cell");
	const struct element *sibling = child(child(following(cell), "distances"), "sibling");

	ck_assert_str_eq(attribute(sibling, "id"), "0");
	ck_assert_str_eq(attribute(sibling, "value"), "21");
	ck_assert_str_eq(attribute(following(sibling), "id"), "1");
	ck_assert_str_eq(attribute(following(sibling), "value"), "10");
	arena_free(&arena);
}
END_TEST

/* A machine with one node is not the same as one whose nodes span packages. */
START_TEST(packages_that_share_nodes_become_one_socket)
{
	struct arena arena = { NULL, false };
	const struct element *shared = domain_of(&arena, "package 0\npackage 1\nnode 0 memory=64G\n"
		"node 1 memory=64G\ncpus 0-3 package=0 node=0\ncpus 4-7 package=1 node=0\n"
		"cpus 8-11 package=0 node=1\ncpus 12-15 package=1 node=1\n" GPU, NULL, 0);
	const struct element *single = domain_of(&arena, "package 0\npackage 1\nnode 0 memory=64G\n"
		"cpus 0-7 package=0 node=0\ncpus 8-15 package=1 node=0\n" GPU, NULL, 0);

	ck_assert_str_eq(attribute(child(child(shared, "cpu"), "topology"), "sockets"), "1");
	ck_assert_str_eq(attribute(child(child(shared, "cpu"), "topology"), "dies"), "2");
	ck_assert_str_eq(attribute(child(child(shared, "cpu"), "topology"), "cores"), "7");
	ck_assert_str_eq(attribute(child(child(single, "cpu"), "topology"), "sockets"), "2");
	arena_free(&arena);
}
END_TEST

int main(void)
{
	return RUN("plan notes", the_operator_is_told_what_is_not_as_asked,
		   xml_characters_in_a_name_are_escaped,
		   hyphens_in_a_device_name_do_not_end_a_comment,
		   a_long_device_name_is_cut_between_letters,
		   a_domain_name_that_is_not_utf8_is_refused,
		   amd_siblings_need_topoext,
		   apic_ids_above_254_need_an_iommu_with_extended_interrupts,
		   distances_between_cells_are_those_of_their_nodes,
		   packages_that_share_nodes_become_one_socket);
}
