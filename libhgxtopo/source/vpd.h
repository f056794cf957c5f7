/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * Vital product data of a PCI function (PCI Local Bus Specification 3.0, appendix I). */
#ifndef HGX_SOURCE_VPD_H
#define HGX_SOURCE_VPD_H

#include <stddef.h>

enum vpd_answer {
	VPD_BROKEN,  /**< not vital product data, or cut short before the answer */
	VPD_WITHOUT, /**< no keyword holds the word */
	VPD_WITH
};

/** Whether a keyword of the read-only section holds a word such as "SMDL=SW_MNG",
 *  not as part of a longer one. */
enum vpd_answer vpd_says(const unsigned char *vpd, size_t length, const char *word);
/** The length of the value of a keyword of the read-only section, such as "VU", and in @value where
 *  it is in @vpd; 0 if there is none. */
size_t vpd_value(const unsigned char *vpd, size_t length, const char *keyword,
		 const unsigned char **value);

#endif
