/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Captured roots that are broken, or made to reveal or harm the machine that reads them. */
#include "roots.h"

static const char *const names[] = { "made-one-gpu", "made-odd-cpus" };

#define HERE "%s" /* the root's path */

/* What is done to a copy of a machine: a path is removed or becomes a link. */
static const struct spoiled {
	const char *path, *link; /* link NULL: an empty directory */
	int code;
	const char *text;
} spoiled[] = {
	{ "sys", "/sys", HGX_MISSING, HERE ": has no sys/devices/system/cpu, so it is not a captured root "
	  "directory; capture the machine's sys/ and proc/ into it" },
	{ "sys", "../../../../../../../sys", HGX_MISSING, HERE ": has no sys/devices/system/cpu, so it is "
	  "not a captured root directory; capture the machine's sys/ and proc/ into it" },
	{ "sys", "/moved/sys", HGX_REFUSED, HERE ": sys/devices/system/cpu is a link that leads out of it; "
	  "capture the machine with directories, not links" },
	{ "sys/devices/system/cpu", "/moved/sys/devices/system/cpu", HGX_REFUSED, HERE
	  ": sys/devices/system/cpu is a link that leads out of it; capture the machine with directories, "
	  "not links" },
	{ "sys/devices/system/node", "/moved/sys/devices/system/node", HGX_REFUSED, HERE
	  ": sys/devices/system/node is a link that leads out of it; capture the machine with "
	  "directories, not links" },
	{ "sys/bus/pci", "/moved/sys/bus/pci", HGX_REFUSED, HERE ": sys/bus/pci/devices is a link that "
	  "leads out of it; capture the machine with directories, not links" },
	{ "proc", "/moved/proc", HGX_REFUSED, HERE ": proc is a link that leads out of it; capture the "
	  "machine with directories, not links" },
	{ "sys/bus/pci/devices/0000:01:00.0", "../../../../../../etc", HGX_BROKEN, HERE
	  ": sys/bus/pci/devices/0000:01:00.0 is not a link to a directory below the root; capture the "
	  "machine with its links" },
	{ "sys/bus/pci/devices/0000:01:00.0", NULL, HGX_BROKEN, HERE ": sys/bus/pci/devices/0000:01:00.0 "
	  "is not a link to a directory below the root; capture the machine with its links" },
	{ "sys/bus/pci/devices/0000:01:00.0", "../../../devices", HGX_BROKEN, HERE
	  ": sys/bus/pci/devices/0000:01:00.0 points to sys/devices, which is not that device's directory; "
	  "capture the machine again" },
	{ "sys/bus/pci/devices/0000:01:00.0", "../../../devices/pci0000:00/0000:00:1f.0", HGX_BROKEN, HERE
	  ": sys/bus/pci/devices/0000:01:00.0 points to sys/devices/pci0000:00/0000:00:1f.0, which is not "
	  "that device's directory; capture the machine again" },
	{ "sys/bus/pci/devices/0000:01:00.0", "../../../devices/pci0000:00/0000:09:00.0/0000:01:00.0",
	  HGX_BROKEN, HERE ": sys/bus/pci/devices/0000:01:00.0 points to "
	  "sys/devices/pci0000:00/0000:09:00.0/0000:01:00.0: No such file or directory; capture the "
	  "machine again" },
	{ "sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/uevent", NULL, HGX_BROKEN, HERE
	  ": sys/bus/pci/devices/0000:01:00.0/uevent has no PCI_ID and PCI_CLASS; capture the machine "
	  "again" },
};

START_TEST(a_spoiled_root_is_refused_with_place_and_remedy)
{
	for (size_t i = 0; i < ARRAY_SIZE(spoiled); i++) {
		const struct spoiled *row = &spoiled[i];
		struct copy copy = copy_machine("made-one-gpu", "spoiled");
		const char *root = copy.path;
		struct hgx_topo *topo = (struct hgx_topo *)root;
		struct hgx_error err;
		char text[600];
		int code;

		if (row->link && !strncmp(row->link, "/moved/", 7))
			run_command("mkdir '%s/moved' && cp -a '%s/sys' '%s/proc' '%s/moved'", root, root,
				    root, root);
		run_command("rm -rf '%s/%s'", root, row->path);
		if (row->link)
			tree_link(tree_path("spoiled/%s", row->path), row->link);
		else
			tree_dir(tree_path("spoiled/%s", row->path));
		snprintf(text, sizeof(text), row->text, root);
		code = load_root(&topo, root, &err);
		expect_error(code, &err, row->code, text);
		ck_assert_ptr_null(topo);
	}
}
END_TEST

/* Numbers that the kernel never writes, and more of them than it can have. */
START_TEST(a_number_that_no_kernel_writes_is_refused_with_its_file)
{
	static const struct {
		const char *command, *text; /* each with the root's path; NULL: it is taken */
	} rows[] = {
		{ "echo abc >'%s/sys/devices/system/cpu/cpu3/topology/physical_package_id'", HERE
		  ": sys/devices/system/cpu/cpu3/topology/physical_package_id is 'abc', which is not a number; "
		  "capture the machine again" },
		{ "echo 1x >'%s/sys/devices/system/cpu/cpu3/topology/core_id'", HERE
		  ": sys/devices/system/cpu/cpu3/topology/core_id is '1x', which is not a number; capture the "
		  "machine again" },
		{ "printf '\\033[2J' >'%s/sys/devices/system/cpu/cpu3/topology/die_id'", HERE
		  ": sys/devices/system/cpu/cpu3/topology/die_id is '?[2J', which is not a number; capture the "
		  "machine again" },
		{ "mkdir '%s/sys/devices/system/cpu/cpu65536'", HERE ": sys/devices/system/cpu/cpu65536 has a "
		  "number above 65535, which no machine has; capture the machine again" },
		{ "for i in $(seq 1100 2123); do mkdir '%s/sys/devices/system/node/node'$i; done", HERE
		  ": sys/devices/system/node has more than 1024 directories node0, node1 and so on, which no "
		  "machine has; capture the machine again" },
		{ "echo -1 | tee '%s'/sys/devices/system/cpu/cpu*/topology/physical_package_id >/dev/null", NULL },
		{ "rm '%s'/sys/devices/system/cpu/cpu*/topology/die_id", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct copy copy = copy_machine("made-one-gpu", "numbers");
		struct hgx_topo *topo;
		struct hgx_error err;
		char text[600];
		int code;

		run_command(rows[i].command, copy.path);
		code = load_root(&topo, copy.path, &err);
		snprintf(text, sizeof(text), rows[i].text ? rows[i].text : "%s", copy.path);
		if (rows[i].text)
			expect_error(code, &err, HGX_BROKEN, text);
		else
			expect_fine(code, &err, rows[i].command);
		hgx_topo_free(topo);
	}
}
END_TEST

/* Every second CPU of 4096, as a machine without hyperthreading may show: 10 KiB of text. */
START_TEST(a_long_list_of_cpus_is_read_to_its_end)
{
	struct copy copy = copy_machine("made-one-gpu", "long");
	char *root = copy.path;
	struct hgx_topo *topo;
	struct hgx_error err;
	size_t offline = 0;

	run_command("seq -s, 0 2 9998 >'%s/sys/devices/system/cpu/present'", root);
	expect_fine(load_root(&topo, root, &err), &err, "a long list");
	for (const struct hgx_node *node = topo->root; node; node = node_next(topo->root, node))
		offline += node->cpu && !node->cpu->online;
	ck_assert_uint_eq(offline, 5000 - 8);
	hgx_topo_free(topo);
}
END_TEST

START_TEST(a_root_that_does_not_exist_is_reported)
{
	struct hgx_topo *topo;
	struct hgx_error err;
	char text[600];

	snprintf(text, sizeof(text), "%s: No such file or directory; give a captured root directory",
		 tree_path("none"));
	expect_error(load_root(&topo, tree_path("none"), &err), &err, HGX_MISSING, text);
	tree_dir(tree_path("empty"));
	snprintf(text, sizeof(text), "%s: has no sys/devices/system/cpu, so it is not a captured root "
		 "directory; capture the machine's sys/ and proc/ into it", tree_path("empty"));
	expect_error(load_root(&topo, tree_path("empty"), &err), &err, HGX_MISSING, text);
}
END_TEST

extern char **environ;

static char *environment_text(void)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	for (char **c = environ; *c; c++)
		fprintf(to, "%s\n", *c);
	fclose(to);
	return text;
}

static char *json_of_root(const char *root)
{
	struct hgx_topo *topo;
	struct hgx_error err;
	char *json;

	expect_fine(load_root(&topo, root, &err), &err, root);
	ck_assert_int_eq(hgx_emit_json(topo, &json, &err), HGX_OK);
	hgx_topo_free(topo);
	return json;
}

START_TEST(variables_of_hwloc_do_not_change_a_captured_root)
{
	static const char *const variables[] = {
		"HWLOC_XMLFILE", "HWLOC_FSROOT", "HWLOC_SYNTHETIC", "HWLOC_CPUID_PATH",
		"HWLOC_COMPONENTS", "HWLOC_THISSYSTEM", "HWLOC_DUMP_NOFILE_INFO",
	};
	char *plain = json_of_root(machine_root("made-one-gpu"));

	for (size_t i = 0; i < ARRAY_SIZE(variables); i++) {
		char *before, *after, *json;

		setenv(variables[i], i ? "1" : "/nowhere.xml", 1);
		before = environment_text();
		json = json_of_root(machine_root("made-one-gpu"));
		after = environment_text();
		ck_assert_msg(!strcmp(json, plain), "%s changes the machine", variables[i]);
		ck_assert_str_eq(getenv(variables[i]), i ? "1" : "/nowhere.xml");
		ck_assert_uint_eq(strlen(before), strlen(after));
		unsetenv(variables[i]);
		hgx_text_free(json);
		free(before);
		free(after);
	}
	hgx_text_free(plain);
}
END_TEST

START_TEST(the_environment_is_the_same_after_a_load)
{
	char *before = environment_text(), *after;
	struct hgx_topo *topo;
	struct hgx_error err;

	expect_fine(load_root(&topo, machine_root("made-one-gpu"), &err), &err, "load");
	hgx_topo_free(topo);
	after = environment_text();
	ck_assert_str_eq(before, after);
	free(after);
	load_root(&topo, tree_path("nothing"), &err);
	after = environment_text();
	ck_assert_str_eq(before, after);
	free(after);
	free(before);
}
END_TEST

START_TEST(the_running_machine_is_not_read_through_variables_of_hwloc)
{
	static const char *const variables[] = { "HWLOC_XMLFILE", "HWLOC_FSROOT", "HWLOC_SYNTHETIC" };

	for (size_t i = 0; i < ARRAY_SIZE(variables); i++) {
		struct hgx_topo *topo = (struct hgx_topo *)names;
		struct hgx_error err = { 0 };
		char text[200];
		int code;

		setenv(variables[i], "/nowhere", 1);
		snprintf(text, sizeof(text), "%s is set: hwloc would not show this machine as it is; run "
			 "'unset %s' first", variables[i], variables[i]);
		code = hgx_topo_from_host(&topo, NULL, &err);
		expect_error(code, &err, HGX_REFUSED, text);
		ck_assert_ptr_null(topo);
		ck_assert_str_eq(getenv(variables[i]), "/nowhere");
		unsetenv(variables[i]);
	}
}
END_TEST

START_TEST(loading_one_machine_after_another_leaves_no_trace)
{
	char *one = json_of_root(machine_root("made-one-gpu")), *before = environment_text(), *after;
	struct hgx_topo *topos[4];

	for (int i = 0; i < 4; i++) {
		struct hgx_error err;

		expect_fine(load_root(&topos[i], machine_root(names[i % 2]), &err), &err, "load");
	}
	for (int i = 0; i < 4; i += 2) {
		char *json;

		ck_assert_int_eq(hgx_emit_json(topos[i], &json, NULL), HGX_OK);
		ck_assert_str_eq(json, one);
		hgx_text_free(json);
	}
	after = environment_text();
	ck_assert_str_eq(before, after);
	for (int i = 0; i < 4; i++)
		hgx_topo_free(topos[i]);
	free(before);
	free(after);
	hgx_text_free(one);
}
END_TEST

/* The GPU's directory exists inside, where the link seems to point, and outside, where it really
 * leads; the configuration space outside says that it has ACS. */
static void check_no_leak(const char *what, const char *from, const char *outside)
{
	struct copy copy = copy_machine("made-one-gpu", "leak");
	const char *root = copy.path;
	const char *device = "sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0";
	struct hgx_topo *topo;
	struct hgx_error err;
	int code;

	run_command("mkdir -p \"$(dirname '%s%s')\" && cp -a '%s/%s' '%s%s' && rm -f '%s%s/config'", root,
		    outside, root, device, root, outside, root, outside);
	run_command("rm -rf '%s/%s'", root, from);
	tree_link(tree_path("leak/%s", from), outside);
	code = load_root(&topo, root, &err);
	if (code) {
		ck_assert_msg(code == HGX_REFUSED || code == HGX_BROKEN, "%s: %d %s", what, code, err.text);
		return;
	}
	ck_assert_msg(function_of(topo, "01:00.0")->port_type == -1,
		      "%s: the configuration space outside was read", what);
	hgx_topo_free(topo);
}

START_TEST(a_device_link_that_leads_out_shows_nothing_of_what_is_there)
{
	const char *device = "sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0";
	char outside[1024];

	copy_machine("made-one-gpu", "outside");
	snprintf(outside, sizeof(outside), "%s/%s", tree_path("outside"), device);
	check_no_leak("absolute link", "sys/bus/pci/devices/0000:01:00.0", outside);
}
END_TEST

START_TEST(a_config_file_that_is_a_link_outside_is_not_read)
{
	struct copy copy = copy_machine("made-one-gpu", "linked");
	const char *root = copy.path;
	const char *config = "sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/config";
	struct hgx_topo *topo;
	struct hgx_error err;
	int code;

	copy_machine("made-one-gpu", "outside");
	run_command("rm '%s/%s'", root, config);
	tree_link(tree_path("linked/%s", config), tree_path("outside/%s", config));
	code = load_root(&topo, root, &err);
	ck_assert_msg(code == HGX_OK || code == HGX_REFUSED || code == HGX_BROKEN, "%d %s", code, err.text);
	if (code)
		return;
	ck_assert_int_eq(function_of(topo, "01:00.0")->port_type, -1);
	hgx_topo_free(topo);
}
END_TEST

/* A watchdog, not a measurement: a load that hangs would hang forever. */
static int load_guarded(const char *root, const char *what)
{
	struct hgx_topo *topo;
	struct hgx_error err;
	int code;

	alarm(30);
	code = load_root(&topo, root, &err);
	alarm(0);
	ck_assert_msg(!code == !!topo && (!code || *err.text), "%s: %d %s", what, code, err.text);
	hgx_topo_free(topo);
	return code;
}

static void check_loads(const char *root, const char *what)
{
	ck_assert_msg(load_guarded(root, what) == HGX_OK, "%s is not read", what);
}

/* It may be read or refused, as long as it ends. */
static void check_pipes(const char *const *files, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct copy copy = copy_machine("made-one-gpu", "pipe");

		run_command("cd '%s' && rm -f '%s' && mkdir -p \"$(dirname '%s')\" && mkfifo '%s'",
			    copy.path, files[i], files[i], files[i]);
		load_guarded(copy.path, files[i]);
	}
}

START_TEST(a_pipe_in_place_of_a_file_that_we_read_does_not_block)
{
	static const char *const files[] = {
		"sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/uevent",
		"sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/resource",
		"proc/self/mountinfo", "proc/1/mountinfo", "proc/swaps",
		"sys/devices/system/cpu/present", "sys/devices/system/node/node0/cpulist",
	};

	check_pipes(files, ARRAY_SIZE(files));
}
END_TEST

START_TEST(a_pipe_in_place_of_a_file_that_libpci_reads_does_not_block)
{
	static const char *const files[] = {
		"sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/config", "usr/share/misc/pci.ids",
	};

	check_pipes(files, ARRAY_SIZE(files));
}
END_TEST

START_TEST(a_circle_of_stacked_drives_ends)
{
	struct copy copy = copy_machine("made-one-gpu", "circle");
	const char *root = copy.path;

	run_command("rm -rf '%s/sys/class/block'", root);
	for (int i = 0; i < 8; i++) {
		tree_file(tree_path("circle/sys/class/block/dm-%d/dev", i), "253:0\n");
		for (int j = 0; j < 8; j++)
			tree_dir(tree_path("circle/sys/class/block/dm-%d/slaves/dm-%d", i, j));
	}
	tree_file(tree_path("circle/proc/mounts"), "/dev/dm-0 / ext4 rw 0 0\n");
	check_loads(root, "circle");
}
END_TEST

START_TEST(a_circle_of_stacked_interfaces_ends)
{
	struct copy copy = copy_machine("made-one-gpu", "circle");
	const char *root = copy.path;

	run_command("rm -rf '%s/sys/class/net'", root);
	for (int i = 0; i < 8; i++)
		for (int j = 0; j < 8; j++)
			tree_dir(tree_path("circle/sys/class/net/br%d/lower_br%d", i, j));
	tree_file(tree_path("circle/proc/net/route"), "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\t"
		  "Metric\tMask\nbr0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n");
	check_loads(root, "circle");
}
END_TEST

START_TEST(a_partition_at_the_top_of_the_root_is_not_on_a_drive)
{
	struct copy copy = copy_machine("made-one-gpu", "top");
	const char *root = copy.path;

	tree_file(tree_path("top/odd/partition"), "1\n");
	tree_link(tree_path("top/sys/class/block/odd"), "../../../odd");
	tree_file(tree_path("top/proc/mounts"), "/dev/odd / ext4 rw 0 0\n");
	check_loads(root, "a partition at the top");
}
END_TEST

START_TEST(a_truncated_escape_in_a_mount_point_reads_nothing_beyond_it)
{
	struct copy copy = copy_machine("made-one-gpu", "escape");
	const char *root = copy.path, *use;
	struct hgx_topo *topo;
	struct hgx_error err;

	run_command("rm -f '%s'/proc/*/mountinfo", root);
	tree_file(tree_path("escape/proc/mounts"), "/dev/zero /BEYONDBEYONDBEYONDBEYOND ext4 rw 0 0\n"
		  "/dev/sda1 /x\\4 ext4 rw 0 0\n");
	expect_fine(load_root(&topo, root, &err), &err, "escape");
	use = function_of(topo, "00:17.0")->host_use;
	ck_assert_msg(use && strstr(use, "/x") && !strstr(use, "BEYOND") && !strstr(use, "EYOND"), "%s",
		      use ? use : "not marked");
	hgx_topo_free(topo);
}
END_TEST

int main(void)
{
	int status;

	roots_begin(names, ARRAY_SIZE(names));
	status = RUN("hostile hosts", a_spoiled_root_is_refused_with_place_and_remedy,
		   a_number_that_no_kernel_writes_is_refused_with_its_file,
		   a_long_list_of_cpus_is_read_to_its_end,
		     a_root_that_does_not_exist_is_reported,
		     variables_of_hwloc_do_not_change_a_captured_root,
		     the_environment_is_the_same_after_a_load,
		     the_running_machine_is_not_read_through_variables_of_hwloc,
		     loading_one_machine_after_another_leaves_no_trace,
		     a_device_link_that_leads_out_shows_nothing_of_what_is_there,
		     a_config_file_that_is_a_link_outside_is_not_read,
		     a_pipe_in_place_of_a_file_that_we_read_does_not_block,
		     a_pipe_in_place_of_a_file_that_libpci_reads_does_not_block,
		     a_circle_of_stacked_drives_ends,
		     a_circle_of_stacked_interfaces_ends,
		     a_partition_at_the_top_of_the_root_is_not_on_a_drive,
		     a_truncated_escape_in_a_mount_point_reads_nothing_beyond_it);
	tree_end();
	return status;
}
