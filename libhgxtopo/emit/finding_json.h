/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Findings and verdicts as JSON (docs/json-format.md), for all texts that have some. */
#ifndef HGX_EMIT_FINDING_JSON_H
#define HGX_EMIT_FINDING_JSON_H

#include <stdbool.h>
#include <stdio.h>
#include "hgxtopo.h"
#include "format/json.h"

/** A finding as an object; NULL: out of memory. */
struct json *finding_json(const struct hgx_finding *finding);
/** Writes the members "findings" and "verdicts" of a plan, each element on a line of its own below
 *  @indent, without a newline at the end. False: out of memory. */
bool plan_write_told(FILE *stream, const struct hgx_plan *plan, const char *indent);

#endif
