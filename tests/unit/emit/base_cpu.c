/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vCPUs, memory, pins and cells of a user's domain: what it has stays, what is missing is added. */
#include "support.h"
#include "domain.h"

/* Two sockets with a GPU each; SMT on request. */
#define TREE                                                                       \
	"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n"                   \
	"root 0000:80 numa=1\n 80:01.0 root-port\n  81:00.0 gpu\n"
#define NODES "node 0 memory=64G distances=10,21\nnode 1 memory=64G distances=21,10\n"
#define HOST                                                                       \
	"package 0 vendor=GenuineIntel\npackage 1 vendor=GenuineIntel\n" NODES         \
	"cpus 0-7 package=0 node=0\ncpus 8-15 package=1 node=1\n" TREE
#define SMT_HOST                                                                   \
	"package 0 vendor=GenuineIntel\npackage 1 vendor=GenuineIntel\n" NODES         \
	"cpus 0-7,16-23 package=0 node=0 threads=2\ncpus 8-15,24-31 package=1 node=1 threads=2\n" TREE

#define OS "<os><type arch='x86_64' machine='q35'>hvm</type></os>"
#define DEVICES "<devices><controller type='usb' model='none'/><memballoon model='none'/></devices>"
#define DOMAIN(inside) "<domain type='kvm'>" inside OS DEVICES "</domain>"
#define GIB(n) "<memory unit='GiB'>" #n "</memory>"
#define CELL(id, cpus) "<cell id='" #id "' cpus='" cpus "' memory='4' unit='GiB'/>"
#define CELLS(inside) "<cpu mode='host-passthrough'><numa>" inside "</numa></cpu>"
#define PIN(vcpu, set) "<vcpupin vcpu='" #vcpu "' cpuset='" set "'/>"

struct wish {
	unsigned vcpus;
	uint64_t memory, memory_per_cell, hugepages;
	const char *gpus;
	int smt;
};

static int plan_with(struct hgx_plan **out, const struct hgx_topo *host, const char *base,
		     const struct wish *wish, struct hgx_error *err)
{
	struct hgx_plan_options options = { .size = sizeof(options), .base = base, .base_name = "vm.xml",
					    .gpus = strstr(base, "<hostdev") ? NULL : "all" };

	if (wish) {
		options.vcpus = wish->vcpus;
		options.memory = wish->memory;
		options.memory_per_cell = wish->memory_per_cell;
		options.hugepages = wish->hugepages;
		if (wish->gpus)
			options.gpus = wish->gpus;
		options.smt = wish->smt;
	}
	memset(err, 0, sizeof(*err));
	return hgx_plan_new(out, host, &options, err);
}

static char *filter(const struct hgx_topo *host, const char *base, const struct wish *wish)
{
	struct hgx_plan *plan;
	struct hgx_error err;
	char *text;

	must(!plan_with(&plan, host, base, wish, &err), "%s\nof: %.2000s", err.text, base);
	expect_fine(hgx_emit_libvirt(plan, &text, &err), &err, "libvirt");
	hgx_plan_free(plan);
	return text;
}

static char *nccl_of(const struct hgx_topo *topo)
{
	struct hgx_error err = { 0 };
	char *text;

	expect_fine(hgx_emit_nccl(topo, NULL, &text, &err), &err, "nccl");
	return text;
}

/* A second run changes nothing, and the guest that is read back is the one that was planned. */
static void expect_settled(const struct hgx_topo *host, const char *base, const struct wish *wish)
{
	struct hgx_domain_options options = { .size = sizeof(options), .host = host };
	char *once = filter(host, base, wish), *twice = filter(host, once, wish), *file, *again;
	struct hgx_topo *guest;
	struct hgx_plan *plan;
	struct hgx_error err;

	must(!strcmp(once, twice), "was: %.1500s\n\nbecame: %.1500s", once, twice);
	expect_fine(hgx_topo_from_domain(&guest, once, strlen(once), "vm", &options, &err), &err, "read");
	expect_fine(plan_with(&plan, host, base, wish, &err), &err, "plan");
	file = nccl_of(hgx_plan_guest(plan));
	again = nccl_of(guest);
	must(!strcmp(file, again), "of: %.1000s\nplanned: %.1200s\n\nread: %.1200s", base, file, again);
	hgx_text_free(file);
	hgx_text_free(again);
	hgx_plan_free(plan);
	hgx_topo_free(guest);
	free(once);
	free(twice);
}

static size_t count_of(const char *text, const char *part)
{
	size_t count = 0;

	for (; (text = strstr(text, part)) != NULL; text++)
		count++;
	return count;
}

/* What stands there, parts in their order; and what does not. */
struct expected {
	const char *base;
	const char *parts[12];
	const char *absent[4];
	struct wish wish;
	bool smt;
};

static void expect_parts(const struct expected *expected, const char *text)
{
	const char *at = text;

	for (size_t i = 0; i < ARRAY_SIZE(expected->parts) && expected->parts[i]; i++) {
		const char *found = strstr(at, expected->parts[i]);

		must(found != NULL, "no %s in %.2500s", expected->parts[i], at);
		at = found + strlen(expected->parts[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(expected->absent) && expected->absent[i]; i++)
		must(!strstr(text, expected->absent[i]), "%s in %.2500s", expected->absent[i], text);
}

static void expect_all(const struct expected *list, size_t count)
{
	struct hgx_topo *host = host_of(HOST), *smt = host_of(SMT_HOST);

	for (size_t i = 0; i < count; i++) {
		const struct hgx_topo *on = list[i].smt ? smt : host;
		char *text = filter(on, list[i].base, &list[i].wish);

		expect_parts(&list[i], text);
		free(text);
		expect_settled(on, list[i].base, &list[i].wish);
	}
	hgx_topo_free(host);
	hgx_topo_free(smt);
}

#define EXPECT(list) expect_all(list, ARRAY_SIZE(list))

/* ---- what the domain has stays */

#define TUNED                                                                      \
	"<maxMemory slots='4' unit='GiB'>32</maxMemory><memory unit='GiB'>8</memory>" \
	"<currentMemory unit='GiB'>4</currentMemory>"                                  \
	"<memoryBacking><hugepages><page size='1' unit='GiB' nodeset='1'/></hugepages></memoryBacking>" \
	"<vcpu placement='static' current='3'>4</vcpu>"                                \
	"<vcpus><vcpu id='0' enabled='yes' hotpluggable='no'/>"                        \
	"<vcpu id='3' enabled='no' hotpluggable='yes'/></vcpus><iothreads>1</iothreads>" \
	"<cputune><shares>9</shares>" PIN(0, "2") PIN(1, "3,^4,5") PIN(2, "9") PIN(3, "10-11")  \
	"<emulatorpin cpuset='0,1'/><iothreadpin iothread='1' cpuset='1'/>"            \
	"<vcpusched vcpus='0-3,^2' scheduler='fifo' priority='1'/>"                    \
	"<cachetune vcpus='0-1'><cache id='0' level='3' type='both' size='3' unit='MiB'/></cachetune>" \
	"<memorytune vcpus='2-3'><node id='0' bandwidth='60'/></memorytune></cputune>" \
	"<numatune><memory mode='preferred' nodeset='0'/><memnode cellid='0' mode='strict' nodeset='0'/>" \
	"<memnode cellid='1' mode='strict' nodeset='1'/></numatune>"
#define TUNED_CPU                                                                  \
	"<cpu mode='host-passthrough'><topology sockets='2' cores='2' threads='1'/>"   \
	"<maxphysaddr mode='passthrough'/><numa>"                                      \
	"<cell id='0' cpus='0-1' memory='4' unit='GiB' memAccess='shared' discard='yes'>" \
	"<distances><sibling id='1' value='31'/></distances></cell>"                   \
	"<cell id='1' cpus='2,3' memory='4' unit='GiB'/></numa></cpu>"

START_TEST(everything_that_the_domain_says_of_vcpus_and_memory_stays)
{
	static const struct expected tuned[] = {
		{ .base = "<domain type='kvm'>" TUNED OS TUNED_CPU DEVICES "</domain>",
		  { TUNED OS "<features>", "</features>" TUNED_CPU "<devices>" } },
	};

	EXPECT(tuned);
}
END_TEST

START_TEST(a_number_that_the_domain_has_anyway_changes_nothing)
{
	static const struct expected same[] = {
		{ .base = "<domain type='kvm'>" TUNED OS TUNED_CPU DEVICES "</domain>",
		  { TUNED OS "<features>", "</features>" TUNED_CPU "<devices>" }, { NULL },
		  { .vcpus = 4, .memory = 8ull << 30 } },
	};

	EXPECT(same);
}
END_TEST

/* ---- neither cells nor pins: as a new VM with that many vCPUs and that much memory */

static char *part_between(const char *text, const char *first, const char *last)
{
	const char *start = strstr(text, first), *end = start ? strstr(start, last) : NULL;

	must(start && end, "no %s … %s in %.2000s", first, last, text);
	return strndup(start, (size_t)(end - start) + strlen(last));
}

static char *without_blanks(const char *text)
{
	char *out = calloc(1, strlen(text) + 1), *to = out;

	for (const char *c = text; *c; c++)
		if (!strchr(" \n", *c))
			*to++ = *c;
	return out;
}

/* An element of the domain of a new VM and of the base, blanks apart. */
static void expect_like_new(const char *text, const char *plain, const char *first, const char *last)
{
	char *one = part_between(text, first, last), *two = part_between(plain, first, last);
	char *a = without_blanks(one), *b = without_blanks(two);

	must(!strcmp(a, b), "base: %s\nnew: %s", one, two);
	free(one);
	free(two);
	free(a);
	free(b);
}

START_TEST(without_cells_and_pins_it_is_laid_out_as_a_new_vm)
{
	static const unsigned numbers[] = { 2, 4, 8, 12, 14 };

	for (size_t i = 0; i < 2 * ARRAY_SIZE(numbers); i++) {
		struct hgx_topo *host = host_of(i % 2 ? SMT_HOST : HOST);
		unsigned vcpus = numbers[i / 2] * (i % 2 ? 2 : 1);
		struct hgx_plan_options options = { .size = sizeof(options), .vcpus = vcpus,
						    .memory = 16ull << 30 };
		struct hgx_error err = { 0 };
		struct hgx_plan *plan;
		char *plain, *text, base[500];

		snprintf(base, sizeof(base), "<domain type='kvm'>" GIB(16) "<vcpu>%u</vcpu>" OS DEVICES
			 "</domain>", vcpus);
		text = filter(host, base, NULL);
		expect_fine(hgx_plan_new(&plan, host, &options, &err), &err, "plan");
		expect_fine(hgx_emit_libvirt(plan, &plain, &err), &err, "libvirt");
		expect_like_new(text, plain, "<vcpupin", "<emulatorpin");
		expect_like_new(text, plain, "<numatune>", "</numatune>");
		expect_like_new(text, plain, "<topology", "/>");
		expect_like_new(text, plain, "<numa>", "</numa>");
		must(strstr(text, "<memory unit='GiB'>16</memory>") != NULL, "%s", text);
		expect_settled(host, base, NULL);
		hgx_text_free(plain);
		hgx_plan_free(plan);
		hgx_topo_free(host);
		free(text);
	}
}
END_TEST

START_TEST(a_number_that_does_not_divide_gets_uneven_cells_or_one)
{
	static const struct expected uneven[] = {
		{ .base = DOMAIN(GIB(8) "<vcpu>7</vcpu>"),
		  { "vcpu='3' cpuset='4'", "vcpu='4' cpuset='9'", "vcpu='6' cpuset='11'",
		    "<topology sockets='7' dies='1' cores='1' threads='1'/>", "cpus='0-3'", "cpus='4-6'" } },
		{ .base = DOMAIN(GIB(8) "<vcpu>10</vcpu>"), { "sockets='2' dies='1' cores='5'" } },
		{ .base = DOMAIN(GIB(8) "<vcpu>1</vcpu>"),
		  { "vcpu='0' cpuset='1'", "sockets='1' dies='1' cores='1' threads='1'", "cpus='0'" },
		  { "cellid='1'" } },
		/* vCPUs of a core and sockets stay together */
		{ .base = DOMAIN(GIB(8) "<vcpu>6</vcpu><cpu mode='host-passthrough'>"
			 "<topology sockets='3' cores='2' threads='1'/></cpu>"),
		  { "<topology sockets='3' cores='2' threads='1'/>", "cpus='0-3'", "cpus='4-5'" } },
		{ .base = DOMAIN(GIB(8) "<vcpu>6</vcpu><cpu mode='host-passthrough'>"
			 "<topology sockets='1' cores='3' threads='2'/></cpu>"),
		  { "<topology sockets='1' cores='3' threads='2'/>", "cpus='0-3'", "cpus='4-5'" }, { NULL },
		  { 0 }, true },
		{ .base = DOMAIN(GIB(8) "<vcpu>5</vcpu>"), { "threads='1'", "cpus='0-2'", "cpus='3-4'" }, { NULL },
		  { 0 }, true },
	};

	EXPECT(uneven);
}
END_TEST

START_TEST(more_vcpus_than_cores_use_what_there_is)
{
	static const struct expected crowded[] = {
		/* the host's own cores too */
		{ .base = DOMAIN(GIB(8) "<vcpu>16</vcpu>"), { "vcpu='0' cpuset='0'", "vcpu='15' cpuset='15'",
		  "<emulatorpin cpuset='0'/>" }, { NULL } },
		/* one vCPU to a thread */
		{ .base = DOMAIN(GIB(8) "<vcpu>31</vcpu>"), { "vcpu='0' cpuset='0'", "vcpu='1' cpuset='16'",
		  "<emulatorpin cpuset='0,16'/>" }, { NULL }, { 0 }, true },
		/* all together */
		{ .base = DOMAIN(GIB(8) "<vcpu>40</vcpu>"),
		  { "vcpu='0' cpuset='0-7'", "vcpu='20' cpuset='8-15'", "vcpu='39' cpuset='8-15'" } },
		/* the other node too, where that of the only GPU has too few */
		{ .base = DOMAIN(GIB(8) "<vcpu>12</vcpu>"), { "cellid='1' mode='strict' nodeset='1'" }, { NULL },
		  { .gpus = "0" } },
		{ .base = DOMAIN(GIB(8) "<vcpu>6</vcpu>"), { "cellid='0' mode='strict' nodeset='1'" },
		  { "cellid='1'" }, { .gpus = "1" } },
	};

	EXPECT(crowded);
}
END_TEST

START_TEST(memory_is_divided_to_the_last_byte_and_goes_where_there_is_room)
{
	static const struct expected memory[] = {
		{ .base = DOMAIN("<memory unit='KiB'>8388613</memory><vcpu>4</vcpu>"),
		  { "memory='4194309' unit='KiB'", "memory='4194304' unit='KiB'" } },
		{ .base = DOMAIN("<memory unit='MiB'>6</memory><vcpu>4</vcpu>"), { "memory='4096'", "memory='2048'" } },
		/* too much for the node of the only GPU */
		{ .base = DOMAIN(GIB(100) "<vcpu>4</vcpu>"), { "memory='52428800'", "memory='52428800'" }, { NULL },
		  { .gpus = "0" } },
		{ .base = DOMAIN("<vcpu>4</vcpu>"), { "<memory unit='KiB'>117440512</memory>" } },
	};

	EXPECT(memory);
}
END_TEST

START_TEST(a_node_with_less_memory_gets_less)
{
	struct hgx_topo *host = host_of("package 0 vendor=GenuineIntel\nnode 0 memory=64G distances=10,21\n"
					"node 1 memory=32G distances=21,10\ncpus 0-7 package=0 node=0\n"
					"cpus 8-15 package=0 node=1\n" TREE);
	const char *base = DOMAIN(GIB(80) "<vcpu>4</vcpu>");
	char *text = filter(host, base, NULL);
	struct hgx_plan *plan;
	struct hgx_error err;

	must(strstr(text, "memory='55998464'") && strstr(text, "memory='27887616'"), "%s", text);
	expect_settled(host, base, NULL);
	expect_error(plan_with(&plan, host, DOMAIN(GIB(96) "<vcpu>4</vcpu>"), NULL, &err), &err, HGX_REFUSED,
		     "the domain has 96 GiB of memory, but the 2 NUMA nodes that its cells are on can give "
		     "97792 MiB; use a smaller memory");
	free(text);
	hgx_topo_free(host);
}
END_TEST

/* ---- pins without cells, cells without pins */

START_TEST(pins_without_cells_get_cells_by_their_nodes)
{
	static const struct expected pinned[] = {
		{ .base = DOMAIN(GIB(8) "<vcpu>4</vcpu><cputune>" PIN(0, "9") PIN(1, "2") PIN(2, "10") PIN(3, "3")
			 "</cputune>"),
		  { "<cputune>" PIN(0, "9") PIN(1, "2") PIN(2, "10") PIN(3, "3") "</cputune>",
		    "cellid='0' mode='strict' nodeset='0'", "cellid='1' mode='strict' nodeset='1'",
		    "sockets='4' dies='1' cores='1' threads='1'", "cpus='1,3'", "cpus='0,2'" },
		  { "emulatorpin" } },
		{ .base = DOMAIN(GIB(8) "<vcpu cpuset='9-12'>4</vcpu>"),
		  { "<vcpu cpuset='9-12'>4</vcpu>", "cellid='0' mode='strict' nodeset='1'", "cpus='0-3'" },
		  { "vcpupin", "cellid='1'" } },
		/* what is pinned to several nodes goes with its neighbour */
		{ .base = DOMAIN(GIB(8) "<vcpu>3</vcpu><cputune>" PIN(0, "2") PIN(1, "0-15") PIN(2, "9-10") "</cputune>"),
		  { "cpus='0-1'", "cpus='2'" } },
		/* nothing but such pins: the cells are those of a new VM */
		{ .base = DOMAIN(GIB(8) "<vcpu cpuset='0-15'>4</vcpu>"), { "cpus='0-1'", "cpus='2-3'" }, { "vcpupin" } },
	};

	EXPECT(pinned);
}
END_TEST

START_TEST(cells_without_pins_get_pins_on_their_node)
{
	static const struct expected cells[] = {
		{ .base = DOMAIN("<vcpu>4</vcpu><numatune><memnode cellid='0' mode='preferred' nodeset='1'/>"
			 "<memnode cellid='1' mode='preferred' nodeset='0'/></numatune>"
			 CELLS(CELL(0, "0-1") CELL(1, "2-3"))),
		  { "<cputune>", "cell 0: cores of host node1", PIN(0, "9"), PIN(1, "10"),
		    "cell 1: cores of host node0", PIN(2, "1"), PIN(3, "2"), "<emulatorpin cpuset='0,8'/>",
		    "<numatune><memnode cellid='0' mode='preferred' nodeset='1'/><memnode cellid='1' "
		    "mode='preferred' nodeset='0'/></numatune>", "<topology sockets='2'" } },
		/* only the cell without any; what is pinned to already is left out */
		{ .base = DOMAIN("<vcpu>4</vcpu><cputune>" PIN(0, "1") "</cputune>"
			 CELLS(CELL(0, "0-1") CELL(1, "2-3"))),
		  { "<cputune>" PIN(0, "1"), PIN(2, "9"), PIN(3, "10"), "</cputune>", "<numatune>" },
		  { "vcpu='1'", "emulatorpin" } },
		/* two cells on one node */
		{ .base = DOMAIN("<vcpu>4</vcpu><numatune><memory mode='strict' nodeset='0'/></numatune>"
			 CELLS(CELL(0, "0-1") CELL(1, "2-3"))),
		  { PIN(0, "1"), PIN(1, "2"), PIN(2, "3"), PIN(3, "4"),
		    "<numatune><memory mode='strict' nodeset='0'/></numatune>" } },
		/* unequal cells, siblings together */
		{ .base = DOMAIN("<vcpu>6</vcpu>" CELLS(CELL(0, "0-3") CELL(1, "4-5"))),
		  { PIN(0, "1"), PIN(1, "17"), PIN(2, "2"), PIN(3, "18"), PIN(4, "9"), PIN(5, "25"),
		    "<topology sockets='3' dies='1' cores='1' threads='2'/>" }, { NULL }, { 0 }, true },
		{ .base = DOMAIN("<vcpu>6</vcpu>" CELLS(CELL(0, "0-3") CELL(1, "4-5"))),
		  { PIN(0, "1"), PIN(1, "2"), "cores='2' threads='1'/>" }, { NULL }, { .smt = HGX_OFF }, true },
	};

	EXPECT(cells);
}
END_TEST

/* The mode and the set of <memory> hold for what is added. */
START_TEST(memory_of_cells_is_bound_as_the_rest_allows)
{
	static const struct expected bound[] = {
		{ .base = DOMAIN("<vcpu>2</vcpu><numatune><memory mode='restrictive' nodeset='0-1'/></numatune>"
			 CELLS(CELL(0, "0") CELL(1, "1"))),
		  { "<memory mode='restrictive' nodeset='0-1'/><memnode cellid='0' mode='restrictive' "
		    "nodeset='0'/><memnode cellid='1' mode='restrictive' nodeset='1'/>" } },
		{ .base = DOMAIN("<vcpu>2</vcpu><numatune><memory mode='strict' nodeset='0'/></numatune>"
			 "<cputune>" PIN(0, "2") PIN(1, "9") "</cputune>" CELLS(CELL(0, "0") CELL(1, "1"))),
		  { "<numatune><memory mode='strict' nodeset='0'/></numatune>" } },
	};

	EXPECT(bound);
}
END_TEST

/* An expander bus of the user's is of cell 1, though one cell would do for the only GPU. */
START_TEST(there_are_as_many_cells_as_devices_name)
{
	static const struct expected named[] = {
		{ .base = "<domain type='kvm'>" GIB(8) "<vcpu>4</vcpu>" OS
			  "<devices><controller type='usb' model='none'/><memballoon model='none'/>"
			  "<controller type='pci' index='1' model='pcie-expander-bus'><target busNr='64'><node>1</node>"
			  "</target><address type='pci' bus='0' slot='5' function='0'/></controller></devices></domain>",
		  { "cpus='0-1'", "cpus='2-3'" }, { NULL }, { .gpus = "0" } },
	};

	EXPECT(named);
}
END_TEST

/* Without cells and single pins the new cells are where the domain may be. */
START_TEST(new_cells_stay_within_the_nodes_that_the_domain_names)
{
	static const struct expected within[] = {
		{ .base = DOMAIN(GIB(8) "<vcpu>4</vcpu><numatune><memory mode='strict' nodeset='1'/></numatune>"),
		  { "cell 0: cores of host node1", PIN(3, "12"), "<memory mode='strict' nodeset='1'/></numatune>",
		    "cpus='0-3'" }, { "<cell id='1'" } },
		{ .base = DOMAIN(GIB(8) "<vcpu cpuset='8-9'>4</vcpu>"), { "nodeset='1'", "cpus='0-3'" },
		  { "<cell id='1'", "vcpupin" } },
		{ .base = DOMAIN(GIB(8) "<vcpu placement='auto'>4</vcpu><numatune><memory mode='strict' nodeset='1'/>"
				 "</numatune>"),
		  { "cpus='0-3'" }, { "<cell id='1'", "vcpupin" } },
		/* cells that are bound to nothing else as well */
		{ .base = DOMAIN("<vcpu>2</vcpu><numatune><memory mode='interleave' nodeset='1'/></numatune>"
				 CELLS(CELL(0, "0") CELL(1, "1"))),
		  { PIN(0, "9"), PIN(1, "10"), "nodeset='1'/></numatune>" } },
		/* what the host does not have restricts nothing */
		{ .base = DOMAIN(GIB(8) "<vcpu>4</vcpu><numatune><memory mode='preferred' nodeset='5'/></numatune>"),
		  { "<cell id='1'" } },
	};

	EXPECT(within);
}
END_TEST

START_TEST(what_numad_decides_is_left_to_it)
{
	static const char *const bases[] = {
		DOMAIN(GIB(8) "<vcpu placement='auto'>4</vcpu>"),
		DOMAIN(GIB(8) "<vcpu placement='auto'>4</vcpu><numatune><memory mode='strict' "
		       "placement='auto'/></numatune>" CELLS(CELL(0, "0-1") CELL(1, "2-3"))),
	};
	struct hgx_topo *host = host_of(HOST);

	for (size_t i = 0; i < ARRAY_SIZE(bases); i++) {
		char *text = filter(host, bases[i], NULL);

		must(!strstr(text, "vcpupin") && !strstr(text, "memnode") && !strstr(text, "emulatorpin"),
		     "%s", text);
		ck_assert_uint_eq(count_of(text, "<cell "), 2);
		free(text);
		expect_settled(host, bases[i], NULL);
	}
	hgx_topo_free(host);
}
END_TEST

/* ---- options that say otherwise */

START_TEST(options_change_what_they_are_about)
{
	static const char two_cells[] =
		DOMAIN("<memory unit='GiB'>8</memory><currentMemory unit='GiB'>8</currentMemory><vcpu>4</vcpu>"
		       "<cputune>" PIN(0, "3") PIN(2, "11") "</cputune>"
		       CELLS("<cell id='0' cpus='0-1' memory=\"4\" unit = 'GiB' discard='yes'/>"
			     "<cell id='1' cpus='2-3' memory='4194304' memAccess='shared' />"));
	static const struct expected changed[] = {
		{ .base = two_cells, { "<memory unit='KiB'>33554432</memory><currentMemory unit='KiB'>33554432"
			       "</currentMemory><vcpu>4</vcpu><cputune>" PIN(0, "3") PIN(2, "11") "</cputune>",
			       "<cell id='0' cpus='0-1' memory=\"16777216\" unit = 'KiB' discard='yes'/>"
			       "<cell id='1' cpus='2-3' memory='16777216' memAccess='shared' unit='KiB' />" },
		  { NULL }, { .memory = 32ull << 30 } },
		{ .base = two_cells, { "memory=\"2097152\"", "memory='2097152'" }, { NULL },
		  { .memory_per_cell = 2ull << 30 } },
		{ .base = two_cells, { "memory=\"58720256\"", "memory='58720256'" }, { NULL },
		  { .memory = HGX_MEMORY_ALL } },
		/* as many cells as the domain has */
		{ .base = DOMAIN(GIB(6) "<vcpu>3</vcpu>" CELLS(CELL(0, "0") CELL(1, "1") CELL(2, "2"))),
		  { "<memory mode='strict' nodeset='0-1'/>", "memory='2797568'", "memory='2795520'",
		    "memory='2795520'" }, { NULL },
		  { .memory = 8ull << 30 } },
		/* all vCPUs of the host, and the memory of the domain */
		{ .base = two_cells, { "<memory unit='GiB'>8</memory>", "<vcpu placement='static'>14</vcpu>", PIN(0, "1"),
			       "vcpu='13' cpuset='15'", "emulatorpin", "cpus='0-6' memory='4194304'" },
		  { "discard" }, { .vcpus = HGX_VCPUS_ALL } },
		{ .base = two_cells, { "<memory unit='KiB'>117440512", ">14</vcpu>" }, { NULL },
		  { .vcpus = HGX_VCPUS_ALL, .memory = HGX_MEMORY_ALL } },
		{ .base = two_cells, { "<memory unit='GiB'>8</memory>", "<vcpu placement='static'>6</vcpu>",
			       "cpus='0-2' memory='4194304'" }, { NULL }, { .vcpus = 6 } },
	};

	EXPECT(changed);
}
END_TEST

/* Without a base domain they are the default. */
START_TEST(all_is_what_a_new_vm_gets)
{
	struct hgx_topo *host = host_of(HOST);
	struct hgx_plan_options options = { .size = sizeof(options), .vcpus = HGX_VCPUS_ALL,
					    .memory = HGX_MEMORY_ALL };
	struct hgx_plan *plan = plan_of(host, 0, 0), *other;
	struct hgx_error err = { 0 };
	char *one, *two;

	expect_fine(hgx_plan_new(&other, host, &options, &err), &err, "plan");
	expect_fine(hgx_emit_libvirt(plan, &one, &err), &err, "libvirt");
	expect_fine(hgx_emit_libvirt(other, &two, &err), &err, "libvirt");
	ck_assert_str_eq(one, two);
	hgx_text_free(one);
	hgx_text_free(two);
	hgx_plan_free(plan);
	hgx_plan_free(other);
	hgx_topo_free(host);
}
END_TEST

START_TEST(huge_pages_stay_unless_an_option_names_others)
{
	static const char mixed[] =
		DOMAIN("<memory unit='GiB'>8</memory><memoryBacking><hugepages><page size='2' unit='M' nodeset='0'/>"
		       "<page size='1' unit='G' nodeset='1'/></hugepages></memoryBacking><vcpu>4</vcpu>");
	static const struct expected pages[] = {
		{ .base = mixed, { "<hugepages><page size='2' unit='M' nodeset='0'/><page size='1' unit='G' "
			   "nodeset='1'/></hugepages>" } },
		{ .base = mixed, { "<memoryBacking></memoryBacking>" }, { "page" }, { .hugepages = HGX_HUGEPAGES_OFF } },
		{ .base = DOMAIN(GIB(8) "<memoryBacking><hugepages/></memoryBacking><vcpu>4</vcpu>"), { "<hugepages/>" } },
		{ .base = DOMAIN(GIB(8) "<memoryBacking><hugepages/></memoryBacking><vcpu>4</vcpu>"), { "<hugepages/>" },
		  { NULL }, { .vcpus = 2 } },
	};

	EXPECT(pages);
}
END_TEST

/* ---- findings */

static const struct {
	const char *base, *rule, *text;
} told[] = {
	{ DOMAIN("<vcpu>2</vcpu><cputune>" PIN(0, "9") "</cputune><numatune><memnode cellid='0' mode='strict' "
		 "nodeset='0'/></numatune>" CELLS(CELL(0, "0-1"))),
	  "base-binding", "the vCPUs of the domain's cell 0 are pinned to node1, but its memory is bound to node0; "
			  "the cell counts as one of node1" },
	{ DOMAIN(GIB(8) "<vcpu>2</vcpu><cputune>" PIN(0, "9") PIN(1, "10") "</cputune><numatune><memory "
		 "mode='strict' nodeset='0'/></numatune>"),
	  "base-binding", "the vCPUs of the domain's cell 0 are pinned to node1, but its memory is bound to node0; "
			  "the cell counts as one of node1" },
	{ DOMAIN(GIB(8) "<vcpu placement='auto'>4</vcpu>"), "base-automatic",
	  "the domain leaves it to numad where its vCPUs and its memory are (placement='auto'): cells and devices "
	  "may be on other nodes of the host than the guest believes" },
	{ DOMAIN(GIB(8) "<vcpu>40</vcpu>"), "base-crowded",
	  "too few CPUs of node0 are free for the 20 vCPUs of its cell: they share all of them" },
	{ DOMAIN("<vcpu>2</vcpu>" CELLS("<cell id='0' cpus='0-1' memory='65' unit='GiB'/>")), "base-crowded",
	  "node0 has 64 GiB of memory, but the domain's cells on it have 65 GiB" },
	{ DOMAIN(GIB(8) "<memoryBacking><hugepages><page size='1' unit='GiB'/></hugepages></memoryBacking>"
		 "<vcpu>1</vcpu>"), "base-crowded",
	  "too few free huge pages of 1 GiB on node0; reserve them with: echo 8 > "
	  "/sys/devices/system/node/node0/hugepages/hugepages-1048576kB/nr_hugepages" },
	{ DOMAIN(GIB(8) "<memoryBacking><hugepages/></memoryBacking><vcpu>2</vcpu>"), "page-size-assumed",
	  "the domain's <hugepages/> names no page size, so its host's default counts, which is taken to be 2 MiB "
	  "(Hugepagesize in /proc/meminfo)" },
};

START_TEST(what_the_domain_leaves_unclear_is_reported)
{
	struct hgx_topo *host = host_of(HOST);

	for (size_t i = 0; i < ARRAY_SIZE(told); i++) {
		const struct hgx_finding *findings;
		struct hgx_plan *plan;
		struct hgx_error err;
		bool found = false;
		size_t count;

		must(!plan_with(&plan, host, told[i].base, NULL, &err), "%s: %s", told[i].base, err.text);
		count = hgx_plan_findings(plan, &findings);
		for (size_t j = 0; j < count; j++)
			found |= !strcmp(findings[j].rule, told[i].rule) && !strcmp(findings[j].text, told[i].text);
		must(found, "no %s for %s", told[i].rule, told[i].base);
		hgx_plan_free(plan);
	}
	hgx_topo_free(host);
}
END_TEST

/* By their numbers in the guest, and without a CPU where there is no single one. */
START_TEST(the_plan_tells_the_vcpus_that_are_there_from_the_start)
{
	struct hgx_topo *host = host_of(HOST);
	static const struct hgx_vcpu expected[] = {
		{ 0, 2, 0, 0, 0, 0, 0 }, { 1, HGX_CPU_NONE, 0, 0, 0, 1, 0 }, { 2, 9, 1, 1, 0, 0, 0 },
	};
	const char *base = "<domain type='kvm'>" TUNED OS TUNED_CPU DEVICES "</domain>";
	const struct hgx_vcpu *vcpus;
	const uint32_t *emulator;
	struct hgx_plan *plan;
	struct hgx_error err;
	char *map;

	expect_fine(plan_with(&plan, host, base, NULL, &err), &err, "plan");
	ck_assert_uint_eq(hgx_plan_vcpus(plan, &vcpus), ARRAY_SIZE(expected));
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
		must(!memcmp(&vcpus[i], &expected[i], sizeof(*vcpus)), "vCPU %zu", i);
	ck_assert_uint_eq(hgx_plan_emulator_cpus(plan, &emulator), 2);
	ck_assert_uint_eq(emulator[1], 1);
	ck_assert_ptr_null(hgx_plan_host_of(plan, hgx_topo_find(hgx_plan_guest(plan), "cpu1")));
	expect_fine(hgx_emit_map(&plan, 1, &map, &err), &err, "map");
	must(strstr(map, "\n1     0     -\n") && strstr(map, "\n2     1     9\n"), "%s", map);
	hgx_text_free(map);
	expect_fine(hgx_emit_map_json(&plan, 1, &map, &err), &err, "map");
	must(strstr(map, "{ \"id\": 1, \"cell\": 0, \"host_cpu\": null }") != NULL, "%s", map);
	hgx_text_free(map);
	hgx_plan_free(plan);
	hgx_topo_free(host);
}
END_TEST

int main(void)
{
	return RUN("base cpu", everything_that_the_domain_says_of_vcpus_and_memory_stays,
		   a_number_that_the_domain_has_anyway_changes_nothing,
		   without_cells_and_pins_it_is_laid_out_as_a_new_vm,
		   a_number_that_does_not_divide_gets_uneven_cells_or_one,
		   more_vcpus_than_cores_use_what_there_is,
		   memory_is_divided_to_the_last_byte_and_goes_where_there_is_room,
		   a_node_with_less_memory_gets_less, pins_without_cells_get_cells_by_their_nodes,
		   cells_without_pins_get_pins_on_their_node, memory_of_cells_is_bound_as_the_rest_allows,
		   there_are_as_many_cells_as_devices_name, new_cells_stay_within_the_nodes_that_the_domain_names, what_numad_decides_is_left_to_it,
		   options_change_what_they_are_about,
		   all_is_what_a_new_vm_gets, huge_pages_stay_unless_an_option_names_others,
		   what_the_domain_leaves_unclear_is_reported,
		   the_plan_tells_the_vcpus_that_are_there_from_the_start);
}
