/* Errors for programs: the table of rules, and which rule, node and option a refusal names. */
#include "support.h"
#include <ctype.h>

#define CPUS "package 0 vendor=GenuineIntel\nnode 0 memory=64G\ncpus 0-7 package=0 node=0\n"
#define HOST CPUS "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu group=1\n 10:02.0 root-port\n" \
	"  12:00.0 nic group=2 use=\"eth0 has an IPv4 address\"\n 10:03.0 root-port\n  13:00.0 nvme group=3\n" \
	"  13:00.1 nvme group=2\n 10:04.0 root-port\n  14:00.0 other\n"

static const char *const names[] = {
#define NAME_OF(name, ...) #name,
	RULES(NAME_OF, NAME_OF)
#undef NAME_OF
};

START_TEST(every_rule_has_an_id_of_its_own_and_a_meaning)
{
	size_t count = 0;

	for (const struct hgx_rule *rule; (rule = hgx_rule_at(count)) != NULL; count++) {
		size_t length = strlen(rule->id);

		ck_assert_msg(count < ARRAY_SIZE(names), "%s", rule->id);
		ck_assert_msg(length && length < sizeof(((struct hgx_error *)0)->rule), "%s", rule->id);
		ck_assert_msg(length == strspn(rule->id, "abcdefghijklmnopqrstuvwxyz0123456789-"), "%s", rule->id);
		ck_assert_msg(*rule->id != '-' && rule->id[length - 1] != '-' && !strstr(rule->id, "--"),
			      "%s", rule->id);
		for (size_t i = 0; i <= length; i++)
			ck_assert_msg(names[count][i] == '_' ? rule->id[i] == '-' :
				      tolower(names[count][i]) == rule->id[i], "%s: %s", names[count], rule->id);
		for (size_t i = 0; i < count; i++)
			ck_assert_msg(strcmp(hgx_rule_at(i)->id, rule->id), "%s is there twice", rule->id);
		ck_assert_msg(hgx_code_name(rule->code) != NULL, "%s: %d", rule->id, rule->code);
		ck_assert_msg(*rule->meaning && !strchr(rule->meaning, '\n'), "%s", rule->id);
	}
	ck_assert_uint_eq(count, ARRAY_SIZE(names));
	ck_assert_ptr_null(hgx_rule_at(SIZE_MAX));
	ck_assert_int_eq(rule_row(RULE_HUGE_PAGES_MISSING)->code, HGX_REFUSED);
	ck_assert_int_eq(rule_row(RULE_IOMMU_OFF)->code, HGX_OK);
}
END_TEST

START_TEST(every_code_has_a_name)
{
	static const char *const codes[] = {
		[HGX_OK] = "ok", [HGX_INVALID] = "invalid", [HGX_MISSING] = "missing",
		[HGX_UNREADABLE] = "unreadable", [HGX_SYNTAX] = "syntax", [HGX_VERSION] = "version",
		[HGX_BROKEN] = "broken", [HGX_REFUSED] = "refused", [HGX_LIMIT] = "limit",
		[HGX_NO_MEMORY] = "no-memory",
	};

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++)
		ck_assert_str_eq(hgx_code_name((int)i), codes[i]);
	ck_assert_ptr_null(hgx_code_name(-1));
	ck_assert_ptr_null(hgx_code_name(ARRAY_SIZE(codes)));
}
END_TEST

static void expect_about(const struct hgx_error *err, const char *rule, const char *node,
			 const char *option)
{
	static const char nothing[sizeof(err->reserved)];

	ck_assert_msg(!strcmp(err->rule, rule) && !strcmp(err->node, node) && !strcmp(err->option, option),
		      "expected '%s' '%s' '%s'\n     got '%s' '%s' '%s': %s", rule, node, option, err->rule,
		      err->node, err->option, err->text);
	ck_assert_msg(!memcmp(err->reserved, nothing, sizeof(nothing)), "%s", err->text);
	ck_assert_msg(err->code != HGX_OK && *err->text, "%s", rule);
}

struct refusal {
	struct hgx_plan_options options;
	const char *rule, *node, *option;
};

static const struct refusal refusals[] = {
	{ { .smt = 9 }, "option-value", "", "smt" },
	{ { .p2p_clique = -1 }, "option-value", "", "p2p_clique" },
	{ { .nvswitch = 3 }, "option-value", "", "nvswitch" },
	{ { .mirror = 2 }, "option-value", "", "mirror" },
	{ { .vf = 2 }, "option-value", "", "vf" },
	{ { .uneven = -1 }, "option-value", "", "uneven" },
	{ { .reserve_cores = -2 }, "option-value", "", "reserve_cores" },
	{ { .hugepages = 4096 }, "option-value", "", "hugepages" },
	{ { .name = "" }, "option-value", "", "name" },
	{ { .name = "a/b" }, "option-value", "", "name" },
	{ { .name = ".." }, "option-value", "", "name" },
	{ { .name = "x", .base = "<domain/>" }, "options-conflict", "", "name" },
	{ { .memory = 1, .memory_per_cell = 1 }, "options-conflict", "", "memory_per_cell" },
	{ { .vm = 1 }, "option-incomplete", "", "vm" },
	{ { .vm = 3, .vms = 2 }, "option-value", "", "vm" },
	{ { .uneven = 1 }, "option-incomplete", "", "uneven" },
	{ { .module_ids = "0" }, "option-incomplete", "", "module_ids" },
	{ { .partition = "0", .gpus = "0" }, "options-conflict", "", "partition" },
	{ { .partition = "x" }, "option-value", "", "partition" },
	{ { .partition = "0" }, "module-ids-missing", "", "module_ids" },
	{ { .partition = "0", .module_ids = "0" }, "option-value", "", "module_ids" },
	{ { .partition = "0", .module_ids = "4,6,5,7,0,2,1,3" }, "partition-board", "", "partition" },
	{ { .libvirt_version = "x" }, "option-value", "", "libvirt_version" },
	{ { .qemu_version = "x" }, "option-value", "", "qemu_version" },
	{ { .libvirt_version = "4.0" }, "libvirt-too-old", "", "libvirt_version" },
	{ { .qemu_version = "3.0" }, "qemu-too-old", "", "qemu_version" },
	{ { .gpus = "none" }, "option-value", "", "gpus" },
	{ { .gpus = "0," }, "option-value", "", "gpus" },
	{ { .gpus = "3" }, "device-missing", "", "gpus" },
	{ { .gpus = "12:00.0" }, "device-kind", "0000:12:00.0", "gpus" },
	{ { .skip = "0x1:0.0" }, "address-malformed", "0x1:0.0", "skip" },
	{ { .skip = "13:00.0,13:00.0" }, "device-twice", "0000:13:00.0", "skip" },
	{ { .skip = "11:00.0" }, "no-gpu-free", "0000:11:00.0", "" },
	{ { .nics = "77:00.0" }, "device-missing", "0000:77:00.0", "nics" },
	{ { .nics = "12:00.0" }, "device-in-use", "0000:12:00.0", "nics" },
	{ { .nvme = "13:00.1" }, "group-in-use", "0000:13:00.1", "nvme" },
	{ { .nvme = "13:00.0,13:00.0" }, "device-twice", "0000:13:00.0", "nvme" },
	{ { .add = "10:01.0" }, "device-is-bridge", "0000:10:01.0", "add" },
	{ { .add = "11:00.0" }, "device-kind", "0000:11:00.0", "add" },
	{ { .add = "14:00.0" }, "device-without-group", "0000:14:00.0", "add" },
	{ { .add = "13:00.0", .skip = "13:00.0" }, "options-conflict", "0000:13:00.0", "add" },
	{ { .vms = 2, .vm = 1 }, "vms-too-many", "", "vms" },
	{ { .reserve_cores = 8 }, "cores-exhausted", "node0", "reserve_cores" },
	{ { .smt = HGX_ON }, "smt-missing", "", "smt" },
	{ { .vcpus = 9 }, "vcpus-too-many", "", "vcpus" },
	{ { .vcpus = 1000 }, "vcpus-too-many", "", "vcpus" },
	{ { .memory = 3 }, "memory-uneven", "", "memory" },
	{ { .memory_per_cell = 3 }, "memory-uneven", "", "memory_per_cell" },
	{ { .memory = 1ull << 40 }, "memory-too-large", "node0", "memory" },
	{ { .memory_per_cell = 1ull << 40 }, "memory-too-large", "node0", "memory_per_cell" },
	{ { .hugepages = 1ull << 30 }, "huge-pages-missing", "node0", "hugepages" },
	{ { .base = "<domain" }, "xml-syntax", "", "base" },
	{ { .base = "<other/>" }, "domain-format", "", "base" },
	{ { .base = "<!DOCTYPE x><domain/>" }, "xml-doctype", "", "base" },
	{ { .base = "<domain/>" }, "domain-incomplete", "", "base" },
};

START_TEST(a_refused_plan_names_rule_node_and_option)
{
	struct hgx_topo *host = host_of(HOST);

	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++) {
		struct hgx_plan_options options = refusals[i].options;
		struct hgx_plan *plan;
		struct hgx_error err;

		memset(&err, 0xa5, sizeof(err));
		options.size = sizeof(options);
		ck_assert_int_eq(hgx_plan_new(&plan, host, &options, &err), err.code);
		expect_about(&err, refusals[i].rule, refusals[i].node, refusals[i].option);
		ck_assert_int_eq(hgx_plan_new(&plan, host, &options, NULL), err.code);
	}
	hgx_topo_free(host);
}
END_TEST

/* Each returns what the call did. */
static int bad_address(struct hgx_error *err)
{
	struct hgx_bdf address;

	return hgx_bdf_parse(&address, "19", err);
}

static int bad_size(struct hgx_error *err)
{
	uint64_t size;

	return hgx_size_parse(&size, "12", err);
}

static int bad_example(struct hgx_error *err)
{
	struct hgx_topo *topo;

	return hgx_topo_from_example(&topo, "none", err);
}

static int bad_struct(struct hgx_error *err)
{
	const struct hgx_host_options options = { .root = "/" };
	struct hgx_topo *topo;

	return hgx_topo_from_host(&topo, &options, err);
}

static int bad_root(struct hgx_error *err)
{
	const struct hgx_host_options options = { sizeof(options), "/nowhere" };
	struct hgx_topo *topo;

	return hgx_topo_from_host(&topo, &options, err);
}

static int empty_root(struct hgx_error *err)
{
	const struct hgx_host_options options = { sizeof(options), "tests/unit" };
	struct hgx_topo *topo;

	return hgx_topo_from_host(&topo, &options, err);
}

static int json_with(struct hgx_error *err, const char *from, const char *to)
{
	char *json = json_of(HOST), *at = strstr(json, from), *text = NULL;
	struct hgx_topo *topo;
	int code;

	must(at && asprintf(&text, "%.*s%s%s", (int)(at - json), json, to, at + strlen(from)) > 0, "%s", from);
	code = hgx_topo_from_json(&topo, text, strlen(text), "made", err);
	hgx_topo_free(topo);
	free(text);
	free(json);
	return code;
}

static int json_cut(struct hgx_error *err)
{
	struct hgx_topo *topo;

	return hgx_topo_from_json(&topo, "{", 1, NULL, err);
}

static int json_no_object(struct hgx_error *err)
{
	return json_with(err, "{ \"id\": 0, \"vendor\": \"GenuineIntel\" }", "3");
}

static int json_of_next_version(struct hgx_error *err)
{
	return json_with(err, "\"version\": 1", "\"version\": 2");
}

static int json_bad_memory(struct hgx_error *err)
{
	return json_with(err, "\"memory\": 68719476736", "\"memory\": -1");
}

static int json_bad_cpu(struct hgx_error *err)
{
	return json_with(err, "\"id\": 3, \"package\": 0", "\"id\": 3, \"package\": -7");
}

static int json_bad_class(struct hgx_error *err)
{
	return json_with(err, "\"class\": \"0x030200\"", "\"class\": \"yes\"");
}

static int json_bad_address(struct hgx_error *err)
{
	return json_with(err, "\"0000:13:00.0\"", "\"0000:13:20.0\"");
}

static int orphan(struct hgx_error *err)
{
	return json_with(err, "\"parent\": \"0000:10:01.0\"", "\"parent\": \"0000:10:1f.0\"");
}

static int twice(struct hgx_error *err)
{
	return json_with(err, "\"address\": \"0000:13:00.1\"", "\"address\": \"0000:13:00.0\"");
}

static int domain_of(struct hgx_error *err, const char *text)
{
	struct hgx_topo *host = host_of(HOST), *topo;
	const struct hgx_domain_options options = { .size = sizeof(options), .host = host };
	int code = hgx_topo_from_domain(&topo, text, strlen(text), NULL, &options, err);

	hgx_topo_free(topo);
	hgx_topo_free(host);
	return code;
}

#define WITH(devices) "<domain><os><type machine='q35'>hvm</type></os><devices>" devices "</devices></domain>"

static int domain_of_i440fx(struct hgx_error *err)
{
	return domain_of(err, "<domain><os><type machine='pc'>hvm</type></os><devices/></domain>");
}

/* The second wants the place of the first; it is a device of the host. */
static int domain_clash(struct hgx_error *err)
{
	return domain_of(err, WITH("<rng><address type='pci' slot='3'/></rng><hostdev type='pci'><source>"
				   "<address bus='0x11'/></source><address type='pci' slot='3'/></hostdev>"));
}

static int domain_on_guest(struct hgx_error *err)
{
	struct hgx_topo *host = host_of(HOST), *topo;
	struct hgx_plan *plan = plan_of(host, 0, 0);
	const struct hgx_domain_options options = { .size = sizeof(options), .host = hgx_plan_guest(plan) };
	int code = hgx_topo_from_domain(&topo, "", 0, NULL, &options, err);

	hgx_plan_free(plan);
	hgx_topo_free(host);
	return code;
}

static int no_plans(struct hgx_error *err)
{
	char *text;

	return hgx_emit_map(NULL, 0, &text, err);
}

static int bad_driver(struct hgx_error *err)
{
	const struct hgx_kernel_options options = { .size = sizeof(options), .driver = "nvidia" };
	struct hgx_topo *host = host_of(HOST);
	struct hgx_plan *plan = plan_of(host, 0, 0);
	char *text;
	int code = hgx_emit_kernel_args(&plan, 1, &options, &text, err);

	hgx_plan_free(plan);
	hgx_topo_free(host);
	return code;
}

static int bad_content(struct hgx_error *err)
{
	const struct hgx_nccl_options options = { .size = sizeof(options), .content = 5 };
	struct hgx_topo *host = host_of(HOST);
	char *text;
	int code = hgx_emit_nccl(host, &options, &text, err);

	hgx_topo_free(host);
	return code;
}

static int no_gpu(struct hgx_error *err)
{
	struct hgx_topo *host = host_of(CPUS);
	char *text;
	int code = hgx_emit_nccl(host, NULL, &text, err);

	hgx_topo_free(host);
	return code;
}

static int qemu_with(struct hgx_error *err, struct hgx_qemu_options options)
{
	struct hgx_topo *host = host_of(HOST);
	struct hgx_plan *plan = plan_of(host, 0, 0);
	char *text;
	int code;

	options.size = sizeof(options);
	code = hgx_emit_qemu(plan, &options, &text, err);
	hgx_plan_free(plan);
	hgx_topo_free(host);
	return code;
}

static int bad_format(struct hgx_error *err)
{
	return qemu_with(err, (struct hgx_qemu_options){ .format = 3 });
}

static int bad_code_file(struct hgx_error *err)
{
	return qemu_with(err, (struct hgx_qemu_options){ .firmware_code = "" });
}

static int bad_vars_file(struct hgx_error *err)
{
	return qemu_with(err, (struct hgx_qemu_options){ .firmware_vars = "\n" });
}

/* All pages that are needed are there, and in use. */
static int pages_in_use(struct hgx_error *err)
{
	struct hgx_plan_options options = { .size = sizeof(options), .memory = 4ull << 30, .hugepages = 1 << 30 };
	struct hgx_topo *host = host_of("package 0\nnode 0 memory=64G huge=1G:4:3\n"
					"cpus 0-7 package=0 node=0\nroot 0000:10 numa=0\n 10:01.0 root-port\n"
					"  11:00.0 gpu\n");
	struct hgx_plan *plan;
	char *text;
	int code;

	expect_fine(hgx_plan_new(&plan, host, &options, err), err, "plan");
	code = hgx_emit_libvirt(plan, &text, err);
	hgx_plan_free(plan);
	hgx_topo_free(host);
	return code;
}

static int match_with_host(struct hgx_error *err)
{
	struct hgx_topo *host = host_of(HOST), *topo;
	int code = hgx_topo_match(&topo, host, host, err);

	hgx_topo_free(host);
	return code;
}

START_TEST(refusals_of_every_room_name_rule_node_and_option)
{
	static const struct {
		int (*call)(struct hgx_error *err);
		int code;
		const char *rule, *node, *option;
	} rows[] = {
		{ bad_address, HGX_INVALID, "address-malformed", "19", "" },
		{ bad_size, HGX_INVALID, "size-malformed", "", "" },
		{ bad_example, HGX_MISSING, "example-missing", "", "" },
		{ bad_struct, HGX_INVALID, "options-size", "", "size" },
		{ bad_root, HGX_MISSING, "root-missing", "", "root" },
		{ empty_root, HGX_MISSING, "root-empty", "", "root" },
		{ json_cut, HGX_SYNTAX, "json-truncated", "", "" },
		{ json_no_object, HGX_SYNTAX, "json-member", "", "" },
		{ json_of_next_version, HGX_VERSION, "json-version", "", "" },
		{ json_bad_memory, HGX_BROKEN, "json-value", "node0", "" },
		{ json_bad_cpu, HGX_BROKEN, "json-value", "cpu3", "" },
		{ json_bad_class, HGX_BROKEN, "json-value", "0000:11:00.0", "" },
		{ json_bad_address, HGX_BROKEN, "json-value", "0000:13:20.0", "" },
		{ orphan, HGX_BROKEN, "parent-missing", "0000:11:00.0", "" },
		{ twice, HGX_BROKEN, "node-twice", "0000:13:00.0", "" },
		{ domain_of_i440fx, HGX_REFUSED, "domain-machine", "", "" },
		{ domain_clash, HGX_BROKEN, "domain-clash", "0000:11:00.0", "" },
		{ domain_on_guest, HGX_INVALID, "topology-is-guest", "", "host" },
		{ no_plans, HGX_INVALID, "plans-none", "", "" },
		{ bad_driver, HGX_INVALID, "option-value", "", "driver" },
		{ bad_content, HGX_INVALID, "option-value", "", "content" },
		{ bad_format, HGX_INVALID, "option-value", "", "format" },
		{ bad_code_file, HGX_INVALID, "option-value", "", "firmware_code" },
		{ bad_vars_file, HGX_INVALID, "option-value", "", "firmware_vars" },
		{ no_gpu, HGX_REFUSED, "no-gpu", "", "" },
		{ pages_in_use, HGX_REFUSED, "huge-pages-in-use", "node0", "" },
		{ match_with_host, HGX_INVALID, "topology-is-host", "", "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_error err;

		memset(&err, 0xa5, sizeof(err));
		ck_assert_int_eq(rows[i].call(&err), rows[i].code);
		ck_assert_int_eq(err.code, rows[i].code);
		expect_about(&err, rows[i].rule, rows[i].node, rows[i].option);
	}
}
END_TEST

START_TEST(what_is_too_long_is_cut_and_terminated)
{
	struct hgx_error err;
	char text[1000];

	for (size_t i = 0; i + 2 < sizeof(text); i += 2)
		memcpy(text + i, "\xc3\xa4", 3);
	memset(&err, 0xa5, sizeof(err));
	ck_assert_int_eq(fail_about(&err, RULE_NO_GPU, OPTION_MEMORY_PER_CELL, text, "%s", text), HGX_REFUSED);
	ck_assert_uint_eq(strlen(err.text), sizeof(err.text) - 1);
	ck_assert_uint_eq(strlen(err.node), sizeof(err.node) - 1);
	ck_assert(text_is_clean(err.text) && text_is_clean(err.node));
	ck_assert_str_eq(err.option, "memory_per_cell");
	error_prefix(&err, "file");
	ck_assert_msg(!strncmp(err.text, "file: \xc3\xa4", 8) && text_is_clean(err.text), "%s", err.text);
	fail_node(&err, RULE_NO_GPU, NULL, "a"); /* check.h has a macro fail() */
	expect_about(&err, "no-gpu", "", "");
}
END_TEST

static void expect_untouched(const struct hgx_error *err)
{
	for (size_t i = 0; i < sizeof(*err); i++)
		ck_assert_msg(((const unsigned char *)err)[i] == 0xa5, "byte %zu", i);
}

START_TEST(a_call_that_succeeds_leaves_the_error_as_it_was)
{
	struct hgx_topo *host = host_of(HOST), *topo;
	static const char *const bases[] = { NULL, WITH("<memballoon model='none'/>") };
	struct hgx_plan_options options = { .size = sizeof(options), .memory = 8ull << 30 };
	struct hgx_host_options live = { .size = sizeof(live) };
	struct hgx_error err;
	struct hgx_plan *plan;
	struct hgx_bdf address;
	uint64_t size;
	char *text;

	memset(&err, 0xa5, sizeof(err));
	ck_assert_int_eq(hgx_bdf_parse(&address, "19:00.0", &err), HGX_OK);
	ck_assert_int_eq(hgx_size_parse(&size, "1G", &err), HGX_OK);
	for (size_t i = 0; i < ARRAY_SIZE(bases); i++) {
		options.base = bases[i];
		ck_assert_int_eq(hgx_plan_new(&plan, host, &options, &err), HGX_OK);
		ck_assert_int_eq(hgx_emit_libvirt(plan, &text, &err), HGX_OK);
		ck_assert_int_eq(hgx_topo_from_domain(&topo, text, strlen(text), NULL, NULL, &err), HGX_OK);
		hgx_topo_free(topo);
		hgx_text_free(text);
		ck_assert_int_eq(hgx_emit_map(&plan, 1, &text, &err), HGX_OK);
		hgx_text_free(text);
		ck_assert_int_eq(hgx_emit_nccl(hgx_plan_guest(plan), NULL, &text, &err), HGX_OK);
		hgx_text_free(text);
		ck_assert_int_eq(hgx_topo_match(&topo, hgx_plan_guest(plan), hgx_plan_guest(plan), &err), HGX_OK);
		hgx_topo_free(topo);
		hgx_plan_free(plan);
	}
	ck_assert_int_eq(hgx_emit_json_with_ids(host, &text, &err), HGX_OK);
	ck_assert_int_eq(hgx_topo_from_json(&topo, text, strlen(text), NULL, &err), HGX_OK);
	hgx_text_free(text);
	hgx_topo_free(topo);
	ck_assert_int_eq(hgx_topo_from_host(&topo, &live, &err), HGX_OK);
	hgx_topo_free(topo);
	expect_untouched(&err);
	hgx_topo_free(host);
}
END_TEST

int main(void)
{
	return RUN("errors", every_rule_has_an_id_of_its_own_and_a_meaning, every_code_has_a_name,
		   a_refused_plan_names_rule_node_and_option,
		   refusals_of_every_room_name_rule_node_and_option, what_is_too_long_is_cut_and_terminated,
		   a_call_that_succeeds_leaves_the_error_as_it_was);
}
