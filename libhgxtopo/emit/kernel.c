/* The host's kernel command line: IOMMU on, the chosen devices kept from their drivers by
 * id (Linux Documentation/admin-guide/kernel-parameters.txt: intel_iommu, iommu,
 * vfio-pci.ids, pci-stub.ids). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "util/error.h"
#include "util/options.h"
#include "util/text.h"
#include "model/topo.h"
#include "guest/plan.h"
#include "guest/port.h"
#include "plan/kernel_id.h"

static int by_number(const void *a, const void *b)
{
	const struct id *x = a, *y = b;
	uint64_t left = (uint64_t)x->vendor << 48 | (uint64_t)x->device << 32 |
			(uint64_t)x->subsystem_vendor << 16 | x->subsystem_device;
	uint64_t right = (uint64_t)y->vendor << 48 | (uint64_t)y->device << 32 |
			 (uint64_t)y->subsystem_vendor << 16 | y->subsystem_device;

	return left < right ? -1 : left > right;
}

static int refuse_caught(const struct id *id, const struct hgx_node *chosen,
			 const struct hgx_node *other, struct hgx_error *err)
{
	return fail_node(err, RULE_ID_IN_USE, chosen->name,
			 "the id %04x:%04x of %s would also match %s, which the host needs (%s); "
			 "bind the chosen devices one by one, with driverctl set-override or "
			 "libvirt's managed='yes'",
			 id->vendor, id->device, chosen->name, node_title(other).text,
			 other->pci->host_use);
}

static int add_id(const struct held_back *held, const struct hgx_node *chosen, struct id *ids,
		  size_t *count, struct hgx_error *err)
{
	struct id id = kernel_id_of(held, chosen->pci);
	const struct hgx_node *other;

	if (chosen->pci->physical_function)
		return HGX_OK;
	for (size_t i = 0; i < *count; i++)
		if (kernel_id_same(&ids[i], &id))
			return HGX_OK;
	other = kernel_id_caught(held, &id);
	if (other && other->pci->host_use)
		return refuse_caught(&id, chosen, other, err);
	ids[(*count)++] = id;
	return HGX_OK;
}

static int collect(const struct held_back *held, struct id *ids, size_t *count,
		   struct hgx_error *err)
{
	int code = HGX_OK;

	*count = 0;
	for (size_t i = 0; !code && i < held->count; i++)
		for (size_t j = 0; !code && j < held->plans[i]->chosen_count; j++)
			code = add_id(held, held->plans[i]->chosen[j], ids, count, err);
	qsort(ids, *count, sizeof(*ids), by_number);
	return code;
}

static const char *iommu_words(const struct hgx_plan *plan)
{
	const struct hgx_node *package = plan->guest->root->first;
	const char *vendor = package && package->processor ? package->processor->vendor : NULL;

	/* AMD's is on whenever the firmware has it */
	return vendor && !strcmp(vendor, "AuthenticAMD") ? "iommu=pt" : "intel_iommu=on iommu=pt";
}

static size_t most_ids(const struct held_back *held)
{
	size_t count = 0;

	for (size_t i = 0; i < held->count; i++)
		count += held->plans[i]->chosen_count;
	return count;
}

static void write_ids(FILE *stream, const struct id *ids, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		fprintf(stream, "%s%04x:%04x", i ? "," : "", ids[i].vendor, ids[i].device);
		if (ids[i].subsystem)
			fprintf(stream, ":%04x:%04x", ids[i].subsystem_vendor,
				ids[i].subsystem_device);
	}
}

int hgx_emit_kernel_args(const struct hgx_plan *const *plans, size_t plan_count,
			 const struct hgx_kernel_options *options, char **out,
			 struct hgx_error *err)
{
	struct hgx_kernel_options own = { .size = sizeof(own) };
	const struct held_back held = { plans, plan_count };
	const char *driver;
	struct text text;
	struct id *ids;
	size_t count;
	int code;

	*out = NULL;
	code = options_copy(&own, options, offsetof(struct hgx_kernel_options, driver), err);
	if (!code)
		code = options_words(own.words, err);
	if (!code)
		code = plans_check(plans, plan_count, err);
	if (code)
		return code;
	driver = own.driver ? own.driver : "vfio-pci";
	if (strcmp(driver, "vfio-pci") && strcmp(driver, "pci-stub"))
		return fail_option(err, RULE_OPTION_VALUE, OPTION_DRIVER,
				   "%s: '%s' is not a valid value; use vfio-pci or pci-stub",
				   option_name(own.words, OPTION_DRIVER).text, driver);
	ids = calloc(most_ids(&held), sizeof(*ids));
	if (!ids)
		return fail_memory(err);
	code = collect(&held, ids, &count, err);
	if (!code)
		code = text_open(&text, err);
	if (code) {
		free(ids);
		return code;
	}
	fprintf(text.stream, "%s %s.ids=", iommu_words(plans[0]), driver);
	write_ids(text.stream, ids, count);
	fputc('\n', text.stream);
	free(ids);
	return text_close(&text, out, err);
}
