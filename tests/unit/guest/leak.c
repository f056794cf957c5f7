/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a plan holds goes with it: nothing is left when it is freed. */
#include "support.h"
#include <malloc.h>

#define HOST "package 0 vendor=GenuineIntel\nnode 0 memory=64G\ncpus 0-7 package=0 node=0\n" \
	"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 switch-up\n   12:00.0 switch-down\n" \
	"    13:00.0 gpu\n   12:01.0 switch-down\n    14:00.0 nic\n   12:02.0 switch-down\n    15:00.0 nvme\n" \
	"root 0000:20 numa=0\n 20:01.0 root-port\n  21:00.0 nic\n"
#define DOMAIN "<domain><os><type arch='x86_64' machine='q35'>hvm</type></os><devices>" \
	"<disk><target dev='vda'/></disk><graphics type='vnc'/></devices></domain>"

/* Smaller than any block of the C library's, so that one lost in each round is seen. */
#define LEAST 16
#define WARM 50
#define ROUNDS 400

static size_t bytes_in_use(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

/* The first rounds fill what libraries keep once and for all, and malloc's own caches. */
static void expect_no_leak(const char *what, void (*round)(const struct hgx_topo *host))
{
	struct hgx_topo *host = host_of(HOST);
	size_t before, after;

	for (int i = 0; i < WARM; i++)
		round(host);
	before = bytes_in_use();
	for (int i = 0; i < ROUNDS; i++)
		round(host);
	after = bytes_in_use();
	ck_assert_msg(after < before + ROUNDS * LEAST, "%s: %zu bytes a round", what,
		      (after - before) / ROUNDS);
	hgx_topo_free(host);
}

static void plan_with(const struct hgx_topo *host, struct hgx_plan_options options, int code)
{
	struct hgx_error err = { 0 };
	struct hgx_plan *plan;

	options.size = sizeof(options);
	must(hgx_plan_new(&plan, host, &options, &err) == code, "%s", err.text);
	must(code || plan->guest, "no guest");
	must(code || plan->findings.count, "no findings");
	hgx_plan_free(plan);
}

static void plan_plain(const struct hgx_topo *host)
{
	plan_with(host, (struct hgx_plan_options){ 0 }, HGX_OK);
}

static void plan_in_domain(const struct hgx_topo *host)
{
	plan_with(host, (struct hgx_plan_options){ .base = DOMAIN, .base_length = strlen(DOMAIN) }, HGX_OK);
}

static void plan_refused_early(const struct hgx_topo *host)
{
	plan_with(host, (struct hgx_plan_options){ .reserve_cores = -7 }, HGX_INVALID);
}

static void plan_refused_late(const struct hgx_topo *host)
{
	plan_with(host, (struct hgx_plan_options){ .hugepages = 1ull << 30 }, HGX_REFUSED);
}

static void read_domain(const struct hgx_topo *host)
{
	struct hgx_domain_options options = { .size = sizeof(options), .host = host };
	struct hgx_error err = { 0 };
	struct hgx_topo *topo;

	must(!hgx_topo_from_domain(&topo, DOMAIN, strlen(DOMAIN), "vm", &options, &err), "%s", err.text);
	hgx_topo_free(topo);
}

static void refuse_domain(const struct hgx_topo *host)
{
	static const char text[] = "<domain><os><type machine='q35'>hvm</type></os><devices><disk/>"
				   "</devices><vcpu>none</vcpu></domain>";
	struct hgx_domain_options options = { .size = sizeof(options), .host = host };
	struct hgx_topo *topo;

	must(hgx_topo_from_domain(&topo, text, strlen(text), "vm", &options, NULL) == HGX_BROKEN, "read");
}

static void emit_all(const struct hgx_topo *host)
{
	struct hgx_plan *plan = plan_of(host, 0, 0);
	struct hgx_plan *const plans[] = { plan };
	char *text;

	must(!hgx_emit_libvirt(plan, &text, NULL), "libvirt");
	hgx_text_free(text);
	must(!hgx_emit_nccl(hgx_plan_guest(plan), NULL, &text, NULL), "nccl");
	hgx_text_free(text);
	must(!hgx_emit_map_json(plans, 1, &text, NULL), "map");
	hgx_text_free(text);
	must(!hgx_emit_json(hgx_plan_guest(plan), &text, NULL), "json");
	hgx_text_free(text);
	hgx_plan_free(plan);
}

static void match_itself(const struct hgx_topo *host)
{
	struct hgx_plan *plan = plan_of(host, 0, 0);
	struct hgx_topo *out;

	must(!hgx_topo_match(&out, hgx_plan_guest(plan), hgx_plan_guest(plan), NULL), "match");
	hgx_topo_free(out);
	hgx_plan_free(plan);
}

static const struct { const char *what; void (*round)(const struct hgx_topo *host); } rounds[] = {
	{ "a plan", plan_plain },
	{ "a plan in a base domain", plan_in_domain },
	{ "a plan refused at once", plan_refused_early },
	{ "a plan refused half way", plan_refused_late },
	{ "a domain", read_domain },
	{ "a domain that is refused", refuse_domain },
	{ "what is written of a plan", emit_all },
	{ "a match", match_itself },
};

START_TEST(nothing_of_a_plan_is_left_when_it_is_freed)
{
	for (size_t i = 0; i < ARRAY_SIZE(rounds); i++)
		expect_no_leak(rounds[i].what, rounds[i].round);
}
END_TEST

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

/* The sanitizer has a malloc() of its own, which does not count, and finds leaks by itself. */
#ifdef __SANITIZE_ADDRESS__
#define COUNTS false
#else
#define COUNTS true
#endif

START_TEST(a_lost_block_is_noticed)
{
	static void *volatile lost[ROUNDS];
	size_t before = bytes_in_use();

	for (int i = 0; i < ROUNDS; i++)
		lost[i] = malloc(1);
	ck_assert(!COUNTS || bytes_in_use() >= before + ROUNDS * LEAST);
	for (int i = 0; i < ROUNDS; i++)
		free(lost[i]);
}
END_TEST

START_TEST(freeing_nothing_is_fine)
{
	hgx_plan_free(NULL);
	hgx_topo_free(NULL);
	hgx_text_free(NULL);
}
END_TEST

int main(void)
{
	return RUN("leak", nothing_of_a_plan_is_left_when_it_is_freed, a_lost_block_is_noticed,
		   freeing_nothing_is_fine);
}
