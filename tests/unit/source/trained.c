/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Links that were trained below what both ends can do: which are told, and which only idle. */
#include "source/trained.h"
#include "support.h"

#define HOST "package 0\nnode 0 memory=64G\ncpus 0-3 package=0 node=0\nroot 0000:10 numa=0\n" \
	" 10:01.0 root-port link=32x16\n  11:00.0 switch-up id=%s link=32x16\n" \
	"   12:00.0 switch-down link=32x16\n    13:00.0 %s link=32x16\n"

/* The link of the device, or with @up of the switch, runs at this. */
static const struct row {
	const char *up_id, *device;
	bool up;
	struct hgx_link now;
	const char *rule; /* both: narrow, then slow */
} rows[] = {
	{ "1000:c030", "gpu", false, { 32000, 16 }, NULL },
	{ "1000:c030", "gpu", false, { 2500, 16 }, NULL },
	{ "1000:c030", "gpu", false, { 2500, 8 }, "link-narrow" },
	{ "1000:c030", "gpu", false, { 32000, 8 }, "link-narrow" },
	{ "1000:c030", "nic", false, { 16000, 16 }, "link-slow" },
	{ "1000:c030", "nic", false, { 16000, 8 }, "both" },
	{ "1000:c030", "gpu", true, { 2500, 16 }, "link-slow" },
	{ "1000:c030", "gpu", true, { 32000, 4 }, "link-narrow" },
	/* the switch on the card of an AMD GPU idles with it */
	{ "1002:1478", "gpu id=1002:744c class=030000", true, { 2500, 16 }, NULL },
	{ "1022:1500", "gpu id=1002:74a1 class=120000", true, { 2500, 16 }, NULL },
	{ "1022:1500", "gpu id=1002:74a1 class=120000", true, { 2500, 8 }, "link-narrow" },
	{ "1000:c030", "gpu id=1002:74a1 class=120000", true, { 2500, 16 }, "link-slow" },
	{ "1022:1500", "nic", true, { 2500, 16 }, "link-slow" },
	{ "1022:1500", "gpu", true, { 2500, 16 }, "link-slow" },
	/* nothing was trained: the slot is empty, or the files are missing */
	{ "1000:c030", "nic", false, { 0, 0 }, NULL },
};

START_TEST(a_link_below_its_ends_is_told_unless_a_gpu_may_idle)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *lower = rows[i].up ? "0000:11:00.0" : "0000:13:00.0";
		const char *upper = rows[i].up ? "0000:10:01.0" : "0000:12:00.0";
		const struct hgx_finding *findings;
		struct hgx_topo *topo;
		char lines[512];
		size_t count;
		bool both;

		snprintf(lines, sizeof(lines), HOST, rows[i].up_id, rows[i].device);
		topo = host_of(lines);
		topo->findings.count = 0;
		topo_find(topo, lower)->pci->link_now = rows[i].now;
		topo_find(topo, upper)->pci->link_now = rows[i].now;
		source_trained(topo);
		count = hgx_topo_findings(topo, &findings);
		both = rows[i].rule && !strcmp(rows[i].rule, "both");
		ck_assert_msg(count == (rows[i].rule != NULL) + (size_t)both, "row %zu: %zu findings", i, count);
		if (both)
			ck_assert_str_eq(findings[1].rule, "link-slow");
		if (count) {
			ck_assert_str_eq(findings[0].rule, both ? "link-narrow" : rows[i].rule);
			ck_assert_str_eq(findings[0].node->name, lower);
		}
		hgx_topo_free(topo);
	}
}
END_TEST

int main(void)
{
	return RUN("trained", a_link_below_its_ends_is_told_unless_a_gpu_may_idle);
}
