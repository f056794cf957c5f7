/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A program of another project: lists the rules by which errors and findings are known. */
#include <hgxtopo.h>
#include <stdio.h>

int main(void)
{
	const struct hgx_rule *rule;

	for (size_t i = 0; (rule = hgx_rule_at(i)) != NULL; i++)
		printf("%s\t%s\t%s\n", rule->id, rule->code ? hgx_code_name(rule->code) : "finding",
		       rule->meaning);
	return 0;
}
