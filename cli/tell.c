/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Findings on standard error, one line for each reason. */
#include <string.h>
#include "cli.h"

int take_telling(const struct command *command, struct telling *telling, int option)
{
	telling->quiet |= option == 'q';
	telling->verbose |= option == 'v';
	if (telling->quiet && telling->verbose)
		return usage(command, "--quiet and --verbose exclude each other");
	return EXIT_FINE;
}

void tell(struct hgx_findings *const *lists, size_t count, const struct telling *telling)
{
	struct hgx_error err;
	char *text;

	if (telling->quiet)
		return;
	if (hgx_emit_finding_lines(lists, count, telling->verbose, telling->least, telling->ignore,
				   &text, &err)) {
		say("the findings are not shown: %s", err.text);
		return;
	}
	for (char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1)
		say("%.*s", (int)(end - line), line);
	hgx_text_free(text);
}

void tell_topo(const struct hgx_topo *topo, const struct telling *telling)
{
	struct hgx_findings *findings;
	struct hgx_error err;

	if (hgx_findings_of_topo(&findings, topo, &err)) {
		say("the findings are not shown: %s", err.text);
		return;
	}
	tell(&findings, 1, telling);
	hgx_findings_free(findings);
}
