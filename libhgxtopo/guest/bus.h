/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Guest bus numbers. SeaBIOS, OVMF and Linux agree: every root bus counts for itself; the
 * bridges on a bus are visited by slot and function, each gets the next number for the bus
 * below it, and that bus is scanned at once. */
#ifndef HGX_GUEST_BUS_H
#define HGX_GUEST_BUS_H

#include "guest/plan.h"
#include "guest/port.h"

#define BUSES 256

/* How many buses firmware numbers below an expander bus or pcie.0. */
unsigned bus_bridges_below(const struct port *bus);
/* Of pcie.0 and the ports on it. */
unsigned bus_root_buses(const struct hgx_plan *plan);
/* Numbers every bus; the expander buses have their own numbers already. */
void bus_number_all(struct hgx_plan *plan);

#endif
