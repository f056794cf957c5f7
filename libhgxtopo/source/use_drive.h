/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Drives that the host needs: mounted, swapped on, and what is stacked on them. */
#ifndef HGX_SOURCE_USE_DRIVE_H
#define HGX_SOURCE_USE_DRIVE_H

#include "source/use_mark.h"

void use_drives(struct use *use);

#endif
