/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include "forecast/pcie.h"
#include "util/macros.h"

#define PCIE_3 60 /* what a speed that NCCL does not know counts as */
#define FULL_WIDTH 16

/* The words of kernels since 5.7 and before, and 100 Mbit/s for each lane. "32.0 GT/s" without PCIe
 * is none of them. */
static const struct {
	const char *words;
	uint32_t speed; /* MT/s */
	int lane;
} speeds[] = {
	{ "2.5 GT/s", 2500, 15 },	  { "5.0 GT/s PCIe", 5000, 30 },
	{ "8.0 GT/s PCIe", 8000, 60 },	  { "16.0 GT/s PCIe", 16000, 120 },
	{ "32.0 GT/s PCIe", 32000, 240 }, { "64.0 GT/s PCIe", 64000, 480 },
	{ "5 GT/s", 5000, 30 },		  { "8 GT/s", 8000, 60 },
	{ "16 GT/s", 16000, 120 },	  { "32 GT/s", 32000, 240 },
};

static float bandwidth(int lane, int width)
{
	return (float)((width ? width : FULL_WIDTH) * lane) / 80;
}

float pcie_bandwidth(const char *speed, int width)
{
	for (size_t i = 0; speed && i < ARRAY_SIZE(speeds); i++)
		if (!strncmp(speed, speeds[i].words, strlen(speeds[i].words)))
			return bandwidth(speeds[i].lane, width);
	return bandwidth(PCIE_3, width);
}

float pcie_bandwidth_of(uint32_t speed, int width)
{
	for (size_t i = 0; i < ARRAY_SIZE(speeds); i++)
		if (speeds[i].speed == speed)
			return bandwidth(speeds[i].lane, width);
	return bandwidth(PCIE_3, width);
}

bool pcie_knows(const char *speed)
{
	for (size_t i = 0; i < ARRAY_SIZE(speeds); i++)
		if (!strncmp(speed, speeds[i].words, strlen(speeds[i].words)))
			return true;
	return false;
}
