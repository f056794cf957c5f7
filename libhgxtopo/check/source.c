/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules about the devices that a domain assigns: whether the host has them, and can give them
 * away. */
#include <stdbool.h>
#include <string.h>
#include "check/domain.h"
#include "check/group.h"
#include "check/tell.h"
#include "util/bdf.h"
#include "model/kind.h"
#include "format/xml_read.h"

typedef void source_rule(struct domain_check *check, const struct domain *domain,
			 const struct base_item *item);

/* Calls @rule for each assigned device that the host has. */
static void each_source(struct domain_check *check, const struct domain *domain, source_rule *rule)
{
	for (size_t i = 0; i < domain->base.count; i++)
		if (domain->base.items[i].source)
			rule(check, domain, &domain->base.items[i]);
}

static bool assigns(const struct domain *domain, const struct hgx_node *device)
{
	for (size_t i = 0; i < domain->base.count; i++)
		if (domain->base.items[i].source == device)
			return true;
	return false;
}

void source_missing(struct domain_check *check, const struct domain *domain)
{
	for (size_t i = 0; check->host && i < domain->base.count; i++) {
		const struct base_item *item = &domain->base.items[i];

		if (item->assigned && !item->source)
			domain_add(check, domain, RULE_SOURCE_MISSING, item->element, NULL, NULL,
				   "the domain assigns %s, which the host does not have",
				   bdf_text(item->source_address).text);
	}
}

static void look_used(struct domain_check *check, const struct domain *domain,
		      const struct base_item *item)
{
	const struct hgx_node *device = item->source;

	if (device->pci->host_use)
		domain_add(check, domain, RULE_SOURCE_USED, item->element, device, NULL,
			   "the domain assigns %s, but %s", node_title(device).text,
			   device->pci->host_use);
}

void source_used(struct domain_check *check, const struct domain *domain)
{
	each_source(check, domain, look_used);
}

static void look_bridge(struct domain_check *check, const struct domain *domain,
			const struct base_item *item)
{
	const struct hgx_node *device = item->source;

	if (kind_of(device->kind)->bridge || device->kind == HGX_HOST_BRIDGE)
		domain_add(check, domain, RULE_SOURCE_BRIDGE, item->element, device, NULL,
			   "the domain assigns %s, which is a bridge and not a device",
			   node_title(device).text);
}

void source_bridge(struct domain_check *check, const struct domain *domain)
{
	each_source(check, domain, look_bridge);
}

/* Of two domains, the later one is told. */
static void look_twice(struct domain_check *check, const struct domain *domain,
		       const struct base_item *item)
{
	for (const struct domain *other = check->domains.items; other < domain; other++)
		if (assigns(other, item->source)) {
			domain_add(check, domain, RULE_SOURCE_TWICE, item->element, item->source,
				   NULL, "the domain assigns %s, and so does %s",
				   node_title(item->source).text, other->base.name);
			return;
		}
}

void source_twice(struct domain_check *check, const struct domain *domain)
{
	each_source(check, domain, look_twice);
}

/* Of those that any VM may get, the family of hosts speaks. */
static void look_without_group(struct domain_check *check, const struct domain *domain,
			       const struct base_item *item)
{
	if (item->source->pci->iommu_group < 0 && !group_candidate(item->source))
		domain_add(check, domain, RULE_SOURCE_WITHOUT_GROUP, item->element, item->source,
			   NULL,
			   "%s has no IOMMU group, although other devices of the host have one",
			   node_title(item->source).text);
}

void source_without_group(struct domain_check *check, const struct domain *domain)
{
	if (check->host && group_any(check->host))
		each_source(check, domain, look_without_group);
}

static void look_driver(struct domain_check *check, const struct domain *domain,
			const struct base_item *item)
{
	const char *driver = xml_attribute(xml_child(item->element, "driver"), "name");

	if (!driver || strcmp(driver, "vfio"))
		domain_add(check, domain, RULE_SOURCE_DRIVER, item->element, item->source, NULL,
			   "%s is assigned without <driver name='vfio'/>",
			   node_title(item->source).text);
}

void source_driver(struct domain_check *check, const struct domain *domain)
{
	each_source(check, domain, look_driver);
}

/* A driver through which a device can be assigned, or which does not use it (Linux's
 * drivers/vfio/vfio_main.c and its allowed drivers). */
static bool is_harmless(const char *driver)
{
	return !driver || !strcmp(driver, "vfio-pci") || !strcmp(driver, "pci-stub") ||
	       strstr(driver, "vfio");
}

/* Whether the group of an assigned device also needs @node, which the domain does not assign. A
 * port is no part of it, and virtual functions vanish with their physical function. */
static bool is_left(const struct domain *domain, const struct hgx_node *device,
		    const struct hgx_node *node)
{
	return node->pci && node->pci->iommu_group == device->pci->iommu_group &&
	       !kind_of(node->kind)->bridge && node->kind != HGX_HOST_BRIDGE &&
	       !assigns(domain, node) &&
	       !(node->pci->physical_function && assigns(domain, node->pci->physical_function));
}

/* Whether @item is the first of its group that the domain assigns. */
static bool is_first(const struct domain *domain, const struct base_item *item)
{
	for (const struct base_item *other = domain->base.items; other < item; other++)
		if (other->source &&
		    other->source->pci->iommu_group == item->source->pci->iommu_group)
			return false;
	return true;
}

static const char *rebind(struct domain_check *check, const struct hgx_node *node, bool held)
{
	if (!held || node->pci->host_use)
		return NULL;
	return arena_format(&check->check.out->arena, "driverctl set-override %s vfio-pci",
			    node->name);
}

static void look_group(struct domain_check *check, const struct domain *domain,
		       const struct base_item *item, bool held)
{
	const struct hgx_node *device = item->source, *root = check->host->root;

	if (device->pci->iommu_group < 0 || !is_first(domain, item))
		return;
	for (const struct hgx_node *node = root; node; node = node_next(root, node)) {
		const char *driver = node->pci ? node->pci->driver : NULL;

		if (!is_left(domain, device, node) || is_harmless(driver) == held)
			continue;
		domain_add(
			check, domain, held ? RULE_SOURCE_GROUP : RULE_SOURCE_GROUP_SPLIT,
			item->element, node, rebind(check, node, held),
			"%s is in IOMMU group %d with %s, but the domain does not assign it%s%s%s%s",
			node_title(node).text, device->pci->iommu_group, device->name,
			held ? ", and the driver " : "", held ? driver : "",
			held ? " holds it" : "", node->pci->host_use ? "; the host needs it" : "");
	}
}

static void look_held(struct domain_check *check, const struct domain *domain,
		      const struct base_item *item)
{
	look_group(check, domain, item, true);
}

static void look_split(struct domain_check *check, const struct domain *domain,
		       const struct base_item *item)
{
	look_group(check, domain, item, false);
}

void source_group(struct domain_check *check, const struct domain *domain)
{
	each_source(check, domain, look_held);
}

void source_group_split(struct domain_check *check, const struct domain *domain)
{
	each_source(check, domain, look_split);
}
