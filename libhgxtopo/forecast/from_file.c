/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The elements of a file, as NCCL takes them. */
#include <stdlib.h>
#include <string.h>
#include "forecast/from_file.h"
#include "forecast/net_speed.h"
#include "forecast/pcie.h"
#include "model/topo.h"
#include "util/bdf.h"
#include "util/error.h"
#include "util/macros.h"

#define MBPS_PER_C2C 1000.0f

struct taker {
	struct telling *told;
	const struct file_source *source;
	struct hgx_error *err;
};

/* What a <pci> is, by the beginning of its class; anything else is a switch. */
static const struct {
	const char *class_code;
	int kind; /* enum told_kind; -1: nothing that paths go through */
	bool rccl;
} classes[] = {
	{ "0x060400", TOLD_SWITCH, false }, { "0x068000", -1, false },
	{ "0x03", TOLD_GPU, false },	    { "0x12", TOLD_GPU, true },
	{ "0x02", TOLD_NIC, false },
};

int told_kind_of(const struct nccl_element *element, bool rccl)
{
	const char *class_code = nccl_value(element, "class");

	for (size_t i = 0; class_code && i < ARRAY_SIZE(classes); i++)
		if (!strncmp(class_code, classes[i].class_code, strlen(classes[i].class_code)) &&
		    (!classes[i].rccl || rccl))
			return classes[i].kind;
	for (const struct nccl_element *child = element->first; child; child = child->next)
		if (nccl_is(child, "nic"))
			return TOLD_NIC;
	return class_code || element->first ? TOLD_SWITCH : -1;
}

int told_number(const struct nccl_element *element, const char *key, int absent)
{
	const char *value = nccl_value(element, key);

	return value && *value ? (int)strtol(value, NULL, 0) : absent;
}

static void doubt(const struct taker *taker, struct nccl_place place, const char *what,
		  const char *why, const char *remedy)
{
	finding_add(&taker->told->findings, &taker->told->arena, RULE_NCCL_FILE, HGX_WARNING, NULL,
		    remedy, "%s:%u:%u: %s%s%s", taker->source->file->name, place.line, place.column,
		    what, *what ? ": " : "", why);
}

static struct nccl_place place_of(const struct nccl_element *element, const char *key)
{
	const struct nccl_attribute *attribute = nccl_attribute(element, key);

	return attribute ? attribute->place : element->place;
}

static uint64_t part_of_ids(const struct nccl_element *element, const char *key, unsigned shift)
{
	return (uint64_t)(uint16_t)told_number(element, key, 0) << shift;
}

static void take_switch(struct told_node *node, const struct nccl_element *element)
{
	node->ids = part_of_ids(element, "vendor", 48) | part_of_ids(element, "device", 32) |
		    part_of_ids(element, "subsystem_vendor", 16) |
		    part_of_ids(element, "subsystem_device", 0);
}

/* NVLinks to a class of switch, or to the address of another GPU. */
static bool take_link(struct telling *told, struct told_node *gpu,
		      const struct nccl_element *element)
{
	struct told_link *link = arena_alloc(&told->arena, sizeof(*link)), **tail = &gpu->links;
	const char *class_code = nccl_value(element, "tclass");

	if (!link)
		return false;
	link->c2c = nccl_is(element, "c2c");
	link->bandwidth = (float)told_number(element, "count", 0);
	if (link->c2c)
		link->bandwidth *= (float)told_number(element, "bw", 0) / MBPS_PER_C2C;
	else if (class_code && !strncmp(class_code, "0x03", 4))
		link->target = arena_string(&told->arena, nccl_value(element, "target"));
	gpu->own_nvlinks |= !link->c2c;
	while (*tail)
		tail = &(*tail)->next;
	*tail = link;
	return true;
}

static bool take_gpu(struct telling *told, struct told_node *node,
		     const struct nccl_element *element)
{
	for (const struct nccl_element *gpu = element->first; gpu; gpu = gpu->next)
		for (const struct nccl_element *link = gpu->first; link; link = link->next)
			if (nccl_is(gpu, "gpu") && !link->ignored && !take_link(told, node, link))
				return false;
	return true;
}

/* The speed that the file gives; 0 leaves it to what is known of the NIC. */
static void take_nic(struct told_node *node, const struct nccl_element *element)
{
	for (const struct nccl_element *nic = element->first; nic; nic = nic->next)
		for (const struct nccl_element *net = nic->first; net; net = net->next) {
			if (!nccl_is(nic, "nic") || net->ignored)
				continue;
			node->speed += (float)told_number(net, "speed", 0) / NET_MBPS;
			node->no_gdr |= told_number(net, "gdr", 1) == 0;
		}
}

static struct told_node *named(struct telling *told, const char *name)
{
	for (struct told_node *node = NULL; (node = told_next(told, node)) != NULL;)
		if (node->kind != TOLD_CPU && !strcmp(node->name, name))
			return node;
	return NULL;
}

/* The functions of the bus, which are ports of one card; the first of them is the card's name. */
static void ports_of(const struct taker *taker, struct told_node *nic)
{
	const struct hgx_topo *topo = taker->source->topo;

	nic->ports = 1;
	if (!topo)
		return;
	nic->ports = 0;
	for (const struct hgx_node *node = topo->root; node; node = node_next(topo->root, node)) {
		if (node->kind != HGX_NIC || node->pci->address.domain != nic->address.domain ||
		    node->pci->address.bus != nic->address.bus || node->pci->physical_function)
			continue;
		nic->speed += (float)node->pci->net_speed / NET_MBPS;
		if (!nic->ports++)
			nic->name = arena_string(&taker->told->arena, node->name);
	}
	nic->ports = nic->ports ? nic->ports : 1;
}

/* A device that NCCL finds under the address that it looks for. */
static struct told_node *add_device(const struct taker *taker, struct told_node *parent,
				    const struct nccl_element *element, enum told_kind kind,
				    struct hgx_bdf address)
{
	struct told_node *node = told_add(taker->told, parent, kind, nccl_value(element, "busid"));

	if (!node)
		return NULL;
	node->address = address;
	node->link = pcie_bandwidth(nccl_value(element, "link_speed"),
				    told_number(element, "link_width", 0));
	if (kind == TOLD_NIC) {
		ports_of(taker, node);
		take_nic(node, element);
	}
	return kind == TOLD_GPU && !take_gpu(taker->told, node, element) ? NULL : node;
}

/* The network plugin looks for a NIC at device 00, function 0 of its bus. */
static bool is_misplaced(const struct taker *taker, enum told_kind kind, struct hgx_bdf address)
{
	return kind == TOLD_NIC && !taker->source->exact && (address.device || address.function);
}

static const char *problem_with(const struct taker *taker, const char *busid, enum told_kind kind,
				struct hgx_bdf *address, const char **remedy)
{
	bool readable = bdf_read(busid, strlen(busid), address);

	*remedy = "write the address as the guest has it, in lower case and with a domain of four "
		  "digits";
	if (!readable)
		return "not a PCI address, so NCCL does not find a device under it; it is left out";
	if (strcmp(busid, bdf_text(*address).text) != 0)
		return "NCCL compares addresses letter by letter and does not find the device "
		       "under this one; it is left out";
	*remedy = "leave out all but the first";
	if (named(taker->told, busid))
		return "the address stands in the file already, and NCCL uses the first only";
	*remedy = "write its address with device 00 and function 0, or say that the network plugin "
		  "takes exact addresses";
	if (is_misplaced(taker, kind, *address))
		return "NCCL looks for a NIC at device 00, function 0 of its bus and does not find "
		       "it under this address; it is left out";
	return NULL;
}

/* A further port of a card that has been listed. */
static bool adds_a_port(const struct taker *taker, enum told_kind kind, struct hgx_bdf address)
{
	struct told_node *card;

	if (!is_misplaced(taker, kind, address))
		return false;
	address.device = address.function = 0;
	card = named(taker->told, bdf_text(address).text);
	if (!card || card->kind != TOLD_NIC)
		return false;
	card->ports++;
	return true;
}

static int take_leaf(const struct taker *taker, struct told_node *parent,
		     const struct nccl_element *element, enum told_kind kind)
{
	const char *busid = nccl_value(element, "busid"), *problem, *remedy;
	struct hgx_bdf address = { 0 };

	if (!busid)
		return HGX_OK;
	if (bdf_read(busid, strlen(busid), &address) && adds_a_port(taker, kind, address))
		return HGX_OK;
	problem = problem_with(taker, busid, kind, &address, &remedy);
	if (problem)
		doubt(taker, place_of(element, "busid"), busid, problem, remedy);
	else if (!add_device(taker, parent, element, kind, address))
		return fail_memory(taker->err);
	return HGX_OK;
}

static int give_up(const struct taker *taker, const struct nccl_element *element, const char *text)
{
	return fail(taker->err, RULE_NCCL_INCOMPLETE, "%s:%u:%u: %s", taker->source->file->name,
		    element->place.line, element->place.column, text);
}

static int take_inside(const struct taker *taker, struct told_node *parent,
		       const struct nccl_element *element);

static int take_pci(const struct taker *taker, struct told_node *parent,
		    const struct nccl_element *element)
{
	int kind = told_kind_of(element, taker->told->rccl);
	struct told_node *node;

	if (kind < 0)
		return HGX_OK;
	if (kind != TOLD_SWITCH)
		return take_leaf(taker, parent, element, (enum told_kind)kind);
	if (!nccl_value(element, "busid"))
		return give_up(taker, element,
			       "NCCL crashes on a switch <pci> without busid; give "
			       "it one that no device has, such as ffff:ff:01.0");
	node = told_add(taker->told, parent, TOLD_SWITCH, nccl_value(element, "busid"));
	if (!node)
		return fail_memory(taker->err);
	node->link = pcie_bandwidth(nccl_value(element, "link_speed"),
				    told_number(element, "link_width", 0));
	take_switch(node, element);
	return take_inside(taker, node, element);
}

static int take_inside(const struct taker *taker, struct told_node *parent,
		       const struct nccl_element *element)
{
	for (const struct nccl_element *child = element->first; child; child = child->next) {
		int code = nccl_is(child, "pci") ? take_pci(taker, parent, child) : HGX_OK;

		if (code)
			return code;
	}
	return HGX_OK;
}

/* Only then the bandwidth between CPUs matters. */
static bool has_sibling(const struct nccl_element *cpu)
{
	for (const struct nccl_element *other = cpu->parent->first; other; other = other->next)
		if (other != cpu && nccl_is(other, "cpu"))
			return true;
	return false;
}

static int take_cpu(const struct taker *taker, const struct nccl_element *element)
{
	const char *id = nccl_value(element, "numaid");
	struct told_node *cpu;
	bool known;

	if (!id)
		return give_up(taker, element,
			       "NCCL gives up on a <cpu> without numaid; give it the number of "
			       "the NUMA node");
	cpu = told_add(taker->told, &taker->told->root, TOLD_CPU, id);
	if (!cpu)
		return fail_memory(taker->err);
	known = told_processor(cpu, nccl_value(element, "arch"), nccl_value(element, "vendor"),
			       told_number(element, "familyid", -1),
			       told_number(element, "modelid", -1));
	if (!known && has_sibling(element))
		doubt(taker, element->place, "<cpu>",
		      "the processor is not given in full; NCCL asks the machine it runs on, and 6 "
		      "GB/s to other sockets are assumed here",
		      "give it arch, vendor, familyid and modelid");
	return take_inside(taker, cpu, element);
}

int told_from_file(struct telling *told, const struct file_source *source, struct hgx_error *err)
{
	struct taker taker = { told, source, err };
	const struct nccl_element *root = source->file->root;

	told->rccl = source->file->version == 2;
	for (const struct nccl_element *cpu = root->first; cpu; cpu = cpu->next) {
		int code = nccl_is(cpu, "cpu") ? take_cpu(&taker, cpu) : HGX_OK;

		if (code)
			return code;
	}
	return told->arena.failed ? fail_memory(err) : HGX_OK;
}
