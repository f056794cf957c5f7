/* Plans: the parts in their order. */
#include <stdlib.h>
#include <string.h>
#include "util/arena.h"
#include "util/error.h"
#include "util/options.h"
#include "util/utf8.h"
#include "model/topo.h"
#include "guest/plan.h"
#include "guest/port.h"
#include "guest/topo.h"
#include "guest/version.h"
#include "domain/base.h"
#include "plan/address.h"
#include "plan/cpu.h"
#include "plan/kernel_id.h"
#include "plan/memory.h"
#include "plan/pcie.h"
#include "plan/select.h"
#include "plan/verdict.h"
#include "plan/window.h"

#define MAX_NAME 200

static int check_name(const char *name, struct hgx_error *err)
{
	if (!*name || strlen(name) > MAX_NAME)
		return fail(err, HGX_INVALID, "a domain needs a name of 1 to %d bytes", MAX_NAME);
	if (strchr(name, '/') || !text_is_clean(name))
		return fail(err, HGX_INVALID,
			    "'%s': the name of a domain is UTF-8 text without '/' and "
			    "control characters",
			    name);
	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return fail(err, HGX_INVALID, "'%s': libvirt takes no such name for a domain",
			    name);
	return HGX_OK;
}

static int check_vms(const struct hgx_plan_options *options, struct hgx_error *err)
{
	if (options->vms ? !options->vm || options->vm > options->vms : options->vm)
		return fail(err, HGX_INVALID,
			    "VM %u of %u: VMs are counted from 1 to as many as there are",
			    options->vm, options->vms);
	if (options->uneven && !options->vms)
		return fail(err, HGX_INVALID, "--uneven belongs to --vms");
	if (options->module_ids && !options->partition)
		return fail(err, HGX_INVALID, "--module-ids belongs to --partition");
	if (options->partition && (options->vms || options->gpus))
		return fail(err, HGX_INVALID,
			    "--partition says which GPUs the VM gets; leave out --vms and --gpus");
	return HGX_OK;
}

static int check_options(const struct hgx_topo *host, const struct hgx_plan_options *options,
			 struct hgx_error *err)
{
	if (host->guest)
		return fail(err, HGX_INVALID,
			    "this is the topology of a guest; give that of a host");
	if (options->reserve_cores < HGX_RESERVE_NONE)
		return fail(err, HGX_INVALID, "%d cores cannot be reserved",
			    options->reserve_cores);
	if (options->smt < HGX_AUTO || options->smt > HGX_OFF || options->p2p_clique < HGX_AUTO ||
	    options->p2p_clique > HGX_OFF || options->nvswitch < HGX_NVSWITCH_AUTO ||
	    options->nvswitch > HGX_NVSWITCH_ALL || options->mirror < HGX_MIRROR_NUMA ||
	    options->mirror > HGX_MIRROR_ROOT_COMPLEX)
		return fail(err, HGX_INVALID, "an option has a value that it does not know");
	if (options->vf < 0 || options->vf > 1 || options->uneven < 0 || options->uneven > 1)
		return fail(err, HGX_INVALID, "vf and uneven are 0 or 1");
	if (options->memory && options->memory_per_cell)
		return fail(err, HGX_INVALID, "memory is given in total or per cell, not both");
	if (options->name && options->base)
		return fail(err, HGX_INVALID,
			    "the base domain has a name; change it there, and leave out --name");
	if (options->name && check_name(options->name, err))
		return HGX_INVALID;
	return check_vms(options, err);
}

static const char *default_name(struct hgx_plan *plan)
{
	if (plan->options.vms > 1)
		return arena_format(&plan->arena, "hgx-vm-%u", plan->options.vm);
	return "hgx-vm";
}

/* The guest is a q35 with the host's processor. */
static int check_arch(const struct hgx_topo *host, struct hgx_error *err)
{
	for (const struct hgx_node *node = host->root->first; node; node = node->next)
		if (node->processor && node->processor->arch &&
		    strcmp(node->processor->arch, "x86_64"))
			return fail(err, HGX_REFUSED,
				    "this host is %s; VMs are planned for x86_64 hosts only",
				    node->processor->arch);
	return HGX_OK;
}

static int make(struct hgx_plan *plan, struct hgx_error *err)
{
	const struct hgx_plan_options *options = &plan->options;
	int code = check_options(plan->host, options, err);

	plan->name = options->name ? arena_string(&plan->arena, options->name) : default_name(plan);
	if (!code)
		code = check_arch(plan->host, err);
	if (!code)
		code = base_read(plan, err);
	if (!code)
		code = plan_versions(plan, err);
	if (!code)
		code = select_devices(plan, err);
	if (!code)
		code = plan_cpu(plan, err);
	if (!code)
		code = plan_memory(plan, err);
	if (!code)
		code = plan_pcie(plan, err);
	if (!code)
		code = plan_address(plan, err);
	if (!code)
		code = plan_window(plan, err);
	if (!code)
		code = guest_topo(plan, err);
	if (!code)
		verdicts_of_base(plan);
	if (!code)
		version_notes(plan);
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
		code = make(plan, err);
	memset(&plan->options, 0, sizeof(plan->options)); /* its texts are the caller's */
	if (code) {
		hgx_plan_free(plan);
		return code;
	}
	*out = plan;
	return HGX_OK;
}
