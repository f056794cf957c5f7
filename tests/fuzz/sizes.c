/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Documents and domains as large as they may be: each is read, planned and written in seconds, or
 * refused with a sentence. A loop in a loop over their elements would take minutes. */
#include <time.h>
#include "support.h"

/* Ten times and more what it takes here; a sanitizer is slower. */
#define SECONDS 20

static double started;

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void in_time(const char *what)
{
	double took = seconds() - started;

	ck_assert_msg(took < SECONDS, "%s took %.1f s", what, took);
	started = seconds();
}

/* A document that is written piece by piece. */
struct document {
	FILE *to;
	char *text;
	size_t size, count;
};

static void document_begin(struct document *d, unsigned nodes, unsigned cpus)
{
	d->count = 0;
	d->to = open_memstream(&d->text, &d->size);
	fputs("{\"format\":\"hgxtopo\",\"version\":1,\"machine\":\"host\",\"packages\":[{\"id\":0,"
	      "\"vendor\":\"AuthenticAMD\",\"family\":25,\"model\":17,\"arch\":\"x86_64\"}],\"numa_nodes\":[", d->to);
	for (unsigned i = 0; i < nodes; i++) {
		fprintf(d->to, "%s{\"id\":%u,\"memory\":68719476736,\"distances\":[", i ? "," : "", i);
		for (unsigned j = 0; j < nodes; j++)
			fprintf(d->to, "%s%d", j ? "," : "", i == j ? 10 : 20);
		fputs("]}", d->to);
	}
	fputs("],\"cpus\":[", d->to);
	for (unsigned i = 0; i < cpus; i++)
		fprintf(d->to, "%s{\"id\":%u,\"package\":0,\"core\":%u,\"numa_node\":%u,\"online\":true}",
			i ? "," : "", i, i, i % nodes);
	fputs("],\"host_bridges\":[", d->to);
}

static void add_bridge(struct document *d, unsigned domain)
{
	fprintf(d->to, "%s\"pci%04x:00\"", d->count++ ? "," : "", domain);
}

static void end_bridges(struct document *d)
{
	d->count = 0;
	fputs("],\"pci\":[", d->to);
}

static void add_function(struct document *d, const char *kind, const char *address, const char *parent,
			 const char *class_code, int numa, int group, bool used)
{
	fprintf(d->to, "%s{\"address\":\"%s\",\"kind\":\"%s\",\"parent\":\"%s\",\"vendor\":\"0x10de\","
		"\"device\":\"0x2335\",\"subsystem_vendor\":\"0x0000\",\"subsystem_device\":\"0x0000\","
		"\"class\":\"%s\",\"numa_node\":%d", d->count++ ? "," : "", address, kind, parent, class_code, numa);
	if (group >= 0)
		fprintf(d->to, ",\"iommu_group\":%d", group);
	fputs(used ? ",\"host_use\":\"is mounted\"}" : "}", d->to);
}

static void document_end(struct document *d)
{
	fputs("],\"findings\":[]}", d->to);
	fclose(d->to);
}

static struct hgx_topo *read_in_time(struct document *d)
{
	struct hgx_error err = { 0 };
	struct hgx_topo *topo;

	started = seconds();
	expect_fine(hgx_topo_from_json(&topo, d->text, d->size, "t", &err), &err, "read");
	in_time("reading");
	free(d->text);
	return topo;
}

enum groups { NO_GROUPS, OWN_GROUPS, ONE_GROUP, HELD_GROUP };

/* GPUs on root buses of their own, and NICs with eight functions each. */
static struct hgx_topo *many_nics(unsigned gpus, unsigned nics, enum groups groups)
{
	struct document d;
	char address[24], parent[24];

	document_begin(&d, 2, 16);
	for (unsigned i = 0; i < gpus + (nics + 255) / 256; i++)
		add_bridge(&d, i);
	end_bridges(&d);
	for (unsigned i = 0; i < gpus; i++) {
		snprintf(parent, sizeof(parent), "pci%04x:00", i);
		snprintf(address, sizeof(address), "%04x:00:01.0", i);
		add_function(&d, "gpu", address, parent, "0x030200", (int)i % 2,
			     groups == NO_GROUPS ? -1 : groups == OWN_GROUPS ? (int)i : 0, false);
	}
	for (unsigned i = 0; i < nics; i++) {
		snprintf(parent, sizeof(parent), "pci%04x:00", gpus + i / 256);
		snprintf(address, sizeof(address), "%04x:00:%02x.%x", gpus + i / 256, i / 8 % 32, i % 8);
		add_function(&d, "nic", address, parent, "0x020000", (int)i % 2,
			     groups == NO_GROUPS ? -1 : groups == OWN_GROUPS ? (int)(gpus + i) : 0,
			     groups == HELD_GROUP && i + 1 == nics);
	}
	document_end(&d);
	return read_in_time(&d);
}

START_TEST(a_plan_for_60000_nics_takes_seconds)
{
	static const struct { const char *nics; unsigned vms; int vf; } rows[] = {
		{ NULL, 0, 0 }, { "all", 0, 0 }, { NULL, 2, 0 }, { "all", 2, 0 }, { "all", 2, 1 },
	};
	struct hgx_topo *topo = many_nics(8, 60000, (enum groups)_i);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct hgx_plan_options options = { .size = sizeof(options), .nics = rows[i].nics,
							  .vms = rows[i].vms, .vm = rows[i].vms ? 1 : 0,
							  .vf = rows[i].vf };
		struct hgx_error err = { 0 };
		struct hgx_plan *plan;
		int code = hgx_plan_new(&plan, topo, &options, &err);

		ck_assert_msg(!code || *err.text, "no sentence");
		in_time("the plan");
		hgx_plan_free(plan);
	}
	hgx_topo_free(topo);
}
END_TEST

START_TEST(a_tree_of_1024_numa_nodes_takes_seconds)
{
	struct document d;
	struct hgx_error err = { 0 };
	struct hgx_topo *topo;
	char *text;

	document_begin(&d, 1024, 16384);
	for (unsigned i = 0; i < 65535; i++)
		add_bridge(&d, i);
	end_bridges(&d);
	document_end(&d);
	topo = read_in_time(&d);
	expect_fine(hgx_emit_tree(topo, &text, &err), &err, "tree");
	in_time("the tree");
	hgx_text_free(text);
	expect_fine(hgx_emit_json(topo, &text, &err), &err, "json");
	in_time("the JSON");
	hgx_text_free(text);
	hgx_topo_free(topo);
}
END_TEST

/* A chain of functions, each below the one before. */
static int chain(unsigned length, char **tree, struct hgx_error *err)
{
	char address[24], parent[24] = "pci0000:00";
	struct hgx_topo *topo;
	struct document d;
	int code;

	document_begin(&d, 1, 1);
	add_bridge(&d, 0);
	end_bridges(&d);
	for (unsigned i = 0; i < length; i++) {
		snprintf(address, sizeof(address), "%04x:%02x:00.0", i / 256, i % 256);
		add_function(&d, i + 1 < length ? "bridge" : "gpu", address, parent,
			     i + 1 < length ? "0x060400" : "0x030200", 0, -1, false);
		strcpy(parent, address);
	}
	document_end(&d);
	started = seconds();
	code = hgx_topo_from_json(&topo, d.text, d.size, "t", err);
	*tree = NULL;
	if (!code)
		expect_fine(hgx_emit_tree(topo, tree, err), err, "tree");
	in_time("the chain");
	hgx_topo_free(topo);
	free(d.text);
	return code;
}

START_TEST(a_chain_is_as_long_as_there_are_buses)
{
	struct hgx_error err = { 0 };
	char *tree;

	expect_fine(chain(256, &tree, &err), &err, "256 functions");
	ck_assert_uint_lt(strlen(tree), 256 * 700);
	hgx_text_free(tree);
	expect_error(chain(257, &tree, &err), &err, HGX_BROKEN,
		     "t: 0001:00:00.0: it ends a chain of more than 256 PCI functions, but a PCI domain has no "
		     "more buses; correct the parents");
	ck_assert_str_eq(err.rule, "parent-depth");
	ck_assert_int_eq(chain(65000, &tree, &err), HGX_BROKEN);
}
END_TEST

/* A domain full of one element: refused, or the mirror goes into it. */
static void fill_domain(const char *before, const char *element, unsigned count, const char *after)
{
	struct hgx_topo *host = many_nics(2, 0, OWN_GROUPS);
	struct hgx_plan_options options = { .size = sizeof(options) };
	struct hgx_error err = { 0 };
	struct hgx_plan *plan;
	char *text = NULL, *out;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	fprintf(to, "<domain>\n<os><type machine='q35'>hvm</type></os>\n%s", before);
	for (unsigned i = 0; i < count; i++)
		fprintf(to, "%s\n", element);
	fprintf(to, "%s</domain>\n", after);
	fclose(to);
	options.base = text;
	started = seconds();
	if (hgx_plan_new(&plan, host, &options, &err))
		ck_assert_msg(*err.text, "no sentence");
	in_time(element);
	if (plan && !hgx_emit_libvirt(plan, &out, &err))
		hgx_text_free(out);
	in_time(element);
	hgx_plan_free(plan);
	hgx_topo_free(host);
	free(text);
}

START_TEST(a_domain_of_60000_equal_elements_takes_seconds)
{
	static const struct { const char *before, *element, *after; } rows[] = {
		{ "<devices/>\n<cputune>", "<vcpusched vcpus='0'/>", "</cputune>" },
		{ "<devices/>\n<cputune>", "<cachetune vcpus='0'/>", "</cputune>" },
		{ "<devices/>\n<cputune>", "<memorytune vcpus='0'/>", "</cputune>" },
		{ "<devices/>\n<cputune>", "<vcpupin vcpu='0' cpuset='0'/>", "</cputune>" },
		{ "<devices>", "<hostdev type='pci'><source><address domain='0' bus='0' slot='1' function='0'/></source></hostdev>",
		  "</devices>" },
		{ "<devices>", "<memory model='dimm'><target><size>1</size><node>0</node></target></memory>", "</devices>" },
	};

	fill_domain(rows[_i].before, rows[_i].element, 60000, rows[_i].after);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sizes");
	TCase *tcase = tcase_create("sizes");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 240);
	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, a_plan_for_60000_nics_takes_seconds, NO_GROUPS, HELD_GROUP + 1);
	tcase_add_test(tcase, a_tree_of_1024_numa_nodes_takes_seconds);
	tcase_add_test(tcase, a_chain_is_as_long_as_there_are_buses);
	tcase_add_loop_test(tcase, a_domain_of_60000_equal_elements_takes_seconds, 0, 6);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
