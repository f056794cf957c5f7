/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the elements of a file are to each other: two of one name, too many, the wrong version. */
#include <string.h>
#include "check/nccl.h"
#include "forecast/from_file.h"
#include "model/kind.h"
#include "util/bdf.h"

#define MAX_NODES 256 /* with what NCCL adds */
#define PER_NIC 2
#define PER_GPU 2
#define OLD_CHILDREN 32

#define AMD 0x1002
#define NVIDIA 0x10de

/* ------------------------------------------------------------------------- maker of the GPUs */

/* The version for the GPUs of the file; 0: unknown. */
static int version_for(const struct nccl_check *nccl, const struct nccl_element **gpu)
{
	*gpu = NULL;
	if (nccl->own.root)
		return nccl->own.version;
	for (const struct nccl_element *pci = NULL; (pci = nccl_pci(&nccl->file, pci)) != NULL;) {
		const char *class_code = nccl_value(pci, "class");
		int vendor = told_number(pci, "vendor", 0);
		bool accelerator = class_code && !pci->first && !strncmp(class_code, "0x12", 4);
		bool display = class_code && !pci->first && !strncmp(class_code, "0x03", 4);

		*gpu = pci;
		if (accelerator || (display && vendor == AMD))
			return 2;
		if (display && vendor == NVIDIA)
			return 1;
	}
	return 0;
}

void nccl_maker(struct nccl_check *nccl)
{
	const struct nccl_element *gpu;
	const struct nccl_attribute *version = nccl_attribute(nccl->file.root, "version");
	int right = version_for(nccl, &gpu);

	if (!right || right == nccl->file.version)
		return;
	nccl_add(nccl, RULE_NCCL_MAKER, version->place, gpu ? nccl_node(nccl, gpu) : NULL,
		 nccl_edit_value(nccl, version, right == 1 ? "1" : "2"),
		 right == 1 ?
			 "the version is \"%s\"; the GPUs are NVIDIA's, and NCCL reads version 1 "
			 "only" :
			 "the version is \"%s\"; the GPUs are AMD's, and RCCL reads version 2 "
			 "only",
		 version->value);
}

/* ------------------------------------------------------------------------------------ limits */

void nccl_elements(struct nccl_check *nccl)
{
	size_t needed = nccl->file.elements;

	for (const struct nccl_element *pci = NULL; (pci = nccl_pci(&nccl->file, pci)) != NULL;) {
		int kind = nccl_kind(&nccl->file, pci);

		needed += kind == TOLD_GPU ? PER_GPU : kind == TOLD_NIC ? PER_NIC : 0;
	}
	if (needed > MAX_NODES)
		nccl_add(
			nccl, RULE_NCCL_ELEMENTS, nccl->file.root->place, NULL, NULL,
			"the file has %zu elements, and NCCL adds to them for each GPU and NIC: %zu "
			"together, but it takes at most %d",
			nccl->file.elements, needed, MAX_NODES);
}

void nccl_children(struct nccl_check *nccl)
{
	for (const struct nccl_element *element = nccl->file.root; element;
	     element = nccl_next(nccl->file.root, element)) {
		size_t count = 0;

		for (const struct nccl_element *child = element->first; child; child = child->next)
			count += !child->ignored;
		if (count > OLD_CHILDREN && !element->ignored)
			nccl_add(
				nccl, RULE_NCCL_CHILDREN, element->place, NULL, NULL,
				"<%s> has %zu elements in it; NCCL up to 2.20 reads 32 of them, up to "
				"2.28 128",
				element->name, count);
	}
}

/* -------------------------------------------------------------------------- two of one name */

static bool address_of(const struct nccl_element *pci, struct hgx_bdf *out)
{
	const char *busid = nccl_value(pci, "busid");

	return busid && bdf_read(busid, strlen(busid), out);
}

static bool is_switch(const struct nccl_document *file, const struct nccl_element *pci)
{
	return nccl_kind(file, pci) == TOLD_SWITCH;
}

static void same_address(struct nccl_check *nccl, const struct nccl_element *pci,
			 const struct nccl_element *before)
{
	bool both = is_switch(&nccl->file, pci) && is_switch(&nccl->file, before);

	nccl_add(
		nccl, RULE_NCCL_DUPLICATE, nccl_place_of(pci, "busid"), nccl_node(nccl, pci), NULL,
		both ? "two switches have the id %s, the other one in line %u: NCCL merges them into "
		       "one" :
		       "%s stands in line %u already, and NCCL uses the first only",
		nccl_value(pci, "busid"), before->place.line);
}

static void check_address(struct nccl_check *nccl, const struct nccl_element *pci)
{
	struct hgx_bdf mine, other;

	if (!address_of(pci, &mine))
		return;
	for (const struct nccl_element *before = nccl_pci(&nccl->file, NULL); before != pci;
	     before = nccl_pci(&nccl->file, before))
		if (address_of(before, &other) && !bdf_compare(mine, other)) {
			same_address(nccl, pci, before);
			return;
		}
}

static void check_numa(struct nccl_check *nccl, const struct nccl_element *cpu)
{
	const char *id = nccl_value(cpu, "numaid");

	for (const struct nccl_element *before = nccl->file.root->first; id && before != cpu;
	     before = before->next)
		if (nccl_is(before, "cpu") && nccl_value(before, "numaid") &&
		    !strcmp(nccl_value(before, "numaid"), id)) {
			nccl_add(nccl, RULE_NCCL_DUPLICATE, nccl_place_of(cpu, "numaid"), NULL,
				 NULL, "NUMA node %s has a <cpu> in line %u already", id,
				 before->place.line);
			return;
		}
}

void nccl_duplicates(struct nccl_check *nccl)
{
	for (const struct nccl_element *pci = NULL; (pci = nccl_pci(&nccl->file, pci)) != NULL;)
		check_address(nccl, pci);
	for (const struct nccl_element *cpu = nccl->file.root->first; cpu; cpu = cpu->next)
		if (nccl_is(cpu, "cpu"))
			check_numa(nccl, cpu);
}

static bool has_nic(const struct nccl_document *file, const struct nccl_element *pci)
{
	for (const struct nccl_element *below = nccl_next(pci, pci); below;
	     below = nccl_next(pci, below))
		if (nccl_is(below, "pci") && nccl_kind(file, below) == TOLD_NIC)
			return true;
	return false;
}

static bool is_inside(const struct nccl_element *element, const struct nccl_element *outer)
{
	while (element && element != outer)
		element = element->parent;
	return element != NULL;
}

/* Whether NCCL takes two switches for ports of one card and merges what is below. */
static bool are_twins(const struct nccl_document *file, const struct nccl_element *pci,
		      const struct nccl_element *before)
{
	struct hgx_bdf mine, other;

	return is_switch(file, pci) && is_switch(file, before) && address_of(pci, &mine) &&
	       address_of(before, &other) && bdf_same_card(mine, other) &&
	       mine.function != other.function && !is_inside(pci, before) && has_nic(file, pci) &&
	       has_nic(file, before);
}

void nccl_twins(struct nccl_check *nccl)
{
	const struct nccl_document *file = &nccl->file;

	for (const struct nccl_element *pci = NULL; (pci = nccl_pci(file, pci)) != NULL;)
		for (const struct nccl_element *before = nccl_pci(file, NULL); before != pci;
		     before = nccl_pci(file, before)) {
			if (!are_twins(file, pci, before))
				continue;
			nccl_add(nccl, RULE_NCCL_FUNCTION_TWINS, nccl_place_of(pci, "busid"), NULL,
				 NULL,
				 "switch %s differs from %s in line %u in the function digit only: "
				 "NCCL merges the NICs below them",
				 nccl_value(pci, "busid"), nccl_value(before, "busid"),
				 before->place.line);
			break;
		}
}

void nccl_switches(struct nccl_check *nccl)
{
	for (const struct nccl_element *pci = NULL; (pci = nccl_pci(&nccl->file, pci)) != NULL;) {
		const struct hgx_node *node = nccl_node(nccl, pci);

		if (!node || !is_switch(&nccl->file, pci) || kind_of(node->kind)->bridge ||
		    (nccl_is_leaf(pci) && nccl_attribute(pci, "class"))) /* nccl_classes() */
			continue;
		nccl_add(nccl, RULE_NCCL_SWITCH_TAKEN, nccl_place_of(pci, "busid"), node, NULL,
			 "switch %s has the address of %s", nccl_value(pci, "busid"),
			 node_title(node).text);
	}
}

/* -------------------------------------------------------------------------------- processors */

static const struct nccl_element *cpu_numbered(const struct nccl_document *file, const char *id)
{
	for (const struct nccl_element *cpu = file->root ? file->root->first : NULL; cpu;
	     cpu = cpu->next)
		if (nccl_is(cpu, "cpu") && nccl_value(cpu, "numaid") &&
		    !strcmp(nccl_value(cpu, "numaid"), id))
			return cpu;
	return NULL;
}

/* Between sockets, GB/s; false: the file leaves it to NCCL to find out. */
static bool between(const struct nccl_element *cpu, float *out)
{
	struct told_node node = { .kind = TOLD_CPU };
	bool known = told_processor(&node, nccl_value(cpu, "arch"), nccl_value(cpu, "vendor"),
				    told_number(cpu, "familyid", -1),
				    told_number(cpu, "modelid", -1));

	*out = node.between;
	return known;
}

static bool lacks_half(const struct nccl_element *cpu)
{
	return !nccl_attribute(cpu, "familyid") != !nccl_attribute(cpu, "modelid");
}

static void check_processor(struct nccl_check *nccl, const struct nccl_element *cpu)
{
	const char *id = nccl_value(cpu, "numaid");
	const struct nccl_element *own = id ? cpu_numbered(&nccl->own, id) : NULL;
	float mine, right;

	if (lacks_half(cpu)) {
		nccl_add(nccl, RULE_NCCL_PROCESSOR, cpu->place, NULL, NULL,
			 "<cpu> has familyid or modelid, but not the other; NCCL needs both or "
			 "neither");
		return;
	}
	if (!own || !between(own, &right) || !between(cpu, &mine) ||
	    (mine >= right && mine <= right))
		return;
	nccl_add(
		nccl, RULE_NCCL_PROCESSOR, nccl_place_of(cpu, "vendor"), NULL, NULL,
		"the processor of NUMA node %s is stated as %s family %s model %s, %g GB/s to other "
		"sockets; the host's is %s family %s model %s, %g GB/s",
		id, nccl_value(cpu, "vendor"), nccl_value(cpu, "familyid"),
		nccl_value(cpu, "modelid"), (double)mine, nccl_value(own, "vendor"),
		nccl_value(own, "familyid"), nccl_value(own, "modelid"), (double)right);
}

void nccl_processors(struct nccl_check *nccl)
{
	for (const struct nccl_element *cpu = nccl->file.root->first; cpu; cpu = cpu->next)
		if (nccl_is(cpu, "cpu"))
			check_processor(nccl, cpu);
}
