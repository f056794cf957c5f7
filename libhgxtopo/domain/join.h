/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Puts the devices and ports that libvirt places into the tree of the plan. */
#ifndef HGX_DOMAIN_JOIN_H
#define HGX_DOMAIN_JOIN_H

#include "domain/places.h"

/** Turns the requests, which all have an address, into ports of the plan's tree. Leaves out
 *  functions that no guest finds, with a finding for each. */
int join_all(struct places *p);
/** Adds a note to the plan: how many addresses are assumed. */
void join_note(const struct places *p);

#endif
