/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * How a text names the options of a call: as members of the options struct or as options of the
 * command, depending on the member `words` that the caller set (enum hgx_words). No other file
 * of the library knows the options of the command. */
#ifndef HGX_UTIL_WORDS_H
#define HGX_UTIL_WORDS_H

#include <stdbool.h>
#include "hgxtopo.h"
#include "util/arena.h"
#include "util/macros.h"

/** A member of an options struct. */
enum option_id {
	OPTION_NONE,
	OPTION_SIZE,
	OPTION_WORDS,
	/* struct hgx_plan_options; libvirt_version is also in struct hgx_domain_options */
	OPTION_NAME,
	OPTION_MEMORY,
	OPTION_RESERVE_CORES,
	OPTION_GPUS,
	OPTION_NICS,
	OPTION_NVME,
	OPTION_ADD,
	OPTION_SKIP,
	OPTION_NVSWITCH,
	OPTION_VF,
	OPTION_SMT,
	OPTION_VCPUS,
	OPTION_MEMORY_PER_CELL,
	OPTION_HUGEPAGES,
	OPTION_MIRROR,
	OPTION_P2P_CLIQUE,
	OPTION_LIBVIRT_VERSION,
	OPTION_QEMU_VERSION,
	OPTION_VM,
	OPTION_VMS,
	OPTION_UNEVEN,
	OPTION_PARTITION,
	OPTION_MODULE_IDS,
	OPTION_BASE,
	OPTION_ONLY,
	OPTION_IOMMUFD,
	OPTION_CPUS,
	OPTION_HOST_CPUS,
	/* struct hgx_host_options */
	OPTION_ROOT,
	/* struct hgx_domain_options */
	OPTION_HOST,
	/* struct hgx_nccl_options */
	OPTION_CONTENT,
	/* struct hgx_qemu_options */
	OPTION_FORMAT,
	OPTION_FIRMWARE_CODE,
	OPTION_FIRMWARE_VARS,
	OPTION_DEVICES_ONLY,
	/* struct hgx_kernel_options */
	OPTION_DRIVER,
	/* struct hgx_check_options */
	OPTION_EVERY,
	OPTION_CONSEQUENCES,
	OPTION_RULES,
	OPTION_IGNORE,
	/* struct hgx_forecast_options */
	OPTION_VIEW,
	OPTION_GUEST,
	OPTION_NVLINK,
	OPTION_GDR,
	OPTION_PXN,
	OPTION_C2C,
	OPTION_COMPUTE_CAPABILITY,
	OPTION_NET_SPEED,
	OPTION_NET_PLUGIN,
	OPTIONS
};

/** An option in words, for a sentence. */
struct option_text {
	char text[80];
};

/** The name of the member, such as "reserve_cores"; "" for OPTION_NONE. */
const char *option_member(enum option_id option);
/** "reserve_cores", or "--reserve-cores" with HGX_WORDS_OPTIONS. Any other @words names the
 *  member. */
struct option_text option_name(int words, enum option_id option);
/** "reserve_cores = 8", or "--reserve-cores 8". The value is given as the command takes it, "on"
 *  for HGX_ON, and written as the enumerator or constant beside a member. */
struct option_text option_value(int words, enum option_id option, const char *format, ...)
	PRINTF(3, 4);
/** "vm = 1, vms = 2", or "--vms 1/2". */
struct option_text option_vms(int words, unsigned vm, unsigned vms);

/** What writes the NCCL file of a guest: "hgx_emit_nccl()", or the command. */
const char *call_nccl(int words);
/** A line for a shell that writes the NCCL file of a domain, or with @mirror the domain with the
 *  host's switches. The host is SOURCE in it, which the command replaces. Lives in @arena; NULL: the
 *  caller named no command. */
const char *command_for(struct arena *arena, int words, const char *domain, bool mirror);

#endif
