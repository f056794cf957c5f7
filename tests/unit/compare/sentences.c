/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is said of two machines that differ, and what of two that do not. */
#include "support.h"

#define CPUS "package 0\nnode 0 memory=1007G distances=10,21\nnode 1 memory=1007G distances=21,10\n" \
	"cpus 0-3 package=0 node=0\ncpus 4-7 package=0 node=1\n"
#define ONE_NODE(memory) "package 0\nnode 0 memory=" memory "\ncpus 0-3 package=0 node=0\n"
#define BUS "root 0000:10 numa=0\n"
#define GPU(number) " 10:0" number ".0 root-port\n  1" number ":00.0 gpu id=10de:2330 name=\"H100\"\n"
#define NIC(number) " 10:0" number ".0 root-port\n  1" number ":00.0 nic name=\"CX7\"\n"

/* The lines that tell how @is differs from @was; each with a newline. */
static void expect_lines(const char *was, const char *is, const char *due)
{
	struct hgx_topo *a = host_of(was), *b = host_of(is);
	struct hgx_findings *findings;
	struct hgx_error err = { 0 };
	char said[4000] = "";

	expect_fine(hgx_compare(&findings, a, b, &err), &err, is);
	for (size_t i = 0; i < hgx_findings_count(findings); i++) {
		strcat(said, hgx_findings_at(findings, i)->text);
		strcat(said, "\n");
	}
	ck_assert_str_eq(said, due);
	hgx_findings_free(findings);
	hgx_topo_free(a);
	hgx_topo_free(b);
}

START_TEST(a_lost_dimm_is_told)
{
	expect_lines(ONE_NODE("1007G"), ONE_NODE("975G"), "node0: 975 GiB of memory, expected 1007 GiB\n");
	expect_lines(ONE_NODE("1007G"), ONE_NODE("991G"), "node0: 991 GiB of memory, expected 1007 GiB\n");
	expect_lines(ONE_NODE("252G"), ONE_NODE("236G"), "node0: 236 GiB of memory, expected 252 GiB\n");
	expect_lines(ONE_NODE("2014G"), ONE_NODE("1998G"), "node0: 1998 GiB of memory, expected 2014 GiB\n");
}
END_TEST

START_TEST(what_a_kernel_keeps_is_not)
{
	expect_lines(ONE_NODE("1007G"), ONE_NODE("997G"), "");
	expect_lines(ONE_NODE("997G"), ONE_NODE("1007G"), "");
	expect_lines(ONE_NODE("252G"), ONE_NODE("249G"), "");
	expect_lines(ONE_NODE("2014G"), ONE_NODE("2000G"), "");
}
END_TEST

static void fingerprint(char *out, const char *memory)
{
	struct hgx_topo *topo;
	char lines[200], *text;

	snprintf(lines, sizeof(lines), ONE_NODE("%s"), memory);
	topo = host_of(lines);
	ck_assert_int_eq(hgx_fingerprint(topo, &text, NULL), HGX_OK);
	strcpy(out, text);
	hgx_text_free(text);
	hgx_topo_free(topo);
}

/* What equal nodes show, and what they would with a DIMM less. */
START_TEST(fingerprints_follow_dimms)
{
	static const char *const nodes[][3] = {
		{ "1007G", "1001G", "975G" }, { "1007G", "1001G", "991G" }, { "252G", "243G", "236G" },
		{ "504G", "494G", "488G" },   { "2014G", "2002G", "1982G" }, { "63G", "61G", "55G" },
		{ "62G", "61G", "47G" },
	};
	char one[64], other[64];

	for (size_t i = 0; i < sizeof(nodes) / sizeof(*nodes); i++) {
		fingerprint(one, nodes[i][0]);
		fingerprint(other, nodes[i][1]);
		must(!strcmp(one, other), "%s and %s differ", nodes[i][0], nodes[i][1]);
		fingerprint(other, nodes[i][2]);
		must(strcmp(one, other), "%s and %s are the same", nodes[i][0], nodes[i][2]);
	}
}
END_TEST

START_TEST(what_is_missing_is_told_by_kind)
{
	expect_lines(CPUS BUS NIC("1") GPU("2") NIC("3") GPU("4") GPU("5"), CPUS BUS GPU("4"),
		     "2 GPUs (0000:12:00.0, 0000:15:00.0), H100: missing\n"
		     "2 NICs (0000:11:00.0, 0000:13:00.0), CX7: missing\n");
	expect_lines(CPUS BUS NIC("1") GPU("2") GPU("3"), CPUS BUS GPU("3"),
		     "GPU 0000:12:00.0 (H100): missing\nNIC 0000:11:00.0 (CX7): missing\n");
}
END_TEST

/* However many there are: programs read the same lists. */
START_TEST(lists_are_whole)
{
	char was[4000] = CPUS, is[4000] = CPUS, due[1000] = "24 NICs (", one[100];

	for (int i = 0; i < 24; i++) {
		snprintf(one, sizeof(one), "root 0000:%02x numa=0\n %02x:01.0 root-port\n  %02x:00.0 nic", 0x10 + 2 * i,
			 0x10 + 2 * i, 0x11 + 2 * i);
		strcat(strcat(was, one), " driver=a\n");
		strcat(strcat(is, one), " driver=b\n");
		snprintf(one, sizeof(one), "%s0000:%02x:00.0", i ? ", " : "", 0x11 + 2 * i);
		strcat(due, one);
	}
	strcat(due, "): driver b, expected a\n");
	expect_lines(was, is, due);
}
END_TEST

START_TEST(several_have)
{
	expect_lines(CPUS BUS " 10:01.0 root-port\n  11:00.0 nic sriov=4:0\n 10:02.0 root-port\n  12:00.0 nic sriov=4:0\n",
		     CPUS BUS " 10:01.0 root-port\n  11:00.0 nic sriov=4:2\n 10:02.0 root-port\n  12:00.0 nic sriov=4:2\n",
		     "2 NICs (0000:11:00.0, 0000:12:00.0): have 2 virtual functions, expected 0\n");
}
END_TEST

START_TEST(what_is_not_there_is_missing)
{
	expect_lines(CPUS BUS " 10:01.0 root-port\n  11:00.0 gpu name=\"H100\" bars=16M,256G\n",
		     CPUS BUS " 10:01.0 root-port\n  11:00.0 gpu name=\"H100\" bars=16M\n",
		     "GPU 0000:11:00.0 (H100): BAR 2 is missing, expected 256 GiB\n");
	expect_lines("package 0 family=6 model=143\nnode 0 memory=64G\ncpus 0-3 package=0 node=0\n",
		     "package 0 vendor=\"A\"\nnode 0 memory=64G\ncpus 0-3 package=0 node=0\n",
		     "package0: an unknown processor, expected an unknown processor, family 6, model 143\n");
}
END_TEST

START_TEST(distances_are_told)
{
	expect_lines(CPUS, "package 0\nnode 0 memory=1007G distances=10,21\nnode 1 memory=1007G distances=32,10\n"
		     "cpus 0-3 package=0 node=0\ncpus 4-7 package=0 node=1\n",
		     "node1: distances 32, 10 to the NUMA nodes, expected 21, 10\n");
}
END_TEST

START_TEST(infiniband_is_not_ethernet)
{
	expect_lines(CPUS BUS " 10:01.0 root-port\n  11:00.0 nic name=\"CX7\" class=020700\n",
		     CPUS BUS " 10:01.0 root-port\n  11:00.0 nic name=\"CX7\" class=020000\n",
		     "NIC 0000:11:00.0 (CX7): Ethernet (class 0200), expected InfiniBand (class 0207)\n");
}
END_TEST

#define SWITCH(up) " 10:0" up ".0 root-port\n  " up "0:00.0 switch-up\n   " up "1:00.0 switch-down\n    "

/* A NIC that moved is told by its GPU, not by a drive that is as near. */
START_TEST(a_move_is_told_by_the_gpu)
{
	expect_lines(CPUS BUS SWITCH("2") "22:00.0 nvme\n   21:01.0 switch-down\n    23:00.0 nic name=\"CX7\"\n"
		     "   21:02.0 switch-down\n    24:00.0 gpu\n",
		     CPUS BUS SWITCH("2") "22:00.0 nvme\n   21:02.0 switch-down\n    24:00.0 gpu\n"
		     " 10:05.0 root-port\n  50:00.0 nic name=\"CX7\"\n",
		     "NIC 0000:50:00.0 (CX7), expected as 0000:23:00.0: PHB to GPU 0000:24:00.0, expected PIX\n");
}
END_TEST

int main(void)
{
	return RUN("sentences", a_lost_dimm_is_told, what_a_kernel_keeps_is_not, fingerprints_follow_dimms,
		   what_is_missing_is_told_by_kind, lists_are_whole, several_have, what_is_not_there_is_missing,
		   distances_are_told, infiniband_is_not_ethernet, a_move_is_told_by_the_gpu);
}
