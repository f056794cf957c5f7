/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What checks share: options, consequences, order, refusals, and how findings are written. */
#include "support.h"

#define ONE "package 0 vendor=GenuineIntel arch=x86_64\nnode 0 memory=64G\ncpus 0-7 package=0 node=0\n"
#define SWITCH(bus, gpu) "root 0000:" bus "0 numa=0\n " bus "0:01.0 root-port\n  " bus "1:00.0 switch-up\n" \
	"   " bus "2:00.0 switch-down\n    " bus "3:00.0 gpu bars=16M,8G,-32M " gpu "\n"
#define TWO ONE SWITCH("1", "group=1 driver=nvidia") SWITCH("2", "group=2 driver=nvidia")

static struct hgx_findings *checked(const struct hgx_topo *host, const struct hgx_check_options *options)
{
	struct hgx_findings *findings;
	struct hgx_error err = { 0 };

	expect_fine(hgx_check_host(&findings, host, options, &err), &err, "the check");
	return findings;
}

/* How many findings a rule has. */
static size_t count_of(const struct hgx_findings *findings, const char *rule)
{
	size_t count = 0;

	for (size_t i = 0; i < hgx_findings_count(findings); i++)
		count += !strcmp(hgx_findings_at(findings, i)->rule, rule);
	return count;
}

START_TEST(findings_come_with_the_severity_and_the_remedy_of_their_rule)
{
	struct hgx_topo *host = host_of(TWO);
	struct hgx_findings *findings = checked(host, NULL);
	const struct hgx_finding *first = hgx_findings_at(findings, 0);

	ck_assert_str_eq(first->rule, "driver-bound");
	ck_assert_int_eq(first->severity, HGX_WARNING);
	ck_assert_str_eq(first->node->name, "0000:13:00.0");
	ck_assert_str_eq(first->text, "GPU 0000:13:00.0 (10de:2335): held by the driver nvidia");
	ck_assert_ptr_nonnull(strstr(first->remedy, "\ndriverctl set-override 0000:13:00.0 vfio-pci"));
	ck_assert_uint_eq(count_of(findings, "driver-bound"), 2);
	ck_assert_ptr_null(hgx_findings_at(findings, hgx_findings_count(findings)));
	hgx_findings_free(findings);
	hgx_topo_free(host);
}
END_TEST

START_TEST(the_worst_comes_first_and_rules_stay_together)
{
	struct hgx_topo *host = host_of(TWO SWITCH("3", "driver=nvidia"));
	struct hgx_findings *findings = checked(host, NULL);

	ck_assert_uint_gt(hgx_findings_count(findings), 3);
	ck_assert_str_eq(hgx_findings_at(findings, 0)->rule, "group-missing");
	for (size_t i = 1; i < hgx_findings_count(findings); i++)
		ck_assert_int_le(hgx_findings_at(findings, i)->severity,
				 hgx_findings_at(findings, i - 1)->severity);
	hgx_findings_free(findings);
	hgx_topo_free(host);
}
END_TEST

START_TEST(a_consequence_is_left_out_unless_it_is_asked_for)
{
	struct hgx_check_options options = { .size = sizeof(options), .consequences = 1 };
	struct hgx_topo *host = host_of(TWO SWITCH("3", "driver=nvidia"));
	struct hgx_findings *without = checked(host, NULL), *with = checked(host, &options);

	ck_assert_uint_eq(count_of(without, "left-out"), 0);
	ck_assert_uint_eq(count_of(with, "left-out"), 1);
	hgx_findings_free(without);
	hgx_findings_free(with);
	hgx_topo_free(host);
}
END_TEST

START_TEST(rules_can_be_chosen_and_ignored)
{
	struct hgx_check_options options = { .size = sizeof(options), .rules = "driver-bound,iommu-off" };
	struct hgx_topo *host = host_of(TWO);
	struct hgx_findings *findings = checked(host, &options);

	ck_assert_uint_eq(hgx_findings_count(findings), 2);
	hgx_findings_free(findings);
	options.rules = NULL;
	options.ignore = "driver-bound";
	findings = checked(host, &options);
	ck_assert_uint_eq(count_of(findings, "driver-bound"), 0);
	ck_assert_uint_gt(hgx_findings_count(findings), 0);
	hgx_findings_free(findings);
	hgx_topo_free(host);
}
END_TEST

START_TEST(the_devices_of_the_planned_vm_are_chosen)
{
	struct hgx_plan_options plan = { .size = sizeof(plan), .vm = 1, .vms = 2 };
	struct hgx_check_options options = { .size = sizeof(options), .plan = &plan };
	struct hgx_topo *host = host_of(TWO);
	struct hgx_findings *findings = checked(host, &options);

	ck_assert_uint_eq(count_of(findings, "driver-bound"), 1);
	hgx_findings_free(findings);
	plan.vm = 0;
	options.every = 1;
	findings = checked(host, &options);
	ck_assert_uint_eq(count_of(findings, "driver-bound"), 2);
	hgx_findings_free(findings);
	hgx_topo_free(host);
}
END_TEST

START_TEST(a_refusal_to_plan_is_a_problem_and_the_check_goes_on)
{
	struct hgx_plan_options plan = { .size = sizeof(plan), .hugepages = 1ull << 30 };
	struct hgx_check_options options = { .size = sizeof(options), .plan = &plan };
	struct hgx_topo *host = host_of(TWO);
	struct hgx_findings *findings = checked(host, &options);

	ck_assert_str_eq(hgx_findings_at(findings, 0)->rule, "huge-pages-missing");
	ck_assert_int_eq(hgx_findings_at(findings, 0)->severity, HGX_PROBLEM);
	ck_assert_uint_eq(count_of(findings, "driver-bound"), 2);
	hgx_findings_free(findings);
	hgx_topo_free(host);
}
END_TEST

static const struct {
	struct hgx_check_options options;
	const char *gpus;
	int code;
	const char *text;
} wrong[] = {
	{ { .size = 1 }, NULL, HGX_INVALID, "the size of an options struct is 1; set it to sizeof the struct" },
	{ { .size = sizeof(struct hgx_check_options), .rules = "iommu-off,nothing" }, NULL, HGX_INVALID,
	  "rules: there is no rule 'nothing'" },
	{ { .size = sizeof(struct hgx_check_options), .ignore = "", .words = HGX_WORDS_OPTIONS }, NULL,
	  HGX_INVALID, "--ignore: there is no rule ''" },
	{ { .size = sizeof(struct hgx_check_options), .words = 7 }, NULL, HGX_INVALID,
	  "words: 7 is not a valid value" },
	{ { .size = sizeof(struct hgx_check_options), .every = 2 }, NULL, HGX_INVALID,
	  "every: 2 is not a valid value" },
	{ { .size = sizeof(struct hgx_check_options), .consequences = -1 }, NULL, HGX_INVALID,
	  "consequences: -1 is not a valid value" },
	{ { .size = sizeof(struct hgx_check_options) }, "0000:99:00.0", HGX_MISSING,
	  "gpus: there is no device 0000:99:00.0 on this host" },
};

START_TEST(options_that_make_no_sense_are_errors)
{
	struct hgx_plan_options plan = { .size = sizeof(plan), .gpus = wrong[_i].gpus };
	struct hgx_check_options options = wrong[_i].options;
	struct hgx_topo *host = host_of(TWO);
	struct hgx_error err = { 0 };
	struct hgx_findings *findings = (void *)host;

	if (plan.gpus)
		options.plan = &plan;
	expect_error(hgx_check_host(&findings, host, &options, &err), &err, wrong[_i].code, wrong[_i].text);
	ck_assert_ptr_null(findings);
	hgx_topo_free(host);
}
END_TEST

START_TEST(a_later_option_is_an_error)
{
	const struct hgx_check_options options = { .size = sizeof(options), .reserved = 1 };
	struct hgx_topo *host = host_of(TWO);
	struct hgx_error err = { 0 };
	struct hgx_findings *findings;

	ck_assert_int_eq(hgx_check_host(&findings, host, &options, &err), HGX_INVALID);
	ck_assert_str_eq(err.rule, "option-unknown");
	hgx_topo_free(host);
}
END_TEST

START_TEST(a_guest_is_not_a_host)
{
	struct hgx_topo *host = host_of(TWO);
	struct hgx_plan *plan = plan_of(host, 0, 0);
	struct hgx_error err = { 0 };
	struct hgx_findings *findings;

	expect_error(hgx_check_host(&findings, hgx_plan_guest(plan), NULL, &err), &err, HGX_INVALID,
		     "this is what a guest sees; give the topology of a host");
	hgx_plan_free(plan);
	hgx_topo_free(host);
}
END_TEST

START_TEST(what_json_does_not_have_is_one_note)
{
	struct hgx_topo *host = host_of(TWO);
	struct hgx_findings *findings = checked(host, NULL);

	ck_assert_uint_eq(count_of(findings, "not-checked"), 1);
	ck_assert_uint_eq(count_of(findings, "kvm-missing"), 0);
	hgx_findings_free(findings);
	hgx_topo_free(host);
}
END_TEST

START_TEST(the_same_about_several_devices_is_one_line)
{
	struct hgx_check_options options = { .size = sizeof(options), .rules = "driver-bound" };
	struct hgx_topo *host = host_of(TWO SWITCH("3", "group=3 driver=nouveau"));
	struct hgx_findings *findings = checked(host, &options);
	struct hgx_error err = { 0 };
	char *text;

	expect_fine(hgx_emit_findings(&findings, 1, 0, &text, &err), &err, "the text");
	ck_assert_str_eq(text,
		"warning: driver-bound\n"
		"  GPU 0000:13:00.0 (10de:2335), 0000:23:00.0: held by the driver nvidia\n"
		"  GPU 0000:33:00.0 (10de:2335): held by the driver nouveau\n"
		"  Remedy: bind chosen devices to vfio-pci; libvirt does so when the VM starts where the "
		"domain has managed='yes', but unbinding a driver that is in use may hang\n"
		"      for d in 0000:13:00.0 0000:23:00.0 0000:33:00.0; do driverctl set-override $d vfio-pci; "
		"done\n"
		"1 warning\n");
	hgx_text_free(text);
	hgx_findings_free(findings);
	hgx_topo_free(host);
}
END_TEST

START_TEST(several_lists_are_written_as_one)
{
	struct hgx_check_options options = { .size = sizeof(options), .rules = "driver-bound" };
	struct hgx_topo *host = host_of(TWO), *other = host_of(TWO SWITCH("3", "driver=nvidia"));
	struct hgx_findings *lists[] = { checked(host, &options), checked(other, NULL), NULL };
	struct hgx_error err = { 0 };
	char *text;

	expect_fine(hgx_emit_findings_json(lists, 3, &text, &err), &err, "the JSON");
	ck_assert_ptr_nonnull(strstr(text, "\"severity\": \"problem\""));
	ck_assert(strstr(text, "\"problem\"") < strstr(text, "\"driver-bound\""));
	hgx_text_free(text);
	expect_fine(hgx_emit_findings(lists + 2, 1, 0, &text, &err), &err, "no list");
	ck_assert_str_eq(text, "no findings\n");
	hgx_text_free(text);
	hgx_findings_free(lists[0]);
	hgx_findings_free(lists[1]);
	hgx_topo_free(host);
	hgx_topo_free(other);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("check");
	TCase *tcase = tcase_create("check");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tcase);
	tcase_add_test(tcase, findings_come_with_the_severity_and_the_remedy_of_their_rule);
	tcase_add_test(tcase, the_worst_comes_first_and_rules_stay_together);
	tcase_add_test(tcase, a_consequence_is_left_out_unless_it_is_asked_for);
	tcase_add_test(tcase, rules_can_be_chosen_and_ignored);
	tcase_add_test(tcase, the_devices_of_the_planned_vm_are_chosen);
	tcase_add_test(tcase, a_refusal_to_plan_is_a_problem_and_the_check_goes_on);
	tcase_add_loop_test(tcase, options_that_make_no_sense_are_errors, 0, ARRAY_SIZE(wrong));
	tcase_add_test(tcase, a_later_option_is_an_error);
	tcase_add_test(tcase, a_guest_is_not_a_host);
	tcase_add_test(tcase, what_json_does_not_have_is_one_note);
	tcase_add_test(tcase, the_same_about_several_devices_is_one_line);
	tcase_add_test(tcase, several_lists_are_written_as_one);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
