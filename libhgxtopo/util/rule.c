/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of rules, from RULES. */
#include "util/rule.h"
#include "util/macros.h"

#define ERROR(name, id, code, meaning) [RULE_##name] = { id, code, meaning },
#define FINDING(name, id, meaning) [RULE_##name] = { id, HGX_OK, meaning },
static const struct hgx_rule rules[] = { RULES(ERROR, FINDING) };

const struct hgx_rule *rule_row(enum rule_id rule)
{
	return &rules[rule];
}

const struct hgx_rule *hgx_rule_at(size_t index)
{
	return index < ARRAY_SIZE(rules) ? &rules[index] : NULL;
}
