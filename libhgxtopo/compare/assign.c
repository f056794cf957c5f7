/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two ways of pairing: in ascending order, as sequences are aligned, and in any order, by the
 * Hungarian method. */
#include <stdlib.h>
#include <string.h>
#include "compare/assign.h"

/* Beyond this only the ascending order is tried: the other way takes time by the cube. */
#define MAX_SIDE 256

static int64_t score_of(const struct matrix *matrix, size_t row, size_t column)
{
	return matrix->scores[row * matrix->columns + column];
}

/* The lowest bits of all pairs together are worth less than one more of what is above them. */
static int64_t weight(const struct matrix *matrix, size_t row, size_t column)
{
	int64_t score = score_of(matrix, row, column);

	return score / 2 * (int64_t)(matrix->rows + 1) + score % 2;
}

/* ------------------------------------------------------------ in ascending order */

/* best[i * width + j]: the most that the first i rows and the first j columns reach. */
struct table {
	int64_t *best;
	size_t width;
};

static int64_t *cell(const struct table *table, size_t i, size_t j)
{
	return &table->best[i * table->width + j];
}

static int64_t most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void fill(const struct table *table, const struct matrix *matrix)
{
	for (size_t i = 1; i <= matrix->rows; i++)
		for (size_t j = 1; j <= matrix->columns; j++) {
			int64_t both = *cell(table, i - 1, j - 1) + weight(matrix, i - 1, j - 1);
			int64_t less = most(*cell(table, i - 1, j), *cell(table, i, j - 1));

			*cell(table, i, j) = most(both, less);
		}
}

/* Goes back through the table along the pairs that it took. */
static void read_back(const struct table *table, const struct matrix *matrix, size_t *out)
{
	size_t i = matrix->rows, j = matrix->columns;

	while (i && j) {
		if (*cell(table, i, j) == *cell(table, i - 1, j))
			i--;
		else if (*cell(table, i, j) == *cell(table, i, j - 1))
			j--;
		else
			out[--i] = --j;
	}
}

static bool assign_ascending(const struct matrix *matrix, size_t *out)
{
	struct table table = { .width = matrix->columns + 1 };

	table.best = calloc((matrix->rows + 1) * table.width, sizeof(*table.best));
	if (!table.best)
		return false;
	fill(&table, matrix);
	read_back(&table, matrix, out);
	free(table.best);
	return true;
}

/* ------------------------------------------------------------------ in any order */

/* The Hungarian method with potentials, on a square of @size; rows and columns count from 1, and 0
 * is none. */
struct solver {
	const struct matrix *matrix;
	size_t size;
	int64_t *row_potential, *column_potential, *slack;
	size_t *row_of; /* of each column */
	size_t *before; /* the column before each on the way */
	bool *visited;
};

/* Between equal ways, what is at the same place of both orders is preferred, and no crossing. */
static int64_t cost(const struct solver *solver, size_t row, size_t column)
{
	int64_t apart = (int64_t)row - (int64_t)column, size = (int64_t)solver->size;

	if (row > solver->matrix->rows || column > solver->matrix->columns)
		return apart * apart;
	return apart * apart - weight(solver->matrix, row - 1, column - 1) * size * size * size;
}

/* Looks from a column at all that were not visited; returns the nearest of these. */
static size_t look(const struct solver *solver, size_t from, int64_t *delta)
{
	size_t row = solver->row_of[from], nearest = 0;

	for (size_t column = 1; column <= solver->size; column++) {
		int64_t reduced;

		if (solver->visited[column])
			continue;
		reduced = cost(solver, row, column) - solver->row_potential[row] -
			  solver->column_potential[column];
		if (reduced < solver->slack[column]) {
			solver->slack[column] = reduced;
			solver->before[column] = from;
		}
		if (!nearest || solver->slack[column] < *delta) {
			*delta = solver->slack[column];
			nearest = column;
		}
	}
	return nearest;
}

static void shift(const struct solver *solver, int64_t delta)
{
	for (size_t column = 0; column <= solver->size; column++)
		if (solver->visited[column]) {
			solver->row_potential[solver->row_of[column]] += delta;
			solver->column_potential[column] -= delta;
		} else {
			solver->slack[column] -= delta;
		}
}

static void add_row(const struct solver *solver, size_t row)
{
	size_t column = 0;

	solver->row_of[0] = row;
	for (size_t i = 0; i <= solver->size; i++) {
		solver->slack[i] = INT64_MAX;
		solver->visited[i] = false;
	}
	do {
		int64_t delta = 0;
		size_t next;

		solver->visited[column] = true;
		next = look(solver, column, &delta);
		shift(solver, delta);
		column = next;
	} while (solver->row_of[column]);
	for (; column; column = solver->before[column])
		solver->row_of[column] = solver->row_of[solver->before[column]];
}

static bool solver_make(struct solver *solver, const struct matrix *matrix)
{
	size_t size = matrix->rows > matrix->columns ? matrix->rows : matrix->columns;

	*solver = (struct solver){ .matrix = matrix, .size = size };
	solver->row_potential = calloc(size + 1, sizeof(*solver->row_potential));
	solver->column_potential = calloc(size + 1, sizeof(*solver->column_potential));
	solver->slack = calloc(size + 1, sizeof(*solver->slack));
	solver->row_of = calloc(size + 1, sizeof(*solver->row_of));
	solver->before = calloc(size + 1, sizeof(*solver->before));
	solver->visited = calloc(size + 1, sizeof(*solver->visited));
	return solver->row_potential && solver->column_potential && solver->slack &&
	       solver->row_of && solver->before && solver->visited;
}

static void solver_free(struct solver *solver)
{
	free(solver->row_potential);
	free(solver->column_potential);
	free(solver->slack);
	free(solver->row_of);
	free(solver->before);
	free(solver->visited);
}

static bool assign_any(const struct matrix *matrix, size_t *out)
{
	struct solver solver;
	bool fine = solver_make(&solver, matrix);

	for (size_t row = 1; fine && row <= solver.size; row++)
		add_row(&solver, row);
	for (size_t column = 1; fine && column <= matrix->columns; column++)
		if (solver.row_of[column] <= matrix->rows)
			out[solver.row_of[column] - 1] = column - 1;
	solver_free(&solver);
	return fine;
}

/* ------------------------------------------------------------------------- both */

/* Apart from the lowest bit of each score. */
static int64_t total(const struct matrix *matrix, const size_t *columns)
{
	int64_t sum = 0;

	for (size_t i = 0; i < matrix->rows; i++)
		if (columns[i] != ASSIGN_NONE)
			sum += score_of(matrix, i, columns[i]) / 2;
	return sum;
}

static void clear(const struct matrix *matrix, size_t *columns)
{
	for (size_t i = 0; i < matrix->rows; i++)
		columns[i] = ASSIGN_NONE;
}

bool matrix_assign(const struct matrix *matrix, size_t *out)
{
	size_t *any;
	bool fine;

	clear(matrix, out);
	if (!assign_ascending(matrix, out))
		return false;
	if (matrix->rows > MAX_SIDE || matrix->columns > MAX_SIDE)
		return true;
	any = calloc(matrix->rows + 1, sizeof(*any));
	if (!any)
		return false;
	clear(matrix, any);
	fine = assign_any(matrix, any);
	if (fine && total(matrix, any) > total(matrix, out))
		memcpy(out, any, matrix->rows * sizeof(*out));
	free(any);
	return fine;
}
