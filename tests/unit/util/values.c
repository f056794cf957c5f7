/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values as text: PCI addresses, sizes, lists of CPUs, texts. */
#include <locale.h>
#include "support.h"

#define NO_BDF(text) "'" text "' is not a PCI address; write it like 0000:19:00.0 (bus 00-ff, " \
	"device 00-1f, function 0-7)"
#define NO_SIZE(text) "'" text "' is not a size; write a number and a unit, such as 1792G, 1.75T " \
	"or 939524096KiB"
#define NO_BYTES(text) "'" text "' is not a whole number of bytes below 16 EiB"

START_TEST(an_address_is_read_in_every_spelling)
{
	static const struct { const char *text; struct hgx_bdf address; const char *again; } rows[] = {
		{ "0000:19:00.0", { 0, 0x19, 0, 0 }, "0000:19:00.0" },
		{ "19:00.0", { 0, 0x19, 0, 0 }, "0000:19:00.0" },
		{ "00:00.0", { 0, 0, 0, 0 }, "0000:00:00.0" },
		{ "ffff:FF:1F.7", { 0xffff, 0xff, 0x1f, 7 }, "ffff:ff:1f.7" },
		{ "AbCd:eF:1e.3", { 0xabcd, 0xef, 0x1e, 3 }, "abcd:ef:1e.3" },
		{ "10000:e1:00.0", { 0x10000, 0xe1, 0, 0 }, "10000:e1:00.0" },
		{ "ffffffff:00:1f.7", { 0xffffffff, 0, 0x1f, 7 }, "ffffffff:00:1f.7" },
		{ "0:1:2.3", { 0, 1, 2, 3 }, "0000:01:02.3" },
		{ "00000001:01:02.3", { 1, 1, 2, 3 }, "0001:01:02.3" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_error err = { 0 };
		struct hgx_bdf got = { 9, 9, 9, 1 };

		expect_fine(hgx_bdf_parse(&got, rows[i].text, &err), &err, rows[i].text);
		ck_assert_msg(!bdf_compare(got, rows[i].address), "%s", rows[i].text);
		ck_assert_str_eq(bdf_text(got).text, rows[i].again);
	}
}
END_TEST

START_TEST(what_is_not_an_address_is_refused)
{
	static const struct { const char *text, *error; } rows[] = {
		{ "", NO_BDF("") },
		{ NULL, NO_BDF("") },
		{ "19", NO_BDF("19") },
		{ "19:00", NO_BDF("19:00") },
		{ "19:00.", NO_BDF("19:00.") },
		{ "19:00.8", NO_BDF("19:00.8") },
		{ "19:00.10", NO_BDF("19:00.10") },
		{ "19:20.0", NO_BDF("19:20.0") },
		{ "100:00.0", NO_BDF("100:00.0") },
		{ "0000:100:00.0", NO_BDF("0000:100:00.0") },
		{ "100000000:00:00.0", NO_BDF("100000000:00:00.0") },
		{ "0000:19:00.0 ", NO_BDF("0000:19:00.0 ") },
		{ " 0000:19:00.0", NO_BDF(" 0000:19:00.0") },
		{ "0000:19:00.0\n", NO_BDF("0000:19:00.0?") },
		{ "0x19:00.0", NO_BDF("0x19:00.0") },
		{ "-1:00.0", NO_BDF("-1:00.0") },
		{ ":19:00.0", NO_BDF(":19:00.0") },
		{ "0:0000:19:00.0", NO_BDF("0:0000:19:00.0") },
		{ "19.00.0", NO_BDF("19.00.0") },
		{ "gg:00.0", NO_BDF("gg:00.0") },
		{ "0000:19:00.00", NO_BDF("0000:19:00.00") },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_error err = { 0 };
		struct hgx_bdf got = { 1, 2, 3, 4 };
		int code = hgx_bdf_parse(&got, rows[i].text, &err);

		expect_error(code, &err, HGX_INVALID, rows[i].error);
		ck_assert(got.domain == 1 && got.bus == 2 && got.device == 3 && got.function == 4);
		ck_assert_int_eq(hgx_bdf_parse(&got, rows[i].text, NULL), HGX_INVALID);
	}
}
END_TEST

START_TEST(addresses_are_ordered_by_domain_bus_device_function)
{
	static const char *const sorted[] = {
		"0000:00:00.0", "0000:00:00.7", "0000:00:01.0", "0000:00:1f.7", "0000:01:00.0",
		"0000:ff:1f.7", "0001:00:00.0", "ffff:00:00.0", "10000:00:00.0",
	};

	for (size_t i = 0; i < ARRAY_SIZE(sorted); i++)
		for (size_t j = 0; j < ARRAY_SIZE(sorted); j++) {
			struct hgx_bdf a, b;
			int order;

			hgx_bdf_parse(&a, sorted[i], NULL);
			hgx_bdf_parse(&b, sorted[j], NULL);
			order = bdf_compare(a, b);
			ck_assert_int_eq((order > 0) - (order < 0), (i > j) - (i < j));
		}
}
END_TEST

START_TEST(a_size_is_read_with_its_unit)
{
	static const struct { const char *text; uint64_t bytes; } rows[] = {
		{ "0B", 0 }, { "0K", 0 }, { "1B", 1 },
		{ "1K", 1024 }, { "1KiB", 1024 }, { "1KB", 1000 },
		{ "1M", 1048576 }, { "1MiB", 1048576 }, { "1MB", 1000000 },
		{ "1792G", 1924145348608 }, { "1GiB", 1073741824 }, { "64GB", 64000000000 },
		{ "1.75T", 1924145348608 }, { "1TiB", 1099511627776 }, { "2TB", 2000000000000 },
		{ "939524096KiB", 962072674304 }, { "1 GiB", 1073741824 }, { "1g", 1073741824 },
		{ "0.5K", 512 }, { "1.50KB", 1500 }, { "007K", 7168 }, { "1gIb", 1073741824 }, { "1gib", 1073741824 },
		{ "1P", 1ull << 50 }, { "1PiB", 1ull << 50 }, { "1PB", 1000000000000000 },
		{ "15E", 15ull << 60 }, { "1EiB", 1ull << 60 }, { "1EB", 1000000000000000000 },
		{ "16777215T", 0xffffff0000000000 }, { "9999999999999999999B", 9999999999999999999u },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_error err = { 0 };
		uint64_t got = 1;

		expect_fine(hgx_size_parse(&got, rows[i].text, &err), &err, rows[i].text);
		ck_assert_msg(got == rows[i].bytes, "%s: %llu", rows[i].text,
			      (unsigned long long)got);
	}
}
END_TEST

START_TEST(what_is_not_a_size_is_refused)
{
	static const struct { const char *text, *error; } rows[] = {
		{ "", NO_SIZE("") },
		{ NULL, NO_SIZE("") },
		{ "G", NO_SIZE("G") },
		{ "1792", NO_SIZE("1792") },
		{ "1.5", NO_SIZE("1.5") },
		{ ".5G", NO_SIZE(".5G") },
		{ "1.2.3G", NO_SIZE("1.2.3G") },
		{ "-1G", NO_SIZE("-1G") },
		{ "+1G", NO_SIZE("+1G") },
		{ " 1G", NO_SIZE(" 1G") },
		{ "1G ", NO_SIZE("1G ") },
		{ "1GiBs", NO_SIZE("1GiBs") },
		{ "0x10G", NO_SIZE("0x10G") },
		{ "1e3G", NO_SIZE("1e3G") },
		{ "1Z", NO_SIZE("1Z") },
		{ "16E", NO_BYTES("16E") },
		{ "9999999999999999999E", NO_BYTES("9999999999999999999E") },
		{ "1,5G", NO_SIZE("1,5G") },
		{ "0.25B", NO_BYTES("0.25B") },
		{ "0.3K", NO_BYTES("0.3K") },
		{ "16777216T", NO_BYTES("16777216T") },
		{ "9999999999999999999T", NO_BYTES("9999999999999999999T") },
		{ "99999999999999999999B", "'99999999999999999999B' has more digits than a size can have" },
		{ "1.00000000000000000000G",
		  "'1.00000000000000000000G' has more digits than a size can have" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_error err = { 0 };
		uint64_t got = 7;
		int code = hgx_size_parse(&got, rows[i].text, &err);

		expect_error(code, &err, HGX_INVALID, rows[i].error);
		ck_assert_uint_eq(got, 7);
	}
}
END_TEST

START_TEST(a_size_is_shown_in_the_largest_whole_unit)
{
	static const struct { uint64_t bytes; const char *text; } rows[] = {
		{ 0, "0 B" }, { 1, "1 B" }, { 1023, "1023 B" }, { 1024, "1 KiB" }, { 1025, "1025 B" },
		{ 1048576, "1 MiB" }, { 1081258016768, "1007 GiB" }, { 1ull << 40, "1 TiB" },
		{ 1ull << 50, "1024 TiB" }, { 99999, "99999 B" }, { 100000, "97.66 KiB" },
		{ 1073741824 + 4096, "1.00 GiB" }, { UINT64_MAX, "16777216.00 TiB" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ck_assert_str_eq(size_text(rows[i].bytes).text, rows[i].text);
}
END_TEST

/* An independent reader of both spellings of a list; marks the CPUs that it names. */
static void mark(const char *list, bool *marks, size_t most)
{
	while (*list) {
		char *end;
		unsigned long first = strtoul(list, &end, 10), last = first, step = 1;

		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		if (*end == ':')
			step = strtoul(end + 1, &end, 10);
		ck_assert_msg((*end == ',' && end[1]) || !*end, "%s", list);
		ck_assert(last < most && step);
		for (; first <= last; first += step)
			marks[first] = true;
		list = *end ? end + 1 : end;
	}
}

static char *list_of(void (*write)(FILE *, const uint32_t *, size_t), const uint32_t *ids,
		     size_t count)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	write(stream, ids, count);
	fclose(stream);
	return text;
}

START_TEST(a_size_is_rounded_up_to_its_alignment)
{
	ck_assert_uint_eq(size_align(0, 4096), 0);
	ck_assert_uint_eq(size_align(1, 4096), 4096);
	ck_assert_uint_eq(size_align(4096, 4096), 4096);
	ck_assert_uint_eq(size_align(UINT64_MAX, 1), UINT64_MAX);
	ck_assert_uint_eq(size_align(UINT64_MAX - 4095, 4096), UINT64_MAX - 4095);
	ck_assert_uint_eq(size_align(UINT64_MAX - 4094, 4096), UINT64_MAX - 4095);
	ck_assert_uint_eq(size_align(UINT64_MAX, 1ull << 40), ~((1ull << 40) - 1));
}
END_TEST

START_TEST(a_list_of_cpus_written_and_read_is_the_same_set)
{
	uint64_t seed[9], first[9];
	size_t rounds = seeds(seed, 8);

	memcpy(first, seed, sizeof(first));
	for (size_t i = 0; i < rounds; i++)
		seed[i] = random_state(seed[i]);
	for (size_t i = 0; i < rounds * 64; i++) {
		unsigned most = 1 + random_below(&seed[i / 64], 300);
		unsigned percent = random_below(&seed[i / 64], 101);
		unsigned step = 1 + random_below(&seed[i / 64], 3);
		bool set[300] = { false }, shortly[300] = { false };
		uint32_t ids[300];
		size_t count = 0;
		struct arena arena = { NULL, false };
		struct cpuset read;
		char *text, *brief;

		for (unsigned id = 0; id < most; id += step)
			if ((set[id] = random_chance(&seed[i / 64], percent)))
				ids[count++] = id;
		text = list_of(cpulist_write, ids, count);
		brief = list_of(cpulist_write_short, ids, count);
		ck_assert_msg(cpulist_read(&arena, text, &read), "HGX_SEED=%llu: %s",
			      (unsigned long long)first[i / 64], text);
		ck_assert_uint_eq(read.count, count);
		ck_assert(!count || !memcmp(read.ids, ids, count * sizeof(*ids)));
		mark(brief, shortly, ARRAY_SIZE(shortly));
		ck_assert_msg(!memcmp(set, shortly, sizeof(set)), "HGX_SEED=%llu: %s is not %s",
			      (unsigned long long)first[i / 64], brief, text);
		arena_free(&arena);
		free(text);
		free(brief);
	}
}
END_TEST

START_TEST(a_list_of_cpus_is_written_in_ranges)
{
	static const struct { uint32_t ids[8]; size_t count; const char *text, *brief; } rows[] = {
		{ { 0 }, 0, "", "" },
		{ { 5 }, 1, "5", "5" },
		{ { 0, 1, 2, 3, 8, 10, 11 }, 7, "0-3,8,10-11", "0-3,8,10-11" },
		{ { 0, 2, 4, 6, 8 }, 5, "0,2,4,6,8", "0-8:2" },
		{ { 1, 3, 5, 6 }, 4, "1,3,5-6", "1-5:2,6" },
		{ { 0, 4 }, 2, "0,4", "0,4" },
		{ { 65535 }, 1, "65535", "65535" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = list_of(cpulist_write, rows[i].ids, rows[i].count);
		char *brief = list_of(cpulist_write_short, rows[i].ids, rows[i].count);

		ck_assert_str_eq(text, rows[i].text);
		ck_assert_str_eq(brief, rows[i].brief);
		free(text);
		free(brief);
	}
}
END_TEST

START_TEST(what_is_not_a_list_of_cpus_is_refused)
{
	static const char *const rows[] = {
		",", ",1", "-", "-1", "1-", "1--2", "3-1", "1,1", "2,1", "0-3,2", "a", "1a", "1 ", " 1",
		"1;2", "65536", "0-65536", "99999999999999999999", "0-99999999999999999999", "1,,2",
		"+1", "1-+2", "0x1", "0-8:2",
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct arena arena = { NULL, false };
		struct cpuset read;

		ck_assert_msg(!cpulist_read(&arena, rows[i], &read), "\"%s\"", rows[i]);
		arena_free(&arena);
	}
}
END_TEST

START_TEST(a_text_keeps_its_letters_and_drops_everything_else)
{
	static const struct { const char *text, *clean; } rows[] = {
		{ "", "" }, { "plain text ~", "plain text ~" }, { "a\tb\nc\x1b[0m", "a?b?c?[0m" },
		{ "\x7f", "?" }, { "\xc3\xa9", "\xc3\xa9" }, { "\xe2\x82\xac", "\xe2\x82\xac" },
		{ "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
		{ "\x80", "?" }, { "a\xc3", "a?" }, { "\xc3z", "?z" }, { "\xe2\x82", "??" },
		{ "\xc0\x80", "??" }, { "\xc1\xbf", "??" }, { "\xe0\x9f\xbf", "???" },
		{ "\xed\xa0\x80", "???" }, { "\xf0\x8f\xbf\xbf", "????" },
		{ "\xf4\x90\x80\x80", "????" }, { "\xf5\x80\x80\x80", "????" }, { "\xff\xfe", "??" },
		{ "\xc2\x85", "??" }, { "\xc2\xa0", "\xc2\xa0" }, { "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[32];

		strcpy(text, rows[i].text);
		text_clean(text);
		ck_assert_msg(!strcmp(text, rows[i].clean), "row %zu: %s", i, text);
	}
}
END_TEST

/* Independent of the rules by byte: decodes a character, encodes it again and compares. */
static bool is_clean(const unsigned char *c)
{
	while (*c) {
		unsigned length = *c < 0x80 ? 1 : *c < 0xe0 ? 2 : *c < 0xf0 ? 3 : 4;
		uint32_t value = length == 1 ? *c : *c & (0x7fu >> length);

		for (unsigned i = 1; i < length; i++) {
			if ((c[i] & 0xc0) != 0x80)
				return false;
			value = value << 6 | (c[i] & 0x3f);
		}
		if (value < 32 || (value >= 0x7f && value < 0xa0) || value > 0x10ffff ||
		    (value >= 0xd800 && value < 0xe000) ||
		    length != (value < 0x80 ? 1u : value < 0x800 ? 2u : value < 0x10000 ? 3u : 4u))
			return false;
		c += length;
	}
	return true;
}

START_TEST(any_bytes_become_clean_utf8_of_the_same_length)
{
	uint64_t seed = 7;

	for (unsigned round = 0; round < 20000; round++) {
		static const unsigned char nasty[] = { 0xc2, 0xc3, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0x80,
						       0x9f, 0xa0, 0xbf, 0x7f, 'a' };
		unsigned char text[17] = { 0 };
		size_t length = random_below(&seed, 16);

		for (size_t i = 0; i < length; i++)
			text[i] = random_chance(&seed, 70) ?
				nasty[random_below(&seed, ARRAY_SIZE(nasty))] :
				(unsigned char)(1 + random_below(&seed, 255));
		text_clean((char *)text);
		ck_assert_msg(is_clean(text), "round %u: %s", round, text);
		ck_assert_uint_eq(strlen((char *)text), length);
	}
}
END_TEST

START_TEST(an_address_is_written_as_nodes_are_named)
{
	static const struct { struct hgx_bdf address; const char *text; } rows[] = {
		{ { 0, 0x19, 0, 0 }, "0000:19:00.0" }, { { 0, 0, 0, 0 }, "0000:00:00.0" },
		{ { 0xffff, 0xff, 0x1f, 7 }, "ffff:ff:1f.7" }, { { 0x10000, 0xe1, 0, 0 }, "10000:e1:00.0" },
		{ { 0xffffffff, 0xff, 0x1f, 7 }, "ffffffff:ff:1f.7" }, { { 0xab, 0xcd, 0x1e, 3 }, "00ab:cd:1e.3" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[HGX_BDF_SIZE];
		struct hgx_bdf again;

		ck_assert_uint_eq(hgx_bdf_format(text, sizeof(text), rows[i].address), strlen(rows[i].text));
		ck_assert_str_eq(text, rows[i].text);
		ck_assert_int_eq(hgx_bdf_parse(&again, text, NULL), HGX_OK);
		ck_assert_int_eq(bdf_compare(again, rows[i].address), 0);
	}
}
END_TEST

START_TEST(an_address_is_cut_to_the_room_there_is)
{
	struct hgx_bdf address = { 0x10000, 0xe1, 0, 0 };
	const char *whole = "10000:e1:00.0";

	ck_assert_uint_eq(hgx_bdf_format(NULL, 0, address), strlen(whole));
	for (size_t size = 1; size < 20; size++) {
		char text[32], expected[32];

		memset(text, 'x', sizeof(text));
		snprintf(expected, size, "%s", whole);
		ck_assert_uint_eq(hgx_bdf_format(text, size, address), strlen(whole));
		ck_assert_str_eq(text, expected);
		ck_assert_int_eq(text[size], 'x');
	}
}
END_TEST

START_TEST(the_number_of_the_version_is_that_of_its_words)
{
	unsigned major, minor, patch;

	ck_assert_int_eq(sscanf(hgx_version(), "%u.%u.%u", &major, &minor, &patch), 3);
	ck_assert_uint_eq(hgx_version_number(), 1000000 * major + 1000 * minor + patch);
	ck_assert_uint_eq(hgx_version_number(), HGX_VERSION_NUMBER);
	ck_assert_uint_gt(hgx_version_number(), 0);
}
END_TEST

START_TEST(the_library_tells_how_large_the_structs_are_that_callers_allocate)
{
	static const struct { size_t (*told)(void); size_t size; } rows[] = {
		{ hgx_error_size, sizeof(struct hgx_error) },
		{ hgx_host_options_size, sizeof(struct hgx_host_options) },
		{ hgx_domain_options_size, sizeof(struct hgx_domain_options) },
		{ hgx_plan_options_size, sizeof(struct hgx_plan_options) },
		{ hgx_nccl_options_size, sizeof(struct hgx_nccl_options) },
		{ hgx_qemu_options_size, sizeof(struct hgx_qemu_options) },
		{ hgx_kernel_options_size, sizeof(struct hgx_kernel_options) },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ck_assert_uint_eq(rows[i].told(), rows[i].size);
}
END_TEST

#define ENDS_WITH(type, last) { #type, sizeof(struct type), offsetof(struct type, last) + sizeof(((struct type *)NULL)->last) }

/* In padding at its end, a caller that does not clear the struct leaves anything, where a later
 * version could have a member. */
START_TEST(no_options_struct_ends_in_padding)
{
	static const struct { const char *name; size_t size, end; } rows[] = {
		ENDS_WITH(hgx_host_options, root), ENDS_WITH(hgx_domain_options, reserved),
		ENDS_WITH(hgx_plan_options, host_cpus), ENDS_WITH(hgx_nccl_options, words),
		ENDS_WITH(hgx_qemu_options, devices_only), ENDS_WITH(hgx_kernel_options, reserved),
		ENDS_WITH(hgx_error, reserved), ENDS_WITH(hgx_bar, reserved),
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ck_assert_msg(rows[i].size == rows[i].end, "struct %s", rows[i].name);
}
END_TEST

START_TEST(a_size_is_that_of_an_options_struct)
{
	struct { size_t size; const char *text; int number, last; char more[64]; } theirs = { 0 }, own;

	for (size_t size = 0; size <= sizeof(theirs); size++) {
		struct hgx_error err = { 0 };
		int code;

		theirs.size = size;
		memset(&own, 0, sizeof(own));
		own.size = 24;
		code = options_copy(&own, &theirs, offsetof(__typeof__(own), text), &err);
		ck_assert_msg(code == (size > 8 && size % 8 == 0 ? HGX_OK : HGX_INVALID), "size %zu", size);
		ck_assert_str_eq(err.rule, code ? "options-size" : "");
	}
}
END_TEST

START_TEST(what_is_reserved_must_be_clear)
{
	static const char domain[] = "<domain><os><type machine='q35'>hvm</type></os><devices/></domain>";
	struct hgx_topo *host = host_of("package 0\nnode 0 memory=64G\ncpus 0-7 package=0 node=0\n"
					"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu group=1\n"), *topo;
	struct hgx_plan *plan = plan_of(host, 0, 0);

	for (int reserved = 0; reserved < 2; reserved++) {
		struct hgx_domain_options d = { .size = sizeof(d), .reserved = reserved };
		struct hgx_qemu_options q = { .size = sizeof(q), .devices_only = 2 * reserved };
		struct hgx_kernel_options k = { .size = sizeof(k), .reserved = reserved };
		int wanted = reserved ? HGX_INVALID : HGX_OK;
		char *text;

		ck_assert_int_eq(hgx_topo_from_domain(&topo, domain, strlen(domain), NULL, &d, NULL), wanted);
		hgx_topo_free(topo);
		ck_assert_int_eq(hgx_emit_qemu(plan, &q, &text, NULL), wanted);
		hgx_text_free(text);
		ck_assert_int_eq(hgx_emit_kernel_args(&plan, 1, &k, &text, NULL), wanted);
		hgx_text_free(text);
	}
	hgx_plan_free(plan);
	hgx_topo_free(host);
}
END_TEST

/* tests/cli/locale.sh sets other locales. */
int main(void)
{
	setlocale(LC_ALL, "");
	seeds_begin();
	return RUN("values", an_address_is_read_in_every_spelling,
		   what_is_not_an_address_is_refused,
		   addresses_are_ordered_by_domain_bus_device_function, a_size_is_read_with_its_unit,
		   what_is_not_a_size_is_refused, a_size_is_shown_in_the_largest_whole_unit,
		   a_size_is_rounded_up_to_its_alignment,
		   a_list_of_cpus_written_and_read_is_the_same_set,
		   a_list_of_cpus_is_written_in_ranges, what_is_not_a_list_of_cpus_is_refused,
		   a_text_keeps_its_letters_and_drops_everything_else,
		   any_bytes_become_clean_utf8_of_the_same_length,
		   an_address_is_written_as_nodes_are_named, an_address_is_cut_to_the_room_there_is,
		   the_number_of_the_version_is_that_of_its_words,
		   the_library_tells_how_large_the_structs_are_that_callers_allocate,
		   no_options_struct_ends_in_padding, a_size_is_that_of_an_options_struct,
		   what_is_reserved_must_be_clear);
}
