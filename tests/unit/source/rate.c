/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The speed of network ports, as sysfs has it. */
#include "support.h"
#include "tree.h"

static void expect_rate(const char *type, uint32_t rate, const char *what)
{
	const char *path = tree_path("%s", ".");
	struct hgx_error err = { 0 };
	struct root root;

	expect_fine(root_open(&root, path, &err), &err, path);
	ck_assert_msg(source_rate(&root, type, "a") == rate, "%s: %u", what, source_rate(&root, type, "a"));
	root_close(&root);
}

START_TEST(an_infiniband_port_has_the_rate_of_its_link)
{
	static const struct { const char *state, *rate; uint32_t wanted; } rows[] = {
		{ "4: ACTIVE\n", "400 Gb/sec (4X NDR)\n", 400000 }, { "4: ACTIVE\n", "2.5 Gb/sec (1X SDR)\n", 0 },
		{ "1: DOWN\n", "10 Gb/sec (4X SDR)\n", 0 }, { "4: ACTIVE\n", "fast\n", 0 },
		{ "4: ACTIVE\n", "-1 Gb/sec\n", 0 }, { "4: ACTIVE\n", "400\n", 0 },
		{ "4: ACTIVE\n", "99999999999 Gb/sec\n", 0 }, { "4: ACTIVE\n", "\n", 0 },
	};

	expect_rate("infiniband", 0, "no files");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		tree_file(tree_path("sys/class/infiniband/a/ports/1/state"), rows[i].state);
		tree_file(tree_path("sys/class/infiniband/a/ports/1/rate"), rows[i].rate);
		expect_rate("infiniband", rows[i].wanted, rows[i].rate);
	}
}
END_TEST

START_TEST(a_network_device_has_a_speed_while_it_has_a_link)
{
	static const struct { const char *speed; uint32_t wanted; } rows[] = {
		{ "100000\n", 100000 }, { "-1\n", 0 }, { "", 0 }, { "100000x\n", 0 }, { "4294967295\n", 0 },
		{ "100000000\n", 100000000 },
	};

	expect_rate("net", 0, "no files");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		tree_file(tree_path("sys/class/net/a/speed"), rows[i].speed);
		expect_rate("net", rows[i].wanted, rows[i].speed);
		expect_rate("block", 0, rows[i].speed);
	}
}
END_TEST

int main(void)
{
	int status;

	tree_begin();
	status = RUN("rate", an_infiniband_port_has_the_rate_of_its_link,
		   a_network_device_has_a_speed_while_it_has_a_link);
	tree_end();
	return status;
}
