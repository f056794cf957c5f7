/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <inttypes.h>
#include "forecast/decimal.h"

/* Without printf()'s %f, which writes a comma in some locales. Halves go to the even digit, as
 * printf() does. */
struct decimal decimal_text(double value)
{
	double thousandths = value * 1000;
	uint64_t number = (uint64_t)thousandths;
	double rest = thousandths - (double)number;
	struct decimal out;
	size_t length;

	if (rest > 0.5 || (!(rest < 0.5) && number % 2))
		number++;
	snprintf(out.text, sizeof(out.text), "%" PRIu64 ".%03" PRIu64, number / 1000,
		 number % 1000);
	length = strlen(out.text);
	while (out.text[length - 1] == '0')
		out.text[--length] = '\0';
	if (out.text[length - 1] == '.')
		out.text[length - 1] = '\0';
	return out;
}
