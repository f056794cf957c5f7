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

int net_speed_check(const char *option, int words, struct hgx_error *err)
{
	struct speed speed;

	for (const char *at = option; at; at = strchr(at, ',')) {
		at += at != option;
		if (!read_speed(at, strcspn(at, ","), &speed))
			return fail_option(
				err, RULE_OPTION_VALUE, OPTION_NET_SPEED,
				"%s: '%s' is not a speed; give Gb/s such as 400, or ADDRESS=400 "
				"for one NIC, with commas between several",
				option_name(words, OPTION_NET_SPEED).text, option);
	}
	return HGX_OK;
}

/* The last element that is about the NIC; one for it alone comes before one for all. */
static unsigned speed_of(const struct told_node *nic, const char *option)
{
	unsigned own = 0, every = 0;
	struct speed speed;

	for (const char *at = option; at; at = strchr(at, ',')) {
		struct hgx_bdf named;

		at += at != option;
		if (!read_speed(at, strcspn(at, ","), &speed))
			continue;
		if (speed.every)
			every = speed.gbps;
		else if (!bdf_compare(speed.address, nic->address) ||
			 (bdf_read(nic->name, strlen(nic->name), &named) &&
			  !bdf_compare(speed.address, named)))
			own = speed.gbps;
	}
	return own ? own : every;
}

void net_speed_set(struct telling *told, const char *option, int words)
{
	size_t assumed = 0;

	for (struct told_node *nic = NULL; (nic = told_next(told, nic)) != NULL;) {
		unsigned gbps;

		if (nic->kind != TOLD_NIC)
			continue;
		gbps = speed_of(nic, option);
		if (!gbps && nic->speed > 0)
			continue;
		assumed += !gbps;
		nic->speed = (float)(gbps ? gbps : DEFAULT_GBPS) * (float)nic->ports / GBPS_PER_GB;
	}
	if (assumed)
		finding_add(&told->findings, &told->arena, RULE_FORECAST_ASSUMED, HGX_NOTE, NULL,
			    arena_format(&told->arena, "say it with %s",
					 option_name(words, OPTION_NET_SPEED).text),
			    "NICs whose network speed is unknown: %zu; %d Gb/s a port are assumed",
			    assumed, DEFAULT_GBPS);
}
