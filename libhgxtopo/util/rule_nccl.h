/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The rules of the family "nccl", about an NCCL topology file; see util/rule_host.h. */
#ifndef HGX_UTIL_RULE_NCCL_H
#define HGX_UTIL_RULE_NCCL_H

/** All of them, as CHECK() and NOTED() of HOST_RULES. */
#define NCCL_RULES(CHECK, NOTED)

#endif
