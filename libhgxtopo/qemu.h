/* QEMU's arguments for a plan: one a line, an option and its value on two. */
#ifndef HGX_QEMU_H
#define HGX_QEMU_H

#include "plan.h"

/* qemu_pci.c: expander buses, ports and assigned devices, parents first. */
void qemu_pci(FILE *stream, const struct hgx_plan *plan);

#endif
