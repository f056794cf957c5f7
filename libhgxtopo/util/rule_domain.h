/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The rules of the family "domain", about a libvirt domain and its host; see util/rule_host.h. */
#ifndef HGX_UTIL_RULE_DOMAIN_H
#define HGX_UTIL_RULE_DOMAIN_H

/** All of them, as CHECK() and NOTED() of HOST_RULES. */
#define DOMAIN_RULES(CHECK, NOTED)

#endif
