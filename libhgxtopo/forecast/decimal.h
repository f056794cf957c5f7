/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * GB/s as text. */
#ifndef HGX_FORECAST_DECIMAL_H
#define HGX_FORECAST_DECIMAL_H

/** A text by value, for use in an argument of printf(). */
struct decimal {
	char text[32];
};

/** With up to three decimals and none that is not needed: "48", "0.188". */
struct decimal decimal_text(double value);

#endif
