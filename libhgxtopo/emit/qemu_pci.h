/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Expander buses, ports and assigned devices as arguments of QEMU, parents first. */
#ifndef HGX_EMIT_QEMU_PCI_H
#define HGX_EMIT_QEMU_PCI_H

#include <stdio.h>
#include "guest/plan.h"

void qemu_pci(FILE *stream, const struct hgx_plan *plan);

#endif
