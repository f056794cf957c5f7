/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Damaged documents: the reader returns an error, or a topology that every emitter accepts. Run
 * this with SANITIZE=1 or under valgrind as well. */
#include "support.h"

static const char lines[] =
	"package 0 vendor=GenuineIntel family=6 model=143 arch=x86_64\n"
	"node 0 memory=64G distances=10,21\n"
	"node 1 memory=64G distances=21,10\n"
	"cpus 0-3 package=0 node=0 threads=2\n"
	"cpus 4-5 package=0 node=1 threads=1\n"
	"cpus 6 offline\n"
	"root 0000:10 numa=0\n"
	" 10:01.0 root-port\n"
	"  11:00.0 switch-up\n"
	"   12:00.0 switch-down\n"
	"    13:00.0 gpu group=1 guid=GPU-1\n"
	"   12:01.0 switch-down\n"
	"    14:00.0 nic group=2 dsn=00-01 subsys=15b3:0041\n"
	"    14:00.1 nic group=2 subsys=15b3:0041\n"
	"    14:00.2 nic pf=0000:14:00.0\n"
	"root 0001:20 numa=1\n"
	" 0001:20:01.0 root-port\n"
	"  0001:21:00.0 nvme group=3 serial=S1 use=\"is mounted at /\" name=\"SSD \xc3\xa9\"\n"
	" 0001:20:03.0 root-port\n"
	"  0001:22:00.0 gpu id=10de:2204 class=030000 group=4\n"
	"  0001:22:00.1 other id=10de:1aef class=040300 group=4\n";

static unsigned long long seed_now;

static int emit_nccl(const struct hgx_topo *topo, char **out, struct hgx_error *err)
{
	return hgx_emit_nccl(topo, NULL, out, err);
}

static void emit_all(const struct hgx_topo *topo)
{
	static int (*const emitters[])(const struct hgx_topo *, char **, struct hgx_error *) = {
		hgx_emit_json_with_ids, hgx_emit_tree, hgx_emit_matrix, emit_nccl,
	};

	for (size_t i = 0; i < ARRAY_SIZE(emitters); i++) {
		struct hgx_error err = { 0 };
		char *text = (char *)lines;
		int code = emitters[i](topo, &text, &err);

		ck_assert_msg(!code == !!text, "HGX_SEED=%llu: emitter %zu: code and result disagree",
			      seed_now, i);
		ck_assert_msg(!code || (*err.text && !strchr(err.text, '\n')), "HGX_SEED=%llu: emitter %zu: no sentence",
			      seed_now, i);
		hgx_text_free(text);
	}
}

/* Every PCI function has its fate, every other node none. */
static void ask_verdicts(const struct hgx_plan *plan, const struct hgx_topo *topo)
{
	const struct hgx_node *root = hgx_topo_root(topo), *n = NULL;

	while ((n = hgx_node_next(root, n)) != NULL) {
		const struct hgx_verdict *verdict = hgx_plan_verdict(plan, n);
		struct hgx_link now, possible;

		ck_assert_msg(!verdict == !hgx_node_pci(n) && (!verdict || *verdict->reason),
			      "HGX_SEED=%llu: the verdict of %s", seed_now, hgx_node_name(n));
		hgx_node_link(n, &now, &possible);
		hgx_plan_host_of(plan, hgx_plan_guest_of(plan, n));
	}
}

static void emit_plan(const struct hgx_topo *topo)
{
	struct hgx_plan *plan = (struct hgx_plan *)lines;
	struct hgx_error err = { 0 };
	struct hgx_topo *guest;
	int code = hgx_plan_new(&plan, topo, NULL, &err);
	char *text;

	ck_assert_msg(!code == !!plan, "HGX_SEED=%llu: plan: code and result disagree", seed_now);
	ck_assert_msg(!code || *err.text, "HGX_SEED=%llu: plan: no sentence", seed_now);
	if (code)
		return;
	ck_assert_int_eq(hgx_emit_libvirt(plan, &text, &err), HGX_OK);
	hgx_text_free(text);
	code = hgx_emit_kernel_args(&plan, 1, NULL, &text, &err);
	ck_assert(code == HGX_OK || code == HGX_REFUSED);
	hgx_text_free(text);
	ask_verdicts(plan, topo);
	emit_all(hgx_plan_guest(plan));
	code = hgx_topo_match(&guest, topo, hgx_plan_guest(plan), &err);
	if (code)
		ck_assert_str_eq(err.rule, "guest-ambiguous");
	else
		emit_all(guest);
	hgx_topo_free(guest);
	hgx_plan_free(plan);
}

static bool try_document(const char *text, size_t length)
{
	/* exactly as long as claimed, so that the sanitizers see a read beyond the end */
	char *copy = malloc(length ? length : 1);
	struct hgx_topo *topo = (struct hgx_topo *)lines;
	struct hgx_error err = { 0 };
	int code;

	memcpy(copy, text, length);
	code = hgx_topo_from_json(&topo, copy, length, "t.json", &err);
	free(copy);
	ck_assert_msg(!code == !!topo, "HGX_SEED=%llu: code and result disagree", seed_now);
	/* the name stands in every sentence but that of want of memory, which is also json-c's
	 * answer to what our scan should not have taken */
	if (code) {
		ck_assert_msg(err.code == code && !strncmp(err.text, "t.json", 6) &&
			      !strchr(err.text, '\n'), "HGX_SEED=%llu: %d %s", seed_now, code, err.text);
		return false;
	}
	emit_all(topo);
	emit_plan(topo);
	hgx_topo_free(topo);
	return true;
}

START_TEST(a_document_cut_short_anywhere_is_refused)
{
	char *json = json_of(lines);
	size_t whole = strrchr(json, '}') + 1 - json;

	for (size_t length = 0; length < whole; length++)
		ck_assert_msg(!try_document(json, length), "cut after %zu of %zu", length, whole);
	ck_assert(try_document(json, whole));
	free(json);
}
END_TEST

/* Flips, inserts and deletes bytes, and copies a piece of the text elsewhere. */
static size_t damage(uint64_t *seed, char *text, size_t length)
{
	static const char bytes[] = "{}[]\",:0123456789-.eaxtrue null\\u\n\x01\xc3\xff";

	for (unsigned n = 1 + random_below(seed, 4); n; n--) {
		size_t at = random_below(seed, (unsigned)length);
		char byte = bytes[random_below(seed, sizeof(bytes))];
		size_t piece = 1 + random_below(seed, 12);

		switch (random_below(seed, 5)) {
		case 0:
			text[at] = (char)(text[at] ^ (1 << random_below(seed, 8)));
			break;
		case 1:
			text[at] = byte;
			break;
		case 2:
			memmove(text + at + 1, text + at, length++ - at);
			text[at] = byte;
			break;
		case 3:
			piece = at + piece > length ? length - at : piece;
			memmove(text + at, text + at + piece, length - at - piece);
			length -= piece;
			break;
		default:
			piece = at + piece > length ? length - at : piece;
			memmove(text + random_below(seed, (unsigned)(length - piece + 1)), text + at, piece);
		}
	}
	return length;
}

/* Most damage breaks the syntax and is found early; changed digits and words get further. */
static size_t change_value(uint64_t *seed, char *text, size_t length)
{
	for (unsigned n = 1 + random_below(seed, 3), tries = 0; n && tries < 1000; tries++) {
		size_t at = random_below(seed, (unsigned)length);

		if (text[at] >= '0' && text[at] <= '9')
			text[at] = (char)('0' + random_below(seed, 10));
		else if (text[at] >= 'a' && text[at] <= 'f' && random_chance(seed, 20))
			text[at] = (char)('a' + random_below(seed, 6));
		else
			continue;
		n--;
	}
	return length;
}

static size_t fuzz(size_t (*change)(uint64_t *, char *, size_t), unsigned rounds)
{
	char *json = json_of(lines), *text = malloc(strlen(json) + 64);
	uint64_t seed[2];
	size_t count = seeds(seed, 1), read = 0;

	for (size_t s = 0; s < count; s++) {
		seed_now = seed[s];
		seed[s] = random_state(seed[s]);
		for (unsigned i = 0; i < rounds; i++) {
			size_t length = strlen(json);

			memcpy(text, json, length + 1);
			length = change(&seed[s], text, length);
			read += try_document(text, length);
		}
	}
	free(text);
	free(json);
	return read;
}

START_TEST(a_damaged_document_never_crashes)
{
	fuzz(damage, 4000);
}
END_TEST

START_TEST(a_document_with_changed_values_never_crashes)
{
	ck_assert_uint_gt(fuzz(change_value, 4000), 100); /* otherwise the emitters were not tested */
}
END_TEST

START_TEST(values_at_their_limits_are_taken_by_every_emitter)
{
	static const char *const rows[][2] = {
		{ "\"numa_node\": 0", "\"numa_node\": null" }, { "\"mts\": 32000", "\"mts\": 128000" },
		{ "\"mts\": 32000", "\"mts\": 2500" }, { "\"width\": 16", "\"width\": 32" },
		{ "\"core\": 0", "\"core\": 2147483647" }, { "\"memory\": 68719476736", "\"memory\": 0" },
		{ "\"memory\": 68719476736", "\"memory\": 1" },
		{ "\"memory\": 68719476736", "\"memory\": 72057594037927936" },
		{ "\"iommu_group\": 1", "\"iommu_group\": 2147483647" },
		{ "\"id\": 6", "\"id\": 65535" }, { "\"id\": 5", "\"id\": 65535" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *json = json_of(lines), *place = strstr(json, rows[i][0]), *text = NULL;
		size_t size;
		FILE *to = open_memstream(&text, &size);

		ck_assert_msg(place != NULL, "%s is not in the document", rows[i][0]);
		fprintf(to, "%.*s%s%s", (int)(place - json), json, rows[i][1],
			place + strlen(rows[i][0]));
		fclose(to);
		ck_assert_msg(try_document(text, size), "%s is refused", rows[i][1]);
		free(text);
		free(json);
	}
}
END_TEST

int main(void)
{
	seeds_begin();
	return RUN("json fuzz", a_document_cut_short_anywhere_is_refused,
		   a_damaged_document_never_crashes, a_document_with_changed_values_never_crashes,
		   values_at_their_limits_are_taken_by_every_emitter);
}
