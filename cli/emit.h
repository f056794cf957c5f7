/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * The request to hgxtopo emit: its options. */
#ifndef EMIT_H
#define EMIT_H

#include "cli.h"

struct request {
	enum { NOTHING, LIBVIRT, NCCL, KERNEL_ARGS, MAP, QEMU, ALL } what;
	const char *from, *host, *file, *dir, *profile, *host_json, *findings;
	unsigned chosen;
	bool json, shell, install, check, devices_only;
	struct telling telling;
	struct vm_options vm;
	struct hgx_kernel_options kernel;
	char *told;		   /**< what goes to the file of --findings; for hgx_text_free() */
	const struct plans *plans; /**< for the one kernel command line of the host */
	struct hgx_qemu_options qemu;
	struct hgx_nccl_options nccl;
};

/** Whether the output is for the host, not for a VM. */
bool emit_for_host(const struct request *request);
/** Checks the options against each other. Returns EXIT_FINE or EXIT_USAGE. */
int emit_check(const struct request *request);

#endif
