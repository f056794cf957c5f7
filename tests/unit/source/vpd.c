/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Vital product data, and which functions it shows to manage the NVLinks of a board. */
#include "roots.h"

static const char *const names[] = { "made-b200" };

#define WORD "SMDL=SW_MNG"
/* In a buffer of exactly that length, so that valgrind and the sanitizer see reads beyond it. */
static enum vpd_answer ask(const void *data, size_t length)
{
	unsigned char *copy = malloc(length ? length : 1);
	enum vpd_answer answer;

	memcpy(copy, data, length);
	answer = vpd_says(copy, length, WORD);
	free(copy);
	return answer;
}

#define NAME "\x82\x02\x00" "CX"
#define WRITABLE "\x91\x03\x00" "V0\x00"
#define END "\x78"

START_TEST(a_word_is_found_only_in_read_only_fields)
{
	static const struct { const char *data; size_t length; enum vpd_answer answer; } rows[] = {
#define ROW(text, answer) { text, sizeof(text) - 1, answer }
		ROW("", VPD_BROKEN),
		ROW(END, VPD_WITHOUT),
		ROW(NAME END, VPD_WITHOUT),
		ROW(NAME, VPD_BROKEN),
		ROW("\x82\x0b\x00" WORD END, VPD_WITHOUT),
		ROW(NAME "\x90\x0e\x00" "V0\x0b" WORD END, VPD_WITH),
		ROW(NAME "\x90\x0e\x00" "VZ\x0b" WORD, VPD_WITH),
		ROW("\x90\x13\x00" "PN\x02" "CX" "V0\x0b" WORD, VPD_WITH),
		ROW("\x90\x15\x00" "V0\x12" "MLX," WORD ";X=" END, VPD_WITH),
		ROW("\x90\x0f\x00" "V0\x0c" WORD "2" END, VPD_WITHOUT),
		ROW("\x90\x0f\x00" "V0\x0c" "X" WORD END, VPD_WITHOUT),
		ROW("\x90\x0d\x00" "V0\x0a" "SMDL=SW_MN" END, VPD_WITHOUT),
		ROW("\x90\x00\x00" END, VPD_WITHOUT),
		ROW("\x90\x03\x00" "V0\x00" END, VPD_WITHOUT),
		ROW("\x91\x0e\x00" "V0\x0b" WORD END, VPD_WITHOUT),
		ROW(WRITABLE "\x90\x0e\x00" "V0\x0b" WORD END, VPD_WITH),
		/* a small resource; its length is in the tag */
		ROW("\x1a" "CX" "\x90\x0e\x00" "V0\x0b" WORD END, VPD_WITH),
		ROW("\x1f" "CX", VPD_BROKEN),
		/* what follows the end is ignored */
		ROW(END "\x90\x0e\x00" "V0\x0b" WORD, VPD_WITHOUT),
		/* wrong lengths */
		ROW("\x82\xff\xff" "CX" END, VPD_BROKEN),
		ROW("\x90\xff\xff" "V0\x0b" WORD, VPD_BROKEN),
		ROW("\x90\x0e\x00" "V0\x0c" WORD END, VPD_BROKEN),
		ROW("\x90\x0d\x00" "V0\x0b" WORD END, VPD_BROKEN),
		ROW("\x90\x02\x00" "V0" END, VPD_BROKEN),
		ROW("\x90\x01", VPD_BROKEN),
		ROW("\x90", VPD_BROKEN),
		/* not VPD at all: erased flash, zeroes */
		ROW("\xff\xff\xff\xff", VPD_BROKEN),
		ROW("\x00\x00\x00\x00", VPD_BROKEN),
		ROW("\x85\x01\x00" "X" END, VPD_BROKEN),
#undef ROW
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		enum vpd_answer answer = ask(rows[i].data, rows[i].length);

		ck_assert_msg(answer == rows[i].answer, "row %zu: %d, not %d", i, answer, rows[i].answer);
	}
}
END_TEST

START_TEST(truncated_vpd_is_broken_at_every_length)
{
	static const char vpd[] = NAME "\x90\x13\x00" "PN\x02" "CX" "V0\x0b" WORD WRITABLE END;
	size_t end = sizeof(NAME) - 1 + 3 + 0x13;

	for (size_t length = 0; length < sizeof(vpd); length++)
		ck_assert_msg(ask(vpd, length) == (length < end ? VPD_BROKEN : VPD_WITH), "%zu", length);
}
END_TEST

/* Any answer will do: the test is that it ends and reads nothing beyond the end. */
START_TEST(random_bytes_do_no_harm)
{
	static const char vpd[] = NAME "\x90\x13\x00" "PN\x02" "CX" "V0\x0b" WORD WRITABLE END;
	uint64_t all[64];
	size_t count = seeds(all, 16);

	for (size_t i = 0; i < count; i++) {
		uint64_t state = random_state(all[i]);

		for (unsigned round = 0; round < 2000; round++) {
			char data[sizeof(vpd)];
			enum vpd_answer answer;

			memcpy(data, vpd, sizeof(vpd));
			for (unsigned changes = 1 + random_below(&state, 8); changes; changes--)
				data[random_below(&state, sizeof(data))] =
					(char)random_below(&state, 256);
			answer = ask(data, random_below(&state, sizeof(data) + 1));
			must(answer >= VPD_BROKEN && answer <= VPD_WITH, "seed %llu",
			     (unsigned long long)all[i]);
		}
	}
}
END_TEST

static void expect_kinds(const struct hgx_topo *topo, const char *const *functions, size_t count,
			 enum hgx_kind kind, const char *what)
{
	for (size_t i = 0; i < count; i++) {
		enum hgx_kind found = hgx_node_kind(hgx_topo_find(topo, functions[i]));

		ck_assert_msg(found == kind, "%s: %s is a %s", what, functions[i], hgx_kind_name(found));
	}
}

static const char *const managers[] = { "eb:00.0", "eb:00.1", "ec:00.0", "ec:00.1" };

START_TEST(vpd_tells_managers_from_nics)
{
	struct hgx_topo *topo = machine("made-b200");
	const struct hgx_finding *findings;
	char *text;
	struct hgx_error err;

	expect_kinds(topo, managers, ARRAY_SIZE(managers), HGX_NVLINK_MANAGER, "made-b200");
	ck_assert_uint_eq(hgx_topo_findings(topo, &findings), 0);
	ck_assert_int_eq(hgx_node_kind(hgx_topo_find(topo, "1a:00.0")), HGX_NIC);
	ck_assert_str_eq(hgx_kind_name(HGX_NVLINK_MANAGER), "nvlink-manager");
	expect_fine(hgx_emit_nccl(topo, NULL, &text, &err), &err, "nccl");
	ck_assert_ptr_nonnull(strstr(text, "0000:1a:00.0"));
	ck_assert_ptr_null(strstr(text, "0000:eb:00"));
	hgx_text_free(text);
	expect_fine(hgx_emit_matrix(topo, &text, &err), &err, "matrix");
	ck_assert_ptr_null(strstr(text, "0000:eb:00"));
	hgx_text_free(text);
	hgx_topo_free(topo);
}
END_TEST

/* Two GPUs and a NIC below one switch; another card elsewhere. */
static const char board[] =
	"node 0 memory=64G\n"
	"root 0000:10 numa=0\n"
	"  10:01.0 root-port\n"
	"    11:00.0 switch-up\n"
	"      12:00.0 switch-down\n"
	"        13:00.0 gpu id=10de:2901\n"
	"      12:01.0 switch-down\n"
	"        14:00.0 gpu id=10de:2901\n"
	"      12:02.0 switch-down\n"
	"        15:00.0 nic id=15b3:1023\n"
	"root 0000:e8 numa=0\n"
	"  e8:01.0 root-port\n"
	"    e9:00.0 nic name=\"ConnectX-7\"\n"
	"    e9:00.1 nic name=\"ConnectX-7\"\n";
static const char *const card[] = { "0000:e9:00.0", "0000:e9:00.1" };


/* How the vpd files of the card are made: a shell command in its directory. */
#define TELLS "printf '\\202\\002\\000CX\\220\\016\\000V0\\013" WORD "\\170' >vpd"
#define TELLS_NOT "printf '\\202\\002\\000CX\\220\\016\\000V0\\013SMDL=XX_XXX\\170' >vpd"

/* @from in the board becomes @to. */
static const struct { const char *vpd, *from, *to; enum hgx_kind kind; const char *why; } boards[] = {
	{ TELLS, "", "", HGX_NVLINK_MANAGER, NULL },
	{ TELLS "; truncate -s 1M vpd", "", "", HGX_NVLINK_MANAGER, NULL },
	{ TELLS, "nic name", "nic id=15b3:1099 name", HGX_NVLINK_MANAGER, NULL },
	{ TELLS_NOT, "", "", HGX_NIC, NULL },

	/* it cannot be read, or is not VPD */
	{ ":", "", "", HGX_NIC, "is not in the captured root" },
	{ "mkdir vpd", "", "", HGX_NIC, "cannot be read" },
	{ TELLS "; mv vpd x; ln -s x vpd", "", "", HGX_NIC, "cannot be read" },
	{ "mkfifo vpd", "", "", HGX_NIC, "is damaged" },
	{ ": >vpd", "", "", HGX_NIC, "is damaged" },
	{ "truncate -s 4G vpd", "", "", HGX_NIC, "is damaged" },
	{ TELLS "; truncate -s 20 vpd", "", "", HGX_NIC, "is damaged" },

	/* not a board without NVSwitch devices: the VPD is not even read */
	{ TELLS, "14:00.0 gpu", "14:00.0 other", HGX_NIC, NULL },
	{ TELLS, "14:00.0 gpu id=10de", "14:00.0 gpu id=1002", HGX_NIC, NULL },
	{ TELLS, "14:00.0 gpu", "14:00.0 gpu class=030000", HGX_NIC, NULL },
	{ TELLS, "14:00.0 gpu", "14:00.0 gpu pf=0000:13:00.0", HGX_NIC, NULL },
	{ TELLS, "root 0000:e8 numa=0\n", "root 0000:e8 numa=0\n  e8:00.0 nvswitch\n", HGX_NIC, NULL },

	/* not one of these NICs: not read either */
	{ TELLS, "nic name", "nic id=8086:1021 name", HGX_NIC, NULL },
	{ TELLS, "nic name", "nic pf=0000:15:00.0 name", HGX_NIC, NULL },

	/* unknown, but the pattern does not fit */
	{ ":", "nic name", "nic id=15b3:1023 name", HGX_NIC, NULL },
	{ ":", "15:00.0 nic id=15b3", "15:00.0 nic id=8086", HGX_NIC, NULL },
	{ ":", "15:00.0 nic", "15:00.0 other", HGX_NIC, NULL },
	{ ":", "root 0000:e8 numa=0\n  e8:01.0 root-port\n    e9:00.0 nic name=\"ConnectX-7\"\n    e9:00.1",
	  "      12:03.0 switch-down\n        e9:00.0 nic\n        e9:00.1", HGX_NIC, NULL },
};

/* The board, and a root directory that has only the vpd files of the card. */
static struct hgx_topo *make_board(struct root *root, const char *vpd, const char *from, const char *to)
{
	char lines[sizeof(board) + 128];
	const char *rest = board, *found;
	struct hgx_topo *topo;
	struct hgx_error err;
	size_t length = 0;

	for (; *from && (found = strstr(rest, from)) != NULL; rest = found + strlen(from))
		length += (size_t)snprintf(lines + length, sizeof(lines) - length, "%.*s%s",
					   (int)(found - rest), rest, to);
	snprintf(lines + length, sizeof(lines) - length, "%s", rest);
	topo = host_of(lines);
	run_command("rm -rf '%s'", tree_path("board"));
	for (size_t i = 0; i < ARRAY_SIZE(card); i++) {
		const char *path = tree_path("board/sys/bus/pci/devices/%s", card[i]);

		tree_dir(path);
		run_command("cd '%s' && %s", path, vpd);
	}
	expect_fine(root_open(root, tree_path("board"), &err), &err, "root");
	return topo;
}

START_TEST(unreadable_vpd_gives_a_warning_if_the_pattern_fits)
{
	for (size_t i = 0; i < ARRAY_SIZE(boards); i++) {
		struct root root;
		struct hgx_topo *topo = make_board(&root, boards[i].vpd, boards[i].from, boards[i].to);
		char what[24], text[256];

		snprintf(what, sizeof(what), "row %zu", i);
		source_nvlink(topo, &root);
		expect_kinds(topo, card, ARRAY_SIZE(card), boards[i].kind, what);
		ck_assert_msg(topo->findings.count == (boards[i].why ? 2 : 0), "%s: %zu", what,
			      topo->findings.count);
		for (size_t j = 0; j < topo->findings.count; j++) {
			const struct hgx_finding *finding = &topo->findings.items[j];

			snprintf(text, sizeof(text), "NIC %s (ConnectX-7) may manage the NVLinks of the "
				 "board, and then it must not go to a VM: its VPD, which would tell, %s",
				 card[j], boards[i].why);
			ck_assert_str_eq(finding->rule, "nvlink-manager-unknown");
			ck_assert_str_eq(finding->text, text);
			ck_assert_str_eq(hgx_node_name(finding->node), card[j]);
			ck_assert_int_eq(finding->severity, HGX_WARNING);
			ck_assert_str_eq(finding->remedy, strcmp(boards[i].why, "is damaged") ?
					 "capture the machine with the vpd files of its NICs" :
					 "keep it on the host, or ask the board's vendor what it is");
		}
		root_close(&root);
		hgx_topo_free(topo);
	}
}
END_TEST

START_TEST(a_nic_with_virtual_functions_is_not_a_manager)
{
	struct root root;
	struct hgx_topo *topo = make_board(&root, ":", "", "");

	topo_find(topo, card[0])->pci->sriov_enabled = 4;
	source_nvlink(topo, &root);
	ck_assert_uint_eq(topo->findings.count, 1);
	ck_assert_str_eq(hgx_node_name(topo->findings.items[0].node), card[1]);
	root_close(&root);
	hgx_topo_free(topo);
}
END_TEST

/* Without the file, a running machine has no VPD; an ordinary user cannot read it. */
START_TEST(a_running_machine_asks_users_to_be_root)
{
	static const struct { const char *vpd, *remedy; } rows[] = {
		{ ":", NULL },
		{ TELLS "; chmod 0 vpd", "run as root" },
		{ "mkdir -m 755 vpd", "keep it on the host, or ask the board's vendor what it is" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct root root;
		struct hgx_topo *topo = make_board(&root, rows[i].vpd, "", "");
		bool is_root = geteuid() == 0;

		root.live = true;
		ck_assert(!is_root || !seteuid(65534));
		source_nvlink(topo, &root);
		ck_assert(!is_root || !seteuid(0));
		ck_assert_uint_eq(topo->findings.count, rows[i].remedy ? 2 : 0);
		if (rows[i].remedy) {
			ck_assert_str_eq(topo->findings.items[1].remedy, rows[i].remedy);
			ck_assert_ptr_nonnull(strstr(topo->findings.items[1].text, "cannot be read"));
		}
		root_close(&root);
		hgx_topo_free(topo);
	}
}
END_TEST

START_TEST(the_value_of_a_keyword_is_found_only_in_read_only_fields)
{
	static const struct { const char *data; size_t length; const char *value; } rows[] = {
#define VALUE(text, value) { text, sizeof(text) - 1, value }
		VALUE(NAME "\x90\x0a\x00" "PN\x02" "VU" "VU\x02" "ab" END, "ab"),
		VALUE("\x90\x05\x00" "VU\x02" "ab", "ab"),
		VALUE("\x90\x05\x00" "VX\x02" "ab" END, ""),
		VALUE("\x90\x05\x00" "VU\x03" "ab" END, ""),
		VALUE("\x91\x05\x00" "VU\x02" "ab" END, ""),
		VALUE("\x90\x03\x00" "VU\x00" END, ""),
		VALUE("", ""),
#undef VALUE
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		unsigned char *copy = malloc(rows[i].length + !rows[i].length);
		const unsigned char *value = NULL;
		size_t length;

		memcpy(copy, rows[i].data, rows[i].length);
		length = vpd_value(copy, rows[i].length, "VU", &value);
		ck_assert_msg(length == strlen(rows[i].value) && (!length || !memcmp(value, rows[i].value, length)),
			      "row %zu: %zu bytes", i, length);
		free(copy);
	}
}
END_TEST

int main(void)
{
	int status;

	seeds_begin();
	roots_begin(names, ARRAY_SIZE(names));
	status = RUN("vpd", the_value_of_a_keyword_is_found_only_in_read_only_fields,
		   a_word_is_found_only_in_read_only_fields,
		     truncated_vpd_is_broken_at_every_length,
		     random_bytes_do_no_harm, vpd_tells_managers_from_nics,
		     unreadable_vpd_gives_a_warning_if_the_pattern_fits,
		     a_nic_with_virtual_functions_is_not_a_manager,
		     a_running_machine_asks_users_to_be_root);
	tree_end();
	return status;
}
