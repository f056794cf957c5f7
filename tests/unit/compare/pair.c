/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which device of one machine is which of another. */
#include "support.h"

#define MACHINE "package 0\nnode 0 memory=64G distances=10,21\nnode 1 memory=64G distances=21,10\n" \
	"cpus 0-3 package=0 node=0\ncpus 4-7 package=0 node=1\n"

static struct hgx_topo *left, *right;

/* The counterpart on the right of a device on the left; "-": none. */
static const char *partner(const char *name)
{
	static char found[32];
	struct pairs pairs;
	size_t index;

	ck_assert_int_eq(pairs_make(&pairs, left, right), HGX_OK);
	index = pairs.a.other[pair_index(&pairs.a, hgx_topo_find(left, name))];
	strcpy(found, index == PAIR_NONE ? "-" : hgx_node_name(pairs.b.nodes[index]));
	if (index != PAIR_NONE)
		ck_assert_str_eq(hgx_node_name(pairs.a.nodes[pairs.b.other[index]]),
				 hgx_node_name(hgx_topo_find(left, name)));
	pairs_free(&pairs);
	return found;
}

static void machines(const char *a, const char *b)
{
	char text[2000];

	hgx_topo_free(left);
	hgx_topo_free(right);
	snprintf(text, sizeof(text), MACHINE "%s", a);
	left = host_of(text);
	snprintf(text, sizeof(text), MACHINE "%s", b);
	right = host_of(text);
}

START_TEST(place_decides_where_there_are_no_numbers)
{
	machines("root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n 10:02.0 root-port\n  12:00.0 gpu\n",
		 "root 0000:20 numa=0\n 20:02.0 root-port\n  21:00.0 gpu\n");
	ck_assert_str_eq(partner("12:00.0"), "0000:21:00.0");
	ck_assert_str_eq(partner("11:00.0"), "-");
}
END_TEST

START_TEST(a_root_bus_that_is_gone_shifts_no_other)
{
	machines("root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n"
		 "root 0000:20 numa=0\n 20:01.0 root-port\n  21:00.0 gpu\n 20:02.0 root-port\n  22:00.0 nic\n"
		 "root 0000:30 numa=1\n 30:01.0 root-port\n  31:00.0 gpu\n",
		 "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n 10:02.0 root-port\n  12:00.0 nic\n"
		 "root 0000:20 numa=1\n 20:01.0 root-port\n  21:00.0 gpu\n");
	ck_assert_str_eq(partner("11:00.0"), "-");
	ck_assert_str_eq(partner("21:00.0"), "0000:11:00.0");
	ck_assert_str_eq(partner("22:00.0"), "0000:12:00.0");
	ck_assert_str_eq(partner("31:00.0"), "0000:21:00.0");
}
END_TEST

START_TEST(a_number_outweighs_the_place)
{
	machines("root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu guid=GPU-1\n 10:02.0 root-port\n  12:00.0 gpu guid=GPU-2\n",
		 "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu guid=GPU-2\n 10:02.0 root-port\n  12:00.0 gpu guid=GPU-1\n");
	ck_assert_str_eq(partner("11:00.0"), "0000:12:00.0");
	ck_assert_str_eq(partner("12:00.0"), "0000:11:00.0");
}
END_TEST

START_TEST(a_number_that_several_have_identifies_none)
{
	machines("root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu guid=GPU-1\n 10:02.0 root-port\n  12:00.0 gpu guid=GPU-1\n",
		 "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu guid=GPU-1\n 10:02.0 root-port\n  12:00.0 gpu guid=GPU-9\n");
	ck_assert_str_eq(partner("11:00.0"), "0000:11:00.0");
	ck_assert_str_eq(partner("12:00.0"), "0000:12:00.0");
}
END_TEST

START_TEST(functions_of_a_card_share_its_number)
{
	machines("root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 nic dsn=00-11-22-33-44-55-66-77\n  11:00.1 nic dsn=00-11-22-33-44-55-66-77\n",
		 "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n 10:02.0 root-port\n  12:00.0 nic dsn=00-11-22-33-44-55-66-77\n  12:00.1 nic dsn=00-11-22-33-44-55-66-77\n");
	ck_assert_str_eq(partner("11:00.0"), "0000:12:00.0");
	ck_assert_str_eq(partner("11:00.1"), "0000:12:00.1");
}
END_TEST

START_TEST(what_has_moved_is_found_by_node_then_by_order)
{
	machines("root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\nroot 0000:20 numa=1\n 20:01.0 root-port\n  21:00.0 gpu\n",
		 "root 0000:10 numa=0\n 10:07.0 root-port\n  11:00.0 nic\nroot 0000:20 numa=1\n 20:07.0 root-port\n  21:00.0 gpu\n 20:08.0 root-port\n  22:00.0 gpu\n");
	ck_assert_str_eq(partner("21:00.0"), "0000:21:00.0");
	ck_assert_str_eq(partner("11:00.0"), "0000:22:00.0");
}
END_TEST

#define BUS(bus) "root 0000:" bus "0 numa=0\n " bus "0:01.0 root-port\n  " bus "1:00.0 gpu\n"

START_TEST(of_buses_that_are_alike_the_missing_one_is_told_by_its_number)
{
	machines(BUS("1") BUS("2") BUS("3"), BUS("2") BUS("3"));
	ck_assert_str_eq(partner("11:00.0"), "-");
	ck_assert_str_eq(partner("21:00.0"), "0000:21:00.0");
	machines(BUS("1") BUS("2") BUS("3"), BUS("1") BUS("3"));
	ck_assert_str_eq(partner("21:00.0"), "-");
	ck_assert_str_eq(partner("31:00.0"), "0000:31:00.0");
}
END_TEST

START_TEST(root_buses_may_be_numbered_in_another_order)
{
	machines("root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu link=32x16\n"
		 "root 0000:20 numa=1\n 20:01.0 root-port\n  21:00.0 gpu link=32x16\n"
		 "root 0000:30 numa=0\n 30:01.0 root-port\n  31:00.0 gpu link=32x8\n",
		 "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu link=32x8\n"
		 "root 0000:20 numa=0\n 20:01.0 root-port\n  21:00.0 gpu link=32x16\n"
		 "root 0000:30 numa=1\n 30:01.0 root-port\n  31:00.0 gpu link=32x16\n");
	ck_assert_str_eq(partner("11:00.0"), "0000:21:00.0");
	ck_assert_str_eq(partner("21:00.0"), "0000:31:00.0");
	ck_assert_str_eq(partner("31:00.0"), "0000:11:00.0");
}
END_TEST

START_TEST(what_has_moved_is_not_taken_for_what_stands_in_its_place)
{
	machines("root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n 10:02.0 root-port\n  12:00.0 nic\n",
		 "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 switch-up\n   12:00.0 switch-down\n    13:00.0 gpu\n"
		 " 10:02.0 root-port\n  14:00.0 nic\n");
	ck_assert_str_eq(partner("11:00.0"), "0000:13:00.0");
	ck_assert_str_eq(partner("12:00.0"), "0000:14:00.0");
}
END_TEST

START_TEST(another_model_in_its_place_is_the_counterpart)
{
	machines("root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu id=10de:2330\n",
		 "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu id=10de:20b0\n");
	ck_assert_str_eq(partner("11:00.0"), "0000:11:00.0");
}
END_TEST

START_TEST(virtual_functions_take_no_part)
{
	struct pairs pairs;

	machines("root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 nic sriov=4:1\n  11:00.1 nic pf=0000:11:00.0\n",
		 "root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 nic sriov=4:0\n");
	ck_assert_int_eq(pairs_make(&pairs, left, right), HGX_OK);
	ck_assert_uint_eq(pairs.a.count, 2);
	ck_assert_uint_eq(pair_index(&pairs.a, hgx_topo_find(left, "11:00.1")), PAIR_NONE);
	pairs_free(&pairs);
}
END_TEST

int main(void)
{
	int status = RUN("pair", place_decides_where_there_are_no_numbers,
			 a_root_bus_that_is_gone_shifts_no_other, a_number_outweighs_the_place,
			 a_number_that_several_have_identifies_none,
			 functions_of_a_card_share_its_number,
			 what_has_moved_is_found_by_node_then_by_order,
			 of_buses_that_are_alike_the_missing_one_is_told_by_its_number,
			 root_buses_may_be_numbered_in_another_order,
			 what_has_moved_is_not_taken_for_what_stands_in_its_place,
			 another_model_in_its_place_is_the_counterpart,
			 virtual_functions_take_no_part);

	hgx_topo_free(left);
	hgx_topo_free(right);
	return status;
}
