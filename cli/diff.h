/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The two ways of hgxtopo diff to say what differs: of a pair, and of a fleet. */
#ifndef DIFF_H
#define DIFF_H

#include "cli.h"

/** Where the answer goes, and how. */
struct diff_output {
	const char *file; /**< NULL: standard output */
	bool json;
};

/** Compares the hosts of a fleet with the norm of their model. @names: a directory of JSON files,
 *  or "-": standard input has the name of one on each line. Returns an exit status. */
int diff_fleet(const char *names, const struct diff_output *output);

#endif
