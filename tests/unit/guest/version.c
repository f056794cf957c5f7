/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Versions: where they come from and what they decide. */
#include "support.h"

#define HOST "package 0\nnode 0 memory=64G\ncpus 0-7 package=0 node=0\n" \
	"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n"

struct wanted {
	const char *libvirt, *qemu;
};

static int plan_with(struct hgx_plan **plan, const struct hgx_topo *host,
		     const struct wanted *wanted, struct hgx_error *err)
{
	struct hgx_plan_options options = { .size = sizeof(options),
					    .libvirt_version = wanted->libvirt,
					    .qemu_version = wanted->qemu };

	return hgx_plan_new(plan, host, &options, err);
}

static struct hgx_plan *must_plan(const struct hgx_topo *host, const char *libvirt,
				  const char *qemu)
{
	const struct wanted wanted = { libvirt, qemu };
	struct hgx_error err = { 0 };
	struct hgx_plan *plan;

	expect_fine(plan_with(&plan, host, &wanted, &err), &err, qemu);
	return plan;
}

static const struct {
	struct wanted wanted;
	const char *libvirt, *qemu, *ovmf; /* installed */
	struct versions versions;
} sources[] = {
	{ { NULL, NULL }, NULL, NULL, NULL, { 9000000, 7002000, 2022011000 } },
	{ { "8.2", "10.0" }, NULL, NULL, NULL, { 8002000, 10000000, 2022011000 } },
	{ { "8.2.1", "7.2.22" }, NULL, NULL, NULL, { 8002001, 7002022, 2022011000 } },
	{ { NULL, NULL }, "11.3.0", "10.0.13", "2025.02", { 11003000, 10000013, 2025002000 } },
	{ { NULL, NULL }, "11.3.0-3+deb13u2", "10.0.13+ds", "2025.02-8",
	  { 11003000, 10000013, 2025002000 } },
	{ { "9.0", NULL }, "11.3.0", "10.0.13", NULL, { 9000000, 10000013, 2022011000 } },
	{ { NULL, NULL }, "", "unknown", "2025", { 9000000, 7002000, 2022011000 } },
};

START_TEST(the_caller_decides_then_the_host_then_the_baseline)
{
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		struct hgx_topo *host = host_of(HOST);
		struct hgx_plan *plan;

		host->libvirt = sources[i].libvirt;
		host->qemu = sources[i].qemu;
		host->ovmf = sources[i].ovmf;
		plan = must_plan(host, sources[i].wanted.libvirt, sources[i].wanted.qemu);
		ck_assert_msg(plan->versions.libvirt == sources[i].versions.libvirt &&
				      plan->versions.qemu == sources[i].versions.qemu &&
				      plan->versions.ovmf == sources[i].versions.ovmf,
			      "row %zu: %u %u %u", i, plan->versions.libvirt, plan->versions.qemu,
			      plan->versions.ovmf);
		hgx_plan_free(plan);
		hgx_topo_free(host);
	}
}
END_TEST

static const struct {
	struct wanted wanted;
	int code;
	const char *text;
} bad[] = {
	{ { "8", NULL }, HGX_INVALID, "libvirt_version: '8' is not a version; write it as 8.2 or 8.2.1" },
	{ { "", NULL }, HGX_INVALID, "libvirt_version: '' is not a version; write it as 8.2 or 8.2.1" },
	{ { "8.", NULL }, HGX_INVALID, "libvirt_version: '8.' is not a version; write it as 8.2 or 8.2.1" },
	{ { "8.2.", NULL }, HGX_INVALID, "libvirt_version: '8.2.' is not a version; write it as 8.2 or "
	  "8.2.1" },
	{ { ".8.2", NULL }, HGX_INVALID, "libvirt_version: '.8.2' is not a version; write it as 8.2 or "
	  "8.2.1" },
	{ { "v8.2", NULL }, HGX_INVALID, "libvirt_version: 'v8.2' is not a version; write it as 8.2 or "
	  "8.2.1" },
	{ { " 8.2", NULL }, HGX_INVALID, "libvirt_version: ' 8.2' is not a version; write it as 8.2 or "
	  "8.2.1" },
	{ { "8.-2", NULL }, HGX_INVALID, "libvirt_version: '8.-2' is not a version; write it as 8.2 or "
	  "8.2.1" },
	{ { "8.2 ", NULL }, HGX_INVALID, "libvirt_version: '8.2 ' is not a version; write it as 8.2 or "
	  "8.2.1" },
	{ { "8.2.1.4", NULL }, HGX_INVALID,
	  "libvirt_version: '8.2.1.4' is not a version; write it as 8.2 or 8.2.1" },
	{ { "8.1000", NULL }, HGX_INVALID,
	  "libvirt_version: '8.1000' is not a version; write it as 8.2 or 8.2.1" },
	{ { "99999999999999999999.1", NULL }, HGX_INVALID,
	  "libvirt_version: '99999999999999999999.1' is not a version; write it as 8.2 or 8.2.1" },
	{ { NULL, "7.2-rc1" }, HGX_INVALID, "qemu_version: '7.2-rc1' is not a version; write it as 8.2 or "
	  "8.2.1" },
	{ { "5.1", NULL }, HGX_REFUSED,
	  "libvirt 5.1 cannot pick a UEFI firmware by itself; use libvirt 5.2 or newer" },
	{ { NULL, "4.0.1" }, HGX_REFUSED,
	  "QEMU 4.0.1 does not tell libvirt which UEFI firmware it has; use QEMU 4.1 or newer" },
};

START_TEST(what_is_not_a_version_or_is_too_old_is_refused)
{
	struct hgx_topo *host = host_of(HOST);

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct hgx_error err = { 0 };
		struct hgx_plan *plan;

		expect_error(plan_with(&plan, host, &bad[i].wanted, &err), &err, bad[i].code,
			     bad[i].text);
		ck_assert_ptr_null(plan);
	}
	hgx_topo_free(host);
}
END_TEST

typedef bool predicate(const struct hgx_plan *plan);

static const struct {
	const char *name;
	predicate *has;
	struct wanted without, with;
} features[] = {
	{ "firmware features", version_has_firmware_features, { "7.1", "7.2" }, { "7.2", "4.1" } },
	{ "variables of firmware", version_asks_for_variables, { "10.10", "7.2" }, { "11.0", "4.1" } },
	{ "dies", version_has_dies, { "6.0", "7.2" }, { "6.1", "4.1" } },
	{ "hotplug off", version_has_hotplug_off, { "6.2", "5.0" }, { "6.3", "5.0" } },
	{ "hotplug off", version_has_hotplug_off, { "9.0", "4.2" }, { "9.0", "5.0" } },
	{ "migratable", version_has_migratable, { "6.4", "7.2" }, { "6.5", "4.1" } },
	{ "maxphysaddr", version_has_maxphysaddr, { "8.6.9", "7.2" }, { "8.7", "4.1" } },
	{ "override", version_has_override, { "8.1", "7.2" }, { "8.2", "4.1" } },
	{ "host bits", version_shows_host_bits, { "8.6", "5.2" }, { "8.6", "6.0" } },
	{ "host bits", version_shows_host_bits, { "8.6", "5.2" }, { "8.7", "5.2" } },
	{ "high RAM", version_moves_ram, { "9.0", "7.0.5" }, { "9.0", "7.1" } },
	{ "DMA not translated", version_turns_dma_off, { "10.7", "7.1.9" }, { "5.2", "7.2" } },
	{ "dma_translation", version_has_dma_translation, { "10.6.9", "7.2" }, { "10.7", "7.2" } },
	{ "dma_translation", version_has_dma_translation, { "10.7", "7.1" }, { "10.7", "7.2" } },
	{ "threads that touch memory", version_has_prealloc_threads, { "9.0", "4.2" },
	  { "9.0", "5.0" } },
};

START_TEST(each_feature_exists_from_its_version_on)
{
	struct hgx_topo *host = host_of(HOST);

	for (size_t i = 0; i < ARRAY_SIZE(features); i++) {
		struct hgx_plan *without = must_plan(host, features[i].without.libvirt,
						     features[i].without.qemu);
		struct hgx_plan *with = must_plan(host, features[i].with.libvirt,
						  features[i].with.qemu);

		ck_assert_msg(!features[i].has(without) && features[i].has(with), "%s",
			      features[i].name);
		hgx_plan_free(without);
		hgx_plan_free(with);
	}
	hgx_topo_free(host);
}
END_TEST

static const struct {
	const char *qemu;
	unsigned vcpus;
} most[] = {
	{ "4.1", 288 }, { "7.2", 288 }, { "8.0", 288 }, { "8.1", 1024 }, { "8.2.9", 1024 },
	{ "9.0", 4096 }, { "10.1", 4096 },
};

START_TEST(q35_supports_more_vcpus_in_newer_versions)
{
	struct hgx_topo *host = host_of(HOST);

	for (size_t i = 0; i < ARRAY_SIZE(most); i++) {
		struct hgx_plan *plan = must_plan(host, NULL, most[i].qemu);

		ck_assert_uint_eq(plan_max_vcpus(plan), most[i].vcpus);
		hgx_plan_free(plan);
	}
	hgx_topo_free(host);
}
END_TEST

static const struct {
	const char *qemu;
	uint32_t speed;
	const char *text;
} speeds[] = {
	{ "7.2", 0, NULL },	 { "7.2", 2500, "2_5" },  { "7.2", 5000, "5" },
	{ "7.2", 8000, "8" },	 { "7.2", 16000, "16" },  { "7.2", 32000, "16" },
	{ "7.2", 128000, "16" }, { "8.2", 64000, "16" },  { "9.0", 32000, "32" },
	{ "9.0", 64000, "64" },	 { "9.0", 128000, "64" }, { "9.0", 16000, "16" },
};

START_TEST(a_port_has_the_nearest_speed_that_is_not_faster)
{
	struct hgx_topo *host = host_of(HOST);

	for (size_t i = 0; i < ARRAY_SIZE(speeds); i++) {
		struct hgx_plan *plan = must_plan(host, NULL, speeds[i].qemu);
		const char *text = plan_port_speed(plan, speeds[i].speed);

		ck_assert_msg(speeds[i].text ? text && !strcmp(text, speeds[i].text) : !text,
			      "QEMU %s, %u MT/s: %s", speeds[i].qemu, speeds[i].speed,
			      text ? text : "nothing");
		hgx_plan_free(plan);
	}
	hgx_topo_free(host);
}
END_TEST

static const char *told(const struct hgx_plan *plan, const char *rule)
{
	const struct hgx_finding *findings;
	size_t count = hgx_plan_findings(plan, &findings);

	return finding_text(findings, count, rule, NULL);
}

static const struct {
	const char *lines, *libvirt, *rule, *text; /* text NULL: no such finding */
	int clique;
} notes[] = {
	{ HOST, "7.1", "firmware-any",
	  "libvirt 7.1 cannot be told to pick a firmware without secure boot: if it picks one with it, the "
	  "guest only loads signed drivers", -1 },
	{ HOST, "7.2", "firmware-any", NULL, -1 },
	{ HOST, "8.1", "clique-missing",
	  "libvirt 8.1 cannot give GPUs a GPUDirect clique id: they will not use peer-to-peer in the guest",
	  0 },
	{ HOST, "8.1", "clique-missing", NULL, -1 },
	{ HOST, "8.2", "clique-missing", NULL, 0 },
	{ HOST, "8.1", "port-links-missing",
	  "libvirt 8.1 cannot give root ports the speed and width of the host's links: they show 16 GT/s "
	  "x32", -1 },
	{ HOST, "8.2", "port-links-missing", NULL, -1 },
	{ "package 0\nnode 0 memory=64G\ncpus 0-7 package=0 node=0\nroot 0000:10 numa=0\n"
	  " 10:01.0 root-port link=none\n  11:00.0 gpu\n", "8.1", "port-links-missing", NULL, -1 },
};

START_TEST(what_an_old_version_lacks_is_reported_if_it_matters)
{
	for (size_t i = 0; i < ARRAY_SIZE(notes); i++) {
		struct hgx_topo *host = host_of(notes[i].lines);
		struct hgx_plan *plan = must_plan(host, notes[i].libvirt, NULL);
		const char *text;

		plan->findings.count = 0;
		plan->expanders->first->first->clique = notes[i].clique;
		version_notes(plan);
		text = told(plan, notes[i].rule);
		ck_assert_msg(notes[i].text ? text && !strcmp(text, notes[i].text) : !text,
			      "row %zu: %s", i, text ? text : "nothing");
		hgx_plan_free(plan);
		hgx_topo_free(host);
	}
}
END_TEST

/* The IOMMU is there for the vCPUs only. */
START_TEST(an_iommu_that_translates_dma_is_named)
{
	static const struct { const char *cpus, *libvirt, *qemu, *text; } rows[] = {
		{ "0-299", "10.6", "8.1", "libvirt 10.6 cannot turn off DMA translation in the IOMMU that this "
		  "many vCPUs need: a guest whose kernel turns it on, as Debian's does, translates all DMA of "
		  "its GPUs and NICs, which is slow" },
		{ "0-279", "10.7", "7.1", "QEMU 7.1 cannot turn off DMA translation in the IOMMU that this "
		  "many vCPUs need: a guest whose kernel turns it on, as Debian's does, translates all DMA of "
		  "its GPUs and NICs, which is slow" },
		{ "0-299", "10.7", "8.1", NULL }, { "0-199", "10.6", "8.1", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char lines[512];
		struct hgx_topo *host;
		struct hgx_plan *plan;
		const char *text;

		snprintf(lines, sizeof(lines), "package 0\nnode 0 memory=64G\ncpus %s package=0 node=0\n"
			 "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n", rows[i].cpus);
		host = host_of(lines);
		plan = must_plan(host, rows[i].libvirt, rows[i].qemu);
		text = told(plan, "dma-translated");
		ck_assert_msg(rows[i].text ? text && !strcmp(text, rows[i].text) : !text, "row %zu: %s", i,
			      text ? text : "nothing");
		hgx_plan_free(plan);
		hgx_topo_free(host);
	}
}
END_TEST

/* A whole GPU of AMD needs what QEMU passes on since 8.1; no other one does. */
START_TEST(a_qemu_without_pcie_atomics_is_named_if_a_gpu_needs_them)
{
	static const struct { const char *qemu, *id; bool noted; } rows[] = {
		{ "8.0", "1002:74a1", true }, { "8.1", "1002:74a1", false }, { "8.0", "10de:2335", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char lines[512];
		const struct hgx_finding *findings;
		struct hgx_topo *host;
		struct hgx_plan *plan;
		const char *text;
		size_t count;

		snprintf(lines, sizeof(lines), "package 0\nnode 0 memory=64G\ncpus 0-7 package=0 node=0\n"
			 "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu id=%s\n", rows[i].id);
		host = host_of(lines);
		plan = must_plan(host, NULL, rows[i].qemu);
		count = hgx_plan_findings(plan, &findings);
		text = finding_text(findings, count, "atomics-missing", NULL);
		ck_assert_int_eq(text != NULL, rows[i].noted);
		ck_assert(!text || !strcmp(text, "QEMU 8.0 does not pass on PCIe atomics, which AMD's "
					   "driver and RCCL need: programs on the GPUs may fail in the "
					   "guest"));
		hgx_plan_free(plan);
		hgx_topo_free(host);
	}
}
END_TEST

/* Linux 6.19 cannot be seen from here, QEMU 11.0 can. */
START_TEST(iommufd_is_told_what_peer_to_peer_needs)
{
	static const struct { int iommufd; const char *qemu, *text; int severity; } rows[] = {
		{ 0, "10.2", NULL, 0 },
		{ 1, "10.2", "with QEMU 10.2, devices assigned through iommufd cannot reach each other: GPUs "
		  "and NICs have no peer-to-peer (GPUDirect) in the guest", HGX_WARNING },
		{ 1, "11.0", "devices assigned through iommufd only reach each other (GPUDirect) if the host "
		  "runs Linux 6.19 or newer", HGX_NOTE },
	};
	struct hgx_topo *host = host_of(HOST);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_plan_options options = { .size = sizeof(options), .libvirt_version = "12.1",
						    .qemu_version = rows[i].qemu, .iommufd = rows[i].iommufd };
		const struct hgx_finding *findings;
		struct hgx_error err = { 0 };
		struct hgx_plan *plan;
		const char *text;
		size_t count;

		expect_fine(hgx_plan_new(&plan, host, &options, &err), &err, rows[i].qemu);
		count = hgx_plan_findings(plan, &findings);
		text = finding_text(findings, count, "iommufd-peers", NULL);
		ck_assert_int_eq(text != NULL, rows[i].text != NULL);
		ck_assert(!text || !strcmp(text, rows[i].text));
		for (size_t f = 0; f < count; f++)
			if (!strcmp(findings[f].rule, "iommufd-peers"))
				ck_assert_int_eq(findings[f].severity, rows[i].severity);
		hgx_plan_free(plan);
	}
	hgx_topo_free(host);
}
END_TEST

int main(void)
{
	return RUN("version", the_caller_decides_then_the_host_then_the_baseline,
		   what_is_not_a_version_or_is_too_old_is_refused,
		   each_feature_exists_from_its_version_on,
		   q35_supports_more_vcpus_in_newer_versions,
		   a_port_has_the_nearest_speed_that_is_not_faster,
		   what_an_old_version_lacks_is_reported_if_it_matters, an_iommu_that_translates_dma_is_named,
		   a_qemu_without_pcie_atomics_is_named_if_a_gpu_needs_them,
		   iommufd_is_told_what_peer_to_peer_needs);
}
