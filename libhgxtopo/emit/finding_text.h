/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Where the text of a finding names the device that it is about, so that what is said of several
 * devices can be said once. */
#ifndef HGX_EMIT_FINDING_TEXT_H
#define HGX_EMIT_FINDING_TEXT_H

#include <stddef.h>
#include "hgxtopo.h"

/** The parts of a text around "GPU 0000:19:00.0 (model)". */
struct finding_parts {
	size_t head;	  /**< bytes before it */
	const char *tail; /**< what follows it; NULL: the text does not name the device */
};

struct finding_parts finding_parts(const struct hgx_finding *finding);

#endif
