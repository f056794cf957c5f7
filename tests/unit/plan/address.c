/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The bus numbers of the mirror's expander buses, beside those that the user has. */
#include "support.h"

struct own_bus { unsigned number, ports; }; /* ports: below it, each with a bus of its own */

struct row {
	int code;
	const char *what;
	unsigned root_ports;
	struct own_bus ours[4], users[4]; /* number: expected, of ours; 0 ends */
};

static struct port *add_ports(struct hgx_plan *plan, struct port *bus, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct port *port = port_add(plan, bus, HGX_ROOT_PORT, NULL);

		port->slot = i / MAX_FUNCTIONS;
		port->function = i % MAX_FUNCTIONS;
	}
	return bus;
}

/* Linked in that order; returns the first. */
static struct port *add_buses(struct hgx_plan *plan, const struct own_bus *buses, bool user)
{
	struct port *first = NULL, **link = &first;

	for (; buses->number; buses++, link = &(*link)->next) {
		*link = add_ports(plan, port_add(plan, NULL, HGX_HOST_BRIDGE, NULL), buses->ports);
		(*link)->user = user;
		(*link)->secondary = user ? buses->number : 0;
	}
	return first;
}

static void check_row(const struct row *row)
{
	struct base base = { .name = "vm" };
	struct hgx_plan plan = { .base = &base };
	struct hgx_error err = { 0 };
	struct port **link = &plan.expanders;
	const struct own_bus *expected = row->ours;
	int code;

	plan.root = add_ports(&plan, port_add(&plan, NULL, HGX_HOST_BRIDGE, NULL), row->root_ports);
	plan.expanders = add_buses(&plan, row->ours, false);
	while (*link)
		link = &(*link)->next;
	*link = base.expanders = add_buses(&plan, row->users, true);
	code = plan_address(&plan, &err);
	ck_assert_msg(code == row->code, "%s: %d %s", row->what, code, err.text);
	for (const struct port *bus = plan.expanders; !code && bus && !bus->user; bus = bus->next) {
		ck_assert_msg(bus->secondary == expected->number, "%s: %u, not %u", row->what,
			      bus->secondary, expected->number);
		expected++;
	}
	arena_free(&plan.arena);
}

START_TEST(our_buses_keep_clear_of_the_users_and_come_close_where_they_may)
{
	static const struct row rows[] = {
		{ HGX_OK, "alone", 8, { { 32, 3 }, { 64, 3 } }, { { 0 } } },
		/* the user's is right behind ours, which has 32 to 35 */
		{ HGX_OK, "next behind ours", 8, { { 32, 3 } }, { { 36, 0 } } },
		{ HGX_OK, "on our last", 8, { { 64, 3 } }, { { 35, 0 } } },
		{ HGX_OK, "on our first", 8, { { 64, 3 } }, { { 32, 0 } } },
		{ HGX_OK, "on our first, and beyond", 8, { { 64, 3 } }, { { 32, 9 } } },
		/* the user's ends right in front of ours */
		{ HGX_OK, "ends in front of ours", 8, { { 32, 3 } }, { { 28, 3 } } },
		{ HGX_OK, "ends on our first", 8, { { 64, 3 } }, { { 29, 3 } } },
		/* behind the user's goes on at once where that is aligned */
		{ HGX_OK, "ends in front of the next place", 8, { { 64, 3 } }, { { 34, 29 } } },
		{ HGX_OK, "ends on the next place", 8, { { 96, 3 } }, { { 34, 30 } } },
		{ HGX_OK, "covers all of ours", 8, { { 96, 3 } }, { { 20, 70 } } },
		/* of ours a bus is needed for each port and one more */
		{ HGX_OK, "no ports of ours", 8, { { 32, 0 } }, { { 33, 0 } } },
		{ HGX_OK, "no ports of ours, and it is taken", 8, { { 64, 0 } }, { { 32, 0 } } },
		/* the second of ours, and of the user's */
		{ HGX_OK, "between ours", 8, { { 32, 3 }, { 64, 3 } }, { { 40, 3 } } },
		{ HGX_OK, "between ours, too long", 8, { { 32, 3 }, { 96, 3 } }, { { 60, 4 } } },
		{ HGX_OK, "two of the user's", 8, { { 96, 3 } }, { { 32, 3 }, { 67, 0 } } },
		{ HGX_OK, "two of the user's, with room between", 8, { { 64, 3 } }, { { 35, 0 }, { 68, 0 } } },
		/* pcie.0 and its ports come first: 0 to 31, then 0 to 32 */
		{ HGX_OK, "ports up to ours", 31, { { 32, 0 } }, { { 0 } } },
		{ HGX_OK, "ports past our place", 32, { { 64, 0 } }, { { 0 } } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_row(&rows[i]);
}
END_TEST

/* A coarser alignment leaves room for what the user adds; the last is 1. */
START_TEST(buses_move_together_until_all_256_are_taken)
{
	static const struct row rows[] = {
		{ HGX_OK, "by 32, to 255", 8, { { 32, 100 }, { 160, 95 } }, { { 0 } } },
		{ HGX_OK, "by 16", 8, { { 16, 100 }, { 128, 96 } }, { { 0 } } },
		{ HGX_OK, "by 16, to 255", 8, { { 16, 100 }, { 128, 127 } }, { { 0 } } },
		{ HGX_OK, "by 8", 8, { { 16, 100 }, { 120, 128 } }, { { 0 } } },
		{ HGX_OK, "by 4", 8, { { 12, 100 }, { 116, 136 } }, { { 0 } } },
		{ HGX_OK, "by 2", 8, { { 10, 100 }, { 112, 140 } }, { { 0 } } },
		{ HGX_OK, "by 1", 8, { { 9, 100 }, { 110, 144 } }, { { 0 } } },
		{ HGX_OK, "by 1, to 255", 8, { { 9, 100 }, { 110, 145 } }, { { 0 } } },
		{ HGX_LIMIT, "one too many", 8, { { 9, 100 }, { 110, 146 } }, { { 0 } } },
		{ HGX_OK, "up to the user's", 8, { { 9, 190 } }, { { 200, 55 } } },
		{ HGX_LIMIT, "one too many before the user's", 8, { { 9, 191 } }, { { 200, 55 } } },
		{ HGX_OK, "one too many before the user's, and room behind", 8, { { 240, 14 } }, { { 10, 225 } } },
		{ HGX_OK, "exactly behind the user's", 8, { { 237, 18 } }, { { 10, 226 } } },
		{ HGX_LIMIT, "one too many behind the user's", 8, { { 237, 19 } }, { { 10, 226 } } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_row(&rows[i]);
}
END_TEST

START_TEST(the_users_own_buses_must_have_room_where_they_are)
{
	static const struct row rows[] = {
		{ HGX_OK, "right behind pcie.0 and its ports", 8, { { 0 } }, { { 9, 0 } } },
		{ HGX_LIMIT, "on the last of these", 8, { { 0 } }, { { 8, 0 } } },
		{ HGX_OK, "up to 255", 8, { { 0 } }, { { 250, 5 } } },
		{ HGX_LIMIT, "past 255", 8, { { 0 } }, { { 250, 6 } } },
		{ HGX_OK, "side by side", 8, { { 0 } }, { { 20, 3 }, { 24, 0 } } },
		{ HGX_LIMIT, "on each other", 8, { { 0 } }, { { 20, 4 }, { 24, 0 } } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_row(&rows[i]);
}
END_TEST

int main(void)
{
	return RUN("address", our_buses_keep_clear_of_the_users_and_come_close_where_they_may,
		   buses_move_together_until_all_256_are_taken,
		   the_users_own_buses_must_have_room_where_they_are);
}
