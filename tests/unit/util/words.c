/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* In whose words a text names options: the members of the struct, or the options of the command. */
#include "support.h"

#define HOST "package 0 vendor=GenuineIntel\nnode 0 memory=64G\ncpus 0-7 package=0 node=0\n" \
	"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n 10:02.0 root-port\n  12:00.0 gpu\n"
#define DOMAIN "<domain><os><type machine='q35'>hvm</type></os><devices><hostdev type='pci'><source>" \
	"<address bus='0x11'/></source></hostdev></devices></domain>"

START_TEST(an_option_is_spelled_as_the_caller_knows_it)
{
	static const struct { enum option_id option; const char *value, *member, *option_text; } rows[] = {
		{ OPTION_RESERVE_CORES, "8", "reserve_cores = 8", "--reserve-cores 8" },
		{ OPTION_RESERVE_CORES, "0", "reserve_cores = HGX_RESERVE_NONE", "--reserve-cores 0" },
		{ OPTION_SKIP, "19:00.0", "skip = \"19:00.0\"", "--skip 19:00.0" },
		{ OPTION_UNEVEN, "1", "uneven = 1", "--uneven" },
		{ OPTION_VF, "1", "vf = 1", "--vf" },
		{ OPTION_SMT, "on", "smt = HGX_ON", "--smt on" },
		{ OPTION_MIRROR, "numa", "mirror = HGX_MIRROR_NUMA", "--mirror numa" },
		{ OPTION_NVSWITCH, "auto", "nvswitch = HGX_NVSWITCH_AUTO", "--nvswitch auto" },
		{ OPTION_NVSWITCH, "all", "nvswitch = HGX_NVSWITCH_ALL", "--nvswitch all" },
		{ OPTION_VCPUS, "12 or 14", "vcpus = 12 or 14", "--vcpus 12 or 14" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		enum option_id option = rows[i].option;

		ck_assert_str_eq(option_value(HGX_WORDS_MEMBERS, option, "%s", rows[i].value).text,
				 rows[i].member);
		ck_assert_str_eq(option_value(HGX_WORDS_OPTIONS, option, "%s", rows[i].value).text,
				 rows[i].option_text);
	}
	ck_assert_str_eq(option_vms(HGX_WORDS_MEMBERS, 1, 2).text, "vm = 1, vms = 2");
	ck_assert_str_eq(option_vms(HGX_WORDS_OPTIONS, 1, 2).text, "--vms 1/2");
	ck_assert_str_eq(option_name(HGX_WORDS_MEMBERS, OPTION_MEMORY_PER_CELL).text, "memory_per_cell");
	ck_assert_str_eq(option_name(HGX_WORDS_OPTIONS, OPTION_MEMORY_PER_CELL).text, "--memory");
}
END_TEST

/* By the name of an option people find it: a member is spelled like the option, but for '-'. */
START_TEST(every_option_has_a_row)
{
	for (int i = OPTION_NONE + 1; i < OPTIONS; i++) {
		enum option_id option = (enum option_id)i;

		ck_assert_msg(*option_member(option) && strlen(option_member(option)) <
			      sizeof(((struct hgx_error *)0)->option), "option %d", i);
		ck_assert_str_eq(option_name(HGX_WORDS_MEMBERS, option).text, option_member(option));
		for (int j = OPTION_NONE + 1; j < i; j++)
			ck_assert_str_ne(option_member((enum option_id)j), option_member(option));
		/* the command chooses the view and the guest of a forecast by its source */
		if (option != OPTION_SIZE && option != OPTION_WORDS && option != OPTION_VIEW && option != OPTION_GUEST)
			ck_assert_msg(!strncmp(option_name(HGX_WORDS_OPTIONS, option).text, "--", 2), "option %d", i);
	}
	ck_assert_str_eq(option_member(OPTION_NONE), "");
}
END_TEST

struct call {
	struct hgx_topo *host;
	struct hgx_plan *plan;
	int words;
	struct hgx_error err;
};

static void expect_said(const struct call *call, int code, int wanted, const char *members, const char *options)
{
	expect_error(code, &call->err, wanted, call->words == HGX_WORDS_OPTIONS ? options : members);
}

static int domain(struct call *call, const struct hgx_topo *host, struct hgx_topo **out)
{
	struct hgx_domain_options options = { .size = sizeof(options), .host = host, .words = call->words };

	return hgx_topo_from_domain(out, DOMAIN, strlen(DOMAIN), NULL, &options, &call->err);
}

static int nccl(struct call *call, const struct hgx_topo *topo, int content)
{
	struct hgx_nccl_options options = { .size = sizeof(options), .content = content, .words = call->words };
	char *text;
	int code = hgx_emit_nccl(topo, &options, &text, &call->err);

	hgx_text_free(text);
	return code;
}

static int qemu(struct call *call, const struct hgx_plan *plan, struct hgx_qemu_options options)
{
	char *text;
	int code;

	options.size = sizeof(options);
	options.words = call->words;
	code = hgx_emit_qemu(plan, &options, &text, &call->err);
	hgx_text_free(text);
	return code;
}

static int kernel(struct call *call, const char *driver)
{
	struct hgx_kernel_options options = { .size = sizeof(options), .driver = driver, .words = call->words };
	struct hgx_plan *plan = call->plan;
	char *text;
	int code = hgx_emit_kernel_args(&plan, 1, &options, &text, &call->err);

	hgx_text_free(text);
	return code;
}

static int plan(struct call *call, struct hgx_plan **out, struct hgx_plan_options options)
{
	options.size = sizeof(options);
	options.words = call->words;
	return hgx_plan_new(out, call->host, &options, &call->err);
}

static struct call begin(int words)
{
	struct call call = { .host = host_of(HOST), .words = words };

	expect_fine(plan(&call, &call.plan, (struct hgx_plan_options){ .name = NULL }), &call.err, "plan");
	return call;
}

static void end(struct call *call)
{
	hgx_plan_free(call->plan);
	hgx_topo_free(call->host);
}

START_TEST(emitters_refuse_options_in_the_words_of_their_caller)
{
	for (int words = HGX_WORDS_MEMBERS; words <= HGX_WORDS_OPTIONS; words++) {
		struct call call = begin(words);
		struct hgx_topo *topo;
		struct hgx_plan *based;

		expect_said(&call, nccl(&call, call.host, 7), HGX_INVALID, "content: 7 is not a valid value",
			    "--profile: 7 is not a valid value");
		expect_said(&call, qemu(&call, call.plan, (struct hgx_qemu_options){ .format = -1 }), HGX_INVALID,
			    "format: -1 is not a valid value", "--shell: -1 is not a valid value");
		expect_said(&call, qemu(&call, call.plan, (struct hgx_qemu_options){ .firmware_code = "" }), HGX_INVALID,
			    "firmware_code needs the name of a file, in UTF-8 without control characters",
			    "--ovmf-code needs the name of a file, in UTF-8 without control characters");
		expect_said(&call, qemu(&call, call.plan, (struct hgx_qemu_options){ .firmware_vars = "\a" }), HGX_INVALID,
			    "firmware_vars needs the name of a file, in UTF-8 without control characters",
			    "--ovmf-vars needs the name of a file, in UTF-8 without control characters");
		expect_said(&call, kernel(&call, "nvidia"), HGX_INVALID,
			    "driver: 'nvidia' is not a valid value; use vfio-pci or pci-stub",
			    "--driver: 'nvidia' is not a valid value; use vfio-pci or pci-stub");
		expect_fine(domain(&call, NULL, &topo), &call.err, "domain");
		expect_said(&call, nccl(&call, topo, 0), HGX_REFUSED,
			    "0000:02:00.0: device and link speed are unknown without the host's topology; "
			    "give it too (host)",
			    "0000:02:00.0: device and link speed are unknown without the host's topology; "
			    "give it too (--host)");
		hgx_topo_free(topo);
		expect_fine(plan(&call, &based, (struct hgx_plan_options){ .base = DOMAIN }), &call.err, "plan");
		expect_said(&call, qemu(&call, based, (struct hgx_qemu_options){ .format = 0 }), HGX_REFUSED,
			    "hgx-vm: only libvirt can start the domain's own devices; write a libvirt "
			    "domain, or leave out base",
			    "hgx-vm: only libvirt can start the domain's own devices; write a libvirt "
			    "domain, or leave out --base");
		hgx_plan_free(based);
		end(&call);
	}
}
END_TEST

START_TEST(other_words_are_refused_by_every_function_that_has_them)
{
	static const int wrong[] = { -1, 2, 1000 };

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct call call = begin(0);
		struct hgx_topo *topo;
		struct hgx_plan *none;
		char text[40];
		int codes[5];

		call.words = wrong[i];
		snprintf(text, sizeof(text), "words: %d is not a valid value", wrong[i]);
		for (int j = 0; j < 5; j++) {
			memset(&call.err, 0xa5, sizeof(call.err));
			codes[j] = j == 0 ? plan(&call, &none, (struct hgx_plan_options){ .smt = 9 }) :
				   j == 1 ? domain(&call, NULL, &topo) :
				   j == 2 ? nccl(&call, call.host, 7) :
				   j == 3 ? qemu(&call, call.plan, (struct hgx_qemu_options){ .format = -1 }) :
					    kernel(&call, "nvidia");
			expect_error(codes[j], &call.err, HGX_INVALID, text);
			ck_assert_str_eq(call.err.option, "words");
			ck_assert_str_eq(call.err.rule, "option-value");
		}
		end(&call);
	}
}
END_TEST

static const struct told {
	const char *rule;
	struct hgx_plan_options options;
	const char *members, *words; /* text and remedy */
} tolds[] = {
	{ "whole-host", { .gpus = "0", .vcpus = HGX_VCPUS_ALL, .memory = HGX_MEMORY_ALL }, "the VM gets the cores and memory of the whole host, although 1 GPU stays "
	  "free; for several VMs use vms or partition, for a smaller one vcpus and memory",
	  "the VM gets the cores and memory of the whole host, although 1 GPU stays free; for several VMs use --vms "
	  "or --partition, for a smaller one --vcpus and --memory" },
	{ "left-out", { .skip = "11:00.0" }, "left out: GPU 0000:11:00.0 (10de:2335): skip leaves it out",
	  "left out: GPU 0000:11:00.0 (10de:2335): --skip leaves it out" },
	{ "memory-tight", { .memory = 61ull << 30 }, "node0 keeps only 3 GiB for the host; use a smaller memory",
	  "node0 keeps only 3 GiB for the host; use a smaller --memory" },
	{ "memory-tight", { .memory_per_cell = 61ull << 30 },
	  "node0 keeps only 3 GiB for the host; use a smaller memory_per_cell",
	  "node0 keeps only 3 GiB for the host; use a smaller --memory" },
};

START_TEST(findings_of_a_plan_are_in_the_words_of_its_caller)
{
	for (size_t i = 0; i < ARRAY_SIZE(tolds); i++)
		for (int words = HGX_WORDS_MEMBERS; words <= HGX_WORDS_OPTIONS; words++) {
			struct call call = begin(words);
			const struct hgx_finding *findings;
			struct hgx_plan *told;
			char text[400] = "";
			size_t count;

			expect_fine(plan(&call, &told, tolds[i].options), &call.err, "plan");
			count = hgx_plan_findings(told, &findings);
			for (size_t j = 0; j < count; j++)
				if (!strcmp(findings[j].rule, tolds[i].rule))
					snprintf(text, sizeof(text), "%s%s%s", findings[j].text,
						 findings[j].remedy ? "; " : "",
						 findings[j].remedy ? findings[j].remedy : "");
			ck_assert_str_eq(text, words ? tolds[i].words : tolds[i].members);
			hgx_plan_free(told);
			end(&call);
		}
}
END_TEST

START_TEST(findings_of_a_domain_are_in_the_words_of_its_caller)
{
	static const char *const remedies[] = {
		"give the host's topology too (host): the file for NCCL then states the switches and links of the "
		"host",
		"give the host's topology too (--host): the file for NCCL then states the switches and links of "
		"the host"
	};

	for (int words = HGX_WORDS_MEMBERS; words <= HGX_WORDS_OPTIONS; words++) {
		struct call call = begin(words);
		const struct hgx_finding *findings;
		const char *remedy = "";
		struct hgx_topo *topo;
		size_t count;

		expect_fine(domain(&call, NULL, &topo), &call.err, "domain");
		count = hgx_topo_findings(topo, &findings);
		for (size_t i = 0; i < count; i++)
			if (!strcmp(findings[i].rule, "host-unknown"))
				remedy = findings[i].remedy;
		ck_assert_str_eq(remedy, remedies[words]);
		hgx_topo_free(topo);
		end(&call);
	}
}
END_TEST

int main(void)
{
	return RUN("words", an_option_is_spelled_as_the_caller_knows_it, every_option_has_a_row,
		   emitters_refuse_options_in_the_words_of_their_caller,
		   other_words_are_refused_by_every_function_that_has_them,
		   findings_of_a_plan_are_in_the_words_of_its_caller,
		   findings_of_a_domain_are_in_the_words_of_its_caller);
}
