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

#define VMD HOST " 10:02.0 other id=8086:28c0 class=010400 group=7\n"
#define BEHIND(use) "root 10000:e0 numa=0\n 10000:e0:01.0 root-port group=7\n" \
	"  10000:e1:00.0 nvme group=7" use "\n"

static const struct { const char *host, *add, *fate; int code; bool vanish; } vmds[] = {
	/* it and what is behind it stay unless it is named */
	{ VMD BEHIND(""), NULL, "host host", HGX_OK, false },
	{ VMD BEHIND(""), "10:02.0", "vm host", HGX_OK, true },
	{ VMD BEHIND(""), "10000:e1:00.0", NULL, HGX_REFUSED, false },
	{ VMD BEHIND(" use=swap"), NULL, "host host", HGX_OK, false },
	{ VMD BEHIND(" use=swap"), "10:02.0", NULL, HGX_REFUSED, false },
};

/* Every function needs a group where one has it. */
static char *with_groups(const char *host)
{
	char *copy = strdup(host), *save = NULL, *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);
	unsigned group = 20;

	for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (*line == ' ' && !strstr(line, "group="))
			fprintf(to, "%s group=%u\n", line, group++);
		else
			fprintf(to, "%s\n", line);
	fclose(to);
	free(copy);
	return text;
}

START_TEST(what_is_behind_vmd_stays_and_the_controller_goes_alone_when_named)
{
	for (size_t i = 0; i < ARRAY_SIZE(vmds); i++) {
		struct hgx_plan_options options = { .size = sizeof(options), .add = vmds[i].add };
		char *text = with_groups(vmds[i].host), got[32];
		struct hgx_topo *host = host_of(text);
		const struct hgx_node *vmd = hgx_topo_find(host, "10:02.0");
		const struct hgx_node *drive = hgx_topo_find(host, "10000:e1:00.0");
		struct hgx_error err = { 0 };
		struct hgx_plan *plan;
		const struct hgx_finding *findings;
		bool vanish = false;

		ck_assert_int_eq(hgx_plan_new(&plan, host, &options, &err), vmds[i].code);
		if (plan) {
			const struct hgx_node *nodes[] = { vmd, drive };

			*got = '\0';
			for (size_t n = 0; n < 2; n++) {
				enum hgx_fate fate = hgx_plan_verdict(plan, nodes[n])->fate;

				snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s", n ? " " : "",
					 fate == HGX_FATE_THIS_VM ? "vm" :
					 fate == HGX_FATE_HOST	  ? "host" :
								    "?");
			}
			ck_assert_str_eq(got, vmds[i].fate);
			for (size_t f = 0; f < hgx_plan_findings(plan, &findings); f++)
				vanish |= !strcmp(findings[f].rule, "devices-vanish");
			ck_assert_int_eq(vanish, vmds[i].vanish);
		}
		hgx_plan_free(plan);
		hgx_topo_free(host);
		free(text);
	}
}
END_TEST

static const struct { const char *nics; enum hgx_fate fate; const char *reason; } directs[] = {
	{ NULL, HGX_FATE_THIS_VM, "it is the Data Direct function of NIC 0000:15:00.0" },
	{ "15:00.0", HGX_FATE_THIS_VM, "it is the Data Direct function of NIC 0000:15:00.0" },
	{ "16:00.0", HGX_FATE_LEFT_OUT, "it goes with its NIC, which no VM gets" },
	{ "none", HGX_FATE_LEFT_OUT, "it goes with its NIC, which no VM gets" },
};

START_TEST(data_direct_goes_where_its_nic_goes)
{
	for (size_t i = 0; i < ARRAY_SIZE(directs); i++) {
		struct hgx_plan_options options = { .size = sizeof(options), .nics = directs[i].nics };
		struct hgx_topo *host = host_of(HOST "   12:04.0 switch-down\n    17:00.0 other id=15b3:2100 "
						     "class=088000 direct=0000:15:00.0\n");
		const struct hgx_verdict *verdict;
		struct hgx_error err = { 0 };
		struct hgx_plan *plan;

		expect_fine(hgx_plan_new(&plan, host, &options, &err), &err, "plan");
		verdict = hgx_plan_verdict(plan, hgx_topo_find(host, "17:00.0"));
		ck_assert_int_eq(verdict->fate, directs[i].fate);
		ck_assert_str_eq(verdict->reason, directs[i].reason);
		ck_assert_str_eq(verdict->because->name, "0000:15:00.0");
		hgx_plan_free(plan);
		hgx_topo_free(host);
	}
}
END_TEST

int main(void)
{
	return RUN("select why", a_finding_keeps_the_device_it_is_about_and_no_other,
		   what_is_behind_vmd_stays_and_the_controller_goes_alone_when_named,
		   data_direct_goes_where_its_nic_goes);
}
