/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An NCCL file: what NCCL makes of its texts, what is told of it, and several files at work. */
#include "support.h"
#include "check/nccl_mask.h"

#define CPU "  <cpu numaid=\"0\" affinity=\"ff\" arch=\"x86_64\" vendor=\"AuthenticAMD\" familyid=\"25\" modelid=\"17\">\n"
#define GPU "    <pci busid=\"0000:3b:00.0\" class=\"0x030200\" link_speed=\"32.0 GT/s PCIe\" link_width=\"16\"/>\n"
#define END "  </cpu>\n</system>\n"
#define FILE_OF(inside) "<system version=\"1\">\n" CPU inside END

static struct hgx_findings *checked(const char *text, size_t length)
{
	struct hgx_findings *findings;
	struct hgx_error err = { 0 };

	expect_fine(hgx_check_nccl(&findings, text, length, "t.xml", NULL, NULL, NULL, &err), &err, "the check");
	return findings;
}

static const struct {
	const char *text;
	bool mask;
	const char *cpus;
} masks[] = {
	{ "ff", true, "CPUs 0-7" },
	{ "00000001,00000000", true, "CPUs 32" },
	{ "0000,00ffffff", true, "CPUs 0-23" },
	{ "FFFF,FF000000", true, "CPUs 24-47" },
	{ "0-47", false, "no CPUs" },
	{ "0,1,2,3", false, "CPUs 0,33,64-65" },
	{ "0x00ff", false, "no CPUs" },
	{ "123456789", false, "CPUs 0,3,7-10,12,14,17-18,20,22,26,28-29" },
	{ "", false, "no CPUs" },
	{ "ff ", false, "CPUs 0-7" },
};

START_TEST(an_affinity_is_read_as_nccl_reads_it)
{
	struct arena arena = { 0 };
	struct nccl_mask mask;

	ck_assert_msg(nccl_mask_read(&mask, masks[_i].text) == masks[_i].mask, "%s", masks[_i].text);
	if (masks[_i].mask || !masks[_i].text[0])
		ck_assert_str_eq(nccl_mask_cpus(&arena, &mask), masks[_i].cpus);
	arena_free(&arena);
}
END_TEST

START_TEST(a_list_of_cpus_becomes_a_mask)
{
	struct arena arena = { 0 };
	struct nccl_mask mask;

	ck_assert(nccl_mask_list(&mask, "0-3,40"));
	ck_assert_str_eq(nccl_mask_text(&arena, &mask), "00000100,0000000f");
	ck_assert(!nccl_mask_list(&mask, "1024"));
	ck_assert(!nccl_mask_list(&mask, "x"));
	arena_free(&arena);
}
END_TEST

/* The only finding of a file, by rule and the beginning of its text. */
static const struct {
	const char *text, *rule, *start;
} files[] = {
	{ "<?xml version=\"1.0\"?>\n" FILE_OF(GPU), "nccl-refused", "t.xml:1:1: NCCL cannot read this file: it must not have an XML" },
	{ "<system version=\"1\">\n" CPU "\t" GPU END, "nccl-refused", "t.xml:3:1: NCCL cannot read this file: it has a tab" },
	{ FILE_OF(GPU) "text", "nccl-refused", "t.xml:6:1: NCCL cannot read this file: only blanks" },
	{ "<!DOCTYPE", "nccl-refused", "t.xml:1:10: NCCL cannot read this file: it ends" },
	{ "", "nccl-refused", "t.xml:1:1: NCCL cannot read this file: it has no <system" },
	{ FILE_OF(GPU GPU), "nccl-duplicate", "t.xml:4:10: 0000:3b:00.0 stands in line 3 already" },
	{ FILE_OF("<pci class=\"0x060400\" link_speed=\"32 GT/s\" link_width=\"16\"><pci/></pci>"), "nccl-attribute-missing",
	  "t.xml:3:1: <pci> has no busid: NCCL crashes" },
};

START_TEST(a_finding_names_line_and_column)
{
	struct hgx_findings *findings = checked(files[_i].text, strlen(files[_i].text));
	const struct hgx_finding *first = hgx_findings_at(findings, 0);

	ck_assert_ptr_nonnull(first);
	ck_assert_str_eq(first->rule, files[_i].rule);
	ck_assert_msg(!strncmp(first->text, files[_i].start, strlen(files[_i].start)), "%s", first->text);
	hgx_findings_free(findings);
}
END_TEST

START_TEST(nothing_is_wrong_with_a_plain_file)
{
	struct hgx_findings *findings = checked(FILE_OF(GPU), strlen(FILE_OF(GPU)));

	ck_assert_uint_eq(hgx_findings_count(findings), 0);
	hgx_findings_free(findings);
}
END_TEST

START_TEST(bytes_after_a_nul_are_no_accident)
{
	static const char text[] = FILE_OF(GPU) "\0\t<?";
	struct hgx_findings *findings = checked(text, sizeof(text) - 1);

	ck_assert_uint_gt(hgx_findings_count(findings), 0);
	hgx_findings_free(findings);
}
END_TEST

static const struct {
	const char *checked, *variable, *user, *system;
	int standard;
	const char *text; /* of the first finding; NULL: there is none */
} setups[] = {
	{ NULL, NULL, NULL, NULL, 0, NULL },
	{ "/a", "/a", NULL, NULL, 0, NULL },
	{ "/run/nvidia-topologyd/virtualTopology.xml", NULL, NULL, NULL, 1, NULL },
	{ "/a", NULL, "NCCL_TOPO_FILE=/a\n", "NCCL_TOPO_FILE=/a\n", 0, NULL },
	{ "/a", NULL, "#NCCL_TOPO_FILE=/b\nNCCL_DEBUG=INFO\nNCCL_TOPO_FILE=/a", NULL, 0, NULL },
	{ "/a", NULL, NULL, NULL, 0,
	  "NCCL reads no topology file here, so not /a: NCCL_TOPO_FILE is not set, and there is no "
	  "/var/run/nvidia-topologyd/virtualTopology.xml" },
	{ "/a", "/b", "NCCL_TOPO_FILE=/a", NULL, 0, "NCCL reads /b (NCCL_TOPO_FILE in the environment) here, not /a" },
	{ "/a", NULL, "NCCL_TOPO_FILE=/b", "NCCL_TOPO_FILE=/a", 1, "NCCL reads /b (NCCL_TOPO_FILE in ~/.nccl.conf) here, not /a" },
	{ "/a", NULL, NULL, "NCCL_TOPO_FILE=/a", 1,
	  "NCCL reads /a (NCCL_TOPO_FILE in /etc/nccl.conf) and passes over "
	  "/var/run/nvidia-topologyd/virtualTopology.xml (the default)" },
};

START_TEST(one_of_several_files_counts)
{
	struct hgx_findings *findings;
	struct hgx_error err = { 0 };
	const struct hgx_finding *first;

	expect_fine(hgx_check_nccl_setup(&findings, setups[_i].checked, setups[_i].variable, setups[_i].user,
					 setups[_i].system, setups[_i].standard, NULL, &err),
		    &err, "the check");
	first = hgx_findings_at(findings, 0);
	if (setups[_i].text)
		ck_assert_str_eq(first ? first->text : "nothing", setups[_i].text);
	else
		ck_assert_ptr_null(first);
	hgx_findings_free(findings);
}
END_TEST

START_TEST(wrong_calls_are_refused)
{
	const struct hgx_check_options options = { .size = sizeof(options), .rules = "nothing" };
	struct hgx_findings *findings, *changes;
	struct hgx_topo *host = host_of("package 0 vendor=GenuineIntel arch=x86_64\nnode 0 memory=64G\ncpus 0-7 package=0 node=0\n");
	struct hgx_error err = { 0 };
	char *text;

	expect_error(hgx_check_nccl(&findings, NULL, 0, "t.xml", NULL, NULL, NULL, &err), &err, HGX_INVALID,
		     "t.xml: no text given");
	ck_assert_ptr_null(findings);
	ck_assert_int_eq(hgx_check_nccl(&findings, "", 0, NULL, NULL, NULL, &options, &err), HGX_INVALID);
	ck_assert_int_eq(hgx_check_guest(&findings, host, host, NULL, &err), HGX_INVALID);
	ck_assert_ptr_null(findings);
	ck_assert_int_eq(hgx_fix_nccl(&text, &changes, "", 0, NULL, host, &err), HGX_REFUSED);
	ck_assert_ptr_null(text);
	ck_assert_ptr_null(changes);
	hgx_topo_free(host);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("nccl");
	TCase *tcase = tcase_create("nccl");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_loop_test(tcase, an_affinity_is_read_as_nccl_reads_it, 0, ARRAY_SIZE(masks));
	tcase_add_test(tcase, a_list_of_cpus_becomes_a_mask);
	tcase_add_loop_test(tcase, a_finding_names_line_and_column, 0, ARRAY_SIZE(files));
	tcase_add_test(tcase, nothing_is_wrong_with_a_plain_file);
	tcase_add_test(tcase, bytes_after_a_nul_are_no_accident);
	tcase_add_loop_test(tcase, one_of_several_files_counts, 0, ARRAY_SIZE(setups));
	tcase_add_test(tcase, wrong_calls_are_refused);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
