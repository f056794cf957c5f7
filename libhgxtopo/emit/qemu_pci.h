/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Expander buses, ports and assigned devices as arguments of QEMU. */
#ifndef HGX_EMIT_QEMU_PCI_H
#define HGX_EMIT_QEMU_PCI_H

#include <stdio.h>
#include "guest/plan.h"

/** Writes the arguments one on each line, parents before children. */
void qemu_pci(FILE *stream, const struct hgx_plan *plan);

#endif
