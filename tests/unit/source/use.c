/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which drives the host itself uses, and that those of which it cannot be told stay with it. */
#include "roots.h"
#include "opens.h"
#include "renamer.h"

static const char *const names[] = { "made-one-gpu", "made-a100-nested", "made-odd-cpus" };

#define NVME "sys/devices/pci0000:00/0000:00:1c.0/0000:02:00.0/nvme/nvme0/nvme0n1"
#define LINE(text, file) "printf '%s\\n' '" text "' >>" file
#define UNUSED "02:00.0" /* the NVMe drive of made-one-gpu */

/* The desktop with its drive nvme0n1 unused; @commands spoil it. */
static struct hgx_topo *desktop_with(const char *commands)
{
	char all[2000];

	snprintf(all, sizeof(all), "rm -rf sys/fs; %s", commands);
	return spoilt_machine("made-one-gpu", "proc sys/class/block sys/devices/virtual " NVME, all);
}

static void expect_use(const struct hgx_topo *topo, const char *function, const char *use,
		       const char *what)
{
	const char *got = function_of(topo, function)->host_use;

	ck_assert_msg(use ? got && !strcmp(got, use) : !got, "%s: %s: %s, not %s", what, function,
		      got ? got : "not in use", use ? use : "not in use");
}

/* What makes the drive used, and the reason; NULL: it does not. */
static const struct { const char *commands, *use; } used[] = {
	{ ":", NULL },
	/* swap */
	{ LINE("/dev/nvme0n1 partition 999 0 -2", "proc/swaps"), "nvme0n1 is used as swap" },
	{ LINE("/swap.img file 999 0 -2", "proc/swaps"), NULL },
	{ "mkdir " NVME "/nvme0n1p1 && echo 259:7 >" NVME "/nvme0n1p1/dev && "
	  "echo 1 >" NVME "/nvme0n1p1/partition && "
	  "ln -sfn ../../devices/pci0000:00/0000:00:1c.0/0000:02:00.0/nvme/nvme0/nvme0n1/nvme0n1p1 "
	  "sys/class/block/nvme0n1p1 && " LINE("/dev/nvme0n1p1 partition 999 0 -2", "proc/swaps"),
	  "nvme0n1 is used as swap (through nvme0n1p1)" },
	{ "mkdir -p sys/class/block/dm-1/dm sys/class/block/dm-1/slaves/nvme0n1 && "
	  "echo 253:1 >sys/class/block/dm-1/dev && " LINE("swap\\x20one", "sys/class/block/dm-1/dm/name") " && "
	  LINE("/dev/mapper/swap\\134x20one partition 999 0 -2", "proc/swaps"),
	  "nvme0n1 is used as swap (through dm-1)" },
	/* mounts; the kernel writes what would end a field in octal */
	{ LINE("/dev/nvme0n1 /mnt/big\\040data ext4 rw 0 0", "proc/mounts"),
	  "nvme0n1 is mounted at /mnt/big data" },
	{ "rm -r " NVME "; " LINE("/dev/nvme0n1 /mnt ext4 rw 0 0", "proc/mounts"),
	  "nvme0n1 is mounted at /mnt" },
	{ LINE("/dev/nvme0n1 /a\\134b\\040\\043c\\0401 ext4 rw 0 0", "proc/mounts"),
	  "nvme0n1 is mounted at /a\\b #c 1" },
	{ LINE("/dev/nvme0n1 /a\\08\\9\\40 ext4 rw 0 0", "proc/mounts"),
	  "nvme0n1 is mounted at /a\\08\\9\\40" },
	{ LINE("99 1 259:0 / /mnt/big\\040data rw - ext4 /dev/root rw", "proc/self/mountinfo"),
	  "nvme0n1 is mounted at /mnt/big data" },
	{ LINE("99 1 0:77 / /mnt rw shared:4 - btrfs /dev/nvme0n1 rw", "proc/self/mountinfo"),
	  "nvme0n1 is mounted at /mnt" },
	{ "mkdir -p proc/1 && " LINE("99 1 259:0 / /mnt rw - ext4 /dev/root rw", "proc/1/mountinfo"),
	  "nvme0n1 is mounted at /mnt" },
	{ LINE("/dev/sda1:/dev/nvme0n1 /mnt bcachefs rw 0 0", "proc/mounts"),
	  "nvme0n1 is mounted at /mnt" },
	/* of a partition that is not listed, the name tells the drive */
	{ LINE("99 1 259:200 / /mnt rw - ext4 /dev/nvme0n1p2 rw", "proc/self/mountinfo"),
	  "nvme0n1 is mounted at /mnt (through nvme0n1p2)" },
	{ LINE("/dev/nvme0n1p12 partition 999 0 -2", "proc/swaps"),
	  "nvme0n1 is used as swap (through nvme0n1p12)" },
	{ LINE("server:/export /mnt nfs rw 0 0", "proc/mounts"), NULL },
	{ "mkdir -p sys/class/block/dm-1/dm sys/class/block/dm-1/slaves/nvme0n1 && "
	  "echo 253:1 >sys/class/block/dm-1/dev && " LINE("vg\\x20one", "sys/class/block/dm-1/dm/name") " && "
	  LINE("/dev/mapper/vg\\134x20one /mnt ext4 rw 0 0", "proc/mounts"),
	  "nvme0n1 is mounted at /mnt (through dm-1)" },
	/* what is stacked or pooled, mounted or not */
	{ "mkdir " NVME "/holders/md127", "nvme0n1 is part of md127" },
	{ "mkdir -p sys/fs/btrfs/features sys/fs/btrfs/0b-1c/devices/nvme0n1",
	  "nvme0n1 is part of a btrfs file system in use" },
	{ "mkdir -p proc/spl/kstat/zfs/tank && echo ONLINE >proc/spl/kstat/zfs/tank/state && "
	  ": >proc/spl/kstat/zfs/arcstats", "nvme0n1 may be part of the ZFS pool tank" },
	{ "mkdir -p proc/spl/kstat/zfs && : >proc/spl/kstat/zfs/arcstats", NULL },
	{ LINE("tank/home /home zfs rw 0 0", "proc/mounts"), "nvme0n1 may be part of the ZFS pool tank" },
};

START_TEST(a_drive_is_kept_for_each_way_of_using_it)
{
	for (size_t i = 0; i < ARRAY_SIZE(used); i++) {
		struct hgx_topo *topo = desktop_with(used[i].commands);

		expect_use(topo, UNUSED, used[i].use, used[i].commands);
		hgx_topo_free(topo);
	}
}
END_TEST

static const char *told_of(const struct hgx_topo *topo)
{
	const struct hgx_finding *findings;
	size_t count = hgx_topo_findings(topo, &findings);

	return finding_text(findings, count, "drive-use-unknown", NULL);
}

static unsigned drives_chosen(const struct hgx_topo *topo)
{
	struct hgx_plan_options options = { .size = sizeof(options), .nvme = "all" };
	struct hgx_error err = { 0 };
	struct hgx_plan *plan;
	unsigned count = 0;

	expect_fine(hgx_plan_new(&plan, topo, &options, &err), &err, "plan");
	for (size_t i = 0; i < plan->chosen_count; i++)
		count += plan->chosen[i]->kind == HGX_NVME;
	hgx_plan_free(plan);
	return count;
}

/* All drives are used or may be, the finding says it, and no VM gets one. */
static void expect_kept(const struct hgx_topo *topo, const char *untold, const char *what)
{
	char use[600];

	snprintf(use, sizeof(use), "it may be in use: %s", untold);
	for (const struct hgx_node *node = topo->all; node; node = node->all) {
		const char *got = node->pci ? node->pci->host_use : NULL;

		ck_assert_msg(node->kind != HGX_NVME || (got && (strncmp(got, "it may", 6) || !strcmp(got, use))),
			      "%s: %s: %s", what, node->name, got ? got : "not in use");
	}
	ck_assert_msg(told_of(topo) && !strncmp(told_of(topo), untold, strlen(untold)), "%s: %s", what,
		      told_of(topo) ? told_of(topo) : "not told");
	ck_assert_msg(drives_chosen(topo) == 0, "%s: %u drives are in the VM", what, drives_chosen(topo));
}

static const char *const files[] = {
	"sys/class/block", "sys/class/block/nvme0n1/dev", "sys/class/block/nvme0n1/dm/name",
	"sys/class/block/nvme0n1p2", "sys/class/block/nvme0n1p2/slaves",
	"sys/class/block/nvme0n1p2/partition", "sys/class/block/nvme1n1",
	"sys/class/block/nvme1n1/holders", "proc/1/mountinfo", "proc/self/mountinfo", "proc/mounts",
	"proc/swaps", "sys/fs/btrfs", "proc/spl/kstat/zfs",
};

START_TEST(drives_stay_when_a_file_that_tells_their_use_cannot_be_read)
{
	static const int errors[] = { EIO, EACCES };
	struct hgx_error err;

	for (size_t i = 0; i < ARRAY_SIZE(files) * ARRAY_SIZE(errors); i++) {
		const char *file = files[i / ARRAY_SIZE(errors)];
		int error = errors[i % ARRAY_SIZE(errors)];
		struct hgx_topo *topo;
		char untold[600];

		opens_fail(file, error, 0, UINT32_MAX);
		expect_fine(load_root(&topo, machine_root("made-a100-nested"), &err), &err, file);
		ck_assert_msg(opens.seen || !opens.openat2, "%s is not asked for", file);
		snprintf(untold, sizeof(untold), "%s: %s", file, strerror(error));
		if (!strcmp(file, "sys/class/block")) /* the names of the drives are lost before */
			snprintf(untold, sizeof(untold), "%s: not every device there could be read", file);
		if (opens.seen)
			expect_kept(topo, untold, untold);
		hgx_topo_free(topo);
	}
}
END_TEST

/* The same files: on a machine without swap, btrfs or ZFS they keep nothing. */
START_TEST(a_file_that_is_not_there_tells_that_there_is_nothing_of_its_sort)
{
	static const char *const absent[] = {
		"sys/class/block/nvme1n1/dev", "sys/class/block/nvme0n1/dm/name",
		"sys/class/block/nvme1n1/holders", "sys/class/block/nvme0n1p2/slaves", "proc/1/mountinfo",
		"proc/mounts", "proc/swaps", "sys/fs/btrfs", "proc/spl/kstat/zfs",
	};
	static const int errors[] = { ENOENT, ENOTDIR };
	struct hgx_error err;

	for (size_t i = 0; i < 2 * ARRAY_SIZE(absent); i++) {
		struct hgx_topo *topo;

		opens_fail(absent[i / 2], errors[i % 2], 0, UINT32_MAX);
		expect_fine(load_root(&topo, machine_root("made-a100-nested"), &err), &err, absent[i / 2]);
		expect_use(topo, "29:00.0", NULL, absent[i / 2]);
		expect_use(topo, "02:00.0", "nvme0n1 is mounted at / (through nvme0n1p2)", absent[i / 2]);
		ck_assert_msg(!told_of(topo), "%s: %s", absent[i / 2], told_of(topo));
		ck_assert_uint_eq(drives_chosen(topo), 4);
		hgx_topo_free(topo);
	}
}
END_TEST

/* It is read twice: for the names of the drives, then for their use. */
START_TEST(drives_stay_when_only_their_names_or_only_their_use_could_be_read)
{
	for (unsigned time = 0; time < 2; time++) {
		struct hgx_error err;
		struct hgx_topo *topo;

		opens_fail("sys/class/block", EIO, time, 1);
		expect_fine(load_root(&topo, machine_root("made-a100-nested"), &err), &err, "names");
		if (opens.openat2)
			expect_kept(topo, time ? "sys/class/block: Input/output error" :
				    "sys/class/block: not every device there could be read",
				    time ? "second time" : "first time");
		hgx_topo_free(topo);
	}
}
END_TEST

START_TEST(drives_stay_when_the_paths_to_a_multipath_drive_cannot_be_read)
{
	struct hgx_error err;
	struct hgx_topo *topo;

	opens_fail("sys/devices/virtual/nvme-subsystem/nvme-subsys0", EIO, 0, UINT32_MAX);
	expect_fine(load_root(&topo, machine_root("made-odd-cpus"), &err), &err, "multipath");
	ck_assert_msg(opens.seen || !opens.openat2, "is not asked for");
	if (opens.seen)
		expect_kept(topo, "sys/class/block: not every device there could be read", "multipath");
	hgx_topo_free(topo);
}
END_TEST

/* Files that are there and name what is not: a drive that vanished meanwhile, or half a
 * capture. */
static const struct { const char *commands, *untold; } vanished[] = {
	{ LINE("99 1 259:9 / /srv rw - ext4 /dev/nvme9n1 rw", "proc/self/mountinfo"),
	  "sys/class/block: it has no 259:9, which is mounted at /srv" },
	{ LINE("99 1 259:9 / /srv rw - ext4 /dev/nvme0n12 rw", "proc/self/mountinfo"),
	  "sys/class/block: it has no 259:9, which is mounted at /srv" },
	{ LINE("99 1 259:9 / /srv rw - ext4 /dev/nvme0n1p rw", "proc/self/mountinfo"),
	  "sys/class/block: it has no 259:9, which is mounted at /srv" },
	{ LINE("/dev/nvme9n1 partition 999 0 -2", "proc/swaps"),
	  "sys/class/block: it has no /dev/nvme9n1, which is used as swap" },
	{ "rm -r proc/*/mountinfo; " LINE("/dev/root / ext4 rw 0 0", "proc/mounts"),
	  "sys/class/block: it has no /dev/root, which is mounted at /" },
	{ "mkdir -p sys/fs/btrfs/0b-1c/devices/nvme9n1",
	  "sys/class/block/nvme9n1: No such file or directory" },
	{ "mkdir sys/devices/virtual/block/md0/slaves/dm-9",
	  "sys/class/block/dm-9: No such file or directory" },
	{ "rm sys/class/block/sda2; mkdir -p sys/class/block/sda2; echo 2 >sys/class/block/sda2/partition; "
	  "echo 8:2 >sys/class/block/sda2/dev; " LINE("/dev/sda2 /srv ext4 rw 0 0", "proc/mounts"),
	  "sys/class/block/sda2/partition: the drive of this partition could not be found" },
	{ "for i in $(seq 30); do mkdir -p sys/class/block/dm-$i/slaves/dm-$((i + 1)); done; "
	  LINE("/dev/dm-1 /srv ext4 rw 0 0", "proc/mounts"),
	  "sys/class/block/dm-17: too many devices lie on each other" },
};

START_TEST(drives_stay_when_what_is_in_use_cannot_be_found)
{
	for (size_t i = 0; i < ARRAY_SIZE(vanished); i++) {
		struct hgx_topo *topo = desktop_with(vanished[i].commands);

		expect_kept(topo, vanished[i].untold, vanished[i].commands);
		hgx_topo_free(topo);
	}
}
END_TEST

/* No file says more of these than that nothing is known: the operator is warned, and decides. */
static const struct { const char *commands, *use; bool told; } whole[] = {
	{ "rm -r proc/[!c]*", NULL, true },
	{ "rm -r sys/class/block", NULL, true },
	{ "rm -r proc/*/mountinfo", NULL, false },
	{ "rm -r proc/*/mountinfo; " LINE("/dev/fuse /etc/pve fuse rw 0 0", "proc/mounts"), NULL, false },
	{ "rm -r sys/class/block; mkdir -p sys/fs/btrfs/0b-1c/devices/nvme0n1", NULL, true },
	{ "rm sys/class/block/md0; ln -s ../../devices/virtual/block/loop0 sys/class/block/loop0; "
	  "sed -i /md0/d proc/mounts proc/*/mountinfo; rm -r sys/devices/virtual/block/md0", NULL, false },
	/* an archive has lost the empty directory of a drive; its link is still there */
	{ "rm -r " NVME, NULL, false },
};

START_TEST(what_is_not_there_as_a_whole_keeps_no_drive)
{
	for (size_t i = 0; i < ARRAY_SIZE(whole); i++) {
		struct hgx_topo *topo = desktop_with(whole[i].commands);

		expect_use(topo, UNUSED, whole[i].use, whole[i].commands);
		ck_assert_msg(!told_of(topo) == !whole[i].told, "%s: %s", whole[i].commands,
			      told_of(topo) ? told_of(topo) : "not told");
		ck_assert_msg(drives_chosen(topo) == 1, "%s", whole[i].commands);
		hgx_topo_free(topo);
	}
}
END_TEST

/* Held for VMs, without a driver, or no drive. */
START_TEST(what_the_host_cannot_use_does_not_stay_for_an_unread_file)
{
	static const char *const drivers[] = { "vfio-pci", "pci-stub", "" };

	for (size_t i = 0; i < ARRAY_SIZE(drivers); i++) {
		struct copy copy = copy_machine("made-one-gpu", "held");
		struct hgx_error err;
		struct hgx_topo *topo;

		run_command("cd '%s/sys' && rm class/block/nvme0n1 && sed -i '/^DRIVER=/d' "
			    "devices/pci0000:00/0000:00:1c.0/0000:02:00.0/uevent && { [ -z '%s' ] || echo "
			    "'DRIVER=%s' >>devices/pci0000:00/0000:00:1c.0/0000:02:00.0/uevent; }", copy.path,
			    drivers[i], drivers[i]);
		opens_fail("proc/swaps", EIO, 0, UINT32_MAX);
		expect_fine(load_root(&topo, copy.path, &err), &err, "held");
		expect_use(topo, UNUSED, NULL, drivers[i]);
		expect_use(topo, "01:00.0", NULL, "the GPU");
		expect_use(topo, "00:17.0", "sda is mounted at / (through md0)", drivers[i]);
		ck_assert_uint_eq(drives_chosen(topo), 1);
		hgx_topo_free(topo);
	}
}
END_TEST

/* The mounts of process 1, on the running machine: an ordinary user does not see them. */
START_TEST(only_the_mounts_of_process_1_may_be_hidden_from_a_user)
{
	static const struct { const char *file; int error; bool live, kept; } rows[] = {
		{ "proc/1/mountinfo", EACCES, true, false }, { "proc/1/mountinfo", EIO, true, true },
		{ "proc/1/mountinfo", EACCES, false, true }, { "proc/self/mountinfo", EACCES, true, true },
		{ "proc/mounts", EACCES, true, true }, { "proc/swaps", EACCES, true, true },
	};
	const char *path = machine_root("made-a100-nested");

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct root root;
		struct hgx_error err;
		struct hgx_topo *topo;

		opens_fail(NULL, 0, 0, 0);
		expect_fine(load_root(&topo, path, &err), &err, path);
		expect_fine(root_open(&root, path, &err), &err, path);
		root.live = rows[i].live;
		opens_fail(rows[i].file, rows[i].error, 0, UINT32_MAX);
		opens.both = true;
		source_use(topo, &root, true);
		if (opens.seen)
			ck_assert_msg(!function_of(topo, "29:00.0")->host_use == !rows[i].kept, "%s: %s: %s",
				      rows[i].file, strerror(rows[i].error),
				      rows[i].kept ? "not kept" : "kept");
		root_close(&root);
		hgx_topo_free(topo);
	}
}
END_TEST

static void rename_aside(void)
{
	rename(tree_path("beside/renamed/one"), tree_path("beside/renamed/other"));
	rename(tree_path("beside/renamed/other"), tree_path("beside/renamed/one"));
}

static char *json_of_copy(const struct copy *copy)
{
	struct hgx_topo *topo;
	struct hgx_error err;
	char *json;

	expect_fine(load_root(&topo, copy->path, &err), &err, copy->path);
	ck_assert_int_eq(hgx_emit_json(topo, &json, &err), HGX_OK);
	ck_assert_uint_eq(drives_chosen(topo), 0);
	hgx_topo_free(topo);
	return json;
}

START_TEST(a_machine_is_the_same_beside_a_process_that_renames_files)
{
	struct copy copy = copy_machine("made-one-gpu", "beside");
	struct renamer renamer;
	char *undisturbed;

	run_command("cd '%s' && mkdir renamed && : >renamed/one && mkdir -p sys/class/block/dm-1/slaves && "
		    "ln -s ../../../nvme0n1 sys/class/block/dm-1/slaves/ && echo 253:1 "
		    ">sys/class/block/dm-1/dev && echo '99 1 253:1 / /srv rw - ext4 /dev/root rw' "
		    ">>proc/self/mountinfo", copy.path);
	undisturbed = json_of_copy(&copy);
	renamer = renamer_begin(rename_aside);
	for (int i = 0; i < 250; i++) {
		char *json = json_of_copy(&copy);
		size_t same = 0;

		while (json[same] && json[same] == undisturbed[same])
			same++;
		ck_assert_msg(json[same] == undisturbed[same], "load %d: %.300s", i, json + same);
		hgx_text_free(json);
	}
	renamer_end(&renamer);
	hgx_text_free(undisturbed);
}
END_TEST

int main(void)
{
	int status;

	roots_begin(names, ARRAY_SIZE(names));
	status = RUN("use", a_drive_is_kept_for_each_way_of_using_it,
		     drives_stay_when_a_file_that_tells_their_use_cannot_be_read,
		     a_file_that_is_not_there_tells_that_there_is_nothing_of_its_sort,
		     drives_stay_when_only_their_names_or_only_their_use_could_be_read,
		     drives_stay_when_the_paths_to_a_multipath_drive_cannot_be_read,
		     drives_stay_when_what_is_in_use_cannot_be_found,
		     what_is_not_there_as_a_whole_keeps_no_drive,
		     what_the_host_cannot_use_does_not_stay_for_an_unread_file,
		     only_the_mounts_of_process_1_may_be_hidden_from_a_user,
		     a_machine_is_the_same_beside_a_process_that_renames_files);
	tree_end();
	return status;
}
