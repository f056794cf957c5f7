/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel's default for huge pages: default_hugepagesz, else 2 MiB. proc/meminfo tells which
 * (Documentation/admin-guide/mm/hugetlbpage.rst). */
#include <stdlib.h>
#include <string.h>
#include "source/pages.h"

void source_pages(struct hgx_topo *topo, const struct root *root)
{
	static const char key[] = "Hugepagesize:";
	char *text = root_read_all(root, "proc/meminfo");
	const char *line = text ? strstr(text, key) : NULL;
	unsigned long long kib = line ? strtoull(line + strlen(key), NULL, 10) : 0;

	if (kib <= 1u << 20 && is_huge_page(kib << 10))
		topo->default_page = kib << 10;
	free(text);
}
