/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * hgxtopo forecast, which is in two files: cmd_forecast.c reads the command line, forecast.c loads
 * and prints. */
#ifndef CLI_FORECAST_H
#define CLI_FORECAST_H

#include "cli.h"

struct forecast_request {
	struct vm_options vm;
	struct hgx_forecast_options options;
	const char *from, *host, *file;
	bool json;
	struct telling telling;
};

/** Prints what NCCL decides. Returns an exit status. */
int forecast_print(struct forecast_request *request);

#endif
