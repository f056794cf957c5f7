/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plan: what it is asked for, and that nothing is left when it is freed. */
#include "support.h"

#define HOST "package 0 vendor=GenuineIntel\nnode 0 memory=64G\ncpus 0-7 package=0 node=0\n" \
	"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 switch-up\n   12:00.0 switch-down\n" \
	"    13:00.0 gpu\n   12:01.0 switch-down\n    14:00.0 nic\n   12:02.0 switch-down\n    15:00.0 nvme\n" \
	"root 0000:20 numa=0\n 20:01.0 root-port\n  21:00.0 nic\n"
#define DOMAIN "<domain><os><type arch='x86_64' machine='q35'>hvm</type></os><devices>" \
	"<disk><target dev='vda'/></disk><graphics type='vnc'/></devices></domain>"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif

/* Blocks of the heap that are in use. This program's own malloc() and so on stand in front of
 * the C library's; a sanitizer has its own, and finds leaks by itself. */
static volatile long blocks; /* compilers know that malloc() changes no variable */

#ifdef __SANITIZE_ADDRESS__
#define COUNTS false
#else
#define COUNTS true
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);

static void *counted(void *block)
{
	blocks += block != NULL;
	return block;
}

void *malloc(size_t size)
{
	return counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
	return counted(__libc_calloc(count, size));
}

void *realloc(void *old, size_t size)
{
	return old ? __libc_realloc(old, size) : malloc(size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return counted(__libc_memalign(alignment, size));
}

void free(void *block)
{
	blocks -= block != NULL;
	__libc_free(block);
}
#endif

#define WARM 3
#define ROUNDS 20

/* The first rounds fill what libraries keep once and for all. */
static void expect_no_leak(const char *what, void (*round)(const struct hgx_topo *host))
{
	struct hgx_topo *host = host_of(HOST);
	long before;

	for (int i = 0; i < WARM; i++)
		round(host);
	before = blocks;
	for (int i = 0; i < ROUNDS; i++)
		round(host);
	ck_assert_msg(blocks == before, "%s: %ld blocks are left of %d rounds", what, blocks - before,
		      ROUNDS);
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
	plan_with(host, (struct hgx_plan_options){ .base = DOMAIN, .base_length = strlen(DOMAIN), .gpus = "all" }, HGX_OK);
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

START_TEST(a_lost_block_is_noticed)
{
	static void *volatile lost[3];
	long before = blocks;

	lost[0] = malloc(1);
	lost[1] = calloc(1, 1);
	lost[2] = realloc(NULL, 1);
	ck_assert(!COUNTS || blocks == before + 3);
	lost[0] = realloc(lost[0], 100000);
	ck_assert(!COUNTS || blocks == before + 3);
	for (int i = 0; i < 3; i++)
		free(lost[i]);
	ck_assert(blocks == before);
}
END_TEST

START_TEST(plans_that_are_written_together_are_of_one_host)
{
	struct hgx_topo *host = host_of(HOST), *other = host_of(HOST);
	struct hgx_plan *a = plan_of(host, 0, 0), *b = plan_of(host, 0, 0), *c = plan_of(other, 0, 0);
	struct hgx_plan *const same[] = { a, b }, *const first[] = { c, a, b }, *const last[] = { a, b, c };
	struct hgx_error err = { 0 };
	char *text;

	expect_fine(hgx_emit_map(same, 2, &text, &err), &err, "of one host");
	hgx_text_free(text);
	ck_assert_int_eq(hgx_emit_map(first, 3, &text, &err), HGX_INVALID);
	ck_assert_ptr_null(text);
	ck_assert_int_eq(hgx_emit_map_json(last, 3, &text, &err), HGX_INVALID);
	ck_assert_int_eq(hgx_emit_kernel_args(last, 3, NULL, &text, &err), HGX_INVALID);
	ck_assert_int_eq(hgx_emit_map(same, 0, &text, &err), HGX_INVALID);
	hgx_plan_free(a);
	hgx_plan_free(b);
	hgx_plan_free(c);
	hgx_topo_free(host);
	hgx_topo_free(other);
}
END_TEST

START_TEST(a_node_stands_for_one_of_the_host_in_its_own_plan_only)
{
	struct hgx_topo *host = host_of(HOST);
	struct hgx_plan *a = plan_of(host, 0, 0), *b = plan_of(host, 0, 0);
	const struct hgx_node *gpu = hgx_node_nearest(hgx_topo_find(host, "14:00.0"), HGX_GPU), *node = NULL;

	for (const struct hgx_node *n = hgx_plan_guest(a)->root; n; n = node_next(hgx_plan_guest(a)->root, n))
		if (n->kind == HGX_GPU)
			node = n;
	ck_assert_ptr_eq(hgx_plan_host_of(a, node), gpu);
	ck_assert_ptr_null(hgx_plan_host_of(b, node));
	ck_assert_ptr_null(hgx_plan_host_of(a, gpu));
	ck_assert_ptr_null(hgx_plan_host_of(a, hgx_plan_guest(a)->root));
	ck_assert_ptr_null(hgx_plan_host_of(a, NULL));
	hgx_plan_free(a);
	hgx_plan_free(b);
	hgx_topo_free(host);
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
		   plans_that_are_written_together_are_of_one_host,
		   a_node_stands_for_one_of_the_host_in_its_own_plan_only,
		   freeing_nothing_is_fine);
}
