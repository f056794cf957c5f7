/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pairing rows and columns: as much as any way reaches, in ascending order if that is enough. */
#include "support.h"

#define MAX 6

/* The most that any pairing of the rows from @row on reaches, apart from the lowest bits. */
static int64_t most(const struct matrix *matrix, size_t row, unsigned taken)
{
	int64_t best;

	if (row == matrix->rows)
		return 0;
	best = most(matrix, row + 1, taken);
	for (size_t i = 0; i < matrix->columns; i++)
		if (!(taken & 1u << i)) {
			int64_t sum = matrix->scores[row * matrix->columns + i] / 2 +
				      most(matrix, row + 1, taken | 1u << i);

			best = sum > best ? sum : best;
		}
	return best;
}

static int64_t reached(const struct matrix *matrix, const size_t *columns)
{
	unsigned taken = 0;
	int64_t sum = 0;

	for (size_t i = 0; i < matrix->rows; i++) {
		if (columns[i] == ASSIGN_NONE)
			continue;
		ck_assert_uint_lt(columns[i], matrix->columns);
		ck_assert_msg(!(taken & 1u << columns[i]), "a column was given twice");
		taken |= 1u << columns[i];
		sum += matrix->scores[i * matrix->columns + columns[i]] / 2;
	}
	return sum;
}

START_TEST(no_way_reaches_more)
{
	int64_t scores[MAX * MAX];
	size_t columns[MAX];

	srand(19);
	for (int round = 0; round < 3000; round++) {
		struct matrix matrix = { scores, (size_t)rand() % (MAX + 1), (size_t)rand() % (MAX + 1) };

		for (size_t i = 0; i < MAX * MAX; i++)
			scores[i] = rand() % (round % 2 ? 8 : 200);
		ck_assert_msg(matrix_assign(&matrix, columns), "out of memory");
		ck_assert_int_eq(reached(&matrix, columns), most(&matrix, 0, 0));
	}
}
END_TEST

START_TEST(the_order_is_kept_where_it_is_as_good_as_any)
{
	int64_t alike[] = { 8, 8, 8, 8, 8, 8, 8, 8, 8 }, shifted[] = { 8, 8, 9, 8, 8, 9 };
	struct matrix matrix = { alike, 3, 3 };
	size_t columns[3];

	ck_assert_msg(matrix_assign(&matrix, columns), "out of memory");
	ck_assert_uint_eq(columns[0], 0);
	ck_assert_uint_eq(columns[1], 1);
	ck_assert_uint_eq(columns[2], 2);
	matrix = (struct matrix){ shifted, 3, 2 }; /* the lowest bits decide who is left out */
	ck_assert_msg(matrix_assign(&matrix, columns), "out of memory");
	ck_assert_uint_eq(columns[0], ASSIGN_NONE);
	ck_assert_uint_eq(columns[1], 0);
	ck_assert_uint_eq(columns[2], 1);
}
END_TEST

int main(void)
{
	return RUN("assign", no_way_reaches_more, the_order_is_kept_where_it_is_as_good_as_any);
}
