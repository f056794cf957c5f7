/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Drives that the host uses: mounted, used as swap, or below a device that is. */
#ifndef HGX_SOURCE_USE_DRIVE_H
#define HGX_SOURCE_USE_DRIVE_H

#include "source/use_mark.h"

/** Marks them. If use->doubt is set, marks every drive that the host may use. */
void use_drives(struct use *use);

#endif
