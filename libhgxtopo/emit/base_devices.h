/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The <devices> of a base domain: elements that stay get the places of the mirror, and what is
 * new is added. */
#ifndef HGX_EMIT_BASE_DEVICES_H
#define HGX_EMIT_BASE_DEVICES_H

#include "emit/rewrite.h"

void put_devices(struct rewriting *rw);

#endif
