/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of rules, from RULES. */
#include <string.h>
#include "util/rule.h"
#include "util/macros.h"

#define ROW(name, ...) [RULE_##name] = { __VA_ARGS__ },
#define ERROR(name, id, code, meaning) ROW(name, id, code, meaning, NULL, 0, NULL, NULL, NULL)
#define FINDING(name, id, meaning) ERROR(name, id, HGX_OK, meaning)
#define HOST(name, id, check, ...) CHECKED(name, id, "host", __VA_ARGS__)
#define HOST_NOTED(name, id, ...) CHECKED(name, id, "host", __VA_ARGS__)
#define DOMAIN(name, id, check, ...) CHECKED(name, id, "domain", __VA_ARGS__)
#define DOMAIN_NOTED(name, id, ...) CHECKED(name, id, "domain", __VA_ARGS__)
#define NCCL(name, id, check, ...) CHECKED(name, id, "nccl", __VA_ARGS__)
#define NCCL_NOTED(name, id, ...) CHECKED(name, id, "nccl", __VA_ARGS__)
#define GUEST(name, id, check, ...) CHECKED(name, id, "guest", __VA_ARGS__)
#define GUEST_NOTED(name, id, ...) CHECKED(name, id, "guest", __VA_ARGS__)
#define CHECKED(name, id, family, severity, meaning, remedy, source, consequences) \
	ROW(name, id, HGX_OK, meaning, family, severity, remedy, source, consequences)

/* clang-format off */
static const struct hgx_rule rules[] = {
	RULES(ERROR, FINDING)
	HOST_RULES(HOST, HOST_NOTED)
	DOMAIN_RULES(DOMAIN, DOMAIN_NOTED)
	NCCL_RULES(NCCL, NCCL_NOTED)
	GUEST_RULES(GUEST, GUEST_NOTED)
};
/* clang-format on */

const struct hgx_rule *rule_row(enum rule_id rule)
{
	return &rules[rule];
}

const struct hgx_rule *hgx_rule_at(size_t index)
{
	return index < ARRAY_SIZE(rules) ? &rules[index] : NULL;
}

int rule_index(const char *id, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++)
		if (strlen(rules[i].id) == length && !memcmp(rules[i].id, id, length))
			return (int)i;
	return -1;
}
