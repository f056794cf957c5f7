/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Prints a random host as JSON: random_host SEED. These are the hosts of the property tests. */
#include "random_host.h"

int main(int argc, char **argv)
{
	uint64_t seed = random_state(argc > 1 ? strtoull(argv[1], NULL, 0) : 1);
	char *lines = random_host(&seed), *json = json_of(lines);

	fputs(json, stdout);
	free(json);
	free(lines);
	return 0;
}
