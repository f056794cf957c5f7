/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of the text of a finding. */
#include <ctype.h>
#include <string.h>
#include "emit/finding_text.h"
#include "model/topo.h"

struct finding_parts finding_parts(const struct hgx_finding *finding)
{
	struct finding_parts parts = { 0, NULL };
	const char *found;
	struct title title;

	if (!finding->node)
		return parts;
	title = node_title(finding->node);
	found = strstr(finding->text, title.text);
	if (!found || isalnum((unsigned char)found[strlen(title.text)])) /* node1 of node10 */
		return parts;
	parts.head = (size_t)(found - finding->text);
	parts.tail = found + strlen(title.text);
	return parts;
}
