/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Writes docs/rules.md and docs/hgxtopo-rules.7 from the tables of rules, and for tests their columns:
 * rules md|man|table */
#include <hgxtopo.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name, *title, *about;
} families[] = {
	{ "host", "Host", "About the host that is to run virtual machines." },
	{ "domain", "Domain", "About a libvirt domain, and whether it fits its host." },
	{ "nccl", "NCCL file", "About an NCCL topology file, alone or against host and guest." },
	{ "guest", "Running guest", "In the VM: what it shows, compared with its plan." },
};

#define FAMILIES (sizeof(families) / sizeof(*families))

static const struct hgx_rule *next_of(const char *family, size_t *index)
{
	const struct hgx_rule *rule;

	while ((rule = hgx_rule_at((*index)++)) != NULL)
		if (rule->family && !strcmp(rule->family, family))
			return rule;
	return NULL;
}

static int is_there(const char *family)
{
	size_t index = 0;

	return next_of(family, &index) != NULL;
}

/* ---------------------------------------------------------------- Markdown */

static void md_rule(const struct hgx_rule *rule)
{
	printf("### %s\n%c%s: %s.\n\n", rule->id,
	       hgx_severity_name(rule->severity)[0] - 'a' + 'A',
	       hgx_severity_name(rule->severity) + 1, rule->meaning);
	printf("Remedy: %s.\n", rule->remedy);
	if (*rule->source)
		printf("\nSource: %s.\n", rule->source);
	if (*rule->consequences)
		printf("\nNot shown beside it: %s.\n", rule->consequences);
	putchar('\n');
}

static void md(void)
{
	const struct hgx_rule *rule;

	puts("<!-- SPDX-License-Identifier: LGPL-2.1-or-later -->\n"
	     "<!-- `make rules` writes this page from the tables in libhgxtopo/util. -->\n"
	     "# The rules of hgxtopo check\n"
	     "A finding has the id of its rule. Ids are never removed and never change their meaning. A\n"
	     "problem will not work, a warning is probably not what you want, a note is good to know.\n");
	for (size_t i = 0; i < FAMILIES; i++) {
		if (!is_there(families[i].name))
			continue;
		printf("## %s\n%s\n\n", families[i].title, families[i].about);
		for (size_t index = 0; (rule = next_of(families[i].name, &index)) != NULL;)
			md_rule(rule);
	}
}

/* ------------------------------------------------------------ the man page */

/* Lines of at most 80 bytes. A line must not begin like a request. */
static void man_text(const char *before, const char *text, const char *after)
{
	char line[1024];
	size_t column = 0;

	snprintf(line, sizeof(line), "%s%s%s", before, text, after);
	for (char *word = strtok(line, " "); word; word = strtok(NULL, " ")) {
		size_t length = strlen(word);

		if (column && column + 1 + length > 79) {
			putchar('\n');
			column = 0;
		}
		printf("%s%s%s", column ? " " : "", !column && strchr(".'", *word) ? "\\&" : "",
		       word);
		column += length + (column > 0);
	}
	putchar('\n');
}

static void man_rule(const struct hgx_rule *rule)
{
	printf(".It Sy %s\n", rule->id);
	printf("%s:\n", hgx_severity_name(rule->severity));
	man_text("", rule->meaning, ".");
	man_text("Remedy: ", rule->remedy, ".");
	if (*rule->source)
		man_text("Source: ", rule->source, ".");
	if (*rule->consequences)
		man_text("Not shown beside it: ", rule->consequences, ".");
}

static void man(void)
{
	const struct hgx_rule *rule;

	puts(".\\\" SPDX-License-Identifier: LGPL-2.1-or-later\n"
	     ".\\\" \"make rules\" writes this page from the tables in libhgxtopo/util.\n"
	     ".Dd November 28, 2026\n.Dt HGXTOPO-RULES 7\n.Os\n.Sh NAME\n.Nm hgxtopo-rules\n"
	     ".Nd the rules of hgxtopo check\n.Sh DESCRIPTION\n"
	     "A finding of\n.Ic hgxtopo check\nhas the id of its rule.\n"
	     "Ids are never removed and never change their meaning.\n"
	     "A problem will not work, a warning is probably not what you want, a note is\n"
	     "good to know.");
	for (size_t i = 0; i < FAMILIES; i++) {
		if (!is_there(families[i].name))
			continue;
		printf(".Ss %s\n%s\n.Bl -tag -width 4n\n", families[i].title, families[i].about);
		for (size_t index = 0; (rule = next_of(families[i].name, &index)) != NULL;)
			man_rule(rule);
		puts(".El");
	}
	puts(".Sh SEE ALSO\n.Xr hgxtopo 1");
}

/* --------------------------------------------------------------- the table */

static void table(void)
{
	const struct hgx_rule *rule;

	for (size_t i = 0; (rule = hgx_rule_at(i)) != NULL; i++)
		if (rule->family)
			printf("%s\t%s\t%s\t%s\n", rule->family, rule->id,
			       hgx_severity_name(rule->severity), rule->consequences);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "md"))
		md();
	else if (!strcmp(what, "man"))
		man();
	else if (!strcmp(what, "table"))
		table();
	else
		return 2;
	return fflush(stdout) ? 1 : 0;
}
