/* Vital product data of a PCI function (PCI Local Bus Specification 3.0, appendix I). */
#ifndef HGX_SOURCE_VPD_H
#define HGX_SOURCE_VPD_H

#include <stddef.h>

enum vpd_answer { VPD_BROKEN, VPD_WITHOUT, VPD_WITH };
/* Whether a read-only keyword of the VPD holds a word such as "SMDL=SW_MNG". */
enum vpd_answer vpd_says(const unsigned char *vpd, size_t length, const char *word);

#endif
