/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The file against the machine, and against the file that we would write for it. */
#include <string.h>
#include "check/nccl.h"
#include "check/nccl_mask.h"
#include "forecast/from_file.h"
#include "model/kind.h"
#include "model/origin.h"
#include "util/bdf.h"

#define EACH_PCI(file, pci) \
	for (const struct nccl_element *pci = NULL; (pci = nccl_pci(file, pci)) != NULL;)

/* What two files are compared by: the address, of NICs that of the card. */
static bool place_in(const struct nccl_document *file, const struct nccl_element *pci,
		     struct hgx_bdf *out)
{
	const char *busid = nccl_value(pci, "busid");

	if (!busid || !bdf_read(busid, strlen(busid), out))
		return false;
	if (nccl_kind(file, pci) == TOLD_NIC)
		out->device = out->function = 0;
	return true;
}

/* The <pci> of @other that stands for the same device; NULL: it has none. */
static const struct nccl_element *same_in(const struct nccl_document *other,
					  const struct nccl_document *file,
					  const struct nccl_element *pci)
{
	struct hgx_bdf mine, theirs;

	if (!other->root || !place_in(file, pci, &mine))
		return NULL;
	EACH_PCI(other, one)
	if (place_in(other, one, &theirs) && !bdf_compare(mine, theirs) &&
	    (nccl_kind(other, one) == TOLD_SWITCH) == (nccl_kind(file, pci) == TOLD_SWITCH))
		return one;
	return NULL;
}

static const struct nccl_element *own_of(const struct nccl_check *nccl,
					 const struct nccl_element *pci)
{
	return same_in(&nccl->own, &nccl->file, pci);
}

static bool is_device(const struct nccl_document *file, const struct nccl_element *pci)
{
	int kind = nccl_kind(file, pci);

	return kind == TOLD_GPU || kind == TOLD_NIC;
}

static bool lists_devices(const struct nccl_document *file)
{
	EACH_PCI(file, pci)
	if (is_device(file, pci))
		return true;
	return false;
}

static const char *machine(const struct nccl_check *nccl)
{
	return nccl->topo->guest ? "guest" : "host";
}

/* ------------------------------------------------------------------------------------ devices */

/* Where the guest has a device of the host; NULL: it has none, or nobody knows. */
static const struct hgx_node *moved_to(const struct nccl_check *nccl, struct hgx_bdf address)
{
	const struct origins *origins = nccl->topo->origins;

	for (size_t i = 0; origins && i < origins->count; i++)
		if (!strcmp(origins->items[i].host_name, bdf_text(address).text))
			return origins->items[i].device;
	return NULL;
}

static void check_there(struct nccl_check *nccl, const struct nccl_element *pci)
{
	const char *busid = nccl_value(pci, "busid");
	const struct nccl_attribute *attribute = nccl_attribute(pci, "busid");
	const struct hgx_node *here;
	struct hgx_bdf address;

	if (!busid || nccl_node(nccl, pci) || !bdf_read(busid, strlen(busid), &address))
		return;
	here = moved_to(nccl, address);
	if (here)
		nccl_add(nccl, RULE_NCCL_DEVICE_UNKNOWN, attribute->place, NULL,
			 nccl_edit_value(nccl, attribute, here->name),
			 "the guest has no device %s; the one that the host has there is %s in the "
			 "guest",
			 busid, here->name);
	else
		nccl_add(nccl, RULE_NCCL_DEVICE_UNKNOWN, attribute->place, NULL, NULL,
			 "the %s has no device %s", machine(nccl), busid);
}

static void report_missing(struct nccl_check *nccl, const struct nccl_element *own)
{
	const struct hgx_node *node = topo_find(nccl->topo, nccl_value(own, "busid"));

	check_add(&nccl->check, RULE_NCCL_DEVICE_MISSING, node, NULL, "%s: it is not in %s",
		  node ? node_title(node).text : nccl_value(own, "busid"), nccl->name);
}

/* Whether the file lists the device after all, with a wrong class or with its address on the host:
 * that is told. */
static bool is_mistaken(const struct nccl_check *nccl, const struct nccl_element *own)
{
	const struct hgx_node *node = topo_find(nccl->topo, nccl_value(own, "busid"));

	EACH_PCI(&nccl->file, pci)
	{
		struct hgx_bdf address;
		const char *busid = nccl_value(pci, "busid");

		if (node && nccl_node(nccl, pci) == node)
			return true;
		if (node && busid && !nccl_node(nccl, pci) &&
		    bdf_read(busid, strlen(busid), &address) && moved_to(nccl, address) == node)
			return true;
	}
	return false;
}

/* A file of switches only leaves the devices to sysfs: it has to have the guest's real switches. */
static bool is_expected(const struct nccl_check *nccl, const struct nccl_element *own, bool devices)
{
	if (devices)
		return is_device(&nccl->own, own);
	return nccl_kind(&nccl->own, own) == TOLD_SWITCH &&
	       topo_find(nccl->topo, nccl_value(own, "busid"));
}

void nccl_devices(struct nccl_check *nccl)
{
	bool devices = lists_devices(&nccl->file);

	if (!nccl->topo)
		return;
	EACH_PCI(&nccl->file, pci)
	if (is_device(&nccl->file, pci) || (!devices && nccl_kind(&nccl->file, pci) == TOLD_SWITCH))
		check_there(nccl, pci);
	if (!nccl->own.root)
		return;
	EACH_PCI(&nccl->own, own)
	if (is_expected(nccl, own, devices) && !same_in(&nccl->file, &nccl->own, own) &&
	    !is_mistaken(nccl, own))
		report_missing(nccl, own);
}

/* The kind that NCCL takes the device for by its own class. */
static int kind_of_node(const struct hgx_node *node)
{
	return kind_computes(node->kind) ? TOLD_GPU : node->kind == HGX_NIC ? TOLD_NIC : -1;
}

bool nccl_is_leaf(const struct nccl_element *pci)
{
	const struct nccl_element *below = pci->first;

	while (below && !nccl_is(below, "pci"))
		below = below->next;
	return !below;
}

/* Without a class that NCCL knows, a device counts as a switch. */
static void check_leaf(struct nccl_check *nccl, const struct nccl_element *pci,
		       const struct hgx_node *node, const struct nccl_attribute *class_code)
{
	const char *right = arena_format(&nccl->check.out->arena, "0x%06x", node->pci->class_code);

	if (kind_of(node->kind)->bridge)
		return;
	if (kind_of_node(node) < 0)
		nccl_add(nccl, RULE_NCCL_CLASS, nccl_place_of(pci, "busid"), node, NULL,
			 "%s is in the file, and NCCL takes it for a switch; the file lists GPUs, "
			 "NICs and the switches above them only",
			 node_title(node).text);
	else
		nccl_add(nccl, RULE_NCCL_CLASS, class_code->place, node,
			 nccl_edit_value(nccl, class_code, right),
			 "class \"%s\" is not that of a GPU or NIC, so NCCL takes %s for a switch; "
			 "write %s",
			 class_code->value, node_title(node).text, right);
}

void nccl_classes(struct nccl_check *nccl)
{
	EACH_PCI(&nccl->file, pci)
	{
		const struct hgx_node *node = nccl_node(nccl, pci);
		const struct nccl_attribute *class_code = nccl_attribute(pci, "class");

		if (node && class_code && nccl_kind(&nccl->file, pci) == TOLD_SWITCH &&
		    nccl_is_leaf(pci))
			check_leaf(nccl, pci, node, class_code);
		if (!node || !class_code || !is_device(&nccl->file, pci) ||
		    !node->pci->class_code || kind_of_node(node) == nccl_kind(&nccl->file, pci))
			continue;
		nccl_add(nccl, RULE_NCCL_CLASS, class_code->place, node, NULL,
			 "class %s is that of a %s, but the %s has %s there", class_code->value,
			 nccl_kind(&nccl->file, pci) == TOLD_GPU ? "GPU" : "NIC", machine(nccl),
			 node_title(node).text);
	}
}

/* -------------------------------------------------------------------------------------- links */

/* The <pci> with the least bandwidth between a device and its CPU. */
static const struct nccl_element *narrowest(const struct nccl_element *pci)
{
	const struct nccl_element *found = pci;

	for (; nccl_is(pci, "pci"); pci = pci->parent)
		if (nccl_bandwidth(pci) < nccl_bandwidth(found))
			found = pci;
	return found;
}

/* Whether another rule speaks of the link already, or it is left to sysfs. */
static bool is_told(const struct nccl_check *nccl, const struct nccl_element *pci)
{
	return !nccl_tells_link(pci) || nccl_is_emulated(&nccl->file, pci);
}

static const char *value_or(const struct nccl_element *pci, const char *key)
{
	const char *value = nccl_value(pci, key);

	return value && *value ? value : "?";
}

static const char *edit_link(struct nccl_check *nccl, const struct nccl_element *pci,
			     const struct nccl_element *own)
{
	static const char *const keys[] = { "link_speed", "link_width" };
	const char *commands = NULL;

	for (size_t i = 0; i < 2; i++) {
		const struct nccl_attribute *mine = nccl_attribute(pci, keys[i]);
		const char *right = nccl_value(own, keys[i]), *edit;

		if (!mine || !right || !strcmp(mine->value, right))
			continue;
		edit = nccl_edit_value(nccl, mine, right);
		if (edit && commands)
			commands = arena_format(&nccl->check.out->arena, "%s\n%s", commands, edit);
		else
			commands = edit ? edit : commands;
	}
	return commands;
}

static bool differ(const struct nccl_element *a, const struct nccl_element *b)
{
	return nccl_bandwidth(a) < nccl_bandwidth(b) || nccl_bandwidth(a) > nccl_bandwidth(b);
}

/* The link of a device itself. False: it is right, or somebody else speaks of it. */
static bool check_own_link(struct nccl_check *nccl, const struct nccl_element *pci,
			   const struct nccl_element *own)
{
	if (is_told(nccl, pci) || !nccl_tells_link(own) || !differ(pci, own))
		return false;
	nccl_add(nccl, RULE_NCCL_LINK, nccl_place_of(pci, "link_speed"), nccl_node(nccl, pci),
		 edit_link(nccl, pci, own),
		 "%s: the file says \"%s\" x%s (%g GB/s), the %s has \"%s\" x%s (%g GB/s)",
		 value_or(pci, "busid"), value_or(pci, "link_speed"), value_or(pci, "link_width"),
		 (double)nccl_bandwidth(pci), nccl->topo->guest ? "host's link" : "host",
		 value_or(own, "link_speed"), value_or(own, "link_width"),
		 (double)nccl_bandwidth(own));
	return true;
}

/* Whether the narrowest of an earlier device is the same <pci>, and was told of. */
static bool was_blamed(const struct nccl_check *nccl, const struct nccl_element *pci,
		       const struct nccl_element *blamed)
{
	for (const struct nccl_element *one = nccl_pci(&nccl->file, NULL); one != pci;
	     one = nccl_pci(&nccl->file, one))
		if (is_device(&nccl->file, one) && narrowest(one) == blamed && own_of(nccl, one))
			return true;
	return false;
}

/* The links above a device: NCCL takes the narrowest. */
static void check_chain(struct nccl_check *nccl, const struct nccl_element *pci,
			const struct nccl_element *own)
{
	const struct nccl_element *mine = narrowest(pci), *right = narrowest(own);

	if (!differ(mine, right) || is_told(nccl, mine) || mine == pci || !nccl_tells_link(right)) {
		if (mine != pci || nccl_bandwidth(mine) <= nccl_bandwidth(right) ||
		    is_told(nccl, mine) || !nccl_tells_link(right))
			return;
		nccl_add(
			nccl, RULE_NCCL_LINK, pci->place, nccl_node(nccl, pci), NULL,
			"%s: the file has no link above it with less than %g GB/s, but on the host a "
			"switch above it has \"%s\" x%s (%g GB/s)",
			value_or(pci, "busid"), (double)nccl_bandwidth(mine),
			value_or(right, "link_speed"), value_or(right, "link_width"),
			(double)nccl_bandwidth(right));
		return;
	}
	if (was_blamed(nccl, pci, mine))
		return;
	nccl_add(
		nccl, RULE_NCCL_LINK, nccl_place_of(mine, "link_speed"), nccl_node(nccl, mine),
		NULL,
		"switch %s above %s: the file says \"%s\" x%s (%g GB/s), but the narrowest link there "
		"is \"%s\" x%s on the host (%g GB/s)",
		value_or(mine, "busid"), value_or(pci, "busid"), value_or(mine, "link_speed"),
		value_or(mine, "link_width"), (double)nccl_bandwidth(mine),
		value_or(right, "link_speed"), value_or(right, "link_width"),
		(double)nccl_bandwidth(right));
}

void nccl_link_values(struct nccl_check *nccl)
{
	bool devices = lists_devices(&nccl->file);

	EACH_PCI(&nccl->file, pci)
	{
		const struct nccl_element *own = own_of(nccl, pci);

		if (!own || is_device(&nccl->file, pci) != devices)
			continue;
		if (!check_own_link(nccl, pci, own) && devices)
			check_chain(nccl, pci, own);
	}
}

/* -------------------------------------------------------------------------------------- paths */

/* How far two devices of a file are from each other. */
enum way { WAY_SWITCH, WAY_CPU, WAY_CPUS };

static const char *const ways[] = { "below one switch", "through the CPU",
				    "through two NUMA nodes" };

static const struct nccl_element *cpu_of(const struct nccl_element *pci)
{
	while (pci && !nccl_is(pci, "cpu"))
		pci = pci->parent;
	return pci;
}

static enum way way_between(const struct nccl_element *a, const struct nccl_element *b)
{
	for (const struct nccl_element *up = a->parent; nccl_is(up, "pci"); up = up->parent)
		for (const struct nccl_element *other = b->parent; nccl_is(other, "pci");
		     other = other->parent)
			if (up == other)
				return WAY_SWITCH;
	return cpu_of(a) == cpu_of(b) ? WAY_CPU : WAY_CPUS;
}

/* A pair whose way differs; the pairs of a GPU are told as one. */
struct pair {
	const struct nccl_element *nic;
	enum way mine, right;
	size_t count; /* of all pairs of that GPU */
};

/* The nearer one of the two matters most. */
static bool is_worse(const struct pair *pair, enum way mine, enum way right)
{
	enum way near = mine < right ? mine : right;
	enum way known = pair->mine < pair->right ? pair->mine : pair->right;

	return !pair->nic || near < known ||
	       (near == known && right < mine && pair->right > pair->mine);
}

static struct pair find_pair(const struct nccl_check *nccl, const struct nccl_element *gpu,
			     const struct nccl_element *own)
{
	struct pair pair = { NULL, WAY_CPU, WAY_CPU, 0 };

	EACH_PCI(&nccl->file, nic)
	{
		const struct nccl_element *other = own_of(nccl, nic);
		enum way mine, right;

		if (!other || nccl_kind(&nccl->file, nic) != TOLD_NIC)
			continue;
		mine = way_between(gpu, nic);
		right = way_between(own, other);
		if (mine == right)
			continue;
		if (is_worse(&pair, mine, right)) {
			pair.nic = nic;
			pair.mine = mine;
			pair.right = right;
		}
		pair.count++;
	}
	return pair;
}

void nccl_paths(struct nccl_check *nccl)
{
	EACH_PCI(&nccl->file, gpu)
	{
		const struct nccl_element *own = own_of(nccl, gpu);
		struct pair pair;

		if (!own || nccl_kind(&nccl->file, gpu) != TOLD_GPU)
			continue;
		pair = find_pair(nccl, gpu, own);
		if (!pair.count)
			continue;
		nccl_add(nccl, RULE_NCCL_PATH, gpu->place, nccl_node(nccl, gpu), NULL,
			 "GPU %s and NIC %s: %s by the file, %s on the host%s",
			 nccl_value(gpu, "busid"), nccl_value(pair.nic, "busid"), ways[pair.mine],
			 ways[pair.right],
			 pair.count > 1 ? " (the ways to other NICs differ too)" : "");
	}
}

/* --------------------------------------------------------------------------------- NUMA nodes */

void nccl_nodes(struct nccl_check *nccl)
{
	EACH_PCI(&nccl->file, pci)
	{
		const struct nccl_element *own = own_of(nccl, pci);
		const char *mine, *right;

		if (!own || !is_device(&nccl->file, pci) || !cpu_of(pci) || !cpu_of(own))
			continue;
		mine = nccl_value(cpu_of(pci), "numaid");
		right = nccl_value(cpu_of(own), "numaid");
		if (!mine || !right || !strcmp(mine, right))
			continue;
		nccl_add(nccl, RULE_NCCL_NODE, pci->place, nccl_node(nccl, pci), NULL,
			 "%s is below <cpu numaid=\"%s\">, but its NUMA node is %s",
			 value_or(pci, "busid"), mine, right);
	}
}

static const struct nccl_element *own_cpu(const struct nccl_check *nccl, const char *id)
{
	for (const struct nccl_element *cpu = nccl->own.root ? nccl->own.root->first : NULL; cpu;
	     cpu = cpu->next)
		if (nccl_is(cpu, "cpu") && id && !strcmp(nccl_value(cpu, "numaid"), id))
			return cpu;
	return NULL;
}

void nccl_cpus(struct nccl_check *nccl)
{
	for (const struct nccl_element *cpu = nccl->file.root->first; cpu; cpu = cpu->next) {
		const struct nccl_attribute *affinity = nccl_attribute(cpu, "affinity");
		const char *id = nccl_is(cpu, "cpu") ? nccl_value(cpu, "numaid") : NULL;
		const struct nccl_element *own = own_cpu(nccl, id);
		struct arena *arena = &nccl->check.out->arena;
		struct nccl_mask mine, right;

		if (!own || !affinity || !nccl_mask_read(&mine, affinity->value) ||
		    !nccl_value(own, "affinity") ||
		    !nccl_mask_read(&right, nccl_value(own, "affinity")) ||
		    !memcmp(&mine, &right, sizeof(mine)))
			continue;
		nccl_add(nccl, RULE_NCCL_AFFINITY_OTHER, affinity->place, NULL,
			 nccl_edit_value(nccl, affinity, nccl_value(own, "affinity")),
			 "the affinity of NUMA node %s names %s; in the %s that node has %s", id,
			 nccl_mask_cpus(arena, &mine), machine(nccl),
			 nccl_mask_cpus(arena, &right));
	}
}
