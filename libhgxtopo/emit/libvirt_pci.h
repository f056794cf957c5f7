/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * PCI controllers and assigned devices as elements of a libvirt domain, one function for each
 * part (enum libvirt_part). */
#ifndef HGX_EMIT_LIBVIRT_PCI_H
#define HGX_EMIT_LIBVIRT_PCI_H

#include "format/xml.h"
#include "guest/plan.h"

void write_spares(struct xml *xml, const struct hgx_plan *plan);
void write_mirror(struct xml *xml, const struct hgx_plan *plan);
void write_commandline(struct xml *xml, const struct hgx_plan *plan);
void write_override(struct xml *xml, const struct hgx_plan *plan);

#endif
