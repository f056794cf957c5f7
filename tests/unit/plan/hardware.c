/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Hardware that a plan decides once; emitters write what it says and nothing else. */
#include "domain.h"
#include "qemu_reader.h"

#define GPU "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n"
#define NODES "node 0 memory=64G distances=10,21\nnode 1 memory=64G distances=21,10\n"
#define SMT(vendor) "package 0 vendor=" vendor "\npackage 1 vendor=" vendor "\n" NODES \
	"cpus 0-15 package=0 node=0 threads=2\ncpus 16-31 package=1 node=1 threads=2\n" GPU
#define PLAIN(vendor) "package 0" vendor "\n" NODES "cpus 0-7 package=0 node=0\n" GPU
/* 144 cores of two threads, of which the guest gets all */
#define LARGE "package 0\nnode 0 memory=64G\ncpus 0-143,256-399 package=0 node=0 threads=2\n" GPU

static struct hgx_plan *plan_with(struct hgx_topo **host, const char *lines, const char *libvirt,
				  const char *qemu, int reserve)
{
	struct hgx_plan_options options = { .size = sizeof(options), .reserve_cores = reserve,
					    .libvirt_version = libvirt, .qemu_version = qemu };
	struct hgx_error err = { 0 };
	struct hgx_plan *plan;

	*host = host_of(lines);
	expect_fine(hgx_plan_new(&plan, *host, &options, &err), &err, "plan");
	return plan;
}

#define ALL { true, true, true, true, true, false, false, false }

static const struct {
	const char *lines, *libvirt, *qemu;
	int reserve;
	struct hardware hardware;
} rows[] = {
	{ SMT("GenuineIntel"), "9.0", "7.2", 0, { "GenuineIntel", false, false, false, true, false, false, ALL, false } },
	{ SMT("AuthenticAMD"), "9.0", "7.2", 0, { "AuthenticAMD", true, false, true, true, false, false, ALL, false } },
	{ PLAIN(" vendor=AuthenticAMD"), "9.0", "7.2", 0,
	  { "AuthenticAMD", true, false, false, true, false, false, ALL, false } },
	{ PLAIN(""), "9.0", "7.2", 0, { NULL, false, false, false, true, false, false, ALL, false } },
	{ LARGE, "9.0", "7.2", HGX_RESERVE_NONE, { NULL, false, true, false, true, false, false, ALL, true } },
	{ LARGE, "10.6", "8.1", HGX_RESERVE_NONE, { NULL, false, true, false, true, false, false, ALL, true } },
	{ LARGE, "10.7", "7.1", HGX_RESERVE_NONE, { NULL, false, true, false, true, false, false, ALL, false } },
	{ LARGE, "10.7", "7.2", HGX_RESERVE_NONE,
	  { NULL, false, true, false, true, false, false, { true, true, true, true, true, false, true, false }, true } },
	{ PLAIN(""), "10.7", "7.2", 0, { NULL, false, false, false, true, false, false, ALL, false } },
	{ PLAIN(""), "12.2", "9.0", 0,
	  { NULL, false, false, false, true, false, false, { true, true, true, true, true, true, false, true }, false } },
	{ PLAIN(""), "12.1", "9.0", 0,
	  { NULL, false, false, false, true, false, false, { true, true, true, true, true, false, false, true }, false } },
	{ PLAIN(""), "11.0", "9.0", 0,
	  { NULL, false, false, false, true, false, false, { true, true, true, true, true, false, false, true }, false } },
	{ PLAIN(""), "9.0", "4.2", 0, { NULL, false, false, false, false, true, false, ALL, false } },
	{ PLAIN(""), "8.6", "7.2", 0,
	  { NULL, false, false, false, true, false, false, { true, true, true, false, true, false, false, false }, false } },
	{ PLAIN(""), "8.1", "7.2", 0,
	  { NULL, false, false, false, true, false, false, { true, true, true, false, false, false, false, false }, false } },
	{ PLAIN(""), "7.1", "7.2", 0,
	  { NULL, false, false, false, true, false, false, { false, true, true, false, false, false, false, false }, false } },
	{ PLAIN(""), "6.4", "7.2", 0,
	  { NULL, false, false, false, true, false, false, { false, true, false, false, false, false, false, false }, false } },
	{ PLAIN(""), "6.2", "7.2", 0,
	  { NULL, false, false, false, false, true, false, { false, true, false, false, false, false, false, false }, false } },
	{ PLAIN(""), "6.0", "7.2", 0,
	  { NULL, false, false, false, false, true, false, { false, false, false, false, false, false, false, false }, false } },
};

START_TEST(processor_vcpus_and_versions_decide)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct hardware *wanted = &rows[i].hardware, *found;
		struct hgx_topo *host;
		struct hgx_plan *plan = plan_with(&host, rows[i].lines, rows[i].libvirt, rows[i].qemu,
						  rows[i].reserve);

		found = &plan->hardware;
		ck_assert_pstr_eq(found->vendor, wanted->vendor);
		ck_assert_msg(found->amd == wanted->amd &&
				      found->large_apic_ids == wanted->large_apic_ids &&
				      found->topoext == wanted->topoext, "row %zu: processor", i);
		ck_assert_msg(found->hotplug_off == wanted->hotplug_off &&
				      found->io_reserve_off == wanted->io_reserve_off, "row %zu: ports", i);
		ck_assert_msg(found->iommufd == wanted->iommufd, "row %zu: only if asked", i);
		ck_assert_msg(found->dma_off == wanted->dma_off, "row %zu: DMA", i);
		ck_assert_msg(!memcmp(&found->libvirt, &wanted->libvirt, sizeof(found->libvirt)),
			      "row %zu: libvirt's elements", i);
		hgx_plan_free(plan);
		hgx_topo_free(host);
	}
}
END_TEST

/* Of the 8 cores of a node one stays with the host. */
START_TEST(as_many_threads_touch_a_cell_s_memory_as_it_has_vcpus_up_to_16)
{
	static const struct {
		const char *lines, *qemu;
		unsigned threads;
	} cells[] = {
		{ PLAIN(""), "7.2", 7 }, { SMT("GenuineIntel"), "7.2", 14 }, { LARGE, "7.2", 16 },
		{ PLAIN(""), "5.0", 7 }, { PLAIN(""), "4.2", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cells); i++) {
		struct hgx_topo *host;
		struct hgx_plan *plan = plan_with(&host, cells[i].lines, "9.0", cells[i].qemu, 0);

		for (size_t c = 0; c < plan->cell_count; c++)
			ck_assert_uint_eq(plan->cells[c].prealloc_threads, cells[i].threads);
		hgx_plan_free(plan);
		hgx_topo_free(host);
	}
}
END_TEST

/* Turned on, both emitters write the words; turned off, neither does. A word that is NULL: what
 * that emitter writes stays the same. */
static const struct {
	size_t offset; /* in a plan */
	const char *libvirt, *qemu;
} words[] = {
	{ offsetof(struct hgx_plan, hardware.large_apic_ids), "<iommu model='intel'>", "\nintel-iommu," },
	{ offsetof(struct hgx_plan, hardware.large_apic_ids), "<ioapic driver='qemu'/>",
	  ",kernel-irqchip=split," },
	{ offsetof(struct hgx_plan, hardware.iommufd), "<driver name='vfio' iommufd='yes'/>",
	  ",iommufd=iommufd0" },
	{ offsetof(struct hgx_plan, hardware.topoext), "name='topoext'", ",topoext=on" },
	{ offsetof(struct hgx_plan, hardware.hotplug_off), "hotplug='off'", ",hotplug=off" },
	{ offsetof(struct hgx_plan, hardware.io_reserve_off), "'pcie-root-port.io-reserve=0'",
	  "-global\npcie-root-port.io-reserve=0\n" },
	{ offsetof(struct hgx_plan, hardware.libvirt.firmware_features), "name='secure-boot'", NULL },
	{ offsetof(struct hgx_plan, hardware.libvirt.variables), "<loader stateless='no'/>", NULL },
	{ offsetof(struct hgx_plan, hardware.libvirt.dies), " dies='", NULL },
	{ offsetof(struct hgx_plan, hardware.libvirt.migratable), "migratable='off'", NULL },
	{ offsetof(struct hgx_plan, hardware.libvirt.address_bits), "<maxphysaddr ", NULL },
	{ offsetof(struct hgx_plan, hardware.libvirt.properties), "<qemu:override>", NULL },
	{ offsetof(struct hgx_plan, tell_distances), "<distances>", "\ndist,src=" },
};

static void check_words(const struct hgx_plan *plan, size_t row, const char *qemu_before, bool on)
{
	char *text, *qemu = qemu_text(plan, HGX_QEMU_LINES);
	struct hgx_error err = { 0 };

	expect_fine(hgx_emit_libvirt(plan, &text, &err), &err, "libvirt");
	ck_assert_msg((strstr(text, words[row].libvirt) != NULL) == on, "%s: %d", words[row].libvirt, on);
	if (words[row].qemu)
		ck_assert_msg((strstr(qemu, words[row].qemu) != NULL) == on, "%s: %d", words[row].qemu, on);
	else
		ck_assert_str_eq(qemu, qemu_before);
	hgx_text_free(qemu);
	hgx_text_free(text);
}

START_TEST(emitters_write_what_the_plan_says)
{
	struct hgx_topo *host;
	struct hgx_plan *plan = plan_with(&host, SMT("GenuineIntel"), "9.0", "7.2", 0);
	char *before = qemu_text(plan, HGX_QEMU_LINES);

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		bool *said = (bool *)((char *)plan + words[i].offset), planned = *said;

		for (int on = 0; on < 2; on++) {
			*said = on;
			check_words(plan, i, before, on);
		}
		*said = planned;
	}
	hgx_text_free(before);
	hgx_plan_free(plan);
	hgx_topo_free(host);
}
END_TEST

/* Both emitters, of a plan with an IOMMU only. */
START_TEST(dma_is_not_translated_where_that_can_be_told)
{
	struct hgx_error err = { 0 };
	struct hgx_topo *host;
	struct hgx_plan *plan = plan_with(&host, LARGE, "10.7", "7.2", HGX_RESERVE_NONE);

	for (int off = 0; off < 2; off++) {
		char *text, *qemu;

		plan->hardware.dma_off = plan->hardware.libvirt.dma_off = off;
		qemu = qemu_text(plan, HGX_QEMU_LINES);
		expect_fine(hgx_emit_libvirt(plan, &text, &err), &err, "libvirt");
		ck_assert_int_eq(strstr(text, "eim='on' dma_translation='off'/>") != NULL, off);
		ck_assert_int_eq(strstr(qemu, ",eim=on,dma-translation=off\n") != NULL, off);
		hgx_text_free(qemu);
		hgx_text_free(text);
	}
	hgx_plan_free(plan);
	hgx_topo_free(host);
}
END_TEST

static struct port *port_named(const struct hgx_plan *plan, const char *alias)
{
	for (struct port *bus = plan->expanders; bus; bus = bus->next)
		for (struct port *port = bus; port; port = port_next(bus, port))
			if (!strcmp(port->alias, alias))
				return port;
	ck_abort_msg("no port %s", alias);
	return NULL;
}

#define CPUS "package 0\nnode 0 memory=64G\ncpus 0-7 package=0 node=0\nroot 0000:10 numa=0\n"

START_TEST(a_root_port_shows_the_link_of_the_host_s)
{
	static const struct {
		const char *link, *qemu, *speed;
		unsigned width;
	} links[] = {
		{ "16x16", "7.2", "16", 16 }, { "32x8", "7.2", "16", 8 },   { "32x8", "10.0", "32", 8 },
		{ "2.5x1", "7.2", "2_5", 1 }, { "none", "7.2", NULL, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		char lines[300];
		struct hgx_topo *host;
		struct hgx_plan *plan;
		const struct port *port;

		snprintf(lines, sizeof(lines), CPUS " 10:01.0 root-port link=%s\n  11:00.0 gpu\n",
			 links[i].link);
		plan = plan_with(&host, lines, "9.0", links[i].qemu, 0);
		port = port_named(plan, "ua-port-0000_11_00");
		ck_assert_pstr_eq(port->speed, links[i].speed);
		ck_assert(!port->speed || port->width == links[i].width);
		hgx_plan_free(plan);
		hgx_topo_free(host);
	}
}
END_TEST

START_TEST(a_link_of_unknown_width_and_the_ports_of_a_switch_show_none)
{
	struct hgx_topo *host = host_of(CPUS " 10:01.0 root-port\n  11:00.0 switch-up\n"
					"   12:00.0 switch-down\n    13:00.0 gpu\n");
	struct hgx_plan *plan = plan_of(host, 0, 0);

	ck_assert_str_eq(port_named(plan, "ua-rp-0000_11_00_0")->speed, "16");
	ck_assert_ptr_null(port_named(plan, "ua-up-0000_11_00_0")->speed);
	ck_assert_ptr_null(port_named(plan, "ua-port-0000_13_00")->speed);
	ck_assert_ptr_null(plan->root->first->speed);
	hgx_plan_free(plan);
	topo_find(host, "0000:10:01.0")->pci->link_max.width = 0;
	plan = plan_of(host, 0, 0);
	ck_assert_ptr_null(port_named(plan, "ua-rp-0000_11_00_0")->speed);
	hgx_plan_free(plan);
	hgx_topo_free(host);
}
END_TEST

START_TEST(an_iothread_runs_where_cores_are_left_for_it)
{
	static const int reserves[] = { 0, HGX_RESERVE_NONE };

	for (size_t i = 0; i < ARRAY_SIZE(reserves); i++) {
		struct hgx_topo *host;
		struct hgx_plan *plan = plan_with(&host, PLAIN(""), "9.0", "7.2", reserves[i]);

		ck_assert_uint_eq(plan->iothreads, reserves[i] == 0);
		ck_assert(!plan->iothreads || plan->iothread_ids[0] == 1);
		hgx_plan_free(plan);
		hgx_topo_free(host);
	}
}
END_TEST

int main(void)
{
	return RUN("hardware", processor_vcpus_and_versions_decide,
		   as_many_threads_touch_a_cell_s_memory_as_it_has_vcpus_up_to_16,
		   emitters_write_what_the_plan_says, dma_is_not_translated_where_that_can_be_told,
		   a_root_port_shows_the_link_of_the_host_s,
		   a_link_of_unknown_width_and_the_ports_of_a_switch_show_none,
		   an_iothread_runs_where_cores_are_left_for_it);
}
