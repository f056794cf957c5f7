/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From what NCCL is told to what it decides: options, assumptions, results. */
#include <stdlib.h>
#include <string.h>
#include "emit/nccl.h"
#include "forecast/decide.h"
#include "forecast/doubt.h"
#include "forecast/forecast.h"
#include "forecast/from_file.h"
#include "forecast/from_tree.h"
#include "forecast/net_speed.h"
#include "forecast/reason.h"
#include "model/distance.h"
#include "model/kind.h"
#include "model/origin.h"
#include "model/topo.h"
#include "util/error.h"
#include "util/macros.h"
#include "util/options.h"

#define CAPABILITY 90
#define OLDEST_CAPABILITY 80
#define NEWEST_CAPABILITY 999
/* NCCL adds elements for each GPU and NIC at run time to those of its file. */
#define MAX_NODES 256
#define PER_NIC 2

struct forecaster {
	struct hgx_forecast_options options;
	const struct hgx_topo *topo; /* NULL: only a file */
	struct telling told;
};

static int check_choice(const struct forecaster *f, enum option_id option, int value,
			struct hgx_error *err)
{
	if (value == HGX_AUTO || value == HGX_ON || value == HGX_OFF)
		return HGX_OK;
	return fail_option(err, RULE_OPTION_VALUE, option, "%s: %d is not a valid value",
			   option_name(f->options.words, option).text, value);
}

static int check_choices(const struct forecaster *f, struct hgx_error *err)
{
	const struct hgx_forecast_options *own = &f->options;
	int code = check_choice(f, OPTION_NVLINK, own->nvlink, err);

	if (!code)
		code = check_choice(f, OPTION_GDR, own->gdr, err);
	if (!code)
		code = check_choice(f, OPTION_PXN, own->pxn, err);
	return code ? code : check_choice(f, OPTION_C2C, own->c2c, err);
}

static int check_values(struct forecaster *f, struct hgx_error *err)
{
	struct hgx_forecast_options *own = &f->options;

	own->compute_capability = own->compute_capability ? own->compute_capability : CAPABILITY;
	if (own->compute_capability < OLDEST_CAPABILITY ||
	    own->compute_capability > NEWEST_CAPABILITY)
		return fail_option(err, RULE_OPTION_VALUE, OPTION_COMPUTE_CAPABILITY,
				   "%s: %u is not supported; it must be %d (A100) or more, such as "
				   "90 (H100)",
				   option_name(own->words, OPTION_COMPUTE_CAPABILITY).text,
				   own->compute_capability, OLDEST_CAPABILITY);
	if (own->net_plugin != HGX_NET_IB && own->net_plugin != HGX_NET_EXACT)
		return fail_option(
			err, RULE_OPTION_VALUE, OPTION_NET_PLUGIN, "%s: %d is not a valid value",
			option_name(own->words, OPTION_NET_PLUGIN).text, own->net_plugin);
	if (own->view != HGX_FORECAST_FILE && own->view != HGX_FORECAST_SYSFS)
		return fail_option(err, RULE_OPTION_VALUE, OPTION_VIEW,
				   "view: %d is not a valid value", own->view);
	return net_speed_check(own->net_speed, own->words, err);
}

static int read_options(struct forecaster *f, const struct hgx_forecast_options *options,
			struct hgx_error *err)
{
	int code;

	f->options = (struct hgx_forecast_options){ .size = sizeof(f->options) };
	code = options_copy(&f->options, options, offsetof(struct hgx_forecast_options, guest),
			    err);
	if (!code)
		code = options_words(f->options.words, err);
	if (!code)
		code = options_reserved(f->options.reserved, err);
	if (!code)
		code = check_choices(f, err);
	return code ? code : check_values(f, err);
}

static void assume(struct forecaster *f, const char *remedy, const char *text)
{
	finding_add(&f->told.findings, &f->told.arena, RULE_FORECAST_ASSUMED, HGX_NOTE, NULL,
		    remedy, "%s", text);
}

static const char *remedy_of(struct forecaster *f, enum option_id option)
{
	return arena_format(&f->told.arena, "say it with %s",
			    option_name(f->options.words, option).text);
}

static bool has_fabric(const struct hgx_topo *topo)
{
	for (const struct hgx_node *node = topo->all; node; node = node->all)
		if (kind_of(node->kind)->fabric)
			return true;
	return topo->origins && topo->origins->fabric;
}

static bool use_nvlink(struct forecaster *f)
{
	if (f->options.nvlink != HGX_AUTO || f->told.rccl)
		return f->options.nvlink == HGX_ON && !f->told.rccl;
	if (f->told.gpus < 2)
		return false;
	if (f->topo && !has_fabric(f->topo)) {
		assume(f, remedy_of(f, OPTION_NVLINK),
		       "no NVSwitch or NVLink manager is known, so no NVLinks are assumed");
		return false;
	}
	if (!f->topo)
		assume(f, remedy_of(f, OPTION_NVLINK),
		       "the file does not tell about NVLinks; an NVSwitch board is assumed");
	return true;
}

/* NVIDIA's superchips, by the name of the GPU or, where the installed pci.ids does not have it yet,
 * by its id. */
static bool is_superchip(const struct hgx_node *node)
{
	static const char *const chips[] = { "GH200", "GB200", "GB300" };
	static const uint16_t ids[] = { 0x2342, 0x2348, 0x2941 };

	if (node->kind != HGX_GPU || node->pci->vendor != 0x10de)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(chips); i++)
		if (node->pci->device_name && strstr(node->pci->device_name, chips[i]))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		if (node->pci->device == ids[i])
			return true;
	return false;
}

/* Whether C2C is possible: with processors of Arm. */
static bool has_arm(struct forecaster *f)
{
	for (const struct told_node *cpu = f->told.root.first; cpu; cpu = cpu->next)
		if (cpu->arm)
			return true;
	return false;
}

/* Whether a file gives the C2C links. */
static bool has_own_c2c(struct forecaster *f)
{
	for (struct told_node *node = NULL; (node = told_next(&f->told, node)) != NULL;)
		for (const struct told_link *link = node->links; link; link = link->next)
			if (link->c2c)
				return true;
	return false;
}

static bool use_c2c(struct forecaster *f)
{
	if (f->options.c2c != HGX_AUTO)
		return f->options.c2c == HGX_ON;
	for (const struct hgx_node *node = f->topo ? f->topo->all : NULL; node; node = node->all)
		if (is_superchip(node))
			return true;
	if (!f->told.rccl && has_arm(f) && !has_own_c2c(f))
		assume(f, remedy_of(f, OPTION_C2C),
		       "whether C2C connects the GPUs and their CPU is unknown; no C2C is assumed");
	return false;
}

static int check_size(const struct forecaster *f, struct hgx_error *err)
{
	const struct telling *told = &f->told;
	size_t nodes = 1 + told->count + PER_NIC * told->nics + 2 * told->gpus;

	if (!told->gpus && !f->topo)
		return fail(
			err, RULE_NO_GPU,
			"the file lists no GPU: NCCL finds the GPUs and NICs in the sysfs of the "
			"machine that it runs on; give that machine or its domain for a forecast");
	if (!told->gpus)
		return fail(err, RULE_NO_GPU, "there is no GPU that NCCL could use");
	if (nodes <= MAX_NODES)
		return HGX_OK;
	return fail(err, RULE_NCCL_LIMIT,
		    "NCCL would need %zu elements for %zu GPUs and %zu NICs, but takes at most %d",
		    nodes, told->gpus, told->nics, MAX_NODES);
}

static void take_gpu(struct hgx_nccl_forecast *out, struct hgx_gpu_forecast *gpu,
		     const struct decision *decision, const struct decide_options *options,
		     bool file)
{
	struct arena *arena = &out->arena;
	struct hgx_gpu_way *ways = arena_alloc(arena, (decision->way_count + 1) * sizeof(*ways));

	gpu->address = arena_string(arena, decision->gpu->name);
	gpu->nic = decision->nic ? arena_string(arena, decision->nic->name) : NULL;
	gpu->path = path_name(decision->type);
	gpu->bandwidth = (double)decision->bandwidth;
	gpu->gdr_receive = gpu->gdr_send = decision->gdr;
	gpu->reason = reason_for(arena, decision, options->gdr, file);
	gpu->paths = ways;
	for (size_t i = 0; ways && i < decision->way_count; i++)
		ways[gpu->path_count++] =
			(struct hgx_gpu_way){ arena_string(arena, decision->ways[i].nic->name),
					      path_name(decision->ways[i].type) };
}

/* Each NIC once, with the most that a GPU gets from it; nothing unless all use GPUDirect RDMA. */
static double bound_of(const struct decision *decisions, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++) {
		bool first = true;
		float most = decisions[i].bandwidth;

		if (!decisions[i].gdr)
			return 0;
		for (size_t j = 0; j < count; j++) {
			if (decisions[j].nic != decisions[i].nic)
				continue;
			first &= j >= i;
			most = decisions[j].bandwidth > most ? decisions[j].bandwidth : most;
		}
		sum += first ? (double)most : 0;
	}
	return sum;
}

static struct net_names names_of(const struct forecaster *f)
{
	const struct hgx_topo *guest = f->options.guest ? f->options.guest : f->topo;

	return (struct net_names){ guest ? guest->origins : NULL, f->options.guest != NULL };
}

static int fill(struct hgx_nccl_forecast *out, struct forecaster *f, struct hgx_error *err)
{
	struct decide_options options = { { use_nvlink(f), use_c2c(f),
					    f->options.compute_capability },
					  f->options.gdr != HGX_OFF,
					  f->options.pxn != HGX_OFF };
	struct net_names names = names_of(f);
	struct decision *decisions;
	int code = net_speed_set(&f->told, f->options.net_speed, &names, f->options.words, err);

	if (code)
		return code;
	out->gpus = arena_alloc(&out->arena, f->told.gpus * sizeof(*out->gpus));
	if (!out->gpus || !decide(&decisions, &f->told, &options, &f->told.arena))
		return fail_memory(err);
	out->rccl = f->told.rccl;
	out->count = f->told.gpus;
	out->bound = bound_of(decisions, out->count);
	for (size_t i = 0; i < out->count; i++)
		take_gpu(out, &out->gpus[i], &decisions[i], &options, !f->topo);
	for (size_t i = 0; i < f->told.findings.count; i++)
		finding_copy(&out->findings, &out->arena, &f->told.findings.items[i], NULL);
	return out->arena.failed || f->told.arena.failed ? fail_memory(err) : HGX_OK;
}

static int finish(struct hgx_nccl_forecast **out, struct forecaster *f, struct hgx_error *err)
{
	struct hgx_nccl_forecast *made;
	int code = check_size(f, err);

	if (code)
		return code;
	made = calloc(1, sizeof(*made));
	if (!made)
		return fail_memory(err);
	code = fill(made, f, err);
	if (code)
		hgx_forecast_free(made);
	else
		*out = made;
	return code;
}

/* @topo: of whom the file is; NULL: unknown. */
static int tell_file(struct forecaster *f, const char *data, size_t length, const char *name,
		     struct hgx_error *err)
{
	struct nccl_document file = { 0 };
	struct file_source source = { &file, f->options.net_plugin == HGX_NET_EXACT, f->topo };
	int code = nccl_file_read(&file, data, length, name, err);

	if (!code)
		code = told_from_file(&f->told, &source, err);
	if (!code && !f->topo)
		code = doubt_file(&f->told, &file, err);
	nccl_file_free(&file);
	return code;
}

/* Where no NIC shares a switch with a GPU, all of them matter. */
static struct nccl_choice choice_of(const struct forecaster *f)
{
	struct nccl_choice choice = { f->options.guest, !f->options.guest && !f->topo->guest };

	for (const struct hgx_node *node = f->topo->all; node; node = node->all)
		if (node->kind == HGX_NIC && !node->pci->physical_function &&
		    shares_switch_with_gpu(node))
			choice.far_nics = false;
	return choice;
}

static int tell_own_file(struct forecaster *f, struct hgx_error *err)
{
	struct hgx_nccl_options options = { .size = sizeof(options), .words = f->options.words };
	char *text;
	int code = nccl_write(f->topo, choice_of(f), &options, &text, err);

	if (!code)
		code = tell_file(f, text, strlen(text), "the NCCL file", err);
	hgx_text_free(text);
	return code;
}

int hgx_forecast(struct hgx_nccl_forecast **out, const struct hgx_topo *topo,
		 const struct hgx_forecast_options *options, struct hgx_error *err)
{
	struct forecaster f = { .topo = topo };
	int code;

	*out = NULL;
	code = read_options(&f, options, err);
	if (!code && f.options.guest && (topo->guest || !f.options.guest->origins))
		code = fail_option(err, RULE_TOPOLOGY_IS_GUEST, OPTION_GUEST,
				   "guest: it must be a guest of the host that the forecast is "
				   "about, planned or read with that host");
	if (!code)
		code = f.options.view == HGX_FORECAST_SYSFS ?
			       told_from_tree(&f.told, topo, choice_of(&f), err) :
			       tell_own_file(&f, err);
	if (!code)
		code = finish(out, &f, err);
	told_free(&f.told);
	return code;
}

int hgx_forecast_file(struct hgx_nccl_forecast **out, const char *data, size_t length,
		      const char *name, const struct hgx_forecast_options *options,
		      struct hgx_error *err)
{
	struct forecaster f = { .topo = NULL };
	int code;

	*out = NULL;
	name = name ? name : "the file";
	code = data ? read_options(&f, options, err) :
		      fail(err, RULE_TEXT_MISSING, "%s: no text given", name);
	if (!code)
		code = tell_file(&f, data, length, name, err);
	if (!code)
		code = finish(out, &f, err);
	told_free(&f.told);
	return code;
}

void hgx_forecast_free(struct hgx_nccl_forecast *forecast)
{
	if (!forecast)
		return;
	finding_free(&forecast->findings);
	arena_free(&forecast->arena);
	free(forecast);
}

size_t hgx_forecast_gpus(const struct hgx_nccl_forecast *forecast,
			 const struct hgx_gpu_forecast **out)
{
	*out = forecast->gpus;
	return forecast->count;
}

double hgx_forecast_bound(const struct hgx_nccl_forecast *forecast)
{
	return forecast->bound;
}

size_t hgx_forecast_findings(const struct hgx_nccl_forecast *forecast,
			     const struct hgx_finding **out)
{
	*out = forecast->findings.items;
	return forecast->findings.count;
}

int hgx_findings_of_forecast(struct hgx_findings **out, const struct hgx_nccl_forecast *forecast,
			     struct hgx_error *err)
{
	return finding_list(out, &forecast->findings, err);
}
