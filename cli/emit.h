/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is asked of hgxtopo emit. */
#ifndef EMIT_H
#define EMIT_H

#include "cli.h"

struct request {
	enum { NOTHING, LIBVIRT, NCCL, KERNEL_ARGS, MAP, QEMU, ALL } what;
	const char *from, *host, *file, *dir, *profile, *host_json;
	unsigned chosen;
	bool json, shell, install;
	struct vm_options vm;
	struct hgx_kernel_options kernel;
	const struct plans *plans; /* the host has one kernel command line for all of them */
	struct hgx_qemu_options qemu;
	struct hgx_nccl_options nccl;
};

/* emit_check.c: whether the options fit together. */
bool emit_for_host(const struct request *request); /* not for a VM */
int emit_check(const struct request *request);

#endif
