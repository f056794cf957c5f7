/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of options: the member of the struct, and the option of the command. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "util/words.h"

/* How to write the value beside the member. On the command line each takes a word, except a
 * flag. */
enum style { STYLE_NUMBER, STYLE_TEXT, STYLE_FLAG };

static const struct option_row {
	const char *member, *option;
	enum style style;
} rows[OPTIONS] = {
	[OPTION_NONE] = { "", "", STYLE_NUMBER },
	[OPTION_SIZE] = { "size", "size", STYLE_NUMBER },
	[OPTION_WORDS] = { "words", "words", STYLE_NUMBER },
	[OPTION_NAME] = { "name", "--name", STYLE_TEXT },
	[OPTION_MEMORY] = { "memory", "--memory", STYLE_NUMBER },
	[OPTION_RESERVE_CORES] = { "reserve_cores", "--reserve-cores", STYLE_NUMBER },
	[OPTION_GPUS] = { "gpus", "--gpus", STYLE_TEXT },
	[OPTION_NICS] = { "nics", "--nics", STYLE_TEXT },
	[OPTION_NVME] = { "nvme", "--nvme", STYLE_TEXT },
	[OPTION_ADD] = { "add", "--add", STYLE_TEXT },
	[OPTION_SKIP] = { "skip", "--skip", STYLE_TEXT },
	[OPTION_NVSWITCH] = { "nvswitch", "--nvswitch", STYLE_NUMBER },
	[OPTION_VF] = { "vf", "--vf", STYLE_FLAG },
	[OPTION_SMT] = { "smt", "--smt", STYLE_NUMBER },
	[OPTION_VCPUS] = { "vcpus", "--vcpus", STYLE_NUMBER },
	[OPTION_MEMORY_PER_CELL] = { "memory_per_cell", "--memory", STYLE_NUMBER },
	[OPTION_HUGEPAGES] = { "hugepages", "--hugepages", STYLE_NUMBER },
	[OPTION_MIRROR] = { "mirror", "--mirror", STYLE_NUMBER },
	[OPTION_P2P_CLIQUE] = { "p2p_clique", "--p2p-clique", STYLE_NUMBER },
	[OPTION_LIBVIRT_VERSION] = { "libvirt_version", "--libvirt-version", STYLE_TEXT },
	[OPTION_QEMU_VERSION] = { "qemu_version", "--qemu-version", STYLE_TEXT },
	[OPTION_VM] = { "vm", "--vms", STYLE_NUMBER },
	[OPTION_VMS] = { "vms", "--vms", STYLE_NUMBER },
	[OPTION_UNEVEN] = { "uneven", "--uneven", STYLE_FLAG },
	[OPTION_PARTITION] = { "partition", "--partition", STYLE_TEXT },
	[OPTION_MODULE_IDS] = { "module_ids", "--module-ids", STYLE_TEXT },
	[OPTION_BASE] = { "base", "--base", STYLE_TEXT },
	[OPTION_ONLY] = { "only", "--only", STYLE_NUMBER },
	[OPTION_IOMMUFD] = { "iommufd", "--iommufd", STYLE_FLAG },
	[OPTION_CPUS] = { "cpus", "--cpus", STYLE_TEXT },
	[OPTION_HOST_CPUS] = { "host_cpus", "--host-cpus", STYLE_TEXT },
	[OPTION_ROOT] = { "root", "--from", STYLE_TEXT },
	[OPTION_HOST] = { "host", "--host", STYLE_TEXT },
	[OPTION_CONTENT] = { "content", "--profile", STYLE_NUMBER },
	[OPTION_FORMAT] = { "format", "--shell", STYLE_NUMBER },
	[OPTION_FIRMWARE_CODE] = { "firmware_code", "--ovmf-code", STYLE_TEXT },
	[OPTION_FIRMWARE_VARS] = { "firmware_vars", "--ovmf-vars", STYLE_TEXT },
	[OPTION_DEVICES_ONLY] = { "devices_only", "--devices-only", STYLE_FLAG },
	[OPTION_DRIVER] = { "driver", "--driver", STYLE_TEXT },
	[OPTION_EVERY] = { "every", "--vms", STYLE_NUMBER },
	[OPTION_CONSEQUENCES] = { "consequences", "--verbose", STYLE_FLAG },
	[OPTION_RULES] = { "rules", "--rule", STYLE_TEXT },
	[OPTION_IGNORE] = { "ignore", "--ignore", STYLE_TEXT },
	[OPTION_VIEW] = { "view", "view", STYLE_NUMBER },
	[OPTION_GUEST] = { "guest", "guest", STYLE_NUMBER },
	[OPTION_NVLINK] = { "nvlink", "--nvlink", STYLE_NUMBER },
	[OPTION_GDR] = { "gdr", "--gdr", STYLE_NUMBER },
	[OPTION_PXN] = { "pxn", "--pxn", STYLE_NUMBER },
	[OPTION_C2C] = { "c2c", "--c2c", STYLE_NUMBER },
	[OPTION_COMPUTE_CAPABILITY] = { "compute_capability", "--compute-capability",
					STYLE_NUMBER },
	[OPTION_NET_SPEED] = { "net_speed", "--net-speed", STYLE_TEXT },
	[OPTION_NET_PLUGIN] = { "net_plugin", "--net-plugin", STYLE_NUMBER },
};

/* The words of the command for constants of hgxtopo.h. */
static const struct constant {
	enum option_id option;
	const char *word, *name;
} constants[] = {
	{ OPTION_RESERVE_CORES, "0", "HGX_RESERVE_NONE" },
	{ OPTION_SMT, "on", "HGX_ON" },
	{ OPTION_SMT, "off", "HGX_OFF" },
	{ OPTION_NVSWITCH, "auto", "HGX_NVSWITCH_AUTO" },
	{ OPTION_ONLY, "pci", "HGX_ONLY_PCI" },
	{ OPTION_NVSWITCH, "all", "HGX_NVSWITCH_ALL" },
	{ OPTION_NVSWITCH, "none", "HGX_NVSWITCH_NONE" },
	{ OPTION_MIRROR, "numa", "HGX_MIRROR_NUMA" },
	{ OPTION_VCPUS, "all", "HGX_VCPUS_ALL" },
	{ OPTION_MEMORY, "all", "HGX_MEMORY_ALL" },
};

const char *option_member(enum option_id option)
{
	return rows[option].member;
}

struct option_text option_name(int words, enum option_id option)
{
	const struct option_row *row = &rows[option];
	struct option_text text;

	snprintf(text.text, sizeof(text.text), "%s",
		 words == HGX_WORDS_OPTIONS ? row->option : row->member);
	return text;
}

static const char *constant_of(enum option_id option, const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(constants); i++)
		if (constants[i].option == option && !strcmp(constants[i].word, word))
			return constants[i].name;
	return word;
}

struct option_text option_value(int words, enum option_id option, const char *format, ...)
{
	const struct option_row *row = &rows[option];
	const char *quote = row->style == STYLE_TEXT ? "\"" : "";
	struct option_text text;
	char value[40];
	va_list args;

	va_start(args, format);
	vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	if (words == HGX_WORDS_OPTIONS && row->style == STYLE_FLAG)
		return option_name(words, option);
	if (words == HGX_WORDS_OPTIONS)
		snprintf(text.text, sizeof(text.text), "%s %s", row->option, value);
	else
		snprintf(text.text, sizeof(text.text), "%s = %s%s%s", row->member, quote,
			 constant_of(option, value), quote);
	return text;
}

struct option_text option_vms(int words, unsigned vm, unsigned vms)
{
	struct option_text text;

	snprintf(text.text, sizeof(text.text),
		 words == HGX_WORDS_OPTIONS ? "--vms %u/%u" : "vm = %u, vms = %u", vm, vms);
	return text;
}

const char *call_nccl(int words)
{
	return words == HGX_WORDS_OPTIONS ? "'hgxtopo emit --nccl'" : "hgx_emit_nccl()";
}

const char *command_for(struct arena *arena, int words, const char *domain, bool mirror)
{
	if (words != HGX_WORDS_OPTIONS)
		return NULL;
	if (mirror)
		return arena_format(arena, "hgxtopo emit --libvirt --from SOURCE --base %s",
				    domain);
	return arena_format(arena,
			    "hgxtopo emit --nccl --from %s --host SOURCE -o virtualTopology.xml",
			    domain);
}
