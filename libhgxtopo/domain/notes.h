/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Findings about a domain, whether its guest is shown or it is the base of a plan. */
#ifndef HGX_DOMAIN_NOTES_H
#define HGX_DOMAIN_NOTES_H

#include "guest/plan.h"

/** Says that the domain has no ACPI, or that it is added. */
void domain_note_acpi(struct hgx_plan *plan);
/** Warns of ports that can hot-plug, where OVMF runs out of IO space for so many. Those of a mirror
 *  cannot. The tree of ports must be complete. */
void domain_note_ports(struct hgx_plan *plan);
/** Warns of NICs that share a bus, of which NCCL sees only one. The guest's topology is complete.
 */
void domain_note_nics(struct hgx_plan *plan);

#endif
