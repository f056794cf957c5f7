/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Making a plan: checks the options, then runs the steps in order. */
#include <stdlib.h>
#include <string.h>
#include "util/arena.h"
#include "util/error.h"
#include "util/macros.h"
#include "util/options.h"
#include "util/utf8.h"
#include "model/origin.h"
#include "model/topo.h"
#include "guest/origin.h"
#include "guest/plan.h"
#include "guest/port.h"
#include "guest/topo.h"
#include "guest/version.h"
#include "domain/base.h"
#include "domain/notes.h"
#include "domain/origin.h"
#include "domain/place.h"
#include "domain/settle.h"
#include "plan/address.h"
#include "plan/cpu_base.h"
#include "plan/distances.h"
#include "plan/fabric.h"
#include "plan/hardware.h"
#include "plan/index.h"
#include "plan/kernel_id.h"
#include "plan/memory.h"
#include "plan/pcie.h"
#include "plan/select.h"
#include "plan/window.h"

#define MAX_NAME 200

static int check_name(const struct hgx_plan_options *options, struct hgx_error *err)
{
	const struct option_text option = option_name(options->words, OPTION_NAME);
	const char *name = options->name;

	if (!*name || strlen(name) > MAX_NAME)
		return fail_option(err, RULE_OPTION_VALUE, OPTION_NAME,
				   "%s must have 1 to %d bytes", option.text, MAX_NAME);
	if (strchr(name, '/') || !text_is_clean(name))
		return fail_option(
			err, RULE_OPTION_VALUE, OPTION_NAME,
			"%s must be UTF-8 text without '/' and control characters, not '%s'",
			option.text, name);
	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return fail_option(err, RULE_OPTION_VALUE, OPTION_NAME,
				   "%s: libvirt does not accept the domain name '%s'", option.text,
				   name);
	return HGX_OK;
}

/* Refuses an option that has no effect without another one. */
static int refuse_alone(const struct hgx_plan_options *options, enum option_id option,
			enum option_id other, struct hgx_error *err)
{
	return fail_option(err, RULE_OPTION_INCOMPLETE, option, "%s is only valid with %s",
			   option_name(options->words, option).text,
			   option_name(options->words, other).text);
}

static int check_vms(const struct hgx_plan_options *options, struct hgx_error *err)
{
	int words = options->words;

	if (options->vms ? !options->vm || options->vm > options->vms : options->vm)
		return fail_option(err, RULE_OPTION_VALUE, OPTION_VM,
				   "%s: the VM must be between 1 and the number of VMs",
				   option_vms(words, options->vm, options->vms).text);
	if (options->uneven && !options->vms)
		return refuse_alone(options, OPTION_UNEVEN, OPTION_VMS, err);
	if (options->module_ids && !options->partition)
		return refuse_alone(options, OPTION_MODULE_IDS, OPTION_PARTITION, err);
	if (options->partition && (options->vms || options->gpus))
		return fail_option(err, RULE_OPTIONS_CONFLICT, OPTION_PARTITION,
				   "%s already says which GPUs the VM gets; leave out %s and %s",
				   option_name(words, OPTION_PARTITION).text,
				   option_name(words, OPTION_VMS).text,
				   option_name(words, OPTION_GPUS).text);
	return HGX_OK;
}

/* Options that are an enum or a flag, and their valid values. */
static const struct range {
	enum option_id option;
	size_t member;
	int least, most;
} ranges[] = {
	{ OPTION_SMT, offsetof(struct hgx_plan_options, smt), HGX_AUTO, HGX_OFF },
	{ OPTION_P2P_CLIQUE, offsetof(struct hgx_plan_options, p2p_clique), HGX_AUTO, HGX_OFF },
	{ OPTION_NVSWITCH, offsetof(struct hgx_plan_options, nvswitch), HGX_NVSWITCH_AUTO,
	  HGX_NVSWITCH_ALL },
	{ OPTION_MIRROR, offsetof(struct hgx_plan_options, mirror), HGX_MIRROR_NUMA,
	  HGX_MIRROR_ROOT_COMPLEX },
	{ OPTION_VF, offsetof(struct hgx_plan_options, vf), 0, 1 },
	{ OPTION_UNEVEN, offsetof(struct hgx_plan_options, uneven), 0, 1 },
	{ OPTION_ONLY, offsetof(struct hgx_plan_options, only), HGX_ONLY_ALL, HGX_ONLY_PCI },
	{ OPTION_IOMMUFD, offsetof(struct hgx_plan_options, iommufd), 0, 1 },
};

static int check_ranges(const struct hgx_plan_options *options, struct hgx_error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
		const struct range *range = &ranges[i];
		int value = *(const int *)(const void *)((const char *)options + range->member);

		if (value < range->least || value > range->most)
			return fail_option(err, RULE_OPTION_VALUE, range->option,
					   "%s: %d is not a valid value",
					   option_name(options->words, range->option).text, value);
	}
	return HGX_OK;
}

/* Options that would change more than PCI places. */
static enum option_id more_than_pci(const struct hgx_plan_options *options)
{
	const struct {
		bool set;
		enum option_id option;
	} rows[] = {
		{ options->gpus, OPTION_GPUS },
		{ options->nics, OPTION_NICS },
		{ options->nvme, OPTION_NVME },
		{ options->add, OPTION_ADD },
		{ options->skip, OPTION_SKIP },
		{ options->nvswitch, OPTION_NVSWITCH },
		{ options->vf, OPTION_VF },
		{ options->vms, OPTION_VMS },
		{ options->partition, OPTION_PARTITION },
		{ options->reserve_cores, OPTION_RESERVE_CORES },
		{ options->smt, OPTION_SMT },
		{ options->vcpus, OPTION_VCPUS },
		{ options->cpus, OPTION_CPUS },
		{ options->host_cpus, OPTION_HOST_CPUS },
		{ options->memory, OPTION_MEMORY },
		{ options->memory_per_cell, OPTION_MEMORY_PER_CELL },
		{ options->hugepages, OPTION_HUGEPAGES },
		{ options->iommufd, OPTION_IOMMUFD },
		{ options->p2p_clique, OPTION_P2P_CLIQUE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].set)
			return rows[i].option;
	return OPTION_NONE;
}

static int check_only(const struct hgx_plan_options *options, struct hgx_error *err)
{
	enum option_id more = more_than_pci(options);

	if (!options->only)
		return HGX_OK;
	if (!options->base)
		return refuse_alone(options, OPTION_ONLY, OPTION_BASE, err);
	if (more == OPTION_NONE)
		return HGX_OK;
	return fail_option(err, RULE_OPTIONS_CONFLICT, more,
			   "with %s nothing but PCI places changes; leave out %s",
			   option_value(options->words, OPTION_ONLY, "pci").text,
			   option_name(options->words, more).text);
}

static int check_options(const struct hgx_topo *host, const struct hgx_plan_options *options,
			 struct hgx_error *err)
{
	if (host->guest)
		return fail(err, RULE_TOPOLOGY_IS_GUEST,
			    "this is the topology of a guest; give that of a host");
	if (options->reserve_cores < HGX_RESERVE_NONE)
		return fail_option(err, RULE_OPTION_VALUE, OPTION_RESERVE_CORES,
				   "%s: %d is not a valid value",
				   option_name(options->words, OPTION_RESERVE_CORES).text,
				   options->reserve_cores);
	if (check_ranges(options, err))
		return HGX_INVALID;
	if (options->memory && options->memory_per_cell)
		return fail_option(err, RULE_OPTIONS_CONFLICT, OPTION_MEMORY_PER_CELL,
				   "give the memory in total or per cell, not both");
	if (options->name && options->base)
		return fail_option(err, RULE_OPTIONS_CONFLICT, OPTION_NAME,
				   "the base domain already has a name; change it there, and "
				   "leave out %s",
				   option_name(options->words, OPTION_NAME).text);
	if (options->name && check_name(options, err))
		return HGX_INVALID;
	if (check_only(options, err))
		return HGX_INVALID;
	return check_vms(options, err);
}

static const char *default_name(struct hgx_plan *plan)
{
	if (plan->options.vms > 1)
		return arena_format(&plan->arena, "hgx-vm-%u", plan->options.vm);
	if (plan->options.partition)
		return arena_format(&plan->arena, "hgx-vm-p%lu",
				    strtoul(plan->options.partition, NULL, 10));
	return "hgx-vm";
}

/* The guest is a q35 machine with the host's processor, so the host must be x86_64. */
static int check_arch(const struct hgx_topo *host, struct hgx_error *err)
{
	for (const struct hgx_node *node = host->root->first; node; node = node->next)
		if (node->processor && node->processor->arch &&
		    strcmp(node->processor->arch, "x86_64"))
			return fail(err, RULE_HOST_ARCHITECTURE,
				    "this host is %s; VMs can only be planned for x86_64 hosts%s",
				    node->processor->arch, version_arm64(node->processor->arch));
	return HGX_OK;
}

/* Resolves HGX_VCPUS_ALL and HGX_MEMORY_ALL: all that the host can give is the default of a new
 * VM. base_read() has already decided what a base domain keeps. Of several VMs, each still gets
 * its share. */
static int take_all(struct hgx_plan *plan, struct hgx_error *err)
{
	bool all_memory = plan->options.memory == HGX_MEMORY_ALL;
	bool alone = !plan->options.vms && !plan->options.partition;

	(void)err;
	plan->only_pci = plan->options.only == HGX_ONLY_PCI;
	plan->share.whole_cores = alone &&
				  (plan->options.vcpus == HGX_VCPUS_ALL || plan->options.cpus);
	plan->share.whole_memory = alone && all_memory;
	if (plan->options.vcpus == HGX_VCPUS_ALL)
		plan->options.vcpus = 0;
	if (all_memory)
		plan->options.memory = 0;
	return HGX_OK;
}

/* In a base domain, the nodes that its own pins and bindings name count. */
static int plan_origins(struct hgx_plan *plan, struct hgx_error *err)
{
	if (plan->base)
		return domain_origins(plan) ? fail_memory(err) : HGX_OK;
	if (guest_origins(plan))
		return fail_memory(err);
	if (plan->guest->origins)
		origins_close(plan->guest->origins);
	return HGX_OK;
}

/* The steps of a plan. Each uses what the steps before it have put into the plan. */
static int (*const steps[])(struct hgx_plan *plan, struct hgx_error *err) = {
	base_read,
	take_all,
	plan_versions,
	select_devices,
	plan_cpu,
	plan_memory,
	plan_distances,
	plan_hardware,
	/* the PCI tree: the user's own part, the mirror, and what libvirt adds */
	port_root,
	base_settle,
	plan_spares,
	plan_pcie,
	plan_index,
	base_place,
	plan_address,
	plan_window,
	guest_topo,
	plan_origins,
};

static int run_steps(struct hgx_plan *plan, struct hgx_error *err)
{
	const struct hgx_plan_options *options = &plan->options;
	int code = check_options(plan->host, options, err);

	plan->name = options->name ? arena_string(&plan->arena, options->name) : default_name(plan);
	if (!code)
		code = check_arch(plan->host, err);
	for (size_t i = 0; !code && i < ARRAY_SIZE(steps); i++)
		code = steps[i](plan, err);
	if (!code && plan->base)
		domain_note_ports(plan);
	if (!code)
		version_notes(plan);
	if (!code)
		fabric_notes(plan);
	if (!code)
		kernel_notes(plan);
	return !code && plan->arena.failed ? fail_memory(err) : code;
}

int hgx_plan_new(struct hgx_plan **out, const struct hgx_topo *host,
		 const struct hgx_plan_options *options, struct hgx_error *err)
{
	struct hgx_plan *plan;
	int code;

	*out = NULL;
	plan = calloc(1, sizeof(*plan));
	if (!plan)
		return fail_memory(err);
	plan->host = host;
	plan->options.size = sizeof(plan->options);
	code = options_copy(&plan->options, options, offsetof(struct hgx_plan_options, name), err);
	if (!code)
		code = options_words(plan->options.words, err);
	if (!code)
		code = run_steps(plan, err);
	memset(&plan->options, 0, sizeof(plan->options)); /* the texts belong to the caller */
	if (code) {
		hgx_plan_free(plan);
		return code;
	}
	*out = plan;
	return HGX_OK;
}
