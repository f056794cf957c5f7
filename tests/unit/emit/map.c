/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The map of a plan: every line of the table and every member of the JSON agrees with
 * hgx_plan_host_of(), and nothing is missing. */
#include "support.h"

#define BOX "package 0 vendor=GenuineIntel\npackage 1 vendor=GenuineIntel\n" \
	"node 0 memory=64G distances=10,21\nnode 1 memory=64G distances=21,10\n" \
	"cpus 0-3,8-11 package=0 node=0 threads=2\ncpus 4-7,12-15 package=1 node=1 threads=2\n" \
	"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 switch-up\n" \
	"   12:00.0 switch-down\n    13:00.0 nvme\n" \
	"   12:01.0 switch-down\n    14:00.0 gpu name=\"GH100\"\n" \
	"root 10000:e0 numa=1\n 10000:e0:01.0 root-port\n  10000:e1:00.0 gpu\n"

static struct hgx_plan *plan_named(const struct hgx_topo *host, const char *name, int cores)
{
	struct hgx_plan_options options = { .size = sizeof(options), .name = name,
					    .reserve_cores = cores };
	struct hgx_error err = { 0 };
	struct hgx_plan *plan;

	expect_fine(hgx_plan_new(&plan, host, &options, &err), &err, "plan");
	return plan;
}

typedef int mapper(struct hgx_plan *const *plans, size_t count, char **out,
		   struct hgx_error *err);

static char *map_of(mapper *emit, struct hgx_plan *first, struct hgx_plan *second)
{
	struct hgx_plan *plans[] = { first, second };
	struct hgx_error err = { 0 };
	char *text;

	expect_fine(emit(plans, second ? 2 : 1, &text, &err), &err, "map");
	return text;
}

START_TEST(the_table_of_a_small_machine)
{
	struct hgx_topo *host = host_of(BOX);
	struct hgx_plan *plan = plan_named(host, NULL, 0);
	char *text = map_of(hgx_emit_map, plan, NULL);

	ck_assert_str_eq(text,
			 "hgx-vm\n"
			 "\ncell  host node  memory    vCPUs\n"
			 "0     node0      56 GiB    0-5\n"
			 "1     node1      56 GiB    6-11\n"
			 "\nQEMU's own threads: host CPUs 0,4,8,12\n"
			 "\nguest address  host address  cell  device\n"
			 "0000:23:00.0   0000:13:00.0  0     NVMe drive (1344:51c3)\n"
			 "0000:24:00.0   0000:14:00.0  0     GPU (GH100)\n"
			 "0000:41:00.0   10000:e1:00.0  1     GPU (10de:2335)\n"
			 "\nvCPU  cell  host CPU\n"
			 "0     0     1\n1     0     9\n2     0     2\n3     0     10\n"
			 "4     0     3\n5     0     11\n6     1     5\n7     1     13\n"
			 "8     1     6\n9     1     14\n10    1     7\n11    1     15\n");
	hgx_text_free(text);
	hgx_plan_free(plan);
	hgx_topo_free(host);
}
END_TEST

/* ---- against the plan */

static const struct json *member(const struct json *object, const char *key)
{
	struct hgx_error err = { 0 };
	struct json_reader reader = { .name = "map", .err = &err };
	const struct json *array = json_get_array(&reader, object, key, JSON_NEEDED);

	ck_assert_msg(array != NULL, "%s", err.text);
	return array;
}

static int64_t number(const struct json *object, const char *key)
{
	struct hgx_error err = { 0 };
	struct json_reader reader = { .name = "map", .err = &err };
	int64_t value = json_get_number(&reader, object, key, 0, INT64_MAX, -1);

	ck_assert_msg(!reader.code, "%s", err.text);
	return value;
}

static const char *word(const struct json *object, const char *key)
{
	struct hgx_error err = { 0 };
	struct json_reader reader = { .name = "map", .err = &err };

	return json_get_text(&reader, object, key, JSON_NEEDED);
}

static const struct hgx_node *guest_node(const struct hgx_plan *plan, const char *format, int id)
{
	char name[32];

	snprintf(name, sizeof(name), format, id);
	return hgx_topo_find(hgx_plan_guest(plan), name);
}

static size_t count_kind(const struct hgx_plan *plan, enum hgx_kind kind)
{
	const struct hgx_node *root = hgx_topo_root(hgx_plan_guest(plan));
	size_t count = 0;

	for (const struct hgx_node *n = root; n; n = hgx_node_next(root, n))
		count += hgx_node_kind(n) == kind;
	return count;
}

static void check_cells(const struct hgx_plan *plan, const struct json *vm, const char *table)
{
	const struct json *cells = member(vm, "cells");

	ck_assert_uint_eq(json_length(cells), count_kind(plan, HGX_NUMA));
	for (size_t i = 0; i < json_length(cells); i++) {
		const struct json *cell = json_at(cells, i);
		const struct hgx_node *guest = guest_node(plan, "node%d", (int)i);
		const struct hgx_node *host = hgx_plan_host_of(plan, guest);
		char line[200];

		ck_assert_int_eq(number(cell, "id"), i);
		ck_assert_int_eq(number(cell, "host_node"), hgx_node_memory(host)->id);
		ck_assert_int_eq(number(cell, "memory"), hgx_node_memory(guest)->bytes);
		snprintf(line, sizeof(line), "\n%-4zu  %-9s  ", i, hgx_node_name(host));
		ck_assert_msg(strstr(table, line) != NULL, "%s is not in\n%s", line, table);
	}
}

static void check_vcpus(const struct hgx_plan *plan, const struct json *vm, const char *table)
{
	const struct json *vcpus = member(vm, "vcpus");

	ck_assert_uint_eq(json_length(vcpus), count_kind(plan, HGX_CPU));
	for (size_t i = 0; i < json_length(vcpus); i++) {
		const struct json *vcpu = json_at(vcpus, i);
		const struct hgx_node *guest = guest_node(plan, "cpu%d", (int)i);
		unsigned cell = hgx_node_memory(hgx_node_numa(guest))->id;
		unsigned cpu = hgx_node_cpu(hgx_plan_host_of(plan, guest))->id;
		char line[200];

		must(number(vcpu, "id") == (int64_t)i && number(vcpu, "cell") == cell &&
		     number(vcpu, "host_cpu") == cpu, "vCPU %zu", i);
		snprintf(line, sizeof(line), "\n%-4zu  %-4u  %u\n", i, cell, cpu);
		must(strstr(table, line), "%s is not in\n%s", line, table);
	}
}

static void check_devices(const struct hgx_plan *plan, const struct json *vm, const char *table)
{
	const struct json *devices = member(vm, "devices");
	size_t told = 0;

	for (size_t i = 0; i < json_length(devices); i++) {
		const struct json *device = json_at(devices, i);
		const struct hgx_node *guest =
			hgx_topo_find(hgx_plan_guest(plan), word(device, "guest"));
		const struct hgx_node *host = hgx_plan_host_of(plan, guest);
		const struct hgx_node *numa = hgx_node_numa(guest);
		char line[200];

		ck_assert_str_eq(word(device, "host"), hgx_node_name(host));
		ck_assert_str_eq(word(device, "kind"), hgx_kind_name(hgx_node_kind(host)));
		ck_assert_int_eq(json_has(device, "cell") ? number(device, "cell") : -1,
				 numa ? (int)hgx_node_memory(numa)->id : -1);
		snprintf(line, sizeof(line), "\n%-13s  %s ", hgx_node_name(guest), hgx_node_name(host));
		ck_assert_msg(strstr(table, line) != NULL, "%s is not in\n%s", line, table);
		told++;
	}
	ck_assert_uint_eq(told, plan->chosen_count);
}

static void check_json(const char *text, const char *table, struct hgx_plan *const *plans,
		       const char *const *names, size_t count)
{
	struct hgx_error err = { 0 };
	struct json *top;
	const struct json *vms;

	expect_fine(json_parse(&top, text, strlen(text), "map", &err), &err, "parse");
	ck_assert_str_eq(word(top, "format"), "hgxtopo-map");
	vms = member(top, "vms");
	ck_assert_uint_eq(json_length(vms), count);
	for (size_t i = 0; i < count; i++) {
		const struct json *vm = json_at(vms, i);

		ck_assert_str_eq(word(vm, "name"), names[i]);
		ck_assert_str_eq(hgx_plan_name(plans[i]), names[i]);
		ck_assert_msg(strstr(table, names[i]) != NULL, "%s", names[i]);
		check_cells(plans[i], vm, table);
		check_vcpus(plans[i], vm, table);
		check_devices(plans[i], vm, table);
	}
	json_free(top);
}

static void check_both(struct hgx_topo *host, const char *first, const char *second)
{
	const char *names[] = { first, second };
	struct hgx_plan *plans[2] = { NULL, NULL };
	size_t count = second ? 2 : 1;
	char *table, *json;

	for (size_t i = 0; i < count; i++)
		plans[i] = plan_named(host, names[i], (int)i);
	table = map_of(hgx_emit_map, plans[0], plans[1]);
	json = map_of(hgx_emit_map_json, plans[0], plans[1]);
	check_json(json, table, plans, names, count);
	hgx_text_free(json);
	hgx_text_free(table);
	hgx_plan_free(plans[0]);
	hgx_plan_free(plans[1]);
	hgx_topo_free(host);
}

START_TEST(table_and_json_of_the_example_say_what_the_plan_says)
{
	struct hgx_error err = { 0 };
	struct hgx_topo *host;

	expect_fine(hgx_topo_from_example(&host, "hgx-h200", &err), &err, "example");
	check_both(host, "vm", NULL);
}
END_TEST

START_TEST(two_plans_follow_one_another)
{
	check_both(host_of(BOX), "first", "second");
}
END_TEST

START_TEST(a_name_with_quotes_gives_valid_json)
{
	check_both(host_of(BOX), "a \"quoted\\\" name é", NULL);
}
END_TEST

START_TEST(without_reserved_cores_the_threads_of_qemu_run_on_the_first_core)
{
	struct hgx_topo *host = host_of(BOX);
	struct hgx_plan *plan = plan_named(host, NULL, HGX_RESERVE_NONE);
	char *table = map_of(hgx_emit_map, plan, NULL);
	char *json = map_of(hgx_emit_map_json, plan, NULL);

	ck_assert(strstr(table, "\nQEMU's own threads: host CPUs 0,8\n") != NULL);
	ck_assert(strstr(json, "\"emulator_cpus\": \"0,8\",\n") != NULL);
	hgx_text_free(json);
	hgx_text_free(table);
	hgx_plan_free(plan);
	hgx_topo_free(host);
}
END_TEST

START_TEST(the_same_plan_gives_the_same_bytes)
{
	struct hgx_topo *host = host_of(BOX);
	struct hgx_plan *plans[] = { plan_named(host, NULL, 0), plan_named(host, NULL, 0) };
	mapper *const mappers[] = { hgx_emit_map, hgx_emit_map_json };

	for (size_t i = 0; i < 2; i++) {
		char *a = map_of(mappers[i], plans[0], NULL), *b = map_of(mappers[i], plans[1], NULL);

		ck_assert_str_eq(a, b);
		hgx_text_free(a);
		hgx_text_free(b);
	}
	hgx_plan_free(plans[0]);
	hgx_plan_free(plans[1]);
	hgx_topo_free(host);
}
END_TEST

START_TEST(a_map_of_no_plan_is_refused)
{
	struct hgx_error err = { 0 };
	char *text = (char *)"";

	expect_error(hgx_emit_map(NULL, 0, &text, &err), &err, HGX_INVALID,
		     "no plan given");
	ck_assert_ptr_null(text);
	text = (char *)"";
	expect_error(hgx_emit_map_json(NULL, 0, &text, &err), &err, HGX_INVALID,
		     "no plan given");
	ck_assert_ptr_null(text);
}
END_TEST

int main(void)
{
	return RUN("map", the_table_of_a_small_machine,
		   table_and_json_of_the_example_say_what_the_plan_says,
		   two_plans_follow_one_another, a_name_with_quotes_gives_valid_json,
		   without_reserved_cores_the_threads_of_qemu_run_on_the_first_core,
		   the_same_plan_gives_the_same_bytes, a_map_of_no_plan_is_refused);
}
