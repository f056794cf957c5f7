/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a plan tells of itself in numbers: the same that its domain says. And which node stands
 * for which, both ways. Set HGX_SEED to repeat one host. */
#include "deal.h"
#include "domain.h"

static const struct element *topology_of(const struct element *domain)
{
	return child(child(domain, "cpu"), "topology");
}

/* By the rule of QEMU and of kernels: threads are numbered first, then cores, dies, sockets. */
static unsigned long long number_of_vcpu(const struct element *topology, const struct hgx_vcpu *v)
{
	unsigned long long dies = attribute(topology, "dies") ? number_of(topology, "dies") : 1;
	unsigned long long die = v->socket * dies + v->die;

	return (die * number_of(topology, "cores") + v->core) * number_of(topology, "threads") + v->thread;
}

static bool in_cell(const struct element *cell, unsigned id)
{
	unsigned first, last;
	int read = sscanf(attribute(cell, "cpus"), "%u-%u", &first, &last);

	return read && id >= first && id <= (read == 1 ? first : last);
}

static void check_vcpus(struct deal *d, const struct hgx_plan *plan, const struct element *domain)
{
	const struct element *pin = child(child(domain, "cputune"), "vcpupin");
	const struct hgx_vcpu *vcpus;
	size_t count = hgx_plan_vcpus(plan, &vcpus);

	claim(d, count == strtoul(child(domain, "vcpu")->text, NULL, 10), "%zu vCPUs", count);
	for (size_t i = 0; i < count; i++, pin = following(pin)) {
		const struct element *cell = child(child(child(domain, "cpu"), "numa"), "cell");
		const struct hgx_vcpu *v = &vcpus[i];

		claim(d, pin && number_of(pin, "vcpu") == i && v->id == i, "vCPU %u is number %zu", v->id, i);
		claim(d, number_of(pin, "cpuset") == v->host_cpu, "vCPU %zu on CPU %u", i, v->host_cpu);
		claim(d, number_of_vcpu(topology_of(domain), v) == i, "vCPU %zu: %u %u %u %u", i, v->socket, v->die,
		      v->core, v->thread);
		for (unsigned c = 0; cell; cell = following(cell), c++)
			claim(d, in_cell(cell, v->id) == (c == v->cell), "vCPU %zu in cell %u", i, c);
	}
	claim(d, !pin, "there are more pins than %zu vCPUs", count);
}

static void check_emulator(struct deal *d, const struct hgx_plan *plan, const struct element *domain)
{
	const struct element *pin = child(child(domain, "cputune"), "emulatorpin");
	struct arena arena = { NULL, false };
	struct cpuset set = { NULL, 0 };
	const uint32_t *cpus;
	size_t count = hgx_plan_emulator_cpus(plan, &cpus);

	claim(d, !pin || cpulist_read(&arena, attribute(pin, "cpuset"), &set), "%s", attribute(pin, "cpuset"));
	claim(d, count == set.count, "%zu CPUs for QEMU, %zu in the domain", count, set.count);
	for (size_t i = 0; i < count; i++)
		claim(d, cpus[i] == set.ids[i], "CPU %u, in the domain %u", cpus[i], set.ids[i]);
	arena_free(&arena);
}

static void check_pages(struct deal *d, const struct hgx_plan *plan, const struct element *domain)
{
	const struct element *pages = child(child(domain, "memoryBacking"), "hugepages");
	unsigned long long size = pages ? 1024 * number_of(child(pages, "page"), "size") : 0;

	claim(d, hgx_plan_page_size(plan) == size, "pages of %llu bytes, in the domain %llu",
	      (unsigned long long)hgx_plan_page_size(plan), size);
}

static void check_window(struct deal *d, const struct hgx_plan *plan, const struct element *domain)
{
	const struct element *arg = child(child(domain, "qemu:commandline"), "qemu:arg");
	static const char key[] = "name=opt/ovmf/X-PciMmio64Mb,string=";
	unsigned long long window = 0;

	for (; arg; arg = following(arg))
		if (!strncmp(attribute(arg, "value"), key, strlen(key)))
			window = strtoull(attribute(arg, "value") + strlen(key), NULL, 10) << 20;
	claim(d, hgx_plan_window(plan) == window, "a window of %llu bytes, in the domain %llu",
	      (unsigned long long)hgx_plan_window(plan), window);
}

static unsigned beside, with_dies;

static void check_plan(struct deal *d, const struct hgx_plan *plan)
{
	struct arena arena = { NULL, false };
	const struct element *domain;
	const uint32_t *cpus;
	char *text;

	if (hgx_emit_libvirt(plan, &text, NULL))
		return; /* its pages are in use */
	domain = domain_read(&arena, text);
	check_vcpus(d, plan, domain);
	check_emulator(d, plan, domain);
	check_pages(d, plan, domain);
	check_window(d, plan, domain);
	beside += hgx_plan_emulator_cpus(plan, &cpus) && plan->beside_vcpus;
	with_dies += attribute(topology_of(domain), "dies") && number_of(topology_of(domain), "dies") > 1;
	hgx_text_free(text);
	arena_free(&arena);
}

static void check_plans(struct deal *d)
{
	for (unsigned vm = 0; vm < d->count; vm++)
		if (d->plans[vm])
			check_plan(d, d->plans[vm]);
}

START_TEST(a_plan_tells_in_numbers_what_its_domain_says)
{
	each_deal(check_plans);
	must(deal_count == 1 || (beside && with_dies), "%u with threads beside vCPUs, %u with dies", beside,
	     with_dies);
}
END_TEST

/* Eight large GPUs, few address bits, and a pool of pages on each node. */
static char *large_host(void)
{
	char *lines = NULL;
	size_t size;
	FILE *to = open_memstream(&lines, &size);

	for (unsigned n = 0; n < 2; n++)
		fprintf(to, "package %u vendor=GenuineIntel\nnode %u memory=1007G "
			"huge=2M:500:500,1G:900:900\n"
			"cpus %u-%u package=%u node=%u\n", n, n, 16 * n, 16 * n + 15, n, n);
	for (unsigned i = 0; i < 8; i++)
		fprintf(to, "root 0000:%02x numa=%u\n %02x:01.0 root-port\n  %02x:00.0 gpu bars=16M,256G,32M\n",
			16 * i, i / 4, 16 * i, 16 * i + 1);
	fclose(to);
	return lines;
}

START_TEST(pages_and_window_are_told_where_the_domain_has_them)
{
	struct deal d = { .lines = large_host() };
	struct hgx_topo *host = host_of(d.lines);
	struct hgx_plan_options options = { .size = sizeof(options), .memory = 1800ull << 30 };
	struct hgx_error err = { 0 };
	struct hgx_plan *normal, *huge;

	for (struct hgx_node *node = host->root->first; node; node = node->next)
		if (node->processor)
			node->processor->address_bits = 45;
	expect_fine(hgx_plan_new(&normal, host, &options, &err), &err, "normal pages");
	options.hugepages = 1ull << 30;
	expect_fine(hgx_plan_new(&huge, host, &options, &err), &err, "huge pages");
	ck_assert_uint_eq(hgx_plan_page_size(normal), 0);
	ck_assert_uint_eq(hgx_plan_page_size(huge), 1ull << 30);
	ck_assert_uint_eq(hgx_plan_window(huge), 8ull << 40);
	check_plan(&d, normal);
	check_plan(&d, huge);
	hgx_plan_free(normal);
	hgx_plan_free(huge);
	hgx_topo_free(host);
	free(d.lines);
}
END_TEST

/* ---- nodes */

static const struct hgx_node *first_for(const struct hgx_plan *plan, const struct hgx_node *host)
{
	const struct hgx_node *root = hgx_topo_root(hgx_plan_guest(plan)), *n = NULL;

	while ((n = hgx_node_next(root, n)) != NULL)
		if (hgx_plan_host_of(plan, n) == host)
			return n;
	return NULL;
}

static void check_nodes(struct deal *d)
{
	for (unsigned vm = 0; vm < d->count; vm++) {
		const struct hgx_plan *plan = d->plans[vm];
		const struct hgx_node *root = d->host->root, *n = NULL;

		while (plan && (n = hgx_node_next(root, n)) != NULL)
			claim(d, hgx_plan_guest_of(plan, n) == first_for(plan, n), "%s", n->name);
		root = plan ? plan->guest->root : NULL;
		for (n = root; n; n = hgx_node_next(root, n)) {
			const struct hgx_node *host = hgx_plan_host_of(plan, n);

			claim(d, !host || hgx_plan_host_of(plan, hgx_plan_guest_of(plan, host)) == host, "%s",
			      n->name);
		}
	}
}

START_TEST(a_node_of_the_host_leads_to_the_first_that_stands_for_it)
{
	each_deal(check_nodes);
}
END_TEST

static const char *name_of(const struct hgx_node *node)
{
	return node ? hgx_node_name(node) : "none";
}

#define SMALL "package 0 vendor=GenuineIntel\nnode 0 memory=64G\ncpus 0-7 package=0 node=0\n" \
	"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 switch-up\n" \
	"   12:00.0 switch-down\n    13:00.0 gpu\n    13:00.1 other\n   12:05.0 switch-down\n" \
	"    14:00.0 nic\n 10:02.0 root-port\n  15:00.0 other\n"

START_TEST(the_nodes_of_a_small_host_in_the_guest)
{
	static const struct { const char *host, *guest; } rows[] = {
		{ "machine", "none" }, { "package0", "package0" }, { "node0", "node0" }, { "cpu0", "none" },
		{ "cpu1", "cpu0" }, { "core0:0:1", "none" }, { "pci0000:10", "none" },
		{ "0000:10:01.0", "0000:20:00.0" }, { "0000:11:00.0", "0000:21:00.0" },
		{ "0000:12:00.0", "0000:22:00.0" }, { "0000:13:00.0", "0000:23:00.0" },
		{ "0000:13:00.1", "0000:23:00.1" }, { "0000:12:05.0", "0000:22:01.0" },
		{ "0000:14:00.0", "0000:24:00.0" }, { "0000:10:02.0", "none" }, { "0000:15:00.0", "none" },
	};
	struct hgx_topo *host = host_of(SMALL), *other = host_of(SMALL);
	struct hgx_plan *plan = plan_of(host, 0, 0);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct hgx_node *node = hgx_topo_find(host, rows[i].host);

		ck_assert_msg(node != NULL, "%s", rows[i].host);
		ck_assert_str_eq(name_of(hgx_plan_guest_of(plan, node)), rows[i].guest);
	}
	ck_assert_ptr_null(hgx_plan_guest_of(plan, NULL));
	ck_assert_ptr_null(hgx_plan_guest_of(plan, hgx_topo_find(other, "13:00.0")));
	ck_assert_ptr_null(hgx_plan_guest_of(plan, hgx_topo_find(hgx_plan_guest(plan), "23:00.0")));
	hgx_plan_free(plan);
	hgx_topo_free(host);
	hgx_topo_free(other);
}
END_TEST

/* 33 cards on a switch, and an emulated one has 32 ports. */
START_TEST(of_two_switches_that_stand_for_one_the_first_is_told)
{
	char *lines = NULL;
	size_t size, found = 0;
	FILE *to = open_memstream(&lines, &size);
	const struct hgx_node *up, *root, *n = NULL;
	struct hgx_topo *host;
	struct hgx_plan *plan;

	fputs("package 0 vendor=GenuineIntel\nnode 0 memory=64G\ncpus 0-7 package=0 node=0\n"
	      "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 switch-up\n", to);
	for (unsigned i = 0; i < 33; i++)
		fprintf(to, "   12:%02x.%u switch-down\n    %02x:00.0 %s\n", i % 32, i / 32, 0x20 + i,
			i ? "nvme" : "gpu");
	fclose(to);
	host = host_of(lines);
	plan = plan_of(host, 0, 0);
	up = hgx_topo_find(host, "11:00.0");
	root = hgx_topo_root(hgx_plan_guest(plan));
	while ((n = hgx_node_next_of(root, n, HGX_SWITCH_UP)) != NULL)
		found += hgx_plan_host_of(plan, n) == up;
	ck_assert_uint_eq(found, 2);
	ck_assert_ptr_eq(hgx_plan_guest_of(plan, up), hgx_node_next_of(root, NULL, HGX_SWITCH_UP));
	ck_assert_ptr_eq(hgx_plan_host_of(plan, hgx_plan_guest_of(plan, up)), up);
	hgx_plan_free(plan);
	hgx_topo_free(host);
	free(lines);
}
END_TEST

#define BASE "<domain type='kvm'><name>vm</name><memory unit='GiB'>8</memory><vcpu>14</vcpu><memoryBacking><hugepages><page size='2' unit='MiB'/>" \
	"</hugepages></memoryBacking><os><type arch='x86_64' machine='q35'>hvm</type></os><devices/></domain>"

/* What the base domain decides is told as well. */
START_TEST(with_a_base_domain_the_numbers_are_those_of_both)
{
	struct hgx_topo *host = host_of("package 0 vendor=GenuineIntel\n"
					"node 0 memory=64G huge=2M:32768:32768\n"
					"cpus 0-7,8-15 package=0 node=0 threads=2\nroot 0000:10 numa=0\n"
					" 10:01.0 root-port\n  11:00.0 gpu\n");
	struct hgx_plan_options options = { .size = sizeof(options), .base = BASE, .gpus = "all" };
	static const uint32_t cpus[] = { 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15 };
	const struct hgx_vcpu *vcpus;
	struct hgx_error err = { 0 };
	const uint32_t *emulator;
	struct hgx_plan *plan;

	expect_fine(hgx_plan_new(&plan, host, &options, &err), &err, "plan");
	ck_assert_uint_eq(hgx_plan_page_size(plan), 2 << 20);
	ck_assert_uint_eq(hgx_plan_window(plan), 0);
	ck_assert_uint_eq(hgx_plan_emulator_cpus(plan, &emulator), 2);
	ck_assert_uint_eq(emulator[0], 0);
	ck_assert_uint_eq(emulator[1], 8);
	ck_assert_uint_eq(hgx_plan_vcpus(plan, &vcpus), ARRAY_SIZE(cpus));
	for (size_t i = 0; i < ARRAY_SIZE(cpus); i++) {
		struct hgx_vcpu expected = { (uint32_t)i, cpus[i], 0, 0, 0, (uint32_t)i / 2, i % 2 };

		ck_assert_msg(!memcmp(&vcpus[i], &expected, sizeof(expected)), "vCPU %zu", i);
	}
	hgx_plan_free(plan);
	hgx_topo_free(host);
}
END_TEST

/* Without a length the text goes to its terminator, with one no further. */
START_TEST(a_base_domain_needs_no_length_or_no_terminator)
{
	struct hgx_topo *host = host_of(SMALL);
	struct hgx_plan_options options = { .size = sizeof(options), .base = BASE "<more/>",
					    .base_length = strlen(BASE), .hugepages = HGX_HUGEPAGES_OFF,
					    .gpus = "all" };
	struct hgx_error err = { 0 };
	struct hgx_plan *plan;

	expect_fine(hgx_plan_new(&plan, host, &options, &err), &err, "with a length");
	ck_assert_str_eq(hgx_plan_name(plan), "vm");
	hgx_plan_free(plan);
	options.base_length = 0;
	ck_assert_int_eq(hgx_plan_new(&plan, host, &options, &err), HGX_SYNTAX);
	options.base = BASE;
	expect_fine(hgx_plan_new(&plan, host, &options, &err), &err, "without one");
	hgx_plan_free(plan);
	options.base = "";
	ck_assert_int_eq(hgx_plan_new(&plan, host, &options, &err), HGX_SYNTAX);
	ck_assert_ptr_null(plan);
	hgx_topo_free(host);
}
END_TEST

int main(void)
{
	int status;

	seeds_begin();
	deals_begin();
	status = RUN("plan of a guest", a_plan_tells_in_numbers_what_its_domain_says,
		     pages_and_window_are_told_where_the_domain_has_them,
		     a_node_of_the_host_leads_to_the_first_that_stands_for_it,
		     the_nodes_of_a_small_host_in_the_guest,
		     of_two_switches_that_stand_for_one_the_first_is_told,
		     with_a_base_domain_the_numbers_are_those_of_both,
		     a_base_domain_needs_no_length_or_no_terminator);
	deals_end();
	return status;
}
