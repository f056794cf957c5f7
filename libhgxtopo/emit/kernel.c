/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The host's kernel command line. It turns the IOMMU on, and keeps drivers off the chosen devices
 * by their ids (Linux Documentation/admin-guide/kernel-parameters.txt: intel_iommu, iommu,
 * vfio-pci.ids, pci-stub.ids). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "util/error.h"
#include "util/options.h"
#include "util/text.h"
#include "guest/plan.h"
#include "plan/kernel_id.h"

/* Linux turns an AMD IOMMU on by itself if the firmware offers one. */
static const char *iommu_words(const struct hgx_plan *plan)
{
	return plan->hardware.amd ? "iommu=pt" : "intel_iommu=on iommu=pt";
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

int hgx_emit_kernel_args(struct hgx_plan *const *plans, size_t plan_count,
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
		code = options_reserved(own.reserved, err);
	if (!code)
		code = plans_check(plans, plan_count, err);
	if (code)
		return code;
	driver = own.driver ? own.driver : "vfio-pci";
	if (strcmp(driver, "vfio-pci") && strcmp(driver, "pci-stub"))
		return fail_option(err, RULE_OPTION_VALUE, OPTION_DRIVER,
				   "%s: '%s' is not a valid value; use vfio-pci or pci-stub",
				   option_name(own.words, OPTION_DRIVER).text, driver);
	code = kernel_ids(&held, &ids, &count, err);
	if (code)
		return code;
	code = text_open(&text, err);
	if (code) {
		free(ids);
		return code;
	}
	fputs(iommu_words(plans[0]), text.stream);
	if (count)
		fprintf(text.stream, " %s.ids=", driver);
	write_ids(text.stream, ids, count);
	fputc('\n', text.stream);
	free(ids);
	return text_close(&text, out, err);
}
