/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The numbers that a base domain leaves free. */
#include "support.h"

struct domain {
	struct hgx_plan plan;
	struct base base;
};

/* A plan beside a domain that uses these indexes, slots or chassis; 0 ends. */
static void domain_begin(struct domain *domain, const unsigned *used)
{
	memset(domain, 0, sizeof(*domain));
	domain->plan.base = &domain->base;
	domain->base.used_index[0] = domain->base.used_slot[0] = true;
	for (; *used; used++) {
		domain->base.used_index[*used] = true;
		if (*used < PCIE_SLOTS)
			domain->base.used_slot[*used] = true;
	}
}

static const struct { unsigned used[6], index, next, gap; } rows[] = {
	/* nothing above: nothing is left out */
	{ { 0 }, 0, 1, 0 }, { { 1 }, 0, 2, 0 }, { { 1, 2 }, 2, 3, 0 }, { { 3 }, 3, 4, 0 },
	{ { 3 }, 9, 10, 0 }, { { 254 }, 254, 255, 0 }, { { 255 }, 255, 256, 0 },
	/* the next one is used: no gap between */
	{ { 4 }, 3, 5, 0 }, { { 4, 5 }, 3, 6, 0 }, { { 255 }, 254, 256, 0 },
	/* one, and more */
	{ { 5 }, 3, 4, 1 }, { { 6 }, 3, 4, 2 }, { { 4, 6 }, 3, 5, 1 }, { { 4, 7 }, 3, 5, 2 },
	{ { 2, 5, 9 }, 3, 4, 4 }, { { 3, 6 }, 3, 4, 2 }, { { 255 }, 253, 254, 1 },
	{ { 255 }, 0, 1, 254 }, { { 200 }, 5, 6, 194 }, { { 1, 2, 3, 255 }, 3, 4, 251 },
};

START_TEST(the_gap_is_what_is_free_between_an_index_and_the_highest_used)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		static struct domain domain;

		domain_begin(&domain, rows[i].used);
		ck_assert_msg(base_gap(&domain.plan, rows[i].index) == rows[i].gap, "row %zu: gap %u", i,
			      base_gap(&domain.plan, rows[i].index));
		ck_assert_msg(base_next_index(&domain.plan, rows[i].index) == rows[i].next,
			      "row %zu: next %u", i, base_next_index(&domain.plan, rows[i].index));
	}
}
END_TEST

START_TEST(slots_are_free_up_to_31)
{
	static const struct { unsigned used[6], slot, next; } slots[] = {
		{ { 0 }, 0, 1 }, { { 1 }, 0, 2 }, { { 1, 2, 3 }, 0, 4 }, { { 2 }, 0, 1 }, { { 0 }, 30, 31 },
		{ { 31 }, 30, 32 }, { { 31 }, 29, 30 }, { { 0 }, 31, 32 }, { { 30, 31 }, 29, 32 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(slots); i++) {
		static struct domain domain;

		domain_begin(&domain, slots[i].used);
		ck_assert_msg(base_next_slot(&domain.plan, slots[i].slot) == slots[i].next, "row %zu: %u", i,
			      base_next_slot(&domain.plan, slots[i].slot));
	}
}
END_TEST

START_TEST(spare_ports_come_in_eights_for_those_that_find_none_free)
{
	static const struct { unsigned wanted, free, spares; } spares[] = {
		{ 0, 0, 0 }, { 1, 0, 8 }, { 1, 1, 0 }, { 8, 0, 8 }, { 9, 0, 16 }, { 9, 1, 8 }, { 2, 9, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(spares); i++) {
		static struct domain domain;

		domain_begin(&domain, (const unsigned[]){ 0 });
		domain.base.ports_needed = spares[i].wanted;
		domain.base.ports_free = spares[i].free;
		ck_assert_uint_eq(base_spares(&domain.plan), spares[i].spares);
	}
}
END_TEST

START_TEST(without_a_base_domain_all_numbers_are_free)
{
	static struct domain domain;

	ck_assert_uint_eq(base_gap(&domain.plan, 3), 0);
	ck_assert_uint_eq(base_next_index(&domain.plan, 3), 4);
	ck_assert_uint_eq(base_next_slot(&domain.plan, 3), 4);
	ck_assert_uint_eq(base_spares(&domain.plan), 8);
}
END_TEST

#define SMALL_HOST "package 0\nnode 0 memory=64G\ncpus 0-7 package=0 node=0\n" \
	"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu\n" \
	"root 0000:20 numa=0\n 20:01.0 root-port\n  21:00.0 gpu\n"

/* The host's 64 GiB leave 56 to the mirror. */
static int emitted(const char *inside, const char *devices, char **text)
{
	struct hgx_topo *host = host_of(SMALL_HOST);
	struct hgx_plan_options options = { .size = sizeof(options) };
	struct hgx_error err = { 0 };
	struct hgx_plan *plan;
	char *base;
	int code;

	must(asprintf(&base, "<domain>%s<os><type machine='q35'>hvm</type></os><devices>%s</devices></domain>",
		      inside, devices) > 0, "memory");
	options.base = base;
	options.gpus = "all";
	options.base_length = strlen(base);
	*text = NULL;
	code = hgx_plan_new(&plan, host, &options, &err);
	if (!code)
		code = hgx_emit_libvirt(plan, text, &err);
	hgx_plan_free(plan);
	hgx_topo_free(host);
	free(base);
	return code;
}

static int code_with(const char *inside, const char *devices)
{
	char *text;
	int code = emitted(inside, devices, &text);

	hgx_text_free(text);
	return code;
}

START_TEST(the_mirror_needs_no_more_than_the_domain_allows_at_most)
{
	static const struct { const char *most; int code; } amounts[] = {
		{ "<maxMemory unit='GiB'>57</maxMemory>", HGX_OK },
		{ "<maxMemory unit='GiB'>56</maxMemory>", HGX_OK },
		{ "<maxMemory>58720256</maxMemory>", HGX_OK }, /* KiB */
		{ "<maxMemory>58720255</maxMemory>", HGX_REFUSED },
		{ "<maxMemory unit='GiB'>55</maxMemory>", HGX_REFUSED }, { "", HGX_OK },
		{ "<maxMemory unit='GiB'>\n 55 \n</maxMemory>", HGX_REFUSED },
		{ "<maxMemory unit='GiB'>\t56 </maxMemory>", HGX_OK },
		{ "<maxMemory unit='bytes'>60129542144</maxMemory>", HGX_OK },
		{ "<maxMemory unit='bytes'>60129542143</maxMemory>", HGX_REFUSED },
		{ "<maxMemory unit='b'>60129542143</maxMemory>", HGX_REFUSED },
		{ "<maxMemory unit='PiB'>1</maxMemory>", HGX_OK }, { "<maxMemory unit='p'>1</maxMemory>", HGX_OK },
		{ "<maxMemory unit='PB'>1</maxMemory>", HGX_OK }, { "<maxMemory unit='EiB'>1</maxMemory>", HGX_OK },
		/* not a size */
		{ "<maxMemory unit='GiB'>56 57</maxMemory>", HGX_BROKEN },
		{ "<maxMemory unit='miles'>56</maxMemory>", HGX_BROKEN }, { "<maxMemory/>", HGX_BROKEN },
		{ "<maxMemory>00000000000000000000000000000000000000000000000000000000000058720256</maxMemory>",
		  HGX_BROKEN },
	};

	for (size_t i = 0; i < ARRAY_SIZE(amounts); i++)
		ck_assert_msg(code_with(amounts[i].most, "") == amounts[i].code, "%s", amounts[i].most);
}
END_TEST

#define DIMM(node) "<memory model='dimm'><target><size>1048576</size><node>" node "</node></target></memory>"

START_TEST(what_belongs_to_a_cell_says_which)
{
	static const struct { const char *devices; int code; } modules[] = {
		{ DIMM("0"), HGX_OK }, { DIMM(" 0x0 "), HGX_OK }, { DIMM("1"), HGX_REFUSED },
		{ DIMM("abc"), HGX_BROKEN }, { DIMM(""), HGX_BROKEN }, { DIMM("-1"), HGX_BROKEN },
		{ DIMM("0 1"), HGX_BROKEN }, { DIMM("18446744073709551616"), HGX_BROKEN },
	};

	for (size_t i = 0; i < ARRAY_SIZE(modules); i++)
		ck_assert_msg(code_with("", modules[i].devices) == modules[i].code, "%s", modules[i].devices);
}
END_TEST

/* Each needs the number of its line: one by one, this many would take a minute. */
START_TEST(many_elements_that_name_vcpus_have_one_note)
{
	static const char line[] = "<vcpusched vcpus='0' scheduler='fifo' priority='1'/>\n";
	const size_t count = 60000;
	struct hgx_plan_options options = { .size = sizeof(options) };
	const struct hgx_finding *findings;
	struct hgx_error err = { 0 };
	struct hgx_topo *host = host_of(SMALL_HOST);
	size_t length = 0, found = 0;
	struct hgx_plan *plan;
	char *base;
	FILE *to = open_memstream(&base, &length);

	fputs("<domain>\n<os><type machine='q35'>hvm</type></os><devices/>\n<cputune>\n<cachetune vcpus='0'/>\n", to);
	for (size_t i = 0; i < count; i++)
		fputs(line, to);
	fputs("</cputune></domain>", to);
	fclose(to);
	options.base = base;
	options.gpus = "all";
	options.vcpus = HGX_VCPUS_ALL;
	expect_fine(hgx_plan_new(&plan, host, &options, &err), &err, "plan");
	for (size_t i = hgx_plan_findings(plan, &findings); i-- > 0;)
		if (!strcmp(findings[i].rule, "base-replaced")) {
			ck_assert_str_eq(findings[i].text, strstr(findings[i].text, "cachetune") ?
				"the domain's <cachetune> in line 4 names vCPUs, which have other numbers now: it is left out" :
				"the domain's <vcpusched> in line 5 and 59999 more name vCPUs, which have other numbers now: they are left out");
			found++;
		}
	ck_assert_uint_eq(found, 2);
	hgx_plan_free(plan);
	hgx_topo_free(host);
	free(base);
}
END_TEST

/* Beyond what an address has, a number is none of a device: it must not fold onto another. */
START_TEST(the_source_of_a_device_is_a_whole_address)
{
	static const struct { const char *address; bool found; } sources[] = {
		{ "domain='0' bus='0x11' slot='0' function='0'", true },
		{ "domain='0x0000' bus='17' slot='0x00' function='0x0'", true },
		{ "domain='0' bus='0x11' slot='0x20' function='0'", false },
		{ "domain='0' bus='0x11' slot='0' function='8'", false },
		{ "domain='0' bus='0x11' slot='0x20' function='8'", false },
		{ "domain='0' bus='0x111' slot='0' function='0'", false },
		{ "domain='0x100000000' bus='0x11' slot='0' function='0'", false },
	};
	struct hgx_topo *host = host_of(SMALL_HOST);

	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		struct hgx_plan_options options = { .size = sizeof(options) };
		struct hgx_error err = { 0 };
		struct hgx_plan *plan;
		char base[500];

		snprintf(base, sizeof(base), "<domain><os><type machine='q35'>hvm</type></os><devices><hostdev "
			 "mode='subsystem' type='pci'><source><address %s/></source></hostdev></devices></domain>",
			 sources[i].address);
		options.base = base;
		options.gpus = "all";
		if (hgx_plan_new(&plan, host, &options, &err)) {
			ck_assert_msg(!sources[i].found && !strcmp(err.rule, "domain-value"), "%s: %s",
				      sources[i].address, err.text);
			continue;
		}
		ck_assert_msg(sources[i].found && !finding_has(&plan->findings, RULE_HOST_DEVICE_MISSING, NULL),
			      "%s", sources[i].address);
		hgx_plan_free(plan);
	}
	hgx_topo_free(host);
}
END_TEST

#define PORT(index, slot, chassis) \
	"<controller type='pci' index='" #index "' model='pcie-root-port'><target chassis='" #chassis \
	"'/><address type='pci' bus='0' slot='" #slot "' function='0'/></controller>"

/* The chassis in the emitted domain of the controller with this index; 0: it has none. */
static unsigned chassis_of(const char *text, unsigned index)
{
	char start[64];
	const char *at, *end, *found;

	snprintf(start, sizeof(start), "<controller type='pci' index='%u'", index);
	at = strstr(text, start);
	must(at != NULL, "no controller %u", index);
	end = strstr(at, "</controller>");
	found = strstr(at, "chassis='");
	return found && found < end ? (unsigned)atoi(found + strlen("chassis='")) : 0;
}

/* The numbers that are given instead go down from 255. After one port of the user's there are
 * eight spare ones, an expander bus, which has no chassis, and the ports 11 and 12. */
START_TEST(a_port_of_the_mirror_leaves_the_users_chassis_alone)
{
	static const struct { const char *devices; unsigned index, chassis; } ports[] = {
		{ PORT(1, 2, 1), 2, 0 },	{ PORT(1, 2, 2), 2, 255 },
		{ PORT(1, 2, 2), 3, 0 },	{ PORT(1, 2, 10), 10, 0 },
		{ PORT(1, 2, 12), 12, 255 },
		/* two free ports need no spare ones */
		{ PORT(1, 2, 4) PORT(2, 3, 5), 4, 255 }, { PORT(1, 2, 4) PORT(2, 3, 5), 5, 254 },
		{ PORT(1, 2, 4) PORT(2, 3, 255), 4, 254 }, { PORT(1, 2, 5) PORT(2, 3, 6), 4, 0 },
		{ PORT(1, 2, 256), 12, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ports); i++) {
		char *text;

		ck_assert_int_eq(emitted("", ports[i].devices, &text), HGX_OK);
		ck_assert_msg(chassis_of(text, ports[i].index) == ports[i].chassis, "%s: %u",
			      ports[i].devices, chassis_of(text, ports[i].index));
		hgx_text_free(text);
	}
}
END_TEST

int main(void)
{
	return RUN("settle", the_gap_is_what_is_free_between_an_index_and_the_highest_used,
		   slots_are_free_up_to_31, spare_ports_come_in_eights_for_those_that_find_none_free,
		   without_a_base_domain_all_numbers_are_free,
		   the_mirror_needs_no_more_than_the_domain_allows_at_most,
		   a_port_of_the_mirror_leaves_the_users_chassis_alone,
		   the_source_of_a_device_is_a_whole_address, what_belongs_to_a_cell_says_which,
		   many_elements_that_name_vcpus_have_one_note);
}
