/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Guest bus numbers.
 *
 * SeaBIOS, OVMF and Linux agree: each root bus is numbered by itself. The bridges on a bus are
 * visited by slot and function; each gives the next number to the bus below it, and that bus
 * is scanned at once. */
#ifndef HGX_GUEST_BUS_H
#define HGX_GUEST_BUS_H

#include "guest/plan.h"
#include "guest/port.h"

/** Bus numbers in a PCI domain. */
#define BUSES 256

/** The number of buses below an expander bus or pcie.0: one for each bridge. */
unsigned bus_bridges_below(const struct port *bus);
/** The number of buses of pcie.0, itself included. */
unsigned bus_root_buses(const struct hgx_plan *plan);
/** Numbers every bus below pcie.0 and the expander buses, whose own numbers are set already. */
void bus_number_all(struct hgx_plan *plan);

#endif
