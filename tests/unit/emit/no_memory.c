/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Want of memory: whichever allocation fails, a call gives the right bytes or HGX_NO_MEMORY. */
#include <errno.h>
#include <libxml/xmlmemory.h>
#include <sys/wait.h>
#include "support.h"

#define HOST "package 0 vendor=AuthenticAMD family=25 model=17\n" \
	"node 0 memory=64G distances=10,21 huge=2M:512:512,1G:8:4\nnode 1 memory=64G distances=21,10\n" \
	"cpus 0-3,8-11 package=0 node=0 threads=2\ncpus 4-7,12-15 package=0 node=1 threads=2\n" \
	"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 switch-up\n   12:00.0 switch-down\n" \
	"    13:00.0 gpu link=32x16 bars=16M,256G,-32M group=3\n   12:01.0 switch-down\n" \
	"    14:00.0 nic sriov=16:2\n" \
	"root 0000:20 numa=1\n 20:01.0 root-port\n  21:00.0 gpu group=4 name=\"a \\\"name\\\"\"\n"
#define DOMAIN "<domain type='kvm'>\n  <name>v</name>\n  <memory>1</memory>\n  <vcpu>2</vcpu>\n" \
	"  <cputune>\n    <shares>9</shares>\n  </cputune>\n" \
	"  <os firmware='efi'>\n    <type arch='x86_64' machine='q35'>hvm</type>\n  </os>\n" \
	"  <cpu mode='host-passthrough'>\n    <numa/>\n  </cpu>\n  <devices>\n" \
	"    <disk><target dev='vda'/></disk>\n    <graphics type='vnc'/>\n  </devices>\n</domain>\n"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

#ifdef __SANITIZE_ADDRESS__
#define REAL(name) __interceptor_##name
#else
#define REAL(name) __libc_##name
#endif
void *REAL(malloc)(size_t size);
void *REAL(calloc)(size_t count, size_t size);
void *REAL(realloc)(void *old, size_t size);

/* This program's own malloc() and so on stand in front of the C library's, for every library.
 * Allocation number `at` fails, counted from 0, and with `on` also all after it. */
static volatile long at = -1;
static volatile bool on, met;

static bool denied(void)
{
	if (at < 0)
		return false;
	if (at && at--)
		return false;
	met = true;
	if (!on)
		at = -1;
	errno = ENOMEM;
	return true;
}

void *malloc(size_t size)
{
	return denied() ? NULL : REAL(malloc)(size);
}

void *calloc(size_t count, size_t size)
{
	return denied() ? NULL : REAL(calloc)(count, size);
}

void *realloc(void *old, size_t size)
{
	return denied() ? NULL : REAL(realloc)(old, size);
}

/* libxml2 2.9.14 crashes without memory, so its allocations only fail where a test says so. */
static volatile bool xml_too;

static void *xml_malloc(size_t size)
{
	return xml_too ? malloc(size) : REAL(malloc)(size);
}

static void *xml_realloc(void *old, size_t size)
{
	return xml_too ? realloc(old, size) : REAL(realloc)(old, size);
}

static char *xml_strdup(const char *text)
{
	char *copy = xml_malloc(strlen(text) + 1);

	return copy ? strcpy(copy, text) : NULL;
}

static struct hgx_topo *host;
static struct hgx_plan *plan, *base_plan;

static int make_plan(struct hgx_plan **out, const char *base, struct hgx_error *err)
{
	const struct hgx_plan_options options = { .size = sizeof(options), .base = base, .gpus = "all",
						  .reserve_cores = 1 };

	return hgx_plan_new(out, host, &options, err);
}

/* The domain of a new plan; it is written with all the memory there is. */
static int plan_as_text(const char *base, char **out, struct hgx_error *err)
{
	struct hgx_plan *made;
	int code = make_plan(&made, base, err);

	*out = NULL;
	at = -1;
	if (code) {
		must(!made, "a plan that failed");
		return code;
	}
	code = hgx_emit_libvirt(made, out, err);
	hgx_plan_free(made);
	return code;
}

static int as_plan(char **out, struct hgx_error *err) { return plan_as_text(NULL, out, err); }
static int as_base_plan(char **out, struct hgx_error *err) { return plan_as_text(DOMAIN, out, err); }
static int as_json(char **out, struct hgx_error *err) { return hgx_emit_json(host, out, err); }
static int as_ids(char **out, struct hgx_error *err) { return hgx_emit_json_with_ids(host, out, err); }
static int as_tree(char **out, struct hgx_error *err) { return hgx_emit_tree(host, out, err); }
static int as_matrix(char **out, struct hgx_error *err) { return hgx_emit_matrix(host, out, err); }
static int as_libvirt(char **out, struct hgx_error *err) { return hgx_emit_libvirt(plan, out, err); }
static int as_base(char **out, struct hgx_error *err) { return hgx_emit_libvirt(base_plan, out, err); }
static int as_map(char **out, struct hgx_error *err) { return hgx_emit_map(&plan, 1, out, err); }
static int as_map_json(char **out, struct hgx_error *err) { return hgx_emit_map_json(&plan, 1, out, err); }
static int as_nccl(char **out, struct hgx_error *err) { return hgx_emit_nccl(host, NULL, out, err); }
static int as_kernel(char **out, struct hgx_error *err) { return hgx_emit_kernel_args(&plan, 1, NULL, out, err); }

static int as_fingerprint(char **out, struct hgx_error *err) { return hgx_fingerprint(host, out, err); }

/* What differs between the host and its guest, which is written with all the memory there is. */
static int as_differences(char **out, struct hgx_error *err)
{
	struct hgx_findings *findings;
	int code = hgx_compare(&findings, host, hgx_plan_guest(plan), err);

	*out = NULL;
	at = -1;
	if (code) {
		must(!findings, "a comparison that failed");
		return code;
	}
	must(hgx_findings_count(findings) > 3, "%zu differences", hgx_findings_count(findings));
	code = hgx_emit_findings_json(&findings, 1, out, err);
	hgx_findings_free(findings);
	return code;
}

/* The model of a fleet of two. */
static int as_fleet(char **out, struct hgx_error *err)
{
	struct hgx_fleet *fleet;
	int code = hgx_fleet_new(&fleet, err);

	*out = NULL;
	if (!code)
		code = hgx_fleet_add(fleet, 100, host, err);
	if (!code)
		code = hgx_fleet_add(fleet, 0, hgx_plan_guest(plan), err);
	at = -1;
	if (!code)
		*out = strdup(hgx_fleet_model(fleet, 100));
	hgx_fleet_free(fleet);
	return code;
}

static int qemu(int format, char **out, struct hgx_error *err)
{
	const struct hgx_qemu_options options = { .size = sizeof(options), .format = format };

	return hgx_emit_qemu(plan, &options, out, err);
}

static int as_lines(char **out, struct hgx_error *err) { return qemu(HGX_QEMU_LINES, out, err); }
static int as_shell(char **out, struct hgx_error *err) { return qemu(HGX_QEMU_SHELL, out, err); }
static int as_array(char **out, struct hgx_error *err) { return qemu(HGX_QEMU_JSON, out, err); }

static const struct output {
	const char *name;
	int (*make)(char **out, struct hgx_error *err);
} outputs[] = {
	{ "plan", as_plan }, { "plan of a base", as_base_plan }, { "json", as_json },
	{ "json with ids", as_ids }, { "tree", as_tree }, { "matrix", as_matrix },
	{ "libvirt", as_libvirt }, { "libvirt of a base", as_base }, { "map", as_map },
	{ "map as json", as_map_json }, { "nccl", as_nccl }, { "kernel", as_kernel },
	{ "qemu", as_lines }, { "qemu for sh", as_shell }, { "qemu as json", as_array },
	{ "fingerprint", as_fingerprint }, { "differences", as_differences }, { "fleet", as_fleet },
};

/* Returns whether allocation @number came to pass. */
static bool try_without(const struct output *output, long number, const char *right)
{
	struct hgx_error err = { 0 };
	char *text = NULL;
	int code;

	met = false;
	at = number;
	code = output->make(&text, &err);
	at = -1;
	must(code == HGX_OK || code == HGX_NO_MEMORY, "%s without allocation %ld: %s", output->name,
	     number, err.text);
	must(code == HGX_OK || (met && !text && err.code == HGX_NO_MEMORY),
	     "%s without allocation %ld: failed, but not all of it", output->name, number);
	must(code != HGX_OK || !strcmp(text, right), "%s without allocation %ld is wrong",
	     output->name, number);
	hgx_text_free(text);
	return met;
}

static void try_all(const struct output *output)
{
	struct hgx_error err = { 0 };
	long number = 0;
	char *right;

	expect_fine(output->make(&right, &err), &err, output->name);
	while (try_without(output, number, right))
		number++;
	must(number > 1, "%s allocates nothing", output->name);
	free(right);
}

START_TEST(one_failed_allocation_never_changes_an_output)
{
	on = false;
	try_all(&outputs[_i]);
}
END_TEST

START_TEST(when_memory_runs_out_an_output_is_never_cut)
{
	on = true;
	try_all(&outputs[_i]);
}
END_TEST

enum { RIGHT, NO_MORE = 76, WRONG = 77 };

static int read_domain_without(long number, const char *right)
{
	struct hgx_error err = { 0 };
	struct hgx_plan *made = NULL;
	char *text;
	int code;

	xml_too = true;
	at = number;
	code = make_plan(&made, DOMAIN, &err);
	at = -1;
	if (code && code != HGX_NO_MEMORY)
		return WRONG;
	if (!code && (hgx_emit_libvirt(made, &text, NULL) || strcmp(text, right)))
		return WRONG;
	return met ? RIGHT : NO_MORE;
}

/* Calls @read without each allocation in turn, each time in a process of its own. */
static void try_each(int (*read)(long number, const char *right), const char *right)
{
	int status = 0;

	for (long number = 0; !WIFEXITED(status) || WEXITSTATUS(status) != NO_MORE; number++) {
		pid_t child = fork();

		if (!child) {
			close(STDERR_FILENO); /* where libxml2 says more */
			_exit(read(number, right));
		}
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		must(!WIFEXITED(status) || WEXITSTATUS(status) != WRONG, "without allocation %ld", number);
	}
}

static int read_json_without(long number, const char *right)
{
	struct hgx_topo *topo;
	char *text;
	int code;

	at = number;
	code = hgx_topo_from_json(&topo, right, strlen(right), "t", NULL);
	at = -1;
	if (code && code != HGX_NO_MEMORY)
		return WRONG;
	if (!code && (hgx_emit_json_with_ids(topo, &text, NULL) || strcmp(text, right)))
		return WRONG;
	return met ? RIGHT : NO_MORE;
}

/* Likewise, a crash is json-c's own. */
START_TEST(a_document_read_without_memory_is_not_taken_for_another)
{
	char *right;

	ck_assert_int_eq(hgx_emit_json_with_ids(host, &right, NULL), HGX_OK);
	on = _i;
	try_each(read_json_without, right);
	free(right);
}
END_TEST

/* A crash is libxml2's own; a false sentence about the domain, or a domain that lost something,
 * would be ours. */
START_TEST(a_domain_read_without_memory_is_not_called_wrong)
{
	char *right;

	ck_assert_int_eq(hgx_emit_libvirt(base_plan, &right, NULL), HGX_OK);
	on = _i;
	try_each(read_domain_without, right);
	free(right);
}
END_TEST

/* What the emitters write a few kilobytes at a time must not hide that a long text is lost. */
START_TEST(a_text_without_memory_is_not_short)
{
	for (long number = 0;; number++) {
		struct text text;
		char *out = NULL;

		met = false;
		at = number;
		if (!text_open(&text, NULL)) {
			for (int i = 0; i < 100000; i++)
				fprintf(text.stream, "%d\n", i % 10);
			if (!text_close(&text, &out, NULL))
				must(strlen(out) == 200000, "%zu bytes", strlen(out));
			hgx_text_free(out);
		}
		at = -1;
		if (!met)
			break;
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("want of memory");
	TCase *tcase = tcase_create("want of memory");
	SRunner *runner = srunner_create(suite);
	struct hgx_error err = { 0 };
	int failed;

	xmlMemSetup(free, xml_malloc, xml_realloc, xml_strdup);
	host = host_of(HOST);
	if (make_plan(&plan, NULL, &err) || make_plan(&base_plan, DOMAIN, &err)) {
		puts(err.text);
		return EXIT_FAILURE;
	}
	tcase_set_timeout(tcase, 240);
	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, one_failed_allocation_never_changes_an_output, 0, ARRAY_SIZE(outputs));
	tcase_add_loop_test(tcase, when_memory_runs_out_an_output_is_never_cut, 0, ARRAY_SIZE(outputs));
	tcase_add_loop_test(tcase, a_document_read_without_memory_is_not_taken_for_another, 0, 2);
	tcase_add_loop_test(tcase, a_domain_read_without_memory_is_not_called_wrong, 0, 2);
	tcase_add_test(tcase, a_text_without_memory_is_not_short);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	hgx_plan_free(base_plan);
	hgx_plan_free(plan);
	hgx_topo_free(host);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
