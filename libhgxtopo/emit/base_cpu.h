/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * vCPUs, memory and their bindings in a base domain: what an option changes is replaced, what is
 * missing is added, everything else stays. */
#ifndef HGX_EMIT_BASE_CPU_H
#define HGX_EMIT_BASE_CPU_H

#include "emit/rewrite.h"

/** Changes what libvirt writes before <features>: <memory> to <numatune>. */
void base_put_vcpus(struct rewriting *rw);
/** Changes <cpu>, which libvirt writes behind <features>. */
void base_put_cpu(struct rewriting *rw);

#endif
