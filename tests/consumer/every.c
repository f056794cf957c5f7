/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program of another project that uses every function of hgxtopo.h, in C11, and checks what
 * each gives for the example. It prints nothing, or the first thing that is wrong. */
#include <hgxtopo.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct hgx_error err;

#define must(claim) \
	do { \
		if (!(claim)) { \
			fprintf(stderr, "line %d: %s\n%s\n", __LINE__, #claim, err.text); \
			exit(1); \
		} \
	} while (0)

static int same(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

/* ------------------------------------------------------------------ values */

static void versions(void)
{
	char compiled[40];

	snprintf(compiled, sizeof(compiled), "%d.%d.%d", HGX_VERSION_MAJOR, HGX_VERSION_MINOR,
		 HGX_VERSION_PATCH);
	must(same(hgx_version(), compiled));
	must(hgx_version_number() == HGX_VERSION_NUMBER);
}

/* What a binding compares with the sizes that it was written for. */
static void sizes(void)
{
	must(hgx_error_size() == sizeof(struct hgx_error));
	must(hgx_host_options_size() == sizeof(struct hgx_host_options));
	must(hgx_domain_options_size() == sizeof(struct hgx_domain_options));
	must(hgx_plan_options_size() == sizeof(struct hgx_plan_options));
	must(hgx_nccl_options_size() == sizeof(struct hgx_nccl_options));
	must(hgx_qemu_options_size() == sizeof(struct hgx_qemu_options));
	must(hgx_forecast_options_size() == sizeof(struct hgx_forecast_options));
	must(hgx_kernel_options_size() == sizeof(struct hgx_kernel_options));
	must(hgx_check_options_size() == sizeof(struct hgx_check_options));
}

static void values(void)
{
	char text[HGX_BDF_SIZE];
	struct hgx_bdf address;
	uint64_t bytes;

	must(hgx_bdf_parse(&address, "19:00.1", &err) == HGX_OK);
	must(address.domain == 0 && address.bus == 0x19 && address.function == 1);
	must(hgx_bdf_format(text, sizeof(text), address) == 12 && same(text, "0000:19:00.1"));
	must(hgx_bdf_parse(&address, "19", &err) == HGX_INVALID && err.code == HGX_INVALID);
	must(same(err.rule, "address-malformed"));
	must(hgx_size_parse(&bytes, "1.5K", &err) == HGX_OK && bytes == 1536);
}

static void names(void)
{
	must(same(hgx_kind_name(HGX_NVSWITCH), "nvswitch"));
	must(same(hgx_distance_name(HGX_PIX), "PIX"));
	must(same(hgx_severity_name(HGX_WARNING), "warning"));
	must(same(hgx_code_name(HGX_REFUSED), "refused"));
	must(same(hgx_fate_name(HGX_FATE_OTHER_VM), "other-vm") && !hgx_fate_name(4));
	must(hgx_rule_at(0)->id && hgx_rule_at(0)->meaning && !hgx_rule_at(100000));
	must(same(hgx_example_name(0), "hgx-h200"));
}

/* ------------------------------------------------------------- topologies */

static void nodes(const struct hgx_topo *topo)
{
	const struct hgx_node *root = hgx_topo_root(topo);
	const struct hgx_node *gpu = hgx_topo_find(topo, "19:00.0");
	const struct hgx_node *package = hgx_node_first_child(root);
	const struct hgx_node *cpu = hgx_topo_find(topo, "cpu3");
	const struct hgx_node *node = NULL;
	struct hgx_link now, possible;
	unsigned gpus = 0, steps = 0;

	while ((node = hgx_node_next(root, node)) != NULL)
		gpus += hgx_node_kind(node) == HGX_GPU;
	must(gpus == 8);
	while ((node = hgx_node_next_of(root, node, HGX_GPU)) != NULL)
		steps++;
	must(steps == gpus);
	must(hgx_node_link(gpu, &now, &possible) && possible.speed == 32000 && possible.width == 16);
	must(same(hgx_node_name(gpu), "0000:19:00.0"));
	must(hgx_node_pci(gpu)->vendor == 0x10de);
	must(hgx_node_kind(hgx_node_parent(gpu)) == HGX_SWITCH_DOWN);
	must(hgx_node_memory(hgx_node_numa(gpu))->id == 0);
	must(hgx_node_cpu(cpu)->id == 3 && !hgx_node_cpu(gpu));
	must(same(hgx_node_processor(package)->vendor, "GenuineIntel"));
	must(same(hgx_node_name(hgx_node_next_sibling(package)), "package1"));
	must(same(hgx_node_name(hgx_node_nearest(gpu, HGX_NIC)), "0000:1a:00.0"));
	must(hgx_distance(gpu, hgx_node_nearest(gpu, HGX_NIC)) == HGX_PIX);
}

static void about(const struct hgx_topo *topo)
{
	const struct hgx_finding *findings;
	size_t count = hgx_topo_findings(topo, &findings);

	must(!count || findings[0].text);
	must(!hgx_topo_is_guest(topo));
	must(same(hgx_topo_software(topo, "libvirt"), "9.0.0"));
}

/* This machine, whatever it is; where a program is built, /sys may be missing. */
static void here(void)
{
	struct hgx_host_options options = { .size = sizeof(options) };
	struct hgx_topo *topo;
	int code = hgx_topo_from_host(&topo, &options, &err);

	if (code)
		must(code == err.code && err.text[0] && !topo);
	else
		must(hgx_node_kind(hgx_topo_root(topo)) == HGX_MACHINE);
	hgx_topo_free(topo);
}

static void installed(void)
{
	char *version;
	int code = hgx_installed_version(&version, "libvirt", &err);

	must(code ? code == err.code && !version : version && version[0]);
	hgx_text_free(version);
	must(hgx_installed_version(&version, "nothing", &err) == HGX_MISSING && !version);
	must(same(err.rule, "software-missing"));
}

typedef int (*topo_writer)(const struct hgx_topo *topo, char **out, struct hgx_error *err);

static char *written(topo_writer write, const struct hgx_topo *topo)
{
	char *text;

	must(write(topo, &text, &err) == HGX_OK && text[0]);
	return text;
}

static void dumps(const struct hgx_topo *topo)
{
	char *tree = written(hgx_emit_tree, topo), *matrix = written(hgx_emit_matrix, topo);
	char *json = written(hgx_emit_json, topo), *ids = written(hgx_emit_json_with_ids, topo);
	struct hgx_topo *again;
	char *second;

	must(strstr(tree, "8 GPUs") && strstr(matrix, "PIX"));
	must(strlen(ids) >= strlen(json));
	must(hgx_topo_from_json(&again, json, strlen(json), "dump", &err) == HGX_OK);
	second = written(hgx_emit_json, again);
	must(same(json, second));
	hgx_topo_free(again);
	hgx_text_free(tree);
	hgx_text_free(matrix);
	hgx_text_free(json);
	hgx_text_free(ids);
	hgx_text_free(second);
}

/* ------------------------------------------------------------------ plans */

static void the_plan(const struct hgx_plan *plan)
{
	const struct hgx_topo *guest = hgx_plan_guest(plan);
	const struct hgx_node *gpu = hgx_topo_find(guest, "24:00.0");
	const struct hgx_finding *findings;
	size_t count = hgx_plan_findings(plan, &findings);

	must(same(hgx_plan_name(plan), "every"));
	must(hgx_topo_is_guest(guest));
	must(same(hgx_node_name(hgx_plan_host_of(plan, gpu)), "0000:19:00.0"));
	must(hgx_plan_guest_of(plan, hgx_plan_host_of(plan, gpu)) == gpu);
	must(count && findings[0].rule && findings[0].severity <= HGX_PROBLEM);
	must(hgx_plan_host_memory(1ull << 40) == (1ull << 40) - (921ull << 30));
}

/* What the domain holds as text, for programs. */
static void numbers(const struct hgx_plan *plan, const struct hgx_topo *host)
{
	const struct hgx_verdict *verdict = hgx_plan_verdict(plan, hgx_topo_find(host, "19:00.0"));
	const struct hgx_vcpu *vcpus;
	const uint32_t *cpus;

	must(verdict->fate == HGX_FATE_THIS_VM && verdict->reason[0]);
	must(hgx_plan_verdict(plan, hgx_topo_find(host, "01:00.0"))->fate == HGX_FATE_HOST);
	must(hgx_plan_vcpus(plan, &vcpus) == 88 && vcpus[87].id == 87);
	must(hgx_plan_emulator_cpus(plan, &cpus) == 8 && cpus[0] == 0);
	must(hgx_plan_page_size(plan) == 0 && hgx_plan_window(plan) % (1 << 20) == 0);
}

static void told(int (*list)(struct hgx_findings **out, const struct hgx_plan *plan, struct hgx_error *error),
		 const struct hgx_plan *plan)
{
	struct hgx_findings *findings;
	char *text;

	must(list(&findings, plan, &err) == HGX_OK);
	must(hgx_emit_findings_json(&findings, 1, &text, &err) == HGX_OK && strstr(text, "\"vms\": ["));
	hgx_text_free(text);
	must(hgx_emit_error_json(&err, &text, NULL) == HGX_OK && strstr(text, "hgxtopo-error"));
	hgx_text_free(text);
	hgx_findings_free(findings);
}

static void texts(struct hgx_plan *plan)
{
	struct hgx_kernel_options kernel = { .size = sizeof(kernel), .driver = "pci-stub" };
	struct hgx_qemu_options qemu = { .size = sizeof(qemu), .format = HGX_QEMU_SHELL };
	struct hgx_plan *plans[] = { plan };
	char *text;

	must(hgx_emit_map(plans, 1, &text, &err) == HGX_OK && strstr(text, "0000:24:00.0"));
	hgx_text_free(text);
	must(hgx_emit_map_json(plans, 1, &text, &err) == HGX_OK && text[0] == '{');
	hgx_text_free(text);
	must(hgx_emit_guest_json(plan, &text, &err) == HGX_OK && strstr(text, "\"verdicts\": ["));
	hgx_text_free(text);
	told(hgx_findings_of_plan, plan);
	must(hgx_emit_changes(plan, &text, &err) == HGX_INVALID && !strcmp(err.option, "base"));
	must(hgx_emit_changes_json(plan, &text, &err) == HGX_INVALID && !text);
	must(hgx_emit_kernel_args(plans, 1, &kernel, &text, &err) == HGX_OK);
	must(strstr(text, "pci-stub.ids=") != NULL);
	hgx_text_free(text);
	must(hgx_emit_qemu(plan, &qemu, &text, &err) == HGX_OK);
	must(!strncmp(text, "qemu-system-x86_64", 18));
	hgx_text_free(text);
}

static char *nccl(const struct hgx_topo *topo)
{
	struct hgx_nccl_options options = { .size = sizeof(options), .content = HGX_NCCL_DEVICES };
	char *text;

	must(hgx_emit_nccl(topo, &options, &text, &err) == HGX_OK);
	return text;
}

/* The domain, read again, and the guest as it would show itself, have the plan's NCCL file. */
static void guests(const struct hgx_plan *plan, const struct hgx_topo *host)
{
	struct hgx_domain_options options = { .size = sizeof(options), .host = host,
					      .libvirt_version = "11.3" };
	char *planned = nccl(hgx_plan_guest(plan)), *domain, *read, *seen;
	struct hgx_topo *topo, *matched;

	must(hgx_emit_libvirt(plan, &domain, &err) == HGX_OK);
	must(hgx_topo_from_domain(&topo, domain, strlen(domain), "vm.xml", &options, &err) == HGX_OK);
	read = nccl(topo);
	must(same(read, planned));
	must(hgx_topo_match(&matched, hgx_plan_guest(plan), hgx_plan_guest(plan), &err) == HGX_OK);
	seen = nccl(matched);
	must(same(seen, planned));
	hgx_topo_free(matched);
	hgx_topo_free(topo);
	hgx_text_free(domain);
	hgx_text_free(planned);
	hgx_text_free(read);
	hgx_text_free(seen);
}

/* What NCCL decides on the host, and on the file that is written for it: the same. */
static void forecasts(const struct hgx_topo *host)
{
	struct hgx_forecast_options options = { .size = sizeof(options), .nvlink = HGX_ON, .net_speed = "400" };
	struct hgx_nccl_forecast *both[2];
	const char *titles[] = { "host", "file" };
	char *file = nccl(host), *text[2];
	const struct hgx_gpu_forecast *gpus;
	const struct hgx_finding *findings;
	struct hgx_findings *list;

	must(hgx_forecast(&both[0], host, &options, &err) == HGX_OK);
	must(hgx_forecast_file(&both[1], file, strlen(file), NULL, &options, &err) == HGX_OK);
	must(hgx_forecast_gpus(both[1], &gpus) == 8 && same(gpus[0].path, "PIX") && gpus[0].gdr_send);
	must(hgx_forecast_bound(both[1]) > 383 && hgx_forecast_findings(both[1], &findings) == 0);
	must(hgx_findings_of_forecast(&list, both[1], &err) == HGX_OK && hgx_findings_count(list) == 0);
	hgx_findings_free(list);
	must(hgx_findings_of_topo(&list, host, &err) == HGX_OK);
	hgx_findings_free(list);
	must(hgx_emit_forecast_json(both[0], &text[0], &err) == HGX_OK);
	must(hgx_emit_forecast_json(both[1], &text[1], &err) == HGX_OK);
	must(same(text[0], text[1]));
	hgx_text_free(text[0]);
	must(hgx_emit_forecast(both, titles, 2, &text[0], &err) == HGX_OK && strstr(text[0], "8 × PIX"));
	hgx_text_free(text[0]);
	hgx_text_free(text[1]);
	must(hgx_emit_forecast(both, titles, 0, &text[0], &err) == HGX_INVALID && !text[0]);
	hgx_forecast_free(both[0]);
	hgx_forecast_free(both[1]);
	hgx_forecast_free(NULL);
	hgx_text_free(file);
}

static void plans(const struct hgx_topo *host)
{
	struct hgx_plan_options options = { .size = sizeof(options), .name = "every" };
	struct hgx_plan *plan;

	must(hgx_plan_new(&plan, host, &options, &err) == HGX_OK);
	the_plan(plan);
	numbers(plan, host);
	texts(plan);
	guests(plan, host);
	hgx_plan_free(plan);
	options.gpus = "99";
	must(hgx_plan_new(&plan, host, &options, &err) != HGX_OK && !plan && err.code);
}

static void checked(const struct hgx_topo *host)
{
	struct hgx_check_options options = { .size = sizeof(options), .ignore = "iommu-off" };
	static const char xml[] =
		"<domain><os><type machine='q35'>hvm</type></os><devices><hostdev type='pci'>"
		"<source><address bus='0x99' function='7'/></source></hostdev></devices></domain>";
	const struct hgx_domain_text domain = { .data = xml, .length = sizeof(xml) - 1, .name = "xml" };
	struct hgx_findings *findings;
	char *text;

	must(hgx_check_host(&findings, host, &options, &err) == HGX_OK);
	must(hgx_findings_count(NULL) == 0 && !hgx_findings_at(findings, 100000));
	for (size_t i = 0; i < hgx_findings_count(findings); i++)
		must(hgx_findings_at(findings, i)->rule && hgx_findings_at(findings, i)->text);
	must(hgx_emit_findings(&findings, 1, 1, &text, &err) == HGX_OK && strlen(text) > 1);
	hgx_text_free(text);
	must(hgx_emit_findings_json(&findings, 1, &text, &err) == HGX_OK);
	must(strstr(text, "\"findings\": ["));
	hgx_text_free(text);
	must(hgx_emit_finding_lines(&findings, 1, 0, HGX_NOTE, NULL, &text, &err) == HGX_OK && strstr(text, "]\n"));
	hgx_text_free(text);
	hgx_findings_free(findings);
	options.domains = &domain;
	options.domain_count = 1;
	must(hgx_check_host(&findings, host, &options, &err) == HGX_OK);
	hgx_findings_free(findings);
	must(hgx_check_domain(&findings, &domain, 1, host, &options, &err) == HGX_OK);
	must(hgx_findings_count(findings));
	hgx_findings_free(findings);
	options.rules = "nothing";
	must(hgx_check_host(&findings, host, &options, &err) == HGX_INVALID && !findings);
}

static void checked_nccl(const struct hgx_topo *host)
{
	static const char file[] = "<system version=\"1\"><cpu/></system>";
	struct hgx_check_options options = { .size = sizeof(options) };
	struct hgx_findings *findings, *changes;
	struct hgx_plan *plan;
	char *text;

	must(hgx_check_nccl(&findings, file, strlen(file), "topo.xml", NULL, NULL, &options, &err) == HGX_OK);
	must(hgx_findings_count(findings) > 0);
	hgx_findings_free(findings);
	must(hgx_fix_nccl(&text, &changes, file, strlen(file), "topo.xml", host, &err) == HGX_OK);
	must(strstr(text, "<pci ") && hgx_findings_count(changes) > 0);
	must(hgx_check_nccl(&findings, text, strlen(text), NULL, NULL, host, NULL, &err) == HGX_OK);
	must(!hgx_findings_count(findings));
	hgx_findings_free(findings);
	hgx_findings_free(changes);
	hgx_text_free(text);
	must(hgx_check_nccl_setup(&findings, "/a.xml", "/b.xml", NULL, NULL, 0, NULL, &err) == HGX_OK);
	must(same(hgx_findings_at(findings, 0)->rule, "nccl-file-unused"));
	hgx_findings_free(findings);
	must(hgx_plan_new(&plan, host, NULL, &err) == HGX_OK);
	must(hgx_check_guest(&findings, hgx_plan_guest(plan), hgx_plan_guest(plan), NULL, &err) == HGX_OK);
	must(!hgx_findings_count(findings));
	hgx_findings_free(findings);
	hgx_plan_free(plan);
}

static void compared(const struct hgx_topo *host)
{
	struct hgx_findings *findings;
	struct hgx_fleet *fleet;
	char *text;

	must(hgx_compare(&findings, host, host, &err) == HGX_OK && !hgx_findings_count(findings));
	hgx_findings_free(findings);
	must(hgx_fingerprint(host, &text, &err) == HGX_OK && !strncmp(text, "hgx1-", 5));
	hgx_text_free(text);
	must(hgx_fleet_new(&fleet, &err) == HGX_OK);
	must(hgx_fleet_add(fleet, 7, host, &err) == HGX_OK);
	must(hgx_fleet_add(fleet, 7, host, &err) == HGX_INVALID && same(err.rule, "fleet-host"));
	must(hgx_fleet_add(fleet, 3, host, &err) == HGX_OK);
	must(hgx_fleet_first(fleet, 7) == 3 && hgx_fleet_norm(fleet, 7) == 3);
	must(hgx_fleet_alike(fleet, 3) == 2 && strstr(hgx_fleet_model(fleet, 3), "10de:2335"));
	must(hgx_fleet_first(fleet, 4) == HGX_FLEET_NONE && hgx_fleet_norm(fleet, 1000) == HGX_FLEET_NONE);
	must(hgx_fleet_alike(fleet, 4) == 0 && !hgx_fleet_model(fleet, 4));
	hgx_fleet_free(fleet);
	hgx_fleet_free(NULL);
}

int main(void)
{
	struct hgx_topo *host;

	versions();
	sizes();
	values();
	names();
	here();
	installed();
	must(hgx_topo_from_example(&host, "hgx-h200", &err) == HGX_OK);
	nodes(host);
	about(host);
	dumps(host);
	forecasts(host);
	plans(host);
	checked(host);
	checked_nccl(host);
	compared(host);
	hgx_topo_free(host);
	return 0;
}
