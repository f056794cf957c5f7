/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Paths below a captured root: nothing leads out of it, and the fallback finds the same as
 * openat2. */
#include "support.h"
#include "opens.h"
#include "renamer.h"
#include "tree.h"

#define SECRET "secret"

/* A root with every kind of link, and next to it what must not be seen. */
static void make_root(void)
{
	static const char *const links[][2] = {
		{ "abs", "/dir/file" }, { "abs_dir", "/dir" }, { "up", "../outside/file" },
		{ "dir/up", "../top" }, { "dir/far", "../../../../top" }, { "top_up", "../dir/file" },
		{ "self", "self" }, { "loop_a", "loop_b" }, { "loop_b", "loop_a" },
		{ "dangling", "nowhere" }, { "todir", "dir" }, { "deep", "todir/.././dir//file" },
		{ "slash", "dir/" }, { "fifo_link", "fifo" }, { "top_link", "top" },
		{ "parent", ".." }, { "parents", "dir/../.." }, { "here", "." }, { "root", "/" },
		{ "through_file", "top/../dir/file" }, { "through_nothing", "nowhere/../top" },
		{ "file_slash", "top/" },
	};
	char name[32], target[32];

	tree_file(tree_path("outside/file"), SECRET);
	tree_file(tree_path("file"), SECRET);
	tree_file(tree_path("root/top"), "top\n");
	tree_file(tree_path("root/dir/file"), "inside\n\n");
	tree_file(tree_path("root/dir/deeper/file"), "deeper");
	for (size_t i = 0; i < ARRAY_SIZE(links); i++)
		tree_link(tree_path("root/%s", links[i][0]), links[i][1]);
	tree_link(tree_path("root/abs_out"), tree_path("outside/file"));
	tree_link(tree_path("root/out"), tree_path("outside"));
	for (int i = 1; i <= 41; i++) { /* link41 takes 41 steps; the kernel allows 40 */
		snprintf(name, sizeof(name), "root/link%d", i);
		snprintf(target, sizeof(target), "link%d", i - 1);
		tree_link(tree_path("%s", name), i == 1 ? "top" : target);
	}
	unlink(tree_path("root/fifo"));
	ck_assert_int_eq(mkfifo(tree_path("root/fifo"), 0644), 0);
}

/* Both ways to resolve a path; without openat2 (valgrind), only the second. */
static void open_both(struct root *both)
{
	for (int i = 0; i < 2; i++) {
		struct hgx_error err = { 0 };

		expect_fine(root_open(&both[i], tree_path("root"), &err), &err, "root");
	}
	both[1].by_parts = true;
}

static const char *way(const struct root *root)
{
	return root->by_parts ? "part by part" : "with openat2";
}

/* The content that a path reads as; NULL: it cannot be read. */
static const struct { const char *path, *text; } files[] = {
	{ "top", "top" }, { "./top", "top" }, { "/top", "top" }, { "dir/file", "inside" },
	{ "dir//file", "inside" }, { "dir/./deeper/../file", "inside" }, { "abs", "inside" },
	{ "abs_dir/file", "inside" }, { "dir/up", "top" }, { "todir/up", "top" },
	{ "todir/file", "inside" }, { "todir/../top", "top" }, { "todir/deeper/file", "deeper" },
	{ "deep", "inside" }, { "slash/file", "inside" }, { "here/here/top", "top" },
	{ "root/root/top", "top" }, { "link1", "top" }, { "link40", "top" }, { "fifo", "" },
	{ "fifo_link", "" }, { "top_link", "top" },
	/* the parent of the root is the root */
	{ "../top", "top" }, { "../../../top", "top" }, { "dir/far", "top" }, { "top_up", "inside" },
	{ "parent/top", "top" }, { "parents/top", "top" }, { "dir/../../top", "top" },
	/* there is nothing */
	{ "up", NULL }, { "abs_out", NULL }, { "out/file", NULL }, { "../outside/file", NULL },
	{ "../file", NULL }, { "parent/file", NULL }, { "parents/outside/file", NULL },
	{ "self", NULL }, { "self/top", NULL }, { "loop_a", NULL }, { "loop_a/../top", NULL },
	{ "dangling", NULL }, { "dangling/top", NULL }, { "nowhere", NULL }, { "nowhere/../top", NULL },
	{ "link41", NULL }, { "dir", NULL }, { "todir", NULL }, { ".", NULL }, { "top/", NULL },
	{ "top/file", NULL }, { "top/../top", NULL }, { "through_file", NULL },
	{ "through_nothing", NULL }, { "file_slash", NULL },
};

static void check_files(const struct root *root)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		char text[64] = "";
		long length = root_read(root, files[i].path, text, sizeof(text));
		char *all = root_read_all(root, files[i].path);

		ck_assert_msg(files[i].text ? length == (long)strlen(files[i].text) &&
			      !strcmp(text, files[i].text) : length == -1,
			      "%s %s: %ld \"%s\"", files[i].path, way(root), length, text);
		ck_assert_msg(!all == !files[i].text, "all of %s %s: %s", files[i].path, way(root),
			      all ? all : "nothing");
		free(all);
	}
}

START_TEST(a_path_never_leads_out_of_the_root_with_openat2)
{
	struct root both[2];

	make_root();
	open_both(both);
	check_files(&both[0]);
}
END_TEST

START_TEST(a_path_never_leads_out_of_the_root_part_by_part)
{
	struct root both[2];

	make_root();
	open_both(both);
	check_files(&both[1]);
}
END_TEST

static const struct { const char *path; bool there, inside; } dirs[] = {
	{ "dir", true, true }, { "todir", true, true }, { "slash", true, true },
	{ "dir/deeper", true, true }, { "dir/../dir", true, true }, { "todir/deeper/..", true, true },
	{ "here", true, true }, { ".", true, true },
	{ "abs_dir", true, false }, { "root", true, false }, { "parent", true, false },
	{ "parents", true, false }, { "..", true, false }, { "dir/../..", true, false },
	{ "abs_dir/deeper", true, false }, { "../dir", true, false },
	{ "out", false, false }, { "self", false, false }, { "loop_b", false, false },
	{ "dangling", false, false }, { "nowhere", false, false }, { "top", false, false },
	{ "fifo", false, false }, { "top_link", false, false },
};

START_TEST(a_directory_is_inside_if_no_link_on_the_way_leaves_the_root)
{
	struct root both[2];

	make_root();
	open_both(both);
	for (size_t i = 0; i < 2 * ARRAY_SIZE(dirs); i++) {
		const struct root *root = &both[i % 2];
		const char *path = dirs[i / 2].path;
		int dir = root_dir(root, path);

		ck_assert_msg((dir >= 0) == dirs[i / 2].there, "%s %s", path, way(root));
		if (dir >= 0)
			close(dir);
		ck_assert_msg(root_inside(root, path) == dirs[i / 2].inside, "%s %s is%s inside", path,
			      way(root), dirs[i / 2].inside ? " not" : "");
	}
}
END_TEST

START_TEST(a_plain_file_is_one_whose_links_stay_in_the_root)
{
	static const struct { const char *path; bool plain; } rows[] = {
		{ "top", true }, { "top_link", true }, { "todir/file", true }, { "dir/../top", true },
		{ "link40", true }, { "dir", false }, { "fifo", false }, { "fifo_link", false },
		{ "abs", false }, { "abs_out", false }, { "dir/far", false }, { "../top", false },
		{ "out/file", false }, { "dangling", false }, { "self", false }, { "top/", false },
	};
	struct root both[2];

	make_root();
	open_both(both);
	for (size_t i = 0; i < 2 * ARRAY_SIZE(rows); i++)
		ck_assert_msg(root_is_file(&both[i % 2], rows[i / 2].path) == rows[i / 2].plain,
			      "%s %s", rows[i / 2].path, way(&both[i % 2]));
}
END_TEST

/* Few names, so that random paths lead somewhere. */
static void random_path(uint64_t *seed, char *path, size_t size)
{
	static const char *const parts[] = { "..", "..", ".", "a", "b", "c", "l0", "l1", "l2", "l3",
					     "l4", "l5", "f" };
	unsigned count = 1 + random_below(seed, 5);

	snprintf(path, size, "%s", random_chance(seed, 15) ? "/" : "");
	for (unsigned i = 0; i < count; i++)
		snprintf(path + strlen(path), size - strlen(path), "%s%s", i ? "/" : "",
			 parts[random_below(seed, ARRAY_SIZE(parts))]);
	if (random_chance(seed, 10))
		snprintf(path + strlen(path), size - strlen(path), "/");
}

static void random_tree(uint64_t *seed)
{
	static const char *const places[] = { "", "a/", "a/b/", "b/", "c/" };
	char target[128];

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		tree_file(tree_path("root/%sf", places[i]), places[i]);
		for (int link = 0; link < 6; link++) {
			random_path(seed, target, sizeof(target));
			tree_link(tree_path("root/%sl%d", places[i], link), target);
		}
	}
	tree_file(tree_path("f"), SECRET);
	tree_file(tree_path("a/f"), SECRET);
}

static void compare_ways(const struct root *both, const char *path, unsigned long long seed)
{
	char texts[2][64] = { "", "" };
	long lengths[2];
	int found[2];

	for (int i = 0; i < 2; i++) {
		lengths[i] = root_read(&both[i], path, texts[i], sizeof(texts[i]));
		found[i] = root_dir(&both[i], path);
		if (found[i] >= 0)
			close(found[i]);
		ck_assert_msg(!strstr(texts[i], SECRET), "HGX_SEED=%llu: %s leads out", seed, path);
	}
	ck_assert_msg(lengths[0] == lengths[1] && !strcmp(texts[0], texts[1]) &&
		      (found[0] < 0) == (found[1] < 0) &&
		      root_inside(&both[0], path) == root_inside(&both[1], path),
		      "HGX_SEED=%llu: %s is %ld \"%s\" %s, and %ld \"%s\" %s", seed, path, lengths[0],
		      texts[0], way(&both[0]), lengths[1], texts[1], way(&both[1]));
}

START_TEST(both_ways_find_the_same_in_random_trees_with_links)
{
	uint64_t seed[9];
	size_t rounds = seeds(seed, 8);

	for (size_t round = 0; round < rounds; round++) {
		unsigned long long first = seed[round];
		struct root both[2];
		char path[128];

		seed[round] = random_state(first);
		random_tree(&seed[round]);
		open_both(both);
		for (int i = 0; i < 400; i++) {
			random_path(&seed[round], path, sizeof(path));
			compare_ways(both, path, first);
		}
		root_close(&both[0]);
		root_close(&both[1]);
	}
}
END_TEST

START_TEST(openat2_is_asked_again_when_it_answers_eagain)
{
	static const struct { unsigned times; int error; unsigned asked; long length; } rows[] = {
		{ 1, EAGAIN, 2, 6 }, { 2, EAGAIN, 3, 6 }, { 9, EAGAIN, 10, 6 }, { 1, EACCES, 1, -1 },
		{ 1, ENOENT, 1, -1 }, { 1, EINTR, 1, -1 },
	};
	struct root both[2];
	char text[64];

	make_root();
	open_both(both);
	for (size_t i = 0; !both[0].by_parts && i < ARRAY_SIZE(rows); i++) {
		long length;

		opens_fail("todir/../dir/file", rows[i].error, 0, rows[i].times);
		length = root_read(&both[0], "todir/../dir/file", text, sizeof(text));
		ck_assert_msg(length == rows[i].length && opens.openat2 == rows[i].asked,
			      "%u times %s: asked %u times, read %ld", rows[i].times,
			      strerror(rows[i].error), opens.openat2, length);
		ck_assert(length >= 0 || errno == rows[i].error);
	}
}
END_TEST

/* It is never answered otherwise here, so all that is found is found part by part. */
START_TEST(where_openat2_keeps_to_eagain_a_path_is_walked_part_by_part)
{
	struct root root;
	struct hgx_error err;

	make_root();
	opens_fail(NULL, EAGAIN, 0, UINT32_MAX);
	expect_fine(root_open(&root, tree_path("root"), &err), &err, "root");
	ck_assert(!root.by_parts);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		char text[64] = "";
		long length;

		opens_fail(files[i].path, EAGAIN, 0, 100);
		length = root_read(&root, files[i].path, text, sizeof(text));
		ck_assert_msg(files[i].text ? !strcmp(text, files[i].text) : length == -1, "%s: %ld \"%s\"",
			      files[i].path, length, text);
		ck_assert_msg(opens.openat2 > 1 && opens.openat2 < 100, "%s: asked %u times",
			      files[i].path, opens.openat2);
	}
	root_close(&root);
}
END_TEST

static void rename_elsewhere(void)
{
	rename(tree_path("root/renamed/one"), tree_path("root/renamed/other"));
	rename(tree_path("root/renamed/other"), tree_path("root/renamed/one"));
}

START_TEST(every_path_is_found_beside_a_process_that_renames_files)
{
	struct renamer renamers[2];
	struct root both[2];

	make_root();
	tree_file(tree_path("root/renamed/one"), "");
	open_both(both);
	for (int i = 0; i < 2; i++)
		renamers[i] = renamer_begin(rename_elsewhere);
	for (int i = 0; i < 150 || *renamers[0].turns < 2000; i++) {
		check_files(&both[i % 2]);
		for (size_t j = 0; j < ARRAY_SIZE(dirs); j++)
			ck_assert_msg(root_inside(&both[i % 2], dirs[j].path) == dirs[j].inside,
				      "%s %s is%s inside", dirs[j].path, way(&both[i % 2]),
				      dirs[j].inside ? " not" : "");
	}
	for (int i = 0; i < 2; i++)
		renamer_end(&renamers[i]);
}
END_TEST

/* root/turn is a directory, then moved out of the root, then a link to what is outside. */
static void turn_into_link(void)
{
	rename(tree_path("root/turn"), tree_path("aside"));
	rename(tree_path("link"), tree_path("root/turn"));
	rename(tree_path("root/turn"), tree_path("link"));
	rename(tree_path("aside"), tree_path("root/turn"));
}

START_TEST(a_directory_that_becomes_a_link_shows_nothing_outside)
{
	static const char *const paths[] = {
		"turn/file", "turn/deep/file", "turn/deep/../file", "turn/deep/../../top", "turn/../file",
		"turn/deep/../../file", "turn/to_file", "turn/deep/to_file", "to_turn/deep/to_file",
	};
	struct renamer renamer;
	struct root both[2];

	make_root();
	tree_file(tree_path("outside/deep/file"), SECRET);
	tree_link(tree_path("outside/to_file"), "deep/file");
	tree_link(tree_path("outside/deep/to_file"), "../file");
	tree_link(tree_path("link"), "../outside");
	tree_file(tree_path("root/turn/file"), "inside");
	tree_file(tree_path("root/turn/deep/file"), "inside");
	tree_link(tree_path("root/turn/to_file"), "deep/file");
	tree_link(tree_path("root/turn/deep/to_file"), "../file");
	tree_link(tree_path("root/to_turn"), "turn");
	open_both(both);
	renamer = renamer_begin(turn_into_link);
	for (int i = 0; i < 20000 || *renamer.turns < 1000; i++) {
		const char *path = paths[i / 2 % ARRAY_SIZE(paths)];
		char text[64] = "";

		root_read(&both[i % 2], path, text, sizeof(text));
		ck_assert_msg(!strstr(text, SECRET), "%s %s leads out", path, way(&both[i % 2]));
	}
	renamer_end(&renamer);
}
END_TEST

START_TEST(the_target_of_a_link_is_given_as_a_path_below_the_root)
{
	static const struct { const char *dir, *name, *path; } rows[] = {
		{ "sys/class/net", "../../devices/pci0000:00/net/eth0", "sys/devices/pci0000:00/net/eth0" },
		{ "sys/class/net", "eth1", "sys/class/net/eth1" },
		{ "sys/class/net", "./a/../b//c/", "sys/class/net/b/c" },
		{ "sys/class/net", "/sys/x", NULL },
		{ "sys/class/net", "../../../x", "x" },
		{ "sys/class/net", "../../../../x", NULL },
		{ "sys/class/net", "../../../../../../etc/passwd", NULL },
		{ "sys/class/net", "/..", NULL },
		{ "sys/class/net", "/sys/../../etc", NULL },
	};

	tree_dir(tree_path("root/sys/class/net"));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_error err;
		char path[4096] = "";
		struct root root;
		bool found;
		int dir;

		tree_link(tree_path("root/sys/class/net/link"), rows[i].name);
		ck_assert_int_eq(root_open(&root, tree_path("root"), &err), HGX_OK);
		dir = root_dir(&root, rows[i].dir);
		found = root_link_path(dir, rows[i].dir, "link", path, sizeof(path));
		ck_assert_msg(found == (rows[i].path != NULL) && (!found || !strcmp(path, rows[i].path)),
			      "%s: %s", rows[i].name, path);
		close(dir);
		root_close(&root);
	}
}
END_TEST

static int collect(void *context, int dir, const char *name)
{
	(void)dir;
	strcat(strcat(context, name), " ");
	return HGX_OK;
}

START_TEST(a_directory_is_listed_in_the_order_of_its_names)
{
	static const char *const names[] = { "b", "a10", "a9", ".hidden", "Z" };
	char got[128] = "";
	struct hgx_error err;
	struct root root;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		tree_file(tree_path("root/list/%s", names[i]), "");
	ck_assert_int_eq(root_open(&root, tree_path("root"), &err), HGX_OK);
	ck_assert_int_eq(root_list(&root, "list", collect, got), HGX_OK);
	ck_assert_str_eq(got, ".hidden Z a10 a9 b ");
	ck_assert_int_eq(root_list(&root, "nolist", collect, got), HGX_MISSING);
}
END_TEST

START_TEST(a_root_that_cannot_be_opened_is_reported)
{
	char text[500];
	struct hgx_error err = { 0 };
	struct root root;
	int code = root_open(&root, tree_path("none"), &err);

	snprintf(text, sizeof(text), "%s: No such file or directory; give a captured root directory",
		 tree_path("none"));
	expect_error(code, &err, HGX_MISSING, text);
	tree_file(tree_path("plain"), "");
	code = root_open(&root, tree_path("plain"), &err);
	snprintf(text, sizeof(text), "%s: Not a directory; give a captured root directory",
		 tree_path("plain"));
	expect_error(code, &err, HGX_UNREADABLE, text);
}
END_TEST

int main(void)
{
	int status;

	seeds_begin();
	tree_begin();
	status = RUN("root", a_path_never_leads_out_of_the_root_with_openat2,
		     a_path_never_leads_out_of_the_root_part_by_part,
		     a_directory_is_inside_if_no_link_on_the_way_leaves_the_root,
		     a_plain_file_is_one_whose_links_stay_in_the_root,
		     both_ways_find_the_same_in_random_trees_with_links,
		     openat2_is_asked_again_when_it_answers_eagain,
		     where_openat2_keeps_to_eagain_a_path_is_walked_part_by_part,
		     every_path_is_found_beside_a_process_that_renames_files,
		     a_directory_that_becomes_a_link_shows_nothing_outside,
		     the_target_of_a_link_is_given_as_a_path_below_the_root,
		     a_directory_is_listed_in_the_order_of_its_names,
		     a_root_that_cannot_be_opened_is_reported);
	tree_end();
	return status;
}
