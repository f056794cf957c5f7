/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the tests share: a runner, a generator of random numbers, and hosts written as a
 * few lines of text:
 *
 *	package 0 vendor=AuthenticAMD family=25 model=17
 *	node 0 memory=64G distances=10,21 huge=2M:512:512,1G:8:4      (total and free pages)
 *	cpus 0-7,16-23 package=0 node=0 threads=2     (or core=N; or offline)
 *	root 0000:10 numa=0
 *	  10:01.0 root-port
 *	    11:00.0 gpu group=3 id=10de:2335 subsys=10de:18be class=030200 link=32x16
 *	            numa=1 driver=… use="why the host needs it" pf=ADDRESS name="…"
 *	            bars=16M,256G,-32M (64-bit, prefetchable; with "-", not prefetchable)
 *	            serial=S1 guid=GPU-1 dsn=00-11-22-33-44-55-66-77 (from drive, driver, PCI)
 *	            sriov=16:2 (virtual functions that are possible, and that exist)
 *
 * A deeper line is behind the nearest line above it that is less deep. */
#ifndef TEST_SUPPORT_H
#define TEST_SUPPORT_H

#include "every.h" /* before check.h, which has a macro fail() */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define RUN(name, ...) run_tests(name, (const TTest *const[]){ __VA_ARGS__ }, \
				 sizeof((const TTest *const[]){ __VA_ARGS__ }) / sizeof(void *))

/* Like ck_assert_msg(), which reports each claim that holds to its parent: too slow for
 * millions of claims. */
#define must(condition, ...) \
	do { \
		if (!(condition)) \
			ck_abort_msg(__VA_ARGS__); \
	} while (0)

/* The time limit ends a test that hangs; no test comes near it. */
static inline int run_tests(const char *name, const TTest *const *tests, size_t count)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 240);
	suite_add_tcase(suite, tcase);
	for (size_t i = 0; i < count; i++)
		tcase_add_test(tcase, tests[i]);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* xorshift64*; never seeded with 0 */
static inline uint64_t random_next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dull;
}

/* A state from any number; near numbers give distant states (splitmix64). */
static inline uint64_t random_state(uint64_t seed)
{
	seed += 0x9e3779b97f4a7c15ull;
	seed = (seed ^ seed >> 30) * 0xbf58476d1ce4e5b9ull;
	seed = (seed ^ seed >> 27) * 0x94d049bb133111ebull;
	return (seed ^ seed >> 31) | 1;
}

static inline unsigned random_below(uint64_t *state, unsigned most)
{
	return (unsigned)((random_next(state) >> 33) % most);
}

/* True in @percent of a hundred cases. */
static inline bool random_chance(uint64_t *state, unsigned percent)
{
	return random_below(state, 100) < percent;
}

/* The seeds of a property test: fixed ones, then a new one for each run, which main() prints.
 * HGX_SEED=N runs only that one. tests/cli/firmware.sh boots the host of that seed, and with
 * HGX_SEEDS=M those of M seeds from N on. */
static uint64_t fresh_seed = 1;

static inline void seeds_begin(void)
{
	fresh_seed = ((uint64_t)time(NULL) * 2654435761u ^ (uint64_t)getpid()) & 0xffffffff;
	if (!getenv("HGX_SEED"))
		printf("fresh seed, to repeat: HGX_SEED=%llu\n", (unsigned long long)fresh_seed);
	fflush(stdout);
}

static inline size_t seeds(uint64_t *out, size_t fixed)
{
	const char *wanted = getenv("HGX_SEED");

	if (wanted) {
		out[0] = strtoull(wanted, NULL, 0);
		return 1;
	}
	for (size_t i = 0; i < fixed; i++)
		out[i] = i + 1;
	out[fixed] = fresh_seed;
	return fixed + 1;
}

static inline void expect_error(int got, const struct hgx_error *err, int code, const char *text)
{
	ck_assert_msg(got == code && err->code == code && !strcmp(err->text, text),
		      "expected %d \"%s\"\n     got %d \"%s\"", code, text, got, err->text);
}

static inline void expect_fine(int got, const struct hgx_error *err, const char *what)
{
	ck_assert_msg(got == HGX_OK, "%s: %d \"%s\"", what, got, err->text);
}

struct made {
	FILE *lists[5]; /* packages, numa_nodes, cpus, host_bridges, pci */
	char *texts[5];
	size_t sizes[5];
	char parents[32][BDF_TEXT];
	unsigned depths[32], depth;
	const char *numa;
	char numa_text[16];
};

struct line {
	char *words[24];
	size_t count;
};

static inline void line_split(struct line *line, char *text)
{
	bool quoted = false;

	line->count = 0;
	for (char *c = text; *c;) {
		while (*c == ' ')
			*c++ = '\0';
		if (!*c)
			break;
		must(line->count < ARRAY_SIZE(line->words), "%s", c);
		line->words[line->count++] = c;
		for (; *c && (quoted || *c != ' '); c++)
			quoted ^= *c == '"';
	}
}

static inline const char *line_value(const struct line *line, const char *key)
{
	static char value[1200];
	size_t length = strlen(key);

	for (size_t i = 1; i < line->count; i++) {
		const char *word = line->words[i];

		if (strncmp(word, key, length) || (word[length] != '=' && word[length]))
			continue;
		if (word[length] && word[length + 1] == '"')
			snprintf(value, sizeof(value), "%.*s", (int)strlen(word + length + 2) - 1,
				 word + length + 2);
		else
			snprintf(value, sizeof(value), "%s", word[length] ? word + length + 1 : "");
		return value;
	}
	return NULL;
}

/* The stream of a list, after the comma. */
static inline FILE *made_list(struct made *made, unsigned list)
{
	if (ftell(made->lists[list]) > 0)
		fputs(",\n", made->lists[list]);
	return made->lists[list];
}

static inline void put_value(FILE *to, const struct line *line, const char *key, const char *name,
			     bool text)
{
	const char *value = line_value(line, key);

	if (value)
		fprintf(to, text ? ", \"%s\": \"%s\"" : ", \"%s\": %s", name, value);
}

static inline void made_package(struct made *made, const struct line *line)
{
	FILE *to = made_list(made, 0);

	fprintf(to, "{ \"id\": %s", line->words[1]);
	put_value(to, line, "arch", "arch", true);
	put_value(to, line, "vendor", "vendor", true);
	put_value(to, line, "family", "family", false);
	put_value(to, line, "model", "model", false);
	fputs(" }", to);
}

static inline void put_pools(FILE *to, const char *value)
{
	char *copy = strdup(value), *save = NULL;

	fputs(", \"huge_pages\": [", to);
	for (char *pool = strtok_r(copy, ",", &save), *rest; pool; pool = strtok_r(NULL, ",", &save)) {
		unsigned long long size = strtoull(pool, &rest, 10), total;

		size <<= *rest == 'G' ? 30 : 20;
		total = strtoull(rest + 2, &rest, 10);
		fprintf(to, "%s{ \"size\": %llu, \"total\": %llu, \"free\": %llu }",
			pool == copy ? " " : ", ", size, total, strtoull(rest + 1, NULL, 10));
	}
	fputs(" ]", to);
	free(copy);
}

static inline void made_node(struct made *made, const struct line *line)
{
	FILE *to = made_list(made, 1);
	const char *value = line_value(line, "memory");
	uint64_t memory = 0;

	if (value)
		must(!hgx_size_parse(&memory, value, NULL), "%s", value);
	fprintf(to, "{ \"id\": %s, \"memory\": %llu", line->words[1], (unsigned long long)memory);
	value = line_value(line, "distances");
	if (value)
		fprintf(to, ", \"distances\": [ %s ]", value);
	value = line_value(line, "huge");
	if (value)
		put_pools(to, value);
	fputs(" }", to);
}

/* The first part of the list is the first threads of the cores, and so on. */
static inline void made_cpus(struct made *made, const struct line *line)
{
	const char *value = line_value(line, "threads");
	size_t threads = value ? (size_t)atoi(value) : 1;
	struct arena arena = { NULL, false };
	struct cpuset cpus;

	must(cpulist_read(&arena, line->words[1], &cpus), "%s", line->words[1]);
	for (size_t i = 0; i < cpus.count; i++) {
		FILE *to = made_list(made, 2);

		fprintf(to, "{ \"id\": %u", cpus.ids[i]);
		if (line_value(line, "offline")) {
			fputs(", \"online\": false }", to);
			continue;
		}
		put_value(to, line, "package", "package", false);
		put_value(to, line, "node", "numa_node", false);
		if (line_value(line, "core"))
			put_value(to, line, "core", "core", false);
		else
			fprintf(to, ", \"core\": %u", cpus.ids[i % (cpus.count / threads)]);
		fputs(", \"online\": true }", to);
	}
	arena_free(&arena);
}

static inline void made_root(struct made *made, const struct line *line)
{
	fprintf(made_list(made, 3), "\"pci%s\"", line->words[1]);
	snprintf(made->parents[0], sizeof(made->parents[0]), "pci%s", line->words[1]);
	made->depths[0] = 0;
	made->depth = 1;
	made->numa = line_value(line, "numa");
	if (made->numa)
		made->numa = strcpy(made->numa_text, made->numa);
}

static const struct made_kind {
	const char *kind, *id, *class_code, *link;
} made_kinds[] = {
	{ "root-port", "8086:352a", "060400", "32x16" },
	{ "switch-up", "1000:c030", "060400", "32x16" },
	{ "switch-down", "1000:c030", "060400", "32x16" },
	{ "bridge", "1a03:1150", "060400", "5x1" },
	{ "gpu", "10de:2335", "030200", "32x16" },
	{ "nic", "15b3:1021", "020700", "32x16" },
	{ "nvme", "1344:51c3", "010802", "16x4" },
	{ "nvswitch", "10de:22a3", "068000", "16x2" },
	{ "nvlink-manager", "15b3:1021", "020700", "32x16" },
	{ "other", "1000:00b2", "010700", "32x16" },
};

static inline void put_identity(FILE *to, const struct line *line, const struct made_kind *kind)
{
	const char *value = line_value(line, "id");

	value = value ? value : kind->id;
	fprintf(to, ", \"vendor\": \"0x%.4s\", \"device\": \"0x%s\"", value, value + 5);
	value = line_value(line, "subsys");
	value = value ? value : "0000:0000";
	fprintf(to, ", \"subsystem_vendor\": \"0x%.4s\", \"subsystem_device\": \"0x%s\"", value,
		value + 5);
	value = line_value(line, "class");
	fprintf(to, ", \"class\": \"0x%s\"", value ? value : kind->class_code);
	value = line_value(line, "link");
	value = value ? value : kind->link;
	if (strcmp(value, "none"))
		fprintf(to, ", \"link_max\": { \"mts\": %u, \"width\": %s }",
			(unsigned)(1000 * strtod(value, NULL)), strchr(value, 'x') + 1);
}

static inline void put_bars(FILE *to, const struct line *line)
{
	const char *value = line_value(line, "bars");
	char *copy = strdup(value ? value : ""), *save = NULL;
	unsigned index = 0;

	fputs(", \"bars\": [", to);
	for (char *bar = strtok_r(copy, ",", &save); bar; bar = strtok_r(NULL, ",", &save)) {
		bool prefetch = *bar != '-';
		uint64_t size;

		must(!hgx_size_parse(&size, bar + !prefetch, NULL), "%s", bar);
		fprintf(to, "%s { \"index\": %u, \"size\": %llu, \"type\": \"mem64\", \"prefetch\": %s }",
			index ? "," : "", index, (unsigned long long)size, prefetch ? "true" : "false");
		index += 2;
	}
	fputs(" ]", to);
	free(copy);
}

static inline void put_abilities(FILE *to, const struct line *line)
{
	const char *value = line_value(line, "sriov");

	if (value)
		fprintf(to, ", \"sriov\": { \"total\": %d, \"enabled\": %d }", atoi(value),
			atoi(strchr(value, ':') + 1));
}

static inline void put_ids(FILE *to, const struct line *line)
{
	static const char *const keys[][2] = {
		{ "serial", "drive_serial" }, { "guid", "guid" }, { "dsn", "device_serial" },
	};
	unsigned count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *value = line_value(line, keys[i][0]);

		if (value)
			fprintf(to, "%s\"%s\": \"%s\"", count++ ? ", " : ", \"ids\": { ", keys[i][1],
				value);
	}
	fputs(count ? " }" : "", to);
}

static inline void made_function(struct made *made, const struct line *line, unsigned depth)
{
	const struct made_kind *kind = NULL;
	FILE *to = made_list(made, 4);
	struct hgx_bdf address;

	for (size_t i = 0; i < ARRAY_SIZE(made_kinds); i++)
		if (!strcmp(made_kinds[i].kind, line->words[1]))
			kind = &made_kinds[i];
	must(kind && !hgx_bdf_parse(&address, line->words[0], NULL), "%s", line->words[0]);
	while (made->depth > 1 && made->depths[made->depth - 1] >= depth)
		made->depth--;
	fprintf(to, "{ \"address\": \"%s\", \"kind\": \"%s\", \"parent\": \"%s\"",
		bdf_text(address).text, kind->kind, made->parents[made->depth - 1]);
	snprintf(made->parents[made->depth], BDF_TEXT, "%s", bdf_text(address).text);
	made->depths[made->depth++] = depth;
	put_identity(to, line, kind);
	put_bars(to, line);
	put_abilities(to, line);
	if (line_value(line, "numa"))
		put_value(to, line, "numa", "numa_node", false);
	else if (made->numa)
		fprintf(to, ", \"numa_node\": %s", made->numa);
	put_value(to, line, "group", "iommu_group", false);
	put_value(to, line, "driver", "driver", true);
	put_value(to, line, "pf", "physical_function", true);
	put_value(to, line, "use", "host_use", true);
	put_value(to, line, "direct", "data_direct_of", true);
	put_value(to, line, "name", "device_name", true);
	put_ids(to, line);
	fputs(" }", to);
}

static inline void made_line(struct made *made, char *text)
{
	unsigned depth = (unsigned)strspn(text, " ");
	struct line line;

	line_split(&line, text);
	if (!line.count)
		return;
	if (depth)
		made_function(made, &line, depth);
	else if (!strcmp(line.words[0], "package"))
		made_package(made, &line);
	else if (!strcmp(line.words[0], "node"))
		made_node(made, &line);
	else if (!strcmp(line.words[0], "cpus"))
		made_cpus(made, &line);
	else if (!strcmp(line.words[0], "root"))
		made_root(made, &line);
	else
		ck_abort_msg("no line of a host: %s", text);
}

/* The JSON of a host written as lines; the caller frees it. */
static inline char *json_of(const char *lines)
{
	static const char *const keys[] = { "packages", "numa_nodes", "cpus", "host_bridges", "pci" };
	char *copy = strdup(lines), *save = NULL, *json = NULL;
	struct made made = { .depth = 1 };
	size_t size;
	FILE *to = open_memstream(&json, &size);

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		made.lists[i] = open_memstream(&made.texts[i], &made.sizes[i]);
	for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		made_line(&made, line);
	fputs("{ \"format\": \"hgxtopo\", \"version\": 1, \"machine\": \"host\"", to);
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		fclose(made.lists[i]);
		fprintf(to, ",\n\"%s\": [\n%s\n]", keys[i], made.texts[i]);
		free(made.texts[i]);
	}
	fputs(",\n\"findings\": []\n}\n", to);
	fclose(to);
	free(copy);
	return json;
}

/* The topology of a host written as lines. */
static inline struct hgx_topo *host_of(const char *lines)
{
	struct hgx_error err = { 0 };
	struct hgx_topo *topo;
	char *json = json_of(lines);
	int code = hgx_topo_from_json(&topo, json, strlen(json), "made", &err);

	must(code == HGX_OK, "%s\n%s", err.text, lines);
	free(json);
	return topo;
}

static inline struct hgx_plan *plan_of(const struct hgx_topo *host, uint64_t memory, int cores)
{
	struct hgx_plan_options options = { .size = sizeof(options), .memory = memory,
					    .reserve_cores = cores };
	struct hgx_error err = { 0 };
	struct hgx_plan *plan;

	expect_fine(hgx_plan_new(&plan, host, &options, &err), &err, "plan");
	return plan;
}

/* The first finding of a rule about a node (NULL: any node); NULL: there is none. */
static inline const char *finding_text(const struct hgx_finding *findings, size_t count,
				       const char *rule, const char *node)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(findings[i].rule, rule) &&
		    (!node || (findings[i].node && !strcmp(findings[i].node->name, node))))
			return findings[i].text;
	return NULL;
}

#endif
