/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What stays with the host for a reason of its own, and only that. */
#include "support.h"

#define HOST "package 0\nnode 0 memory=64G\ncpus 0-7 package=0 node=0\n" \
	"root 0000:10 numa=0\n" \
	" 10:01.0 root-port\n" \
	"  11:00.0 switch-up\n" \
	"   12:00.0 switch-down\n" \
	"    13:00.0 gpu\n" \
	"   12:01.0 switch-down\n" \
	"    14:00.0 gpu\n" \
	"   12:02.0 switch-down\n" \
	"    15:00.0 nic\n" \
	"   12:03.0 switch-down\n" \
	"    16:00.0 nic\n"

static const struct { const char *rule, *node, *nics, *chosen; } rows[] = {
	{ NULL, NULL, NULL, "13 14 15 16" },
	/* a device that does not answer */
	{ "no-answer", "0000:13:00.0", NULL, "14 15 16" }, { "no-answer", "0000:14:00.0", NULL, "13 15 16" },
	{ "no-answer", "0000:16:00.0", NULL, "13 14 15" }, { "no-answer", "0000:12:02.0", NULL, "13 14 15 16" },
	{ "no-answer", NULL, NULL, "13 14 15 16" },
	/* one that may manage the NVLinks goes to the VM if it is named */
	{ "nvlink-manager-unknown", "0000:15:00.0", NULL, "13 14 16" },
	{ "nvlink-manager-unknown", "0000:15:00.0", "all", "13 14 16" },
	{ "nvlink-manager-unknown", "0000:15:00.0", "15:00.0", "13 14 15" },
	{ "nvlink-manager-unknown", "0000:15:00.0", "16:00.0", "13 14 16" },
	/* other findings keep nothing */
	{ "numa-wrong", "0000:13:00.0", NULL, "13 14 15 16" },
	{ "nic-nameless", "0000:15:00.0", NULL, "13 14 15 16" },
};

START_TEST(a_finding_keeps_the_device_it_is_about_and_no_other)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_plan_options options = { .size = sizeof(options), .nics = rows[i].nics };
		struct hgx_topo *host = host_of(HOST);
		struct hgx_error err = { 0 };
		struct hgx_plan *plan;
		char got[64] = "", *json;
		struct hgx_topo *with;

		/* the JSON of the host with that finding, whatever a rule is inside the library */
		expect_fine(hgx_emit_json(host, &json, &err), &err, "json");
		if (rows[i].rule) {
			char *findings = strstr(json, "\"findings\": ["), *more;

			must(asprintf(&more, "%.*s\"findings\": [ { \"rule\": \"%s\", \"severity\": \"warning\", "
				      "%s%s%s \"text\": \"t\" } ] }", (int)(findings - json), json, rows[i].rule,
				      rows[i].node ? "\"node\": \"" : "", rows[i].node ? rows[i].node : "",
				      rows[i].node ? "\"," : "") > 0, "memory");
			hgx_text_free(json);
			json = more;
		}
		expect_fine(hgx_topo_from_json(&with, json, strlen(json), "made", &err), &err, json);
		expect_fine(hgx_plan_new(&plan, with, &options, &err), &err, "plan");
		for (size_t c = 0; c < plan->chosen_count; c++)
			snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%.2s", c ? " " : "",
				 plan->chosen[c]->name + 5);
		ck_assert_msg(!strcmp(got, rows[i].chosen), "row %zu: %s, not %s", i, got, rows[i].chosen);
		hgx_plan_free(plan);
		hgx_topo_free(with);
		hgx_topo_free(host);
		free(json);
	}
}
END_TEST

int main(void)
{
	return RUN("select why", a_finding_keeps_the_device_it_is_about_and_no_other);
}
