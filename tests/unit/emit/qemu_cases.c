/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* QEMU's arguments for machines chosen for one reason each; versions, names, formats, options. */
#include "qemu_reader.h"
#include "tree.h"

#define CPUS "package 0 vendor=GenuineIntel\nnode 0 memory=64G huge=2M:32768:32768,1G:64:64\n" \
	     "cpus 0-3,8-11 package=0 node=0 threads=2\n"
#define GPU "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu"

static const struct arguments *read_host(struct hgx_topo *host, struct hgx_plan_options options)
{
	const struct arguments *a;
	struct hgx_error err = { 0 };
	struct hgx_plan *plan;
	char *text;

	options.size = sizeof(options);
	expect_fine(hgx_plan_new(&plan, host, &options, &err), &err, "plan");
	text = qemu_text(plan, HGX_QEMU_LINES);
	a = arguments_read(text);
	hgx_text_free(text);
	hgx_plan_free(plan);
	hgx_topo_free(host);
	return a;
}

static const struct arguments *read_plan(const char *lines, struct hgx_plan_options options)
{
	return read_host(host_of(lines), options);
}

static bool has_word(const struct arguments *a, const char *word)
{
	for (size_t i = 0; i < a->count; i++)
		if (!strcmp(a->words[i], word))
			return true;
	return false;
}

START_TEST(huge_pages_are_shared_memory_without_a_mount)
{
	const struct arguments *a =
		read_plan(CPUS GPU, (struct hgx_plan_options){ .hugepages = 2 << 20 });
	const struct device *memory = nth(a, "-object", "memory-backend-memfd", 0);

	ck_assert_uint_eq(count_of(a, "-object", "memory-backend-ram"), 0);
	ck_assert_str_eq(value_of(memory, "hugetlb"), "on");
	ck_assert_str_eq(value_of(memory, "hugetlbsize"), "2M");
	ck_assert_str_eq(value_of(memory, "prealloc"), "on");
	ck_assert_str_eq(value_of(memory, "prealloc-threads"), "6");
}
END_TEST

START_TEST(an_old_qemu_gets_only_what_it_supports)
{
	const struct arguments *a =
		read_plan(CPUS GPU, (struct hgx_plan_options){ .qemu_version = "4.2" });

	ck_assert(has_word(a, "pcie-root-port.io-reserve=0"));
	for (size_t i = 0; i < a->device_count; i++) {
		ck_assert_ptr_null(value_of(&a->devices[i], "hotplug"));
		ck_assert_ptr_null(value_of(&a->devices[i], "prealloc-threads"));
	}
	ck_assert(!has_word(read_plan(CPUS GPU, (struct hgx_plan_options){ .qemu_version = "5.0" }),
			    "-global"));
}
END_TEST

START_TEST(fast_links_show_if_qemu_supports_them)
{
	static const char *const versions[][2] = { { "8.2", "16" }, { "9.0", "32" } };

	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		const struct arguments *a = read_plan(
			CPUS GPU, (struct hgx_plan_options){ .qemu_version = versions[i][0] });
		const struct device *port = by_id(a, "ua-port-0000_11_00");

		ck_assert_str_eq(value_of(port, "x-speed"), versions[i][1]);
		ck_assert_str_eq(value_of(port, "x-width"), "16");
		ck_assert_ptr_null(value_of(by_id(a, "ua-spare-1"), "x-speed"));
	}
}
END_TEST

START_TEST(more_than_255_apic_ids_need_an_iommu_before_the_devices)
{
	const struct arguments *a = read_plan(
		"package 0 vendor=GenuineIntel\nnode 0 memory=64G\n"
		"cpus 0-143,256-399 package=0 node=0 threads=2\n" GPU,
		(struct hgx_plan_options){ .reserve_cores = HGX_RESERVE_NONE });
	const struct device *iommu = by_id(a, "iommu0");

	ck_assert_ptr_nonnull(iommu);
	ck_assert_str_eq(iommu->driver, "intel-iommu");
	ck_assert_str_eq(value_of(iommu, "eim"), "on");
	ck_assert_str_eq(value_of(iommu, "intremap"), "on");
	ck_assert_str_eq(value_of(iommu, "caching-mode"), "on");
	ck_assert(iommu < by_id(a, "ua-spare-1"));
	ck_assert_str_eq(value_of(nth(a, "-machine", NULL, 0), "kernel-irqchip"), "split");
	a = read_plan(CPUS GPU, (struct hgx_plan_options){ .name = NULL });
	ck_assert_ptr_null(by_id(a, "iommu0"));
	ck_assert_ptr_null(value_of(nth(a, "-machine", NULL, 0), "kernel-irqchip"));
}
END_TEST

START_TEST(large_bars_ask_for_their_window)
{
	struct hgx_plan_options options = { .name = NULL };
	struct hgx_topo *host = host_of(CPUS GPU " bars=256M,32G,32M\n");

	host->root->first->processor->address_bits = 39;
	ck_assert(has_word(read_host(host, options), "name=opt/ovmf/X-PciMmio64Mb,string=131072"));
	ck_assert(!has_word(read_plan(CPUS GPU, options), "-fw_cfg"));
}
END_TEST

START_TEST(gpus_that_reach_each_other_share_a_clique)
{
	const struct arguments *a = read_plan(
		CPUS "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 switch-up\n"
		     "   12:00.0 switch-down\n    13:00.0 gpu\n   12:01.0 switch-down\n    14:00.0 gpu\n",
		(struct hgx_plan_options){ .name = NULL });

	ck_assert_str_eq(value_of(by_id(a, "ua-gpu-0000_13_00_0"), "x-nv-gpudirect-clique"), "0");
	ck_assert_str_eq(value_of(by_id(a, "ua-gpu-0000_14_00_0"), "x-nv-gpudirect-clique"), "0");
}
END_TEST

/* QEMU's host= accepts four digits. */
START_TEST(a_device_in_a_long_domain_goes_by_its_directory)
{
	const struct arguments *a = read_plan(
		CPUS "root 10000:e0 numa=0\n 10000:e0:01.0 root-port\n  10000:e1:00.0 gpu\n",
		(struct hgx_plan_options){ .name = NULL });
	const struct device *gpu = by_id(a, "ua-gpu-10000_e1_00_0");

	ck_assert_str_eq(value_of(gpu, "sysfsdev"), "/sys/bus/pci/devices/10000:e1:00.0");
	ck_assert_ptr_null(value_of(gpu, "host"));
}
END_TEST

/* ---- names, formats, options */

#define NAME "it's a \"$VM\", `really` \\ é"

static struct hgx_plan *named_plan(struct hgx_topo **host)
{
	struct hgx_plan_options options = { .size = sizeof(options), .name = NAME };
	struct hgx_error err = { 0 };
	struct hgx_plan *plan;

	*host = host_of(CPUS GPU);
	expect_fine(hgx_plan_new(&plan, *host, &options, &err), &err, "plan");
	return plan;
}

START_TEST(commas_in_names_are_doubled)
{
	struct hgx_qemu_options options = { .size = sizeof(options), .firmware_code = "/a,b/CODE.fd",
					    .firmware_vars = ",,.fd" };
	struct hgx_error err = { 0 };
	struct hgx_topo *host;
	struct hgx_plan *plan = named_plan(&host);
	char *text;

	expect_fine(hgx_emit_qemu(plan, &options, &text, &err), &err, "qemu");
	ck_assert(strstr(text, "\nguest=it's a \"$VM\",, `really` \\ é,debug-threads=on\n") != NULL);
	ck_assert(strstr(text, "read-only=on,file.driver=file,file.filename=/a,,b/CODE.fd\n") != NULL);
	ck_assert(strstr(text, "read-only=off,file.driver=file,file.filename=,,,,.fd\n") != NULL);
	hgx_text_free(text);
	hgx_plan_free(plan);
	hgx_topo_free(host);
}
END_TEST

START_TEST(the_firmware_is_debian_s_and_a_copy_named_after_the_vm)
{
	const struct arguments *a =
		read_plan(CPUS GPU, (struct hgx_plan_options){ .name = "nbd:x" });
	const struct device *code = nth(a, "-blockdev", NULL, 0), *vars = nth(a, "-blockdev", NULL, 1);
	const struct device *machine = nth(a, "-machine", "q35", 0);

	ck_assert_str_eq(value_of(code, "file.filename"), "/usr/share/OVMF/OVMF_CODE_4M.fd");
	ck_assert_str_eq(value_of(vars, "file.filename"), "nbd:x_VARS.fd");
	ck_assert_str_eq(value_of(machine, "pflash0"), value_of(code, "node-name"));
	ck_assert_str_eq(value_of(machine, "pflash1"), value_of(vars, "node-name"));
}
END_TEST

static void check_json(const char *text, const char *lines)
{
	const struct arguments *a = arguments_read(lines);
	struct hgx_error err = { 0 };
	struct json_reader reader = { .name = "qemu", .err = &err };
	const struct json *array;
	struct json *top;
	char *object;

	ck_assert(asprintf(&object, "{ \"all\": %s }", text) > 0);
	expect_fine(json_parse(&top, object, strlen(object), "qemu", &err), &err, "parse");
	array = json_get_array(&reader, top, "all", JSON_NEEDED);
	ck_assert_uint_eq(json_length(array), a->count);
	for (size_t i = 0; i < a->count; i++)
		ck_assert_str_eq(json_as_text(json_at(array, i)), a->words[i]);
	json_free(top);
	free(object);
}

/* What sh passes to QEMU. */
static char *through_shell(const char *text)
{
	const char *qemu = tree_path("bin/qemu-system-x86_64"), *script = tree_path("script");
	size_t capacity = 1 << 20;
	char *command, *said = calloc(1, capacity);
	FILE *pipe;

	tree_file(qemu, "#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
	ck_assert(!chmod(qemu, 0755));
	tree_file(script, text);
	ck_assert(asprintf(&command, "VM=wrong PATH='%s:'$PATH sh '%s'", tree_path("bin"), script) > 0);
	pipe = popen(command, "r");
	ck_assert(fread(said, 1, capacity - 1, pipe) > 0);
	ck_assert_int_eq(pclose(pipe), 0);
	free(command);
	return said;
}

START_TEST(the_three_formats_say_the_same)
{
	struct hgx_topo *host;
	struct hgx_plan *plan = named_plan(&host);
	char *lines = qemu_text(plan, HGX_QEMU_LINES), *json = qemu_text(plan, HGX_QEMU_JSON);
	char *shell = qemu_text(plan, HGX_QEMU_SHELL), *said = through_shell(shell);

	ck_assert_str_eq(said, lines);
	check_json(json, lines);
	free(said);
	hgx_text_free(shell);
	hgx_text_free(json);
	hgx_text_free(lines);
	hgx_plan_free(plan);
	hgx_topo_free(host);
}
END_TEST

static const struct {
	struct hgx_qemu_options options;
	const char *text;
} bad[] = {
	{ { .size = sizeof(size_t) },
	  "the size of an options struct is 8; set it to sizeof the struct" },
	{ { .size = sizeof(struct hgx_qemu_options), .format = 3 },
	  "format: 3 is not a valid value" },
	{ { .size = sizeof(struct hgx_qemu_options), .format = -1 },
	  "format: -1 is not a valid value" },
	{ { .size = sizeof(struct hgx_qemu_options), .firmware_code = "a\nb" },
	  "firmware_code needs the name of a file, in UTF-8 without control characters" },
	{ { .size = sizeof(struct hgx_qemu_options), .firmware_vars = "" },
	  "firmware_vars needs the name of a file, in UTF-8 without control characters" },
	{ { .size = sizeof(struct hgx_qemu_options), .firmware_vars = "\xff" },
	  "firmware_vars needs the name of a file, in UTF-8 without control characters" },
};

START_TEST(options_that_make_no_sense_are_refused)
{
	struct hgx_topo *host;
	struct hgx_plan *plan = named_plan(&host);

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct hgx_error err = { 0 };
		char *text = (char *)"";

		expect_error(hgx_emit_qemu(plan, &bad[i].options, &text, &err), &err, HGX_INVALID,
			     bad[i].text);
		ck_assert_ptr_null(text);
	}
	hgx_plan_free(plan);
	hgx_topo_free(host);
}
END_TEST

START_TEST(only_libvirt_can_start_a_base_domain)
{
	static const char domain[] = "<domain type='kvm'><name>theirs</name><memory>1</memory><vcpu>1"
				     "</vcpu><os firmware='efi'><type arch='x86_64' machine='q35'>hvm"
				     "</type></os><devices/></domain>";
	struct hgx_plan_options options = { .size = sizeof(options), .base = domain,
					    .base_length = strlen(domain), .base_name = "vm.xml",
					    .gpus = "all" };
	struct hgx_topo *host = host_of(CPUS GPU);
	struct hgx_error err = { 0 };
	struct hgx_plan *plan;
	char *text = (char *)"";

	expect_fine(hgx_plan_new(&plan, host, &options, &err), &err, "plan");
	expect_error(hgx_emit_qemu(plan, NULL, &text, &err), &err, HGX_REFUSED,
		     "theirs: only libvirt can start the domain's own devices; write a libvirt domain, or "
		     "leave out base");
	ck_assert_ptr_null(text);
	hgx_plan_free(plan);
	hgx_topo_free(host);
}
END_TEST

int main(void)
{
	int status;

	tree_begin();
	status = RUN("qemu_cases", huge_pages_are_shared_memory_without_a_mount,
		     an_old_qemu_gets_only_what_it_supports,
		   fast_links_show_if_qemu_supports_them,
		   more_than_255_apic_ids_need_an_iommu_before_the_devices,
		   large_bars_ask_for_their_window, gpus_that_reach_each_other_share_a_clique,
		   a_device_in_a_long_domain_goes_by_its_directory, commas_in_names_are_doubled,
		   the_firmware_is_debian_s_and_a_copy_named_after_the_vm,
		   the_three_formats_say_the_same, options_that_make_no_sense_are_refused,
		   only_libvirt_can_start_a_base_domain);
	tree_end();
	return status;
}
