/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Grouping the hosts of a fleet, and finding the norm of each. */
#include "support.h"

#define CPUS(model) "package 0 vendor=GenuineIntel family=6 model=" model "\nnode 0 memory=64G\n" \
	"cpus 0-3 package=0 node=0\nroot 0000:10 numa=0\n 10:01.0 root-port\n"
#define H100 "  11:00.0 gpu id=10de:2330 link=32x16\n 10:02.0 root-port\n"
#define A100 "  11:00.0 gpu id=10de:20b0 link=16x16\n 10:02.0 root-port\n"
#define NARROW "  11:00.0 gpu id=10de:2330 link=32x8\n 10:02.0 root-port\n"
#define NO_GPU " 10:02.0 root-port\n"
#define NIC "  12:00.0 nic\n"

static struct hgx_fleet *fleet;

static void add(size_t host, const char *lines)
{
	struct hgx_topo *topo = host_of(lines);
	struct hgx_error err = { 0 };

	expect_fine(hgx_fleet_add(fleet, host, topo, &err), &err, lines);
	hgx_topo_free(topo);
}

static void begin(void)
{
	hgx_fleet_free(fleet);
	ck_assert_int_eq(hgx_fleet_new(&fleet, NULL), HGX_OK);
}

START_TEST(the_largest_group_of_a_model_is_its_norm)
{
	begin();
	add(4, CPUS("143") H100 NIC);
	add(0, CPUS("143") NARROW NIC);
	add(2, CPUS("143") H100 NIC);
	add(3, CPUS("143") A100 NIC);
	add(9, CPUS("143") A100 NIC);
	ck_assert_uint_eq(hgx_fleet_norm(fleet, 0), 2);
	ck_assert_uint_eq(hgx_fleet_norm(fleet, 4), 2);
	ck_assert_uint_eq(hgx_fleet_first(fleet, 4), 2);
	ck_assert_uint_eq(hgx_fleet_first(fleet, 0), 0);
	ck_assert_uint_eq(hgx_fleet_alike(fleet, 2), 2);
	ck_assert_uint_eq(hgx_fleet_alike(fleet, 0), 1);
	ck_assert_uint_eq(hgx_fleet_norm(fleet, 9), 3);
	ck_assert_str_eq(hgx_fleet_model(fleet, 9), "GenuineIntel processor, family 6, model 143, GPUs 10de:20b0");
}
END_TEST

START_TEST(of_equal_groups_the_lower_number_is_the_norm)
{
	begin();
	add(7, CPUS("143") NARROW NIC);
	add(8, CPUS("143") NARROW NIC);
	add(5, CPUS("143") H100 NIC);
	add(6, CPUS("143") H100 NIC);
	ck_assert_uint_eq(hgx_fleet_norm(fleet, 7), 5);
}
END_TEST

START_TEST(a_host_without_its_gpus_has_the_norm_of_its_processor)
{
	begin();
	add(0, CPUS("143") NO_GPU NIC);
	ck_assert_uint_eq(hgx_fleet_norm(fleet, 0), 0);
	add(1, CPUS("143") H100 NIC);
	ck_assert_uint_eq(hgx_fleet_norm(fleet, 0), 0); /* one alone is no norm */
	add(2, CPUS("143") H100 NIC);
	ck_assert_uint_eq(hgx_fleet_norm(fleet, 0), 1);
	ck_assert_str_eq(hgx_fleet_model(fleet, 0), "GenuineIntel processor, family 6, model 143, no GPUs");
}
END_TEST

START_TEST(a_host_with_another_processor_has_the_norm_of_its_gpus)
{
	begin();
	add(0, CPUS("207") H100 NIC);
	add(1, CPUS("143") H100 NIC);
	add(2, CPUS("143") H100 NIC);
	add(3, CPUS("207") A100 NIC);
	add(4, CPUS("207") A100 NIC);
	ck_assert_uint_eq(hgx_fleet_norm(fleet, 0), 1);
	ck_assert_uint_eq(hgx_fleet_norm(fleet, 3), 3);
}
END_TEST

START_TEST(hosts_of_one_shape_are_parted_by_what_is_set)
{
	begin();
	add(0, CPUS("143") "  11:00.0 gpu id=10de:2330 link=32x16 driver=vfio-pci\n 10:02.0 root-port\n" NIC);
	add(1, CPUS("143") "  11:00.0 gpu id=10de:2330 link=32x16 driver=nvidia\n 10:02.0 root-port\n" NIC);
	add(2, CPUS("143") "  11:00.0 gpu id=10de:2330 link=32x16 driver=nvidia\n 10:02.0 root-port\n" NIC);
	add(3, CPUS("143") "  11:00.0 gpu id=10de:2330 link=32x8 driver=nvidia\n 10:02.0 root-port\n" NIC);
	add(4, CPUS("143") "  11:00.0 gpu id=10de:2330 link=32x8 driver=nvidia\n 10:02.0 root-port\n" NIC);
	ck_assert_uint_eq(hgx_fleet_norm(fleet, 0), 1); /* of the shape of three hosts, the most */
	ck_assert_uint_eq(hgx_fleet_norm(fleet, 3), 1);
	ck_assert_uint_eq(hgx_fleet_first(fleet, 0), 0);
	ck_assert_uint_eq(hgx_fleet_first(fleet, 2), 1);
	ck_assert_uint_eq(hgx_fleet_alike(fleet, 2), 2);
}
END_TEST

START_TEST(groups_count_by_their_members)
{
	begin();
	add(0, CPUS("143") "  11:00.0 gpu group=3\n 10:02.0 root-port\n  12:00.0 nic group=4\n");
	add(1, CPUS("143") "  11:00.0 gpu group=9\n 10:02.0 root-port\n  12:00.0 nic group=1\n");
	add(2, CPUS("143") "  11:00.0 gpu group=4\n 10:02.0 root-port\n  12:00.0 nic group=4\n");
	ck_assert_uint_eq(hgx_fleet_first(fleet, 1), 0);
	ck_assert_uint_eq(hgx_fleet_norm(fleet, 2), 0);
	ck_assert_uint_eq(hgx_fleet_alike(fleet, 2), 1);
}
END_TEST

START_TEST(guests_are_compared_with_guests)
{
	begin();
	for (size_t i = 0; i < 5; i++) {
		struct hgx_topo *topo = host_of(CPUS("143") H100 NIC);

		topo->guest = i >= 3;
		ck_assert_int_eq(hgx_fleet_add(fleet, i, topo, NULL), HGX_OK);
		hgx_topo_free(topo);
	}
	ck_assert_uint_eq(hgx_fleet_norm(fleet, 2), 0);
	ck_assert_uint_eq(hgx_fleet_norm(fleet, 4), 3);
	ck_assert_uint_eq(hgx_fleet_alike(fleet, 0), 3);
	ck_assert_uint_eq(hgx_fleet_alike(fleet, 3), 2);
	ck_assert_str_eq(hgx_fleet_model(fleet, 3),
			 "guest: GenuineIntel processor, family 6, model 143, GPUs 10de:2330");
}
END_TEST

START_TEST(a_number_is_taken_once)
{
	struct hgx_topo *topo = host_of(CPUS("143") H100 NIC);
	struct hgx_error err = { 0 };

	begin();
	ck_assert_int_eq(hgx_fleet_add(fleet, 70, topo, &err), HGX_OK);
	ck_assert_int_eq(hgx_fleet_add(fleet, 70, topo, &err), HGX_INVALID);
	ck_assert_str_eq(err.text, "host 70 is in the fleet already");
	ck_assert_int_eq(hgx_fleet_add(fleet, UINT32_MAX, topo, &err), HGX_INVALID);
	ck_assert_str_eq(err.rule, "fleet-host");
	ck_assert_uint_eq(hgx_fleet_alike(fleet, 70), 1);
	ck_assert_uint_eq(hgx_fleet_norm(fleet, 71), HGX_FLEET_NONE);
	ck_assert_uint_eq(hgx_fleet_first(fleet, 100000), HGX_FLEET_NONE);
	hgx_topo_free(topo);
}
END_TEST

int main(void)
{
	int status = RUN("fleet", the_largest_group_of_a_model_is_its_norm,
			 of_equal_groups_the_lower_number_is_the_norm,
			 a_host_without_its_gpus_has_the_norm_of_its_processor,
			 a_host_with_another_processor_has_the_norm_of_its_gpus,
			 hosts_of_one_shape_are_parted_by_what_is_set,
			 groups_count_by_their_members,
			 guests_are_compared_with_guests, a_number_is_taken_once);

	hgx_fleet_free(fleet);
	return status;
}
