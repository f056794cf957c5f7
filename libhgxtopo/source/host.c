/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Builds the topology of a host from all sources in this folder. */
#include <stdbool.h>
#include <string.h>
#include <unistd.h>
#include "util/error.h"
#include "util/macros.h"
#include "util/options.h"
#include "model/build.h"
#include "model/classify.h"
#include "model/finding.h"
#include "model/topo.h"
#include "source/caps.h"
#include "source/capture.h"
#include "source/cpu.h"
#include "source/cpuinfo.h"
#include "source/direct.h"
#include "source/ids.h"
#include "source/limits.h"
#include "source/nvlink.h"
#include "source/numbers.h"
#include "source/os.h"
#include "source/pages.h"
#include "source/pci.h"
#include "source/root.h"
#include "source/setup.h"
#include "source/software.h"
#include "source/trained.h"
#include "source/use.h"

static int check_captured(const struct root *root, struct hgx_error *err)
{
	static const char *const followed[] = {
		"sys/devices/system/cpu",
		"sys/devices/system/node",
		"sys/bus/pci/devices",
		"proc",
	};

	for (size_t i = 0; i < ARRAY_SIZE(followed); i++) {
		int dir = root_dir(root, followed[i]);

		if (dir < 0 && i == 0)
			return fail_option(
				err, RULE_ROOT_EMPTY, OPTION_ROOT,
				"%s: has no %s, so it is not a captured root directory; capture "
				"the machine's sys/ and proc/ into it",
				root->path, followed[i]);
		if (dir >= 0)
			close(dir);
		if (dir >= 0 && !root_inside(root, followed[i]))
			return fail_option(
				err, RULE_ROOT_LINK, OPTION_ROOT,
				"%s: %s is a link that leads out of it; capture the machine with "
				"directories, not links",
				root->path, followed[i]);
	}
	return HGX_OK;
}

#define NODES "sys/devices/system/node"

/* A capture without NUMA nodes says nothing about the firmware. */
static bool lacks_nodes(struct hgx_topo *topo, const struct root *root)
{
	size_t count = 0;

	if (root->live || root_exists(root, NODES "/online") || root_exists(root, NODES "/node0"))
		return false;
	for (struct hgx_node *node = topo->all; node; node = node->all)
		if (node->pci && node->pci->numa_node >= 0) {
			node->pci->numa_node = -1;
			count++;
		}
	if (count)
		finding_add(&topo->findings, &topo->arena, RULE_SYSFS_VALUE, HGX_WARNING, NULL,
			    "capture the machine again",
			    NODES
			    " is missing, although %zu devices name a NUMA node: all CPUs and "
			    "the memory are taken for one node, and the nodes of devices for "
			    "unknown",
			    count);
	return true;
}

/* Some firmware reports NUMA nodes that do not exist. */
static void drop_wrong_nodes(struct hgx_topo *topo, const struct root *root)
{
	if (lacks_nodes(topo, root))
		return;
	for (struct hgx_node *node = topo->all; node; node = node->all) {
		if (!node->pci || node->pci->numa_node < 0 || topo_numa(topo, node->pci->numa_node))
			continue;
		finding_add(&topo->findings, &topo->arena, RULE_NUMA_WRONG, HGX_WARNING, node, NULL,
			    "%s: sysfs says NUMA node %d, which does not exist: treated as "
			    "unknown",
			    node->name, node->pci->numa_node);
		node->pci->numa_node = -1;
	}
}

/* A firmware without a SLIT gets its distances from Linux, so a captured root that has none lacks a
 * file. ACPI reserves what is below 10. */
static void drop_wrong_distances(struct hgx_topo *topo)
{
	const char *wrong = NULL;

	for (const struct hgx_node *node = topo->all; node; node = node->all) {
		if (node->memory && !node->memory->distances && topo->numa_count > 1)
			wrong = "are not complete";
		for (size_t i = 0; node->memory && i < node->memory->distance_count; i++)
			if (node->memory->distances[i] < MIN_DISTANCE)
				wrong = "have one below 10, which is not possible";
	}
	if (!wrong || finding_has(&topo->findings, RULE_SYSFS_VALUE, NULL))
		return;
	finding_add(&topo->findings, &topo->arena, RULE_SYSFS_VALUE, HGX_WARNING, NULL, NULL,
		    "the distances between NUMA nodes in sysfs %s: they are treated as unknown",
		    wrong);
	for (struct hgx_node *node = topo->all; node; node = node->all)
		if (node->memory) {
			node->memory->distances = NULL;
			node->memory->distance_count = 0;
		}
}

/* Puts the name of the root before an error of the topology, which does not know it. */
static int name_root(const struct root *root, int code, struct hgx_error *err)
{
	if (code && code != HGX_NO_MEMORY && !root->live) {
		error_prefix(err, root->path);
		error_option(err, root_option(root));
	}
	return code;
}

static int read_machine(struct hgx_topo *topo, const struct root *root, struct hgx_error *err)
{
	struct cpu_load *cpus;
	bool blocks_known;
	int code = root->live ? HGX_OK : check_captured(root, err);

	topo->remedy = root->live ? "try again" : "capture the machine again";
	if (!code && !root->live)
		code = source_numbers(root, err);
	if (code)
		return code;
	cpus = source_cpu_begin(root);
	code = source_pci(topo, root, err);
	if (!code)
		code = source_caps(topo, root, err);
	if (!code)
		source_links(topo, root);
	if (code)
		source_cpu_end(NULL, cpus, NULL);
	else
		code = source_cpu_end(topo, cpus, err);
	source_pages(topo, root);
	if (!code)
		code = source_cpuinfo(topo, root, err);
	if (!code && !root->live && capture_compare(topo, root))
		code = fail_memory(err);
	if (code)
		return code;
	drop_wrong_distances(topo);
	code = build_link(topo, err);
	if (code)
		return name_root(root, code, err);
	kind_classify(topo);
	code = source_os(topo, root, &blocks_known, err);
	if (code)
		return code;
	code = source_ids(topo, root, err);
	if (code)
		return code;
	source_nvlink(topo, root);
	source_direct(topo, root);
	source_use(topo, root, blocks_known);
	source_software(topo, root);
	if (source_setup(topo, root))
		return fail_memory(err);
	drop_wrong_nodes(topo, root);
	return name_root(root, build_finish(topo, err), err);
}

static bool has_groups(const struct hgx_topo *topo)
{
	for (const struct hgx_node *node = topo->all; node; node = node->all)
		if (node->pci && node->pci->iommu_group >= 0)
			return true;
	return false;
}

/* NCCL asks for them on x86_64 only. */
static bool lacks_model(const struct hgx_processor *processor)
{
	bool asked = !processor->arch || strcmp(processor->arch, "arm64");

	return asked && (!processor->vendor || processor->family < 0 || processor->model < 0);
}

static void note_unknowns(struct hgx_topo *topo)
{
	size_t functions = 0, inferred = 0;

	for (const struct hgx_node *node = topo->all; node; node = node->all) {
		functions += node->pci != NULL;
		inferred += node->pci && node->pci->kind_inferred;
	}
	if (inferred)
		finding_add(&topo->findings, &topo->arena, RULE_CONFIG_UNREADABLE, HGX_NOTE, NULL,
			    "run as root to see them",
			    "PCIe capabilities could not be read: ACS and ATS are unknown, and "
			    "the kind of %zu bridges is inferred from their place",
			    inferred);
	for (struct hgx_node *node = topo->root->first; node; node = node->next)
		if (node->processor && lacks_model(node->processor)) {
			finding_add(&topo->findings, &topo->arena, RULE_PROCESSOR_UNKNOWN,
				    HGX_WARNING, node, "make sure that proc/cpuinfo exists",
				    "the vendor and model of the processor are unknown: the NCCL "
				    "file will not have them, and NCCL will use the guest's");
			break;
		}
	if (functions && !has_groups(topo))
		finding_add(&topo->findings, &topo->arena, RULE_IOMMU_OFF, HGX_WARNING, NULL,
			    "turn on VT-d or AMD-Vi in the firmware; an Intel host also needs "
			    "intel_iommu=on on its kernel command line",
			    "no device has an IOMMU group: the IOMMU is off, and no device can be "
			    "assigned to a VM");
}

int hgx_topo_from_host(struct hgx_topo **out, const struct hgx_host_options *options,
		       struct hgx_error *err)
{
	struct hgx_host_options own = { .size = sizeof(own) };
	struct root root;
	struct hgx_topo *topo;
	int code;

	*out = NULL;
	code = options_copy(&own, options, offsetof(struct hgx_host_options, root), err);
	if (!code)
		code = root_open(&root, own.root, err);
	if (code)
		return code;
	topo = build_new();
	code = topo ? read_machine(topo, &root, err) : fail_memory(err);
	root_close(&root);
	if (!code)
		source_trained(topo);
	if (!code)
		note_unknowns(topo);
	if (!code && topo->arena.failed)
		code = fail_memory(err);
	if (code) {
		hgx_topo_free(topo);
		return code;
	}
	*out = topo;
	return HGX_OK;
}
