/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a file says in its attributes: whether NCCL reads it as it is meant. */
#include <stdlib.h>
#include <string.h>
#include "check/nccl.h"
#include "check/nccl_mask.h"
#include "forecast/from_file.h"
#include "forecast/pcie.h"
#include "util/bdf.h"
#include "util/macros.h"

#define EACH_ELEMENT(nccl, element)                                           \
	for (const struct nccl_element *element = (nccl)->file.root; element; \
	     element = nccl_next((nccl)->file.root, element))                 \
		if (!element->ignored)
#define EACH_PCI(nccl, pci) \
	for (const struct nccl_element *pci = NULL; (pci = nccl_pci(&(nccl)->file, pci)) != NULL;)

static const char *busid_of(const struct nccl_element *pci)
{
	const char *busid = nccl_value(pci, "busid");

	return busid ? busid : "<pci>";
}

/* ------------------------------------------------------------------ attributes that must be */

static bool has_net(const struct nccl_document *file)
{
	for (const struct nccl_element *element = file->root; element;
	     element = nccl_next(file->root, element))
		if (nccl_is(element, "net"))
			return true;
	return false;
}

/* Which attributes an element needs: always, or only beside a <net>; @x86: of its processors. */
static const struct {
	const char *element, *key;
	bool beside_net, x86;
	const char *without;
} needed[] = {
	{ "cpu", "numaid", false, false, "NCCL gives up" },
	{ "pci", "busid", false, false, "NCCL crashes" },
	{ "pci", "class", false, false, "NCCL gives up" },
	{ "cpu", "affinity", true, false, NULL },
	{ "cpu", "arch", true, false, NULL },
	{ "cpu", "vendor", true, true, NULL },
	{ "cpu", "familyid", true, true, NULL },
	{ "cpu", "modelid", true, true, NULL },
	{ "pci", "link_speed", true, false, NULL },
	{ "pci", "link_width", true, false, NULL },
};

static bool is_arm(const struct nccl_element *cpu)
{
	const char *arch = nccl_value(cpu, "arch");

	return arch && (!strcmp(arch, "arm64") || !strcmp(arch, "aarch64"));
}

/* A device without address is passed over; NCCL looks the class of a device up in sysfs. */
static bool can_do_without(const struct nccl_element *element, const char *key)
{
	return !strcmp(element->name, "pci") && !element->first &&
	       (!strcmp(key, "busid") || (!strcmp(key, "class") && nccl_value(element, "busid")));
}

static void check_needed(struct nccl_check *nccl, const struct nccl_element *element, bool net)
{
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
		if (!nccl_is(element, needed[i].element) || nccl_attribute(element, needed[i].key))
			continue;
		if (needed[i].beside_net && (!net || (needed[i].x86 && is_arm(element))))
			continue;
		if (!needed[i].beside_net && can_do_without(element, needed[i].key))
			continue;
		nccl_add(nccl, RULE_NCCL_ATTRIBUTE_MISSING, element->place, NULL, NULL,
			 needed[i].beside_net ?
				 "<%s> has no %s: as the file has a <net>, NCCL does "
				 "not look it up and gives up" :
				 "<%s> has no %s: %s",
			 element->name, needed[i].key, needed[i].without);
	}
}

void nccl_attributes(struct nccl_check *nccl)
{
	bool net = has_net(&nccl->file);

	EACH_ELEMENT(nccl, element)
	check_needed(nccl, element, net);
}

/* ------------------------------------------------------------------------------- addresses */

static void check_spelling(struct nccl_check *nccl, const struct nccl_element *pci)
{
	const struct nccl_attribute *busid = nccl_attribute(pci, "busid");
	struct hgx_bdf address;
	struct bdf_text right;

	if (!busid && !pci->first)
		nccl_add(nccl, RULE_NCCL_BUSID, pci->place, NULL, NULL,
			 "<pci> has no busid, so NCCL passes over it");
	if (!busid)
		return;
	if (!bdf_read(busid->value, strlen(busid->value), &address)) {
		nccl_add(nccl, RULE_NCCL_BUSID, busid->place, NULL, NULL,
			 "busid \"%s\" is not a PCI address such as 0000:3b:00.0", busid->value);
		return;
	}
	right = bdf_text(address);
	if (strcmp(busid->value, right.text) != 0)
		nccl_add(nccl, RULE_NCCL_BUSID, busid->place, nccl_node(nccl, pci),
			 nccl_edit_value(nccl, busid, right.text),
			 "busid \"%s\" should be \"%s\"; NCCL compares letter by letter",
			 busid->value, right.text);
}

void nccl_busids(struct nccl_check *nccl)
{
	EACH_PCI(nccl, pci)
	check_spelling(nccl, pci);
}

void nccl_nic_places(struct nccl_check *nccl)
{
	EACH_PCI(nccl, pci)
	{
		const char *busid = nccl_value(pci, "busid");
		struct hgx_bdf address;

		if (!busid || nccl_kind(&nccl->file, pci) != TOLD_NIC ||
		    !bdf_read(busid, strlen(busid), &address) ||
		    (!address.device && !address.function))
			continue;
		nccl_add(nccl, RULE_NCCL_NIC_DEVICE, nccl_place_of(pci, "busid"),
			 nccl_node(nccl, pci), NULL,
			 "NIC %s is not device 00, function 0 of its bus, where NCCL looks for an "
			 "InfiniBand or RoCE NIC",
			 busid);
	}
}

/* ----------------------------------------------------------------------------------- links */

/* The words that NCCL knows for the number that a text begins with; NULL: it is none of these. */
static const char *speed_words(const char *value)
{
	static const struct {
		double number;
		const char *words;
	} words[] = {
		{ 2.5, "2.5 GT/s PCIe" },  { 5, "5.0 GT/s PCIe" },   { 8, "8.0 GT/s PCIe" },
		{ 16, "16.0 GT/s PCIe" },  { 32, "32.0 GT/s PCIe" }, { 64, "64.0 GT/s PCIe" },
		{ 128, "64.0 GT/s PCIe" },
	};
	char *end;
	unsigned long whole = strtoul(value, &end, 10);
	double number = (double)whole + (!strncmp(end, ".5", 2) ? 0.5 : 0);

	for (size_t i = 0; end != value && i < ARRAY_SIZE(words); i++)
		if (words[i].number >= number && words[i].number <= number)
			return words[i].words;
	return NULL;
}

void nccl_speeds(struct nccl_check *nccl)
{
	EACH_PCI(nccl, pci)
	{
		const struct nccl_attribute *speed = nccl_attribute(pci, "link_speed");
		const char *words = speed ? speed_words(speed->value) : NULL;

		if (!speed || !*speed->value || pcie_knows(speed->value))
			continue;
		nccl_add(
			nccl, RULE_NCCL_SPEED, speed->place, nccl_node(nccl, pci),
			words ? nccl_edit_value(nccl, speed, words) : NULL,
			words ? "%s: NCCL does not know link_speed \"%s\" and takes it for 8 GT/s; it "
				"should be \"%s\"" :
				"%s: NCCL does not know link_speed \"%s\" and takes it for 8 GT/s%s",
			busid_of(pci), speed->value, words ? words : "");
	}
}

/* What a <pci> does not say of its link; NULL: it says it all. */
static const char *missing_of(const struct nccl_check *nccl, const struct nccl_element *pci)
{
	bool speed = nccl_value(pci, "link_speed") && *nccl_value(pci, "link_speed");
	bool width = nccl_attribute(pci, "link_width") != NULL;

	if ((speed && width) || nccl_kind(&nccl->file, pci) < 0)
		return NULL;
	return speed ? "link_width" : width ? "link_speed" : "link_speed and link_width";
}

/* Of those that lack the same, the first is named and the others are counted. */
void nccl_links(struct nccl_check *nccl)
{
	EACH_PCI(nccl, pci)
	{
		const char *missing = missing_of(nccl, pci);
		size_t before = 0, others = 0;
		bool earlier = true;

		EACH_PCI(nccl, other)
		{
			const char *same = missing_of(nccl, other);

			earlier &= other != pci;
			if (other == pci || !missing || !same || strcmp(missing, same) != 0)
				continue;
			before += earlier;
			others++;
		}
		if (missing && !before)
			nccl_add(nccl, RULE_NCCL_LINK_MISSING, pci->place, nccl_node(nccl, pci),
				 NULL,
				 "%s has no %s%s, so NCCL takes what sysfs shows where it runs",
				 busid_of(pci), missing,
				 others ? arena_format(&nccl->check.out->arena,
						       " (and %zu more like it)", others) :
					  "");
	}
}

void nccl_unbelievable(struct nccl_check *nccl)
{
	EACH_PCI(nccl, pci)
	{
		bool gpu = nccl_kind(&nccl->file, pci) == TOLD_GPU;

		if (!nccl_is_emulated(&nccl->file, pci))
			continue;
		nccl_add(
			nccl, RULE_NCCL_LINK_EMULATED, nccl_place_of(pci, "link_speed"),
			nccl_node(nccl, pci), NULL,
			gpu ? "GPU %s: link \"%s\" x%s is what an idle GPU shows; NCCL believes it and "
			      "counts %.2f GB/s" :
			      "switch %s: link \"%s\" x%s is what QEMU's emulated port shows; NCCL "
			      "believes it and counts %.2f GB/s for all below it",
			busid_of(pci), nccl_value(pci, "link_speed"), nccl_value(pci, "link_width"),
			(double)nccl_bandwidth(pci));
	}
}

/* ------------------------------------------------------------------------------------ CPUs */

static void check_mask(struct nccl_check *nccl, const struct nccl_attribute *affinity)
{
	struct arena *arena = &nccl->check.out->arena;
	struct nccl_mask mask, meant;
	const char *taken, *right;

	if (!affinity || nccl_mask_read(&mask, affinity->value))
		return;
	taken = nccl_mask_cpus(arena, &mask);
	right = *affinity->value && nccl_mask_list(&meant, affinity->value) ?
			nccl_mask_text(arena, &meant) :
			NULL;
	nccl_add(
		nccl, RULE_NCCL_AFFINITY, affinity->place, NULL,
		right ? nccl_edit_value(nccl, affinity, right) : NULL,
		right ? "affinity \"%s\" is a list, but NCCL reads a mask, and takes it for %s; the "
			"mask is \"%s\"" :
			"affinity \"%s\" is not a CPU mask; NCCL takes it for %s%s",
		affinity->value, taken, right ? right : "");
}

static bool read_mask(struct nccl_mask *out, const struct nccl_element *cpu)
{
	const char *text = nccl_value(cpu, "affinity");

	return text && nccl_mask_read(out, text);
}

/* CPUs that an earlier <cpu> has too. */
static void check_shared(struct nccl_check *nccl, const struct nccl_element *cpu)
{
	struct nccl_mask mine, other, both = { { 0 } };

	for (const struct nccl_element *before = nccl->file.root->first; before != cpu;
	     before = before->next) {
		bool shared = false;

		if (!nccl_is(before, "cpu") || !read_mask(&mine, cpu) || !read_mask(&other, before))
			continue;
		for (size_t i = 0; i < NCCL_MASK_WORDS; i++) {
			both.words[i] = mine.words[i] & other.words[i];
			shared |= both.words[i] != 0;
		}
		if (shared)
			nccl_add(nccl, RULE_NCCL_AFFINITY, nccl_place_of(cpu, "affinity"), NULL,
				 NULL, "%s are in the affinity of the <cpu> in line %u too",
				 nccl_mask_cpus(&nccl->check.out->arena, &both),
				 before->place.line);
	}
}

void nccl_affinities(struct nccl_check *nccl)
{
	for (const struct nccl_element *cpu = nccl->file.root->first; cpu; cpu = cpu->next) {
		if (!nccl_is(cpu, "cpu"))
			continue;
		check_mask(nccl, nccl_attribute(cpu, "affinity"));
		if (!nccl->own.root)
			check_shared(nccl, cpu);
	}
}

/* ------------------------------------------------------------- what NCCL does not see or finds */

static void check_blanks(struct nccl_check *nccl, const struct nccl_element *element)
{
	const char *before = NULL;

	for (const struct nccl_attribute *one = element->attributes; one; one = one->next) {
		if (one->dropped && *one->key)
			nccl_add(nccl, RULE_NCCL_ATTRIBUTE_LOST, one->place, NULL, NULL,
				 "%s is more than the %d attributes that NCCL reads of an element "
				 "(a second blank, and one before > or />, counts as one)",
				 one->key, NCCL_MAX_ATTRIBUTES);
		else if (!*one->key && *one->value)
			nccl_add(nccl, RULE_NCCL_ATTRIBUTE_LOST, one->place, NULL, NULL,
				 "there is a blank before the =, so NCCL takes %s for empty",
				 before ? before : "the attribute");
		before = one->key;
	}
}

void nccl_lost(struct nccl_check *nccl)
{
	EACH_ELEMENT(nccl, element)
	check_blanks(nccl, element);
}

void nccl_runtime(struct nccl_check *nccl)
{
	static const char *const elements[] = { "gpu", "nic", "nvlink", "c2c", "pcilink" };
	static const char *const keys[] = { "keep", "rank", "host_hash", "gdr", "dev", "sm" };

	EACH_ELEMENT(nccl, element)
	{
		for (size_t i = 0; i < ARRAY_SIZE(elements); i++)
			if (!strcmp(element->name, elements[i]))
				nccl_add(nccl, RULE_NCCL_RUNTIME, element->place, NULL, NULL,
					 "<%s> is found at run time; a wrong one is believed",
					 element->name);
		for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
			if (nccl_attribute(element, keys[i]) && !nccl_is(element, "gpu"))
				nccl_add(nccl, RULE_NCCL_RUNTIME, nccl_place_of(element, keys[i]),
					 NULL, NULL,
					 "%s of <%s> is found at run time; a wrong one is believed",
					 keys[i], element->name);
	}
}
