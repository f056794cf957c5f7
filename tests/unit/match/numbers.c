/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which numbers identify a device: those that one device alone has, on either side. */
#include "support.h"

#define CPUS "node 0 memory=64G\ncpus 0-7 package=0 node=0\npackage 0\n"
#define ROOT CPUS "root 0000:10 numa=0\n"
/* At 11:00.0, 12:00.0 and 13:00.0, each with its keys */
#define THREE(kind, a, b, c) ROOT \
	" 10:01.0 root-port\n  11:00.0 " kind " " a "\n 10:02.0 root-port\n  12:00.0 " kind " " b "\n" \
	" 10:03.0 root-port\n  13:00.0 " kind " " c "\n"
#define DRIVES(a, b, c) THREE("nvme", a, b, c)
#define GPUS(a, b, c) THREE("gpu", a, b, c)
#define NICS(a, b, c) THREE("nic", a, b, c)

struct row {
	const char *seen, *planned;
	const char *pairs; /* by seen device: the bus of the planned one, and how it was found */
};

/* A: address, O: order, S: serial number, G: GUID. */
static char letter(enum match_way way)
{
	return way == MATCH_GUID ? 'G' : way == MATCH_SERIAL ? 'S' : way == MATCH_ADDRESS ? 'A' : 'O';
}

static void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct hgx_topo *seen = host_of(rows[i].seen), *planned = host_of(rows[i].planned);
		struct hgx_error err = { 0 };
		struct match match;
		char got[64] = "";

		expect_fine(match_make(&match, seen, planned, &err), &err, rows[i].pairs);
		for (size_t d = 0; d < match.seen.count; d++) {
			const struct match_device *device = &match.seen.devices[d];

			ck_assert(!device->other || device->other->other == device);
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%.2s%c", d ? " " : "",
				 device->other ? device->other->node->name + 5 : "--",
				 device->other ? letter(device->way) : '-');
		}
		ck_assert_msg(!strcmp(got, rows[i].pairs), "row %zu: %s, not %s", i, got, rows[i].pairs);
		match_free(&match);
		hgx_topo_free(seen);
		hgx_topo_free(planned);
	}
}

START_TEST(a_serial_number_that_two_drives_have_matches_neither)
{
	static const struct row rows[] = {
		{ DRIVES("serial=a", "serial=b", "serial=c"), DRIVES("serial=b", "serial=c", "serial=a"),
		  "13S 11S 12S" },
		{ DRIVES("", "", ""), DRIVES("serial=b", "serial=c", "serial=a"), "11A 12A 13A" },
		/* two in the guest: the third is known by its number, the two are not */
		{ DRIVES("serial=b", "serial=b", "serial=c"), DRIVES("serial=a", "serial=b", "serial=c"),
		  "11A 12A 13S" },
		{ DRIVES("serial=b", "serial=b", "serial=a"), DRIVES("serial=a", "serial=b", "serial=c"),
		  "12O 13O 11S" },
		{ DRIVES("serial=a", "serial=c", "serial=c"), DRIVES("serial=c", "serial=a", "serial=b"),
		  "12S 11O 13A" },
		/* two in the plan */
		{ DRIVES("serial=a", "serial=b", "serial=c"), DRIVES("serial=b", "serial=b", "serial=c"),
		  "11A 12A 13S" },
		{ DRIVES("serial=a", "serial=b", "serial=c"), DRIVES("serial=c", "serial=a", "serial=a"),
		  "12O 13O 11S" },
		{ DRIVES("serial=a", "serial=b", "serial=c"), DRIVES("serial=a", "serial=a", "serial=b"),
		  "11O 13S 12O" },
		/* all of them */
		{ DRIVES("serial=a", "serial=a", "serial=a"), DRIVES("serial=b", "serial=c", "serial=a"),
		  "11A 12A 13A" },
		{ DRIVES("serial=c", "serial=a", "serial=b"), DRIVES("serial=a", "serial=a", "serial=a"),
		  "11A 12A 13A" },
	};

	check_rows(rows, ARRAY_SIZE(rows));
}
END_TEST

START_TEST(a_guid_that_two_devices_have_matches_neither)
{
	static const struct row rows[] = {
		{ GPUS("guid=a", "guid=b", "guid=c"), GPUS("guid=b", "guid=c", "guid=a"), "13G 11G 12G" },
		{ GPUS("guid=b", "guid=b", "guid=c"), GPUS("guid=a", "guid=b", "guid=c"), "11A 12A 13G" },
		{ GPUS("guid=b", "guid=b", "guid=a"), GPUS("guid=a", "guid=b", "guid=c"), "12O 13O 11G" },
		{ GPUS("guid=a", "guid=b", "guid=c"), GPUS("guid=b", "guid=b", "guid=c"), "11A 12A 13G" },
		{ GPUS("guid=a", "guid=b", "guid=c"), GPUS("guid=c", "guid=a", "guid=a"), "12O 13O 11G" },
		{ NICS("guid=a", "guid=b", "guid=c"), NICS("guid=a", "guid=a", "guid=b"), "11O 13G 12O" },
	};

	check_rows(rows, ARRAY_SIZE(rows));
}
END_TEST

/* That of the PCI device is the card's: two cards that have the same tell nothing. */
START_TEST(a_device_serial_number_that_two_cards_have_matches_neither)
{
	static const struct row rows[] = {
		{ NICS("dsn=00-0a", "dsn=00-0b", "dsn=00-0c"), NICS("dsn=00-0b", "dsn=00-0c", "dsn=00-0a"),
		  "13S 11S 12S" },
		{ NICS("dsn=00-0a", "dsn=00-0a", "dsn=00-0c"), NICS("dsn=00-0b", "dsn=00-0a", "dsn=00-0d"),
		  "11A 12A 13A" },
		{ NICS("dsn=00-0b", "dsn=00-0a", "dsn=00-0d"), NICS("dsn=00-0a", "dsn=00-0a", "dsn=00-0b"),
		  "13S 11O 12O" },
		{ NICS("dsn=00-0a", "dsn=00-0b", "dsn=00-0b"), NICS("dsn=00-0b", "dsn=00-0a", "dsn=00-0c"),
		  "12S 11O 13A" },
	};

	check_rows(rows, ARRAY_SIZE(rows));
}
END_TEST

START_TEST(numbers_of_other_models_and_functions_do_not_match)
{
	static const struct row rows[] = {
		{ NICS("dsn=00-0a", "", ""), ROOT " 10:01.0 root-port\n  11:00.0 nic\n"
		  " 10:02.0 root-port\n  12:00.0 nic\n  12:00.1 nic dsn=00-0a\n", "11O 12O 12O" },
		{ DRIVES("serial=a", "", ""), DRIVES("", "serial=a id=8086:0001", ""), "11O 13O ---" },
		{ DRIVES("serial=a", "serial=b", ""), DRIVES("serial=b", "", "serial=x"), "12O 11S 13A" },
		/* numbers that differ are those of two devices, wherever they are */
		{ DRIVES("serial=a", "serial=b", "serial=c"), DRIVES("serial=x", "serial=b", "serial=c"),
		  "--- 12S 13S" },
		{ GPUS("guid=a", "guid=b", "guid=c"), GPUS("guid=x", "guid=b", "guid=c"), "--- 12G 13G" },
		{ DRIVES("serial=a", "", ""), DRIVES("serial=x", "", ""), "12O 11O 13A" },
	};

	check_rows(rows, ARRAY_SIZE(rows));
}
END_TEST

int main(void)
{
	return RUN("match numbers", a_serial_number_that_two_drives_have_matches_neither,
		   a_guid_that_two_devices_have_matches_neither,
		   a_device_serial_number_that_two_cards_have_matches_neither,
		   numbers_of_other_models_and_functions_do_not_match);
}
