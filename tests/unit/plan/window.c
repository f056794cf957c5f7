/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The 64-bit window: what the BARs of a plan need, and whether a guest has it. */
#include "support.h"

#define H200 "16M,256G,32M"
#define H100 "16M,128G,32M"
#define TIB (1024ull << 30)
#define GIBS(n) ((uint64_t)(n) << 30)

/* Sizes as OVMF 2022.11 was seen to assign them, with a device on a port of pcie.0: its BAR comes
 * first and costs one whole alignment of the largest BAR. */
static const struct {
	const char *what, *lines;
	uint64_t needed;
} layouts[] = {
	{ "equal BARs stand side by side",
	  "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu bars=16G\n"
	  " 10:02.0 root-port\n  12:00.0 gpu bars=16G\n",
	  GIBS(48) },
	{ "a small BAR next to a large one costs a whole alignment",
	  "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu bars=16G,32M\n"
	  " 10:02.0 root-port\n  12:00.0 gpu bars=16G,32M\n",
	  GIBS(64) + (32 << 20) },
	{ "a root bus starts at the alignment of its largest BAR",
	  "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu bars=1G\n"
	  "root 0000:20 numa=1\n 20:01.0 root-port\n  21:00.0 gpu bars=16G\n",
	  GIBS(32) },
	{ "a root bus takes a place that another left free",
	  "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu bars=16G\n"
	  "root 0000:20 numa=1\n 20:01.0 root-port\n  21:00.0 gpu bars=1G\n",
	  GIBS(32) },
	{ "on a root bus the ports stay in their order: the first leaves a rest",
	  "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu bars=16G,32M\n"
	  " 10:02.0 root-port\n  12:00.0 gpu bars=16G\n",
	  GIBS(64) },
	{ "on a root bus the ports stay in their order: the last leaves a rest",
	  "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu bars=16G\n"
	  " 10:02.0 root-port\n  12:00.0 gpu bars=16G,32M\n",
	  GIBS(48) + (32 << 20) },
	{ "on a switch the last port comes first, if it leaves a rest",
	  "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 switch-up\n   12:00.0 switch-down\n"
	  "    13:00.0 gpu bars=16G\n   12:01.0 switch-down\n    14:00.0 gpu bars=16G,32M\n",
	  GIBS(64) },
	{ "on a switch the last port comes first, if it leaves none",
	  "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 switch-up\n   12:00.0 switch-down\n"
	  "    13:00.0 gpu bars=16G,32M\n   12:01.0 switch-down\n    14:00.0 gpu bars=16G\n",
	  GIBS(48) + (32 << 20) },
	{ "two switches, three and two ports",
	  "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 switch-up\n   12:00.0 switch-down\n"
	  "    13:00.0 gpu bars=16G,32M\n   12:01.0 switch-down\n    14:00.0 gpu bars=16G,64M\n"
	  "   12:02.0 switch-down\n    15:00.0 gpu bars=16G\n"
	  "root 0000:20 numa=1\n 20:01.0 root-port\n  21:00.0 switch-up\n   22:00.0 switch-down\n"
	  "    23:00.0 gpu bars=8G\n   22:01.0 switch-down\n    24:00.0 gpu bars=16G,128M\n",
	  GIBS(128) },
	{ "functions of a card share a port",
	  "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu bars=16G\n  11:00.1 other bars=32M\n",
	  GIBS(32) + (32 << 20) },
	{ "what cannot be prefetched goes below 4 GiB",
	  "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu bars=16G,-32G\n", GIBS(32) },
	{ "no BARs", "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n", 8 << 20 },
	{ "a size that is not a power of two counts as the next one",
	  "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu bars=10G\n", GIBS(32) },
};

#define NODES "package 0\npackage 1\nnode 0 memory=64G\nnode 1 memory=64G\n" \
	"cpus 0-7 package=0 node=0\ncpus 8-15 package=1 node=1\n"

START_TEST(bars_are_laid_out_as_the_firmware_does)
{
	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
		char lines[2048];
		struct hgx_topo *host;
		struct hgx_plan *plan;
		uint64_t needed;

		snprintf(lines, sizeof(lines), "%s%s", NODES, layouts[i].lines);
		host = host_of(lines);
		plan = plan_of(host, 0, 0);
		ck_assert(window_needed(plan, &needed));
		ck_assert_msg(needed == layouts[i].needed, "%s: %llu MiB, not %llu", layouts[i].what,
			      (unsigned long long)needed >> 20,
			      (unsigned long long)layouts[i].needed >> 20);
		hgx_plan_free(plan);
		hgx_topo_free(host);
	}
}
END_TEST

struct row {
	unsigned gpus; /* half of them on each of two nodes; one: on the first */
	const char *bars, *vendor;
	int bits; /* -1: unknown */
	uint64_t memory;
	uint64_t window;  /* window to ask for; 0: none */
	const char *text; /* part of the error message; NULL: success */
	const char *rule; /* part of a finding; NULL: none */
	const char *libvirt, *qemu, *ovmf;
};

static const struct row rows[] = {
	/* the boards that exist */
	{ 8, H200, "GenuineIntel", 46, GIBS(1800), .window = 0 },
	{ 8, H200, "AuthenticAMD", 52, GIBS(2800), .window = 0 },
	{ 16, H100, "GenuineIntel", 46, GIBS(1800), .window = 0 },
	{ 8, "16M,512G,32M", "GenuineIntel", 52, GIBS(3600), .window = 16 * TIB },
	/* fewer address bits */
	{ 8, H200, "GenuineIntel", 45, GIBS(1800), .window = 8 * TIB },
	{ 8, H200, "GenuineIntel", 44, GIBS(1800), .window = 8 * TIB },
	{ 8, H200, "GenuineIntel", 43, GIBS(1800), .window = 0,
	  "the BARs of the chosen devices need 4.00 TiB of 64-bit addresses; with 43 address bits and "
	  "memory up to 1802 GiB the firmware opens 1 TiB, and there is no room for more; assign fewer "
	  "GPUs, for example half of them with vm = 1, vms = 2" },
	{ 4, H200, "GenuineIntel", 43, GIBS(1800), .window = 4 * TIB },
	{ 8, "8G", "AuthenticAMD", 40, GIBS(8), .window = 0 },
	{ 8, "16G", "AuthenticAMD", 40, GIBS(8), .window = GIBS(256) },
	{ 8, "32G", "AuthenticAMD", 40, GIBS(8), .window = 0,
	  "the BARs of the chosen devices need 288 GiB of 64-bit addresses; with 40 address bits and "
	  "memory up to 10 GiB the firmware opens 128 GiB, and there is no room for more; assign fewer "
	  "GPUs, for example half of them with vm = 1, vms = 2" },
	{ 8, "32G", "GenuineIntel", 40, GIBS(8), .window = GIBS(512) },
	/* desktops */
	{ 1, "256M,16G,32M", "GenuineIntel", 39, GIBS(64), .window = 0 },
	{ 1, "256M,32G,32M", "GenuineIntel", 39, GIBS(64), .window = GIBS(128) },
	{ 1, "256M,32G,32M", "GenuineIntel", 39, GIBS(382), .window = GIBS(128) },
	{ 1, "256M,32G,32M", "GenuineIntel", 39, GIBS(384), .window = 0,
	  "the BARs of the chosen devices need 65824 MiB of 64-bit addresses; with 39 address bits and "
	  "memory up to 386 GiB the firmware opens 64 GiB, and there is no room for more; assign fewer "
	  "GPUs or use a smaller memory" },
	{ 1, "256M", "GenuineIntel", 39, GIBS(478), .window = 0 },
	{ 1, "256M", "GenuineIntel", 39, GIBS(480), .window = 0,
	  "with its memory the guest needs addresses up to 514 GiB, but 39 address bits only reach 512 "
	  "GiB; use a smaller memory" },
	/* much memory */
	{ 1, H200, "GenuineIntel", 46, 55 * TIB, .window = 0 },
	{ 1, H200, "GenuineIntel", 46, 58 * TIB, .window = TIB },
	{ 1, H200, "AuthenticAMD", 48, GIBS(979), .window = 0, .qemu = "7.0" },
	{ 1, H200, "AuthenticAMD", 48, 3 * TIB, .window = 0 },
	{ 1, H200, "AuthenticAMD", 48, 3 * TIB, .window = 0,
	  "the guest's memory would end at 3074 GiB, and QEMU 7.0 would put it over the addresses from "
	  "1012 GiB to 1 TiB, which AMD reserves for HyperTransport; use QEMU 7.1 or newer, or a smaller "
	  "memory", .qemu = "7.0" },
	{ 1, H200, "AuthenticAMD", 40, GIBS(980), .window = 0,
	  "with its memory the guest needs addresses up to 2034 GiB, but 40 address bits only reach 1 TiB; "
	  "use a smaller memory" },
	/* versions */
	{ 8, H200, "GenuineIntel", 46, GIBS(1800), .window = 8 * TIB, .ovmf = "2022.08" },
	{ 8, "1G", "GenuineIntel", 46, GIBS(1800), .window = 0, .ovmf = "2022.08" },
	{ 1, H200, "GenuineIntel", 46, GIBS(64), .window = 0, .libvirt = "8.6", .qemu = "6.0" },
	{ 1, H200, "GenuineIntel", 46, GIBS(64), .window = 0, .libvirt = "8.7", .qemu = "5.2" },
	{ 1, "8G", "GenuineIntel", 46, GIBS(64), .window = 0, NULL, "address-bits-hidden", "8.6", "5.2" },
	{ 1, "1G", "GenuineIntel", 46, GIBS(64), .window = 0, NULL, NULL, "8.6", "5.2" },
	{ 1, H200, "GenuineIntel", 46, GIBS(64), .window = 0,
	  "the BARs of the chosen devices need 512.05 GiB of 64-bit addresses; with 40 address bits and "
	  "memory up to 66 GiB the firmware opens 32 GiB, and there is no room for more; use libvirt 8.7 "
	  "or QEMU 6.0, which show the guest all address bits of the host", NULL, "8.6", "5.2" },
	/* one that is just large enough, or ends where the addresses end, is not asked for again */
	{ 1, "32G", "GenuineIntel", 39, GIBS(64), .window = 0 },
	{ 1, "32G", "GenuineIntel", 39, GIBS(440), .window = GIBS(64) },
	/* on AMD none lies over the range of HyperTransport, and above 1 TiB there is none */
	{ 1, "256G", "GenuineIntel", 46, GIBS(8), .window = GIBS(512), .ovmf = "2022.08" },
	{ 1, "256G", "AuthenticAMD", 46, GIBS(8), .window = TIB, .ovmf = "2022.08" },
	{ 8, H200, "AuthenticAMD", 52, GIBS(1800), .window = 8 * TIB, .ovmf = "2022.08" },
	/* nothing is known */
	{ 8, H200, NULL, -1, GIBS(1800), .window = 0, NULL, "address-bits-unknown" },
	{ 8, H200, NULL, -1, GIBS(1800), .window = 8 * TIB, NULL, "address-bits-unknown", .ovmf = "2022.08" },
	{ 8, "1G", NULL, -1, GIBS(1800), .window = 0 },
	{ 8, NULL, NULL, -1, GIBS(1800), .window = 0 },
	{ 8, NULL, "GenuineIntel", 39, GIBS(64), .window = 0 },
};

static struct hgx_topo *host_for(const struct row *row)
{
	unsigned half = row->gpus > 1 ? row->gpus / 2 : 1;
	char lines[4096] = "package 0\npackage 1\nnode 0 memory=64T\nnode 1 memory=64T\n"
			   "cpus 0-7 package=0 node=0\ncpus 8-15 package=1 node=1\n";
	struct hgx_topo *host;

	for (unsigned i = 0; i < row->gpus; i++)
		snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines),
			 "root 0000:%02x numa=%u\n %02x:01.0 root-port\n  %02x:00.0 gpu %s%s\n",
			 16 + 4 * i, i / half, 16 + 4 * i, 17 + 4 * i, row->bars ? "bars=" : "",
			 row->bars ? row->bars : "");
	host = host_of(lines);
	for (struct hgx_node *node = host->root->first; node; node = node->next)
		if (node->processor) {
			node->processor->vendor = row->vendor;
			node->processor->address_bits = row->bits;
		}
	host->ovmf = row->ovmf;
	return host;
}

static void check_findings(const struct row *row, size_t number, const struct hgx_plan *plan)
{
	static const char *const rules[] = { "address-bits-unknown", "address-bits-hidden" };
	const struct hgx_finding *findings;
	size_t count = hgx_plan_findings(plan, &findings);

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		ck_assert_msg(!finding_text(findings, count, rules[i], NULL) ==
				      !(row->rule && !strcmp(row->rule, rules[i])),
			      "row %zu: %s", number, rules[i]);
}

START_TEST(what_no_firmware_can_place_is_refused)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		struct hgx_plan_options options = { .size = sizeof(options), .memory = row->memory,
						    .libvirt_version = row->libvirt,
						    .qemu_version = row->qemu };
		struct hgx_topo *host = host_for(row);
		struct hgx_error err = { 0 };
		struct hgx_plan *plan;
		int code = hgx_plan_new(&plan, host, &options, &err);

		ck_assert_msg(code == (row->text ? HGX_LIMIT : HGX_OK) &&
				      (!row->text || !strcmp(err.text, row->text)),
			      "row %zu: %d %s", i, code, err.text);
		if (plan) {
			ck_assert_msg(plan->window == row->window, "row %zu: %llu GiB", i,
				      (unsigned long long)plan->window >> 30);
			check_findings(row, i, plan);
		}
		hgx_plan_free(plan);
		hgx_topo_free(host);
	}
}
END_TEST

START_TEST(the_operator_is_told_how_many_address_bits_are_needed)
{
	static const struct row row = { 8, H200, .bits = -1 };
	struct hgx_topo *host = host_for(&row);
	struct hgx_plan *plan = plan_of(host, GIBS(1800), 0);
	const struct hgx_finding *findings;
	size_t count = hgx_plan_findings(plan, &findings);

	ck_assert_str_eq(finding_text(findings, count, "address-bits-unknown", NULL),
			 "the number of physical address bits of the host's processor is unknown: the BARs "
			 "of the chosen devices need 46");
	hgx_plan_free(plan);
	hgx_topo_free(host);
}
END_TEST

/* Up to 1012 GiB with the hole above it; QEMU before 7.1 leaves no hole and moves nothing. */
START_TEST(the_ram_of_amd_guests_moves_when_it_would_reach_hypertransport)
{
	static const struct { uint64_t memory; const char *vendor, *qemu; int bits, code; } amounts[] = {
		{ GIBS(978), "AuthenticAMD", NULL, 40, HGX_OK },
		{ GIBS(979), "AuthenticAMD", NULL, 40, HGX_LIMIT }, /* 40 bits end at 1 TiB */
		{ GIBS(979), "AuthenticAMD", NULL, 41, HGX_OK },
		{ GIBS(979), "GenuineIntel", NULL, 40, HGX_OK },
		{ GIBS(1010), "AuthenticAMD", "7.0", 48, HGX_OK },
		{ GIBS(1011), "AuthenticAMD", "7.0", 48, HGX_LIMIT },
		{ GIBS(1011), "AuthenticAMD", "7.1", 48, HGX_OK },
		{ GIBS(1011), "GenuineIntel", "7.0", 48, HGX_OK },
	};

	for (size_t i = 0; i < ARRAY_SIZE(amounts); i++) {
		const struct row row = { 1, NULL, amounts[i].vendor, .bits = amounts[i].bits };
		struct hgx_plan_options options = { .size = sizeof(options), .memory = amounts[i].memory,
						    .qemu_version = amounts[i].qemu };
		struct hgx_topo *host = host_for(&row);
		struct hgx_error err = { 0 };
		struct hgx_plan *plan;
		int code = hgx_plan_new(&plan, host, &options, &err);

		ck_assert_msg(code == amounts[i].code, "row %zu: %d %s", i, code, err.text);
		hgx_plan_free(plan);
		hgx_topo_free(host);
	}
}
END_TEST

/* Where the RAM ends is told where no window fits: 4 GiB up to that amount, then what is
 * above 2 GiB lies behind 4 GiB. */
START_TEST(from_2816_mib_on_the_guest_has_2_gib_below_4_gib_and_the_rest_above)
{
	static const struct { uint64_t mib; const char *end; } amounts[] = {
		{ 1024, " 4 GiB" }, { 2048, " 4 GiB" }, { 2052, " 4 GiB" }, { 2560, " 4 GiB" },
		{ 2812, " 4 GiB" }, { 2816, " 4864 MiB" }, { 2820, " 4868 MiB" }, { 3072, " 5 GiB" },
		{ 4096, " 6 GiB" },
	};
	static const struct row row = { 2, "64G", "GenuineIntel", .bits = 36 };

	for (size_t i = 0; i < ARRAY_SIZE(amounts); i++) {
		struct hgx_plan_options options = { .size = sizeof(options),
						    .memory = amounts[i].mib << 20 };
		struct hgx_topo *host = host_for(&row);
		struct hgx_error err = { 0 };
		struct hgx_plan *plan;

		ck_assert_int_eq(hgx_plan_new(&plan, host, &options, &err), HGX_LIMIT);
		ck_assert_msg(strstr(err.text, amounts[i].end) != NULL, "%llu MiB: not%s: %s",
			      (unsigned long long)amounts[i].mib, amounts[i].end, err.text);
		hgx_topo_free(host);
	}
}
END_TEST

/* The largest sizes that the JSON accepts do not overflow. */
START_TEST(sizes_beyond_all_bounds_are_refused)
{
	struct row row = { 16, "65536T,65536T,65536T", "GenuineIntel", .bits = 52 };
	struct hgx_topo *host = host_for(&row);
	struct hgx_plan_options options = { .size = sizeof(options) };
	struct hgx_error err = { 0 };
	struct hgx_plan *plan;

	ck_assert_int_eq(hgx_plan_new(&plan, host, &options, &err), HGX_LIMIT);
	ck_assert_ptr_null(plan);
	hgx_topo_free(host);
}
END_TEST

/* What the domain's <cpu> and <maxMemory> leave for BARs; a host with 52 bits. */
#define BASE(cpu, memory) \
	"<domain type='kvm'>" memory "<vcpu>2</vcpu><os firmware='efi'><type machine='q35'>hvm</type></os>" cpu \
	"<devices/></domain>"
#define SMALL "<memory unit='GiB'>8</memory>"
#define PASSED "<cpu mode='host-passthrough'/>"
#define SHOWN(how) "<cpu mode='host-model'><maxphysaddr " how "/></cpu>"

static const struct {
	const char *bars, *base;
	uint64_t window;
	const char *text; /* why it is refused */
	const char *rule; /* of a finding */
} of_base[] = {
	{ H200, BASE(PASSED, SMALL), 0, NULL, NULL },
	{ H200, BASE("", SMALL), 0, NULL, NULL },
	{ H200, BASE("<cpu mode='maximum'/>", SMALL), 0, NULL, NULL },
	{ H200, BASE("<cpu mode='custom'><model>EPYC</model></cpu>", SMALL), 0,
	  "the BARs of the chosen devices need 512.05 GiB of 64-bit addresses; with 40 address bits and memory up "
	  "to 10 GiB the firmware opens 32 GiB, and there is no room for more; show the guest more, with <cpu "
	  "mode='host-passthrough'> or with <maxphysaddr mode='emulate' bits='46'/> in the domain's <cpu>", NULL },
	{ "64G", BASE("<cpu mode='host-model'/>", SMALL), GIBS(128), NULL, "cpu-mode" },
	{ H200, BASE(SHOWN("mode='emulate' bits='42'"), SMALL), TIB, NULL, "cpu-mode" },
	{ H200, BASE(SHOWN("mode='emulate' bits='46'"), SMALL), 0, NULL, "cpu-mode" },
	{ H200, BASE("<cpu mode='host-passthrough'><maxphysaddr mode='passthrough' limit='42'/></cpu>", SMALL), TIB,
	  NULL, NULL },
	{ H200, BASE("<cpu mode='host-passthrough'><maxphysaddr mode='passthrough' limit='60'/></cpu>", SMALL), 0,
	  NULL, NULL },
	/* modules that may come later lie below the window; each slot takes 1 GiB to be aligned */
	{ "64G", BASE("<cpu mode='host-model'/>", SMALL "<maxMemory unit='GiB' slots='1'>500</maxMemory>"), GIBS(128),
	  NULL, NULL },
	{ "64G", BASE("<cpu mode='host-model'/>", SMALL "<maxMemory unit='GiB' slots='16'>900</maxMemory>"), 0,
	  "the BARs of the chosen devices need 128 GiB of 64-bit addresses; with 40 address bits and memory up to "
	  "918 GiB the firmware opens 32 GiB, and there is no room for more; show the guest more, with <cpu "
	  "mode='host-passthrough'> or with <maxphysaddr mode='emulate' bits='46'/> in the domain's <cpu>", NULL },
	{ "64G", BASE("<cpu mode='host-model'/>", SMALL "<maxMemory unit='GiB' slots='16'>1000</maxMemory>"), 0,
	  "with its <maxMemory> the guest needs addresses up to 1050 GiB, but 40 address bits only reach 1 TiB; lower "
	  "<maxMemory>, or show the guest more address bits with <cpu mode='host-passthrough'>", NULL },
	{ "16M", BASE("<cpu mode='host-model'/>", SMALL "<maxMemory unit='GiB' slots='16'>1000</maxMemory>"), 0, NULL,
	  "base-crowded" },
	{ H200, BASE(PASSED, SMALL "<maxMemory unit='TiB' slots='16'>60</maxMemory>"), TIB, NULL, NULL },
	{ "16M", BASE("<cpu mode='host-model'/>", "<memory unit='GiB'>1000</memory>"), 0,
	  "with its memory the guest needs addresses up to 1034 GiB, but 40 address bits only reach 1 TiB; use a "
	  "smaller memory, or show the guest more address bits with <cpu mode='host-passthrough'>", NULL },
};

static bool has_rule(const struct hgx_plan *plan, const char *rule)
{
	const struct hgx_finding *findings;
	size_t count = hgx_plan_findings(plan, &findings);

	for (size_t i = 0; i < count; i++)
		if (!strcmp(findings[i].rule, rule))
			return true;
	return false;
}

START_TEST(a_base_domain_shows_the_address_bits_that_it_says)
{
	for (size_t i = 0; i < ARRAY_SIZE(of_base); i++) {
		struct row row = { 1, of_base[i].bars, "GenuineIntel", .bits = 52 };
		struct hgx_topo *host = host_for(&row);
		struct hgx_plan_options options = { .size = sizeof(options), .base = of_base[i].base,
						    .gpus = "all" };
		struct hgx_error err = { 0 };
		struct hgx_plan *plan;
		int code = hgx_plan_new(&plan, host, &options, &err);

		if (of_base[i].text)
			expect_error(code, &err, HGX_LIMIT, of_base[i].text);
		else
			expect_fine(code, &err, of_base[i].base);
		must(code || hgx_plan_window(plan) == of_base[i].window, "%s: %llu GiB", of_base[i].base,
		     (unsigned long long)hgx_plan_window(plan) >> 30);
		must(code || !of_base[i].rule || has_rule(plan, of_base[i].rule), "%s: no %s", of_base[i].base,
		     of_base[i].rule);
		hgx_plan_free(plan);
		hgx_topo_free(host);
	}
}
END_TEST

int main(void)
{
	return RUN("window", bars_are_laid_out_as_the_firmware_does,
		   what_no_firmware_can_place_is_refused,
		   the_operator_is_told_how_many_address_bits_are_needed,
		   the_ram_of_amd_guests_moves_when_it_would_reach_hypertransport,
		   from_2816_mib_on_the_guest_has_2_gib_below_4_gib_and_the_rest_above,
		   sizes_beyond_all_bounds_are_refused,
		   a_base_domain_shows_the_address_bits_that_it_says);
}
