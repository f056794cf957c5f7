/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdlib.h>
#include <string.h>
#include "forecast/net_speed.h"
#include "util/bdf.h"
#include "util/error.h"

#define DEFAULT_GBPS 400
#define MAX_GBPS 100000
#define GBPS_PER_GB 8.0f

/* One element of the list. */
struct speed {
	bool every; /* it is for all NICs */
	struct hgx_bdf address;
	unsigned gbps;
};

static bool read_number(const char *text, size_t length, unsigned *out)
{
	unsigned long value = 0;

	if (!length || length > 6)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (unsigned long)(text[i] - '0');
	}
	*out = (unsigned)value;
	return value > 0 && value <= MAX_GBPS;
}

static bool read_speed(const char *text, size_t length, struct speed *out)
{
	const char *equals = memchr(text, '=', length);
	size_t before = equals ? (size_t)(equals - text) : 0;

	out->every = !equals;
	if (!equals)
		return read_number(text, length, &out->gbps);
	return bdf_read(text, before, &out->address) &&
	       read_number(equals + 1, length - before - 1, &out->gbps);
}

static const char *next_speed(const char *at)
{
	at = strchr(at, ',');
	return at ? at + 1 : NULL;
}

/* Whether an element before @at is for the same NIC as @speed, or also for all. */
static bool is_twice(const char *option, const char *at, const struct speed *speed)
{
	struct speed other;

	for (; option < at; option = next_speed(option))
		if (read_speed(option, strcspn(option, ","), &other) &&
		    other.every == speed->every &&
		    (speed->every || !bdf_compare(other.address, speed->address)))
			return true;
	return false;
}

static int fail_twice(const char *option, const struct speed *speed, int words,
		      struct hgx_error *err)
{
	const struct option_text name = option_name(words, OPTION_NET_SPEED);

	if (speed->every)
		return fail_option(err, RULE_OPTION_VALUE, OPTION_NET_SPEED,
				   "%s: '%s' has two speeds for all NICs; give ADDRESS=GBPS for "
				   "single ones",
				   name.text, option);
	return fail_option(err, RULE_OPTION_VALUE, OPTION_NET_SPEED, "%s: '%s' names %s twice",
			   name.text, option, bdf_text(speed->address).text);
}

int net_speed_check(const char *option, int words, struct hgx_error *err)
{
	struct speed speed;

	for (const char *at = option; at; at = next_speed(at)) {
		if (!read_speed(at, strcspn(at, ","), &speed))
			return fail_option(
				err, RULE_OPTION_VALUE, OPTION_NET_SPEED,
				"%s: '%s' is not a speed; give Gb/s such as 400, or ADDRESS=400 "
				"for one NIC, with commas between several",
				option_name(words, OPTION_NET_SPEED).text, option);
		if (is_twice(option, at, &speed))
			return fail_twice(option, &speed, words, err);
	}
	return HGX_OK;
}

static bool has_address(const struct told_node *nic, struct hgx_bdf address)
{
	struct hgx_bdf named;

	if (nic->kind != TOLD_NIC)
		return false;
	if (!bdf_compare(address, nic->address))
		return true;
	if (bdf_read(nic->name, strlen(nic->name), &named) && !bdf_compare(address, named))
		return true;
	address.function = nic->address.function; /* a further port of the card */
	return nic->ports > 1 && !bdf_compare(address, nic->address);
}

static bool is_there(struct telling *told, struct hgx_bdf address)
{
	for (struct told_node *nic = NULL; (nic = told_next(told, nic)) != NULL;)
		if (has_address(nic, address))
			return true;
	return false;
}

/* The address by which a NIC is told: the guest's counts before the host's. */
static struct hgx_bdf told_address(struct telling *told, const struct net_names *names,
				   struct hgx_bdf address)
{
	const struct origins *origins = names->origins;

	for (size_t i = 0; origins && i < origins->count; i++) {
		const struct origin *origin = &origins->items[i];
		struct hgx_bdf host, guest = origin->device->pci->address;

		if (!origin->host_name ||
		    !bdf_read(origin->host_name, strlen(origin->host_name), &host))
			continue;
		if (names->of_host && !bdf_compare(guest, address))
			return host;
		if (!names->of_host && !bdf_compare(host, address) && !is_there(told, address))
			return guest;
	}
	return address;
}

/* The other name of a NIC that is told: on the host, or in the guest; NULL: it has none. */
static const char *other_name(const struct net_names *names, const struct told_node *nic)
{
	const struct origins *origins = names->origins;

	for (size_t i = 0; origins && i < origins->count; i++) {
		const char *guest = origins->items[i].device->name;
		const char *host = origins->items[i].host_name;

		if (host && !strcmp(names->of_host ? host : guest, nic->name))
			return names->of_host ? guest : host;
	}
	return NULL;
}

/* "0000:25:00.0 (0000:1a:00.0 of the host), …" */
static const char *list_nics(struct telling *told, const struct net_names *names)
{
	const char *list = "";

	for (struct told_node *nic = NULL; (nic = told_next(told, nic)) != NULL;) {
		const char *other = nic->kind == TOLD_NIC ? other_name(names, nic) : NULL;

		if (nic->kind == TOLD_NIC)
			list = arena_format(&told->arena, "%s%s%s", list, *list ? ", " : "",
					    nic->name);
		if (other)
			list = arena_format(&told->arena, "%s (%s of the %s)", list, other,
					    names->of_host ? "guest" : "host");
	}
	return *list ? list : "none";
}

/* Gives the speed of one element of the list. */
static int set_one(struct telling *told, const struct speed *speed, const struct net_names *names,
		   int words, struct hgx_error *err)
{
	struct hgx_bdf address = speed->address;
	bool found = speed->every;

	if (!speed->every)
		address = told_address(told, names, address);
	for (struct told_node *nic = NULL; (nic = told_next(told, nic)) != NULL;) {
		if (nic->kind != TOLD_NIC || (!speed->every && !has_address(nic, address)))
			continue;
		found = true;
		nic->speed = (float)speed->gbps * (float)nic->ports / GBPS_PER_GB;
	}
	if (found)
		return HGX_OK;
	return fail_option(err, RULE_OPTION_VALUE, OPTION_NET_SPEED,
			   "%s: there is no NIC %s; there are: %s",
			   option_name(words, OPTION_NET_SPEED).text, bdf_text(speed->address).text,
			   list_nics(told, names));
}

/* Speeds for all NICs or for single ones: the latter count more, whatever their order. */
static int set_all(struct telling *told, const char *option, bool every,
		   const struct net_names *names, int words, struct hgx_error *err)
{
	struct speed speed;
	int code = HGX_OK;

	for (const char *at = option; !code && at; at = next_speed(at))
		if (read_speed(at, strcspn(at, ","), &speed) && speed.every == every)
			code = set_one(told, &speed, names, words, err);
	return code;
}

static void set_default(struct telling *told, int words)
{
	size_t assumed = 0;

	for (struct told_node *nic = NULL; (nic = told_next(told, nic)) != NULL;) {
		if (nic->kind != TOLD_NIC || nic->speed > 0)
			continue;
		assumed++;
		nic->speed = (float)DEFAULT_GBPS * (float)nic->ports / GBPS_PER_GB;
	}
	if (assumed)
		finding_add(&told->findings, &told->arena, RULE_FORECAST_ASSUMED, HGX_NOTE, NULL,
			    arena_format(&told->arena, "say it with %s",
					 option_name(words, OPTION_NET_SPEED).text),
			    "NICs whose network speed is unknown: %zu; %d Gb/s a port are assumed",
			    assumed, DEFAULT_GBPS);
}

int net_speed_set(struct telling *told, const char *option, const struct net_names *names,
		  int words, struct hgx_error *err)
{
	int code = set_all(told, option, true, names, words, err);

	if (!code)
		code = set_all(told, option, false, names, words, err);
	if (!code)
		set_default(told, words);
	return code;
}
