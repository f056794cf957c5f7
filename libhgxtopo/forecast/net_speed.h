/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * How fast NICs reach the network: a number of Gb/s for all, or numbers for single ones. */
#ifndef HGX_FORECAST_NET_SPEED_H
#define HGX_FORECAST_NET_SPEED_H

#include "forecast/told.h"
#include "model/origin.h"

/** Mb/s that are a GB/s. */
#define NET_MBPS 8000.0f

/** Checks the option: "400", "0000:1a:00.0=200" or several of these with commas between them; NULL
 * is fine. */
int net_speed_check(const char *option, int words, struct hgx_error *err);
/** Whose addresses the option has: those of a guest, or else of its host. */
struct net_names {
	const struct origins *origins; /**< of the guest; NULL: there are no other names */
	bool of_host;		       /**< what is told is the host */
};

/** Gives each NIC the speed of the option; a NIC that it is not about keeps the one that it has, or
 * gets the default, which is then a finding. HGX_INVALID: the option names a NIC that is not
 * there. */
int net_speed_set(struct telling *told, const char *option, const struct net_names *names,
		  int words, struct hgx_error *err);

#endif
