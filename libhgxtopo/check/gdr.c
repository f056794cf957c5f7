/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What NCCL will decide in the guest of a domain as long as nobody gives it a file, beside what it
 * decides with the same devices on the bare host. */
#include <string.h>
#include "check/domain.h"
#include "check/tell.h"
#include "guest/port.h"
#include "util/words.h"

/* Forecasts of the devices of a domain. */
struct outlook {
	struct hgx_nccl_forecast *guest, *file, *host; /* without our file, with it, bare */
};

static bool look(struct hgx_nccl_forecast **out, const struct hgx_topo *topo,
		 const struct hgx_topo *guest, int view)
{
	struct hgx_forecast_options options = { .size = sizeof(options),
						.guest = guest,
						.view = view };

	return hgx_forecast(out, topo, &options, NULL) == HGX_OK;
}

/* False where there is nothing to say: no GPU that NCCL could use, or more than it takes. */
static bool outlook_make(struct outlook *out, const struct hgx_topo *host,
			 const struct hgx_topo *guest)
{
	*out = (struct outlook){ NULL, NULL, NULL };
	if (!look(&out->guest, guest, NULL, HGX_FORECAST_SYSFS) ||
	    !look(&out->host, host, guest, HGX_FORECAST_SYSFS))
		return false;
	look(&out->file, guest, NULL, HGX_FORECAST_FILE);
	return true;
}

static void outlook_free(struct outlook *outlook)
{
	hgx_forecast_free(outlook->guest);
	hgx_forecast_free(outlook->file);
	hgx_forecast_free(outlook->host);
}

static const struct hgx_gpu_forecast *find(const struct hgx_nccl_forecast *forecast,
					   const char *address)
{
	const struct hgx_gpu_forecast *gpus;
	size_t count = forecast ? hgx_forecast_gpus(forecast, &gpus) : 0;

	for (size_t i = 0; i < count; i++)
		if (!strcmp(gpus[i].address, address))
			return &gpus[i];
	return NULL;
}

static bool has_gdr(const struct hgx_gpu_forecast *gpu)
{
	return gpu && gpu->gdr_receive && gpu->gdr_send;
}

/* Whether a GPU of the guest has GPUDirect RDMA on the bare host, and could have it in a guest
 * without a file: an AMD GPU stands on a root port of its own, for it needs PCIe atomics. */
static bool is_on_at_host(const struct outlook *outlook, const struct hgx_topo *guest,
			  const char *address)
{
	const struct hgx_node *node = topo_find(guest, address);
	const struct hgx_node *host = node && node->guest ? node->guest->host : NULL;

	return host && !needs_atomics(host) && has_gdr(find(outlook->host, host->name));
}

/* GPUs that lose GPUDirect RDMA in the guest. */
struct losses {
	size_t count, cured; /* how many, and how many of them get it back by our file */
	const char *path;    /* of the first to its NIC */
	bool several_paths;
};

static struct losses losses_of(const struct outlook *outlook, const struct hgx_topo *guest)
{
	const struct hgx_gpu_forecast *gpus;
	size_t count = hgx_forecast_gpus(outlook->guest, &gpus);
	struct losses losses = { 0, 0, NULL, false };

	for (size_t i = 0; i < count; i++) {
		if (has_gdr(&gpus[i]) || !is_on_at_host(outlook, guest, gpus[i].address))
			continue;
		losses.several_paths |= losses.count && strcmp(losses.path, gpus[i].path) != 0;
		losses.path = losses.count++ ? losses.path : gpus[i].path;
		losses.cured += has_gdr(find(outlook->file, gpus[i].address));
	}
	return losses;
}

/* Whether a shell takes the name for one word as it is. */
static bool is_word(const char *name)
{
	for (const char *at = name; *at; at++)
		if (!strchr("+-./_", *at) && !(*at >= '0' && *at <= '9') &&
		    !(*at >= 'A' && *at <= 'Z') && !(*at >= 'a' && *at <= 'z'))
			return false;
	return *name && *name != '-';
}

static void tell(struct domain_check *check, const struct domain *domain,
		 const struct losses *losses, size_t gpus)
{
	const char *name = is_word(domain->base.name) ? domain->base.name : "DOMAIN.xml";
	int words = check->check.options.words;

	domain_add(check, domain, RULE_GDR_OFF, NULL, NULL,
		   command_for(&check->check.out->arena, words, name, !losses->cured),
		   "GPUDirect RDMA will be off for %zu of %zu GPUs (%s%s); on the bare host it is "
		   "on for them, and with the file of %s for %zu",
		   losses->count, gpus, losses->path, losses->several_paths ? " and others" : "",
		   call_nccl(words), losses->cured);
}

void gdr_off(struct domain_check *check, const struct domain *domain)
{
	const struct hgx_gpu_forecast *gpus;
	struct outlook outlook;
	struct losses losses;

	if (!check->host || !domain->whole)
		return;
	if (outlook_make(&outlook, check->host, domain->plan->guest)) {
		losses = losses_of(&outlook, domain->plan->guest);
		if (losses.count)
			tell(check, domain, &losses, hgx_forecast_gpus(outlook.guest, &gpus));
	}
	outlook_free(&outlook);
}
