/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Options beside a base domain: each has its effect, is refused, or a finding says what it did not
 * change. */
#include "support.h"

#define HOST "package 0 vendor=GenuineIntel\nnode 0 memory=64G\nnode 1 memory=64G\n" \
	"cpus 0-3,8-11 package=0 node=0 threads=2\ncpus 4-7,12-15 package=0 node=1 threads=2\n" \
	"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu group=1\n 10:02.0 root-port\n  12:00.0 gpu group=2\n"

#define DOMAIN(vcpus, inner, cpu) \
	"<domain type='kvm'><name>d</name><memory unit='GiB'>8</memory><vcpu>" #vcpus "</vcpu>" inner \
	"<os><type arch='x86_64' machine='q35'>hvm</type></os><cpu mode='host-passthrough'>" cpu "</cpu><devices>" \
	"<hostdev mode='subsystem' type='pci'><source><address bus='0x11' slot='0'/></source></hostdev>" \
	"</devices></domain>"
#define TOPOLOGY(cores, threads) "<topology sockets='1' cores='" #cores "' threads='" #threads "'/>"
#define PINNED(a, b, more) "<cputune><vcpupin vcpu='0' cpuset='" a "'/><vcpupin vcpu='1' cpuset='" b "'/>" more \
	"</cputune>"
#define CELL "<numa><cell id='0' cpus='0-1' memory='8' unit='GiB'/></numa>"

static struct hgx_plan *plan_in(const struct hgx_topo *host, const char *base,
				struct hgx_plan_options options, int *code, struct hgx_error *err)
{
	struct hgx_plan *plan;

	memset(err, 0, sizeof(*err));
	options.size = sizeof(options);
	options.base = base;
	options.base_name = "d";
	*code = hgx_plan_new(&plan, host, &options, err);
	return plan;
}

#define WITH(...) { __VA_ARGS__ }

static const struct {
	const char *base;
	struct hgx_plan_options options;
	const char *sentence; /* NULL: it is taken */
} smt[] = {
	{ DOMAIN(4, "", TOPOLOGY(4, 1)), WITH(.smt = HGX_ON),
	  "the domain keeps its vCPUs, with 1 thread per core, so smt = HGX_ON has no effect; give vcpus too, or "
	  "leave it out" },
	{ DOMAIN(4, "", TOPOLOGY(2, 2)), WITH(.smt = HGX_OFF),
	  "the domain keeps its vCPUs, with 2 threads per core, so smt = HGX_OFF has no effect; give vcpus too, or "
	  "leave it out" },
	{ DOMAIN(2, PINNED("0", "1", ""), ""), WITH(.smt = HGX_ON),
	  "the domain keeps its vCPUs, with 1 thread per core, so smt = HGX_ON has no effect; give vcpus too, or "
	  "leave it out" },
	{ DOMAIN(4, "", TOPOLOGY(4, 1)), WITH(.smt = HGX_OFF), NULL },
	{ DOMAIN(4, "", TOPOLOGY(2, 2)), WITH(.smt = HGX_ON), NULL },
	{ DOMAIN(4, "", ""), WITH(.smt = HGX_OFF), NULL },
	{ DOMAIN(4, "", ""), WITH(.smt = HGX_ON), NULL },
	{ DOMAIN(2, PINNED("0", "8", ""), ""), WITH(.smt = HGX_ON), NULL },
	{ DOMAIN(4, "", TOPOLOGY(4, 1)), WITH(.smt = HGX_ON, .vcpus = 2), NULL },
};

/* The domain that comes out has what the option says, so it is taken the next time, too. */
START_TEST(threads_per_core_are_as_the_option_says_or_it_is_refused)
{
	struct hgx_topo *host = host_of(HOST);

	for (size_t i = 0; i < ARRAY_SIZE(smt); i++) {
		struct hgx_error err;
		int code;
		struct hgx_plan *plan = plan_in(host, smt[i].base, smt[i].options, &code, &err), *again;
		char *text;

		must(smt[i].sentence ? code == HGX_INVALID && !strcmp(err.text, smt[i].sentence) &&
				       !strcmp(err.option, "smt") : !code, "row %zu: %s", i, err.text);
		if (code)
			continue;
		must((plan->threads > 1) == (smt[i].options.smt == HGX_ON), "row %zu: %u", i, plan->threads);
		expect_fine(hgx_emit_libvirt(plan, &text, &err), &err, smt[i].base);
		again = plan_in(host, text, smt[i].options, &code, &err);
		must(!code, "row %zu, again: %s", i, err.text);
		hgx_plan_free(again);
		hgx_plan_free(plan);
		hgx_text_free(text);
	}
	hgx_topo_free(host);
}
END_TEST

static const struct {
	const char *base;
	struct hgx_plan_options options;
	const char *rule, *text; /* NULL: no such finding */
} told[] = {
	/* cores that the option leaves to the host */
	{ DOMAIN(2, PINNED("0", "8", ""), ""), WITH(.reserve_cores = 1), "base-reserved",
	  "vCPUs of the domain are pinned to CPU 0, which reserve_cores = 1 leaves to the host" },
	{ DOMAIN(2, PINNED("2-3", "1-3", ""), ""), WITH(.reserve_cores = 2), "base-reserved",
	  "vCPUs of the domain are pinned to CPU 1, which reserve_cores = 2 leaves to the host" },
	{ DOMAIN(2, PINNED("1", "9", ""), ""), WITH(.reserve_cores = 1), "base-reserved", NULL },
	{ DOMAIN(2, PINNED("0", "8", ""), ""), WITH(.reserve_cores = HGX_RESERVE_NONE), "base-reserved", NULL },
	{ DOMAIN(2, PINNED("0", "8", ""), ""), WITH(0), "base-reserved", NULL },
	{ DOMAIN(2, "", CELL), WITH(.reserve_cores = 1), "base-reserved", NULL },
	{ DOMAIN(2, PINNED("0", "8", ""), ""), WITH(.reserve_cores = 1, .vcpus = 4), "base-reserved", NULL },
	/* QEMU's own threads */
	{ DOMAIN(2, PINNED("0", "8", "<emulatorpin cpuset='1,9'/>"), ""), WITH(.vcpus = 4), "base-replaced",
	  "the domain's <emulatorpin> in line 1 moves to CPUs 0,8: new vCPUs get new pins" },
	{ DOMAIN(2, PINNED("0", "8", "<emulatorpin cpuset='0,8'/>"), ""), WITH(.vcpus = 4), "base-replaced", NULL },
	{ DOMAIN(2, PINNED("0", "8", "<emulatorpin cpuset='1,9'/>"), ""),
	  WITH(.vcpus = 4, .reserve_cores = HGX_RESERVE_NONE), "base-replaced",
	  "the domain's <emulatorpin> in line 1 moves to CPUs 0,8: new vCPUs get new pins" },
	{ "<!---->\n" DOMAIN(2, "<iothreads>1</iothreads>" PINNED("0", "8", "<iothreadpin iothread='1' cpuset='3'/>"), ""),
	  WITH(.vcpus = 4), "base-replaced",
	  "the domain's <iothreadpin> in line 2 moves to CPUs 0,8: new vCPUs get new pins" },
	{ DOMAIN(2, PINNED("0", "8", "<emulatorpin cpuset='1,9'/>"), ""), WITH(0), "base-replaced", NULL },
	{ DOMAIN(2, "<vcpus><vcpu id='0' enabled='yes' hotpluggable='no'/></vcpus>", ""), WITH(.vcpus = 4),
	  "base-replaced",
	  "the domain's <vcpus> in line 1 names vCPUs, which have other numbers now: it is left out" },
	/* what it takes of the whole host */
	{ DOMAIN(2, "", ""), WITH(.vcpus = HGX_VCPUS_ALL), "whole-host",
	  "the VM gets the cores of the whole host, although 1 GPU stays free" },
	{ DOMAIN(2, "", ""), WITH(.memory = HGX_MEMORY_ALL), "whole-host",
	  "the VM gets all memory of the NUMA nodes that its cells are on, although 1 GPU stays free" },
	{ DOMAIN(2, "", ""), WITH(.vcpus = HGX_VCPUS_ALL, .memory = HGX_MEMORY_ALL), "whole-host",
	  "the VM gets the cores and memory of the whole host, although 1 GPU stays free" },
	{ DOMAIN(2, "", ""), WITH(.vcpus = 4), "whole-host", NULL },
	{ DOMAIN(2, "", ""), WITH(0), "whole-host", NULL },
	{ DOMAIN(2, "", ""), WITH(.vcpus = HGX_VCPUS_ALL, .gpus = "all"), "whole-host", NULL },
};

START_TEST(what_an_option_changes_or_cannot_change_is_told)
{
	struct hgx_topo *host = host_of(HOST);

	for (size_t i = 0; i < ARRAY_SIZE(told); i++) {
		const struct hgx_finding *findings;
		struct hgx_error err;
		const char *text;
		size_t count;
		int code;
		struct hgx_plan *plan = plan_in(host, told[i].base, told[i].options, &code, &err);

		must(!code, "row %zu: %s", i, err.text);
		count = hgx_plan_findings(plan, &findings);
		text = finding_text(findings, count, told[i].rule, NULL);
		must(told[i].text ? text && !strcmp(text, told[i].text) : !text, "row %zu: %s", i, text);
		hgx_plan_free(plan);
	}
	hgx_topo_free(host);
}
END_TEST

START_TEST(all_memory_is_that_of_the_nodes_with_cells)
{
	struct hgx_topo *host = host_of(HOST);
	struct hgx_error err;
	int code;
	struct hgx_plan *plan = plan_in(host, DOMAIN(2, "", CELL),
					(struct hgx_plan_options){ .memory = HGX_MEMORY_ALL }, &code, &err);

	must(!code, "%s", err.text);
	ck_assert_uint_eq(plan->cell_count, 1);
	ck_assert_uint_eq(plan_memory_size(plan), (64ull << 30) - hgx_plan_host_memory(64ull << 30));
	hgx_plan_free(plan);
	hgx_topo_free(host);
}
END_TEST

int main(void)
{
	return RUN("base_options", threads_per_core_are_as_the_option_says_or_it_is_refused,
		   what_an_option_changes_or_cannot_change_is_told,
		   all_memory_is_that_of_the_nodes_with_cells);
}
