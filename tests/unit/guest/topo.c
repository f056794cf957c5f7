/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the guest of a plan looks like, beside what its host has. */
#include "support.h"

START_TEST(a_device_in_the_guest_has_the_link_that_its_slot_on_the_host_allows)
{
	static const struct { const char *port, *device; unsigned speed, width; } rows[] = {
		{ "32x16", "32x16", 32000, 16 }, { "16x8", "32x16", 16000, 8 }, { "32x16", "16x8", 16000, 8 },
		{ "16x16", "32x8", 16000, 8 }, { "none", "16x8", 16000, 8 }, { "16x8", "none", 16000, 8 },
		{ "none", "none", 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char lines[600];
		struct hgx_topo *host;
		struct hgx_plan *plan;
		unsigned gpus = 0;

		snprintf(lines, sizeof(lines), "package 0\nnode 0 memory=64G\ncpus 0-7 package=0 node=0\n"
			 "root 0000:10 numa=0\n 10:01.0 root-port link=%s\n  11:00.0 gpu link=%s\n",
			 rows[i].port, rows[i].device);
		host = host_of(lines);
		plan = plan_of(host, 0, 0);
		for (const struct hgx_node *n = plan->guest->root; n; n = node_next(plan->guest->root, n)) {
			if (n->kind != HGX_GPU)
				continue;
			gpus++;
			ck_assert_msg(n->pci->link_max.speed == rows[i].speed &&
				      n->pci->link_max.width == rows[i].width, "%s in %s: %u x%u",
				      rows[i].device, rows[i].port, n->pci->link_max.speed,
				      n->pci->link_max.width);
		}
		ck_assert_uint_eq(gpus, 1);
		hgx_plan_free(plan);
		hgx_topo_free(host);
	}
}
END_TEST

int main(void)
{
	return RUN("topo", a_device_in_the_guest_has_the_link_that_its_slot_on_the_host_allows);
}
