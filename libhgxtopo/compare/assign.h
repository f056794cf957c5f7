/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Pairing the rows and columns of a matrix so that the sum of the scores is the greatest. */
#ifndef HGX_COMPARE_ASSIGN_H
#define HGX_COMPARE_ASSIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A row without a column. */
#define ASSIGN_NONE SIZE_MAX

struct matrix {
	int64_t *scores; /**< row by row, none below 0 */
	size_t rows, columns;
};

/** Fills @out with the column of each row. Where pairs in ascending order reach as much as any,
 * give or take the lowest bit of each score, they are taken. False: out of memory. */
bool matrix_assign(const struct matrix *matrix, size_t *out);

#endif
