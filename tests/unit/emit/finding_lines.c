/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Findings as lines: one for each reason, and nothing repeated or lost. */
#include "support.h"
#include "model/finding.h"

#define BOX "package 0 vendor=GenuineIntel\nnode 0 memory=64G\nnode 1 memory=64G\ncpus 0-3 package=0 node=0\n" \
	"cpus 4-7 package=0 node=1\nroot 0000:10 numa=0\n 10:00.0 nic name=\"A\"\n 10:01.0 nic name=\"B\"\n" \
	" 10:02.0 gpu name=\"C\"\n"

static struct hgx_findings *list_of(const char *vm)
{
	struct hgx_findings *list = calloc(1, sizeof(*list));

	list->of = vm;
	return list;
}

static void add(struct hgx_findings *list, const struct hgx_topo *topo, const char *name, int severity,
		const char *text)
{
	finding_add(&list->list, &list->arena, RULE_LEFT_OUT, severity, name ? hgx_topo_find(topo, name) : NULL,
		    NULL, "%s", text);
}

static void expect(struct hgx_findings **lists, size_t count, int verbose, int least, const char *ignore,
		   const char *expected)
{
	struct hgx_error err = { 0 };
	char *text;

	expect_fine(hgx_emit_finding_lines(lists, count, verbose, least, ignore, &text, &err), &err, "lines");
	ck_assert_str_eq(text, expected);
	hgx_text_free(text);
}

START_TEST(what_is_said_of_several_devices_is_one_line)
{
	struct hgx_topo *host = host_of(BOX);
	struct hgx_findings *list = list_of(NULL);

	add(list, host, "10:00.0", HGX_NOTE, "left out: NIC 0000:10:00.0 (A): it is far away");
	add(list, host, "10:02.0", HGX_NOTE, "left out: GPU 0000:10:02.0 (C): it is far away");
	add(list, host, "10:01.0", HGX_NOTE, "left out: NIC 0000:10:01.0 (B): it is far away");
	add(list, host, "node0", HGX_WARNING, "node0 has too little memory");
	add(list, host, "node1", HGX_WARNING, "node1 has too little memory");
	expect(&list, 1, 0, HGX_NOTE, NULL,
	       "warning: 2 NUMA nodes (node0, node1) each have too little memory [left-out]\n"
	       "note: left out: 2 NICs (10:00.0, 10:01.0): far away [left-out]\n"
	       "note: left out: GPU 0000:10:02.0 (C): it is far away [left-out]\n");
	expect(&list, 1, 0, HGX_WARNING, NULL,
	       "warning: 2 NUMA nodes (node0, node1) each have too little memory [left-out]\n");
	expect(&list, 1, 0, HGX_NOTE, "no-gpu,left-out", "");
	expect(&list, 1, 1, HGX_WARNING, NULL,
	       "warning: node0 has too little memory [left-out]\nwarning: node1 has too little memory [left-out]\n");
	hgx_findings_free(list);
	hgx_topo_free(host);
}
END_TEST

START_TEST(a_line_names_the_vms_unless_it_is_about_all)
{
	struct hgx_topo *host = host_of(BOX);
	struct hgx_findings *lists[] = { list_of(NULL), list_of("a"), list_of("b"), list_of("c") };

	add(lists[0], host, NULL, HGX_NOTE, "about the host");
	for (size_t i = 1; i < ARRAY_SIZE(lists); i++)
		add(lists[i], host, "10:00.0", HGX_NOTE, "NIC 0000:10:00.0 (A): of all");
	add(lists[1], host, "10:00.0", HGX_WARNING, "NIC 0000:10:00.0 (A): of some");
	add(lists[3], host, "10:00.0", HGX_WARNING, "NIC 0000:10:00.0 (A): of some");
	add(lists[1], host, "10:01.0", HGX_WARNING, "NIC 0000:10:01.0 (B): of some");
	expect(lists, ARRAY_SIZE(lists), 0, HGX_NOTE, NULL,
	       "a, c: warning: NIC 0000:10:00.0 (A): of some [left-out]\n"
	       "a: warning: NIC 0000:10:01.0 (B): of some [left-out]\n"
	       "note: about the host [left-out]\n"
	       "note: NIC 0000:10:00.0 (A): of all [left-out]\n");
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		hgx_findings_free(lists[i]);
	hgx_topo_free(host);
}
END_TEST

int main(void)
{
	return RUN("finding lines", what_is_said_of_several_devices_is_one_line,
		   a_line_names_the_vms_unless_it_is_about_all);
}
