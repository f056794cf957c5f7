/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* vCPUs, memory and their bindings in a base domain: what an option says otherwise is replaced,
 * what is missing is added, everything else stays. */
#ifndef HGX_EMIT_BASE_CPU_H
#define HGX_EMIT_BASE_CPU_H

#include "emit/rewrite.h"

/* In the order of libvirt, as <features> stand between them. */
void base_put_vcpus(struct rewriting *rw); /* from <memory> to <numatune> */
void base_put_cpu(struct rewriting *rw);

#endif
