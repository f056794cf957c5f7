/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * PCI controllers and assigned devices as elements of a libvirt domain, one function for each
 * part (enum libvirt_part). */
#ifndef HGX_EMIT_LIBVIRT_PCI_H
#define HGX_EMIT_LIBVIRT_PCI_H

#include "format/xml.h"
#include "guest/plan.h"
#include "guest/port.h"

void write_spares(struct xml *xml, const struct hgx_plan *plan);
void write_mirror(struct xml *xml, const struct hgx_plan *plan);
/* One element: an expander bus or a port; an assigned device; its address alone. */
void write_controller(struct xml *xml, const struct hgx_plan *plan, const struct port *port);
void write_hostdev(struct xml *xml, const struct hgx_plan *plan, const struct port *device);
void write_place(struct xml *xml, const struct hgx_plan *plan, const struct port *device);
void write_commandline(struct xml *xml, const struct hgx_plan *plan);
void write_override(struct xml *xml, const struct hgx_plan *plan);
void write_iommufd(struct xml *xml, const struct hgx_plan *plan);

#endif
