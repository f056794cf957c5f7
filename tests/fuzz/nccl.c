/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Damaged NCCL topology files: each is refused with a sentence, or NCCL's decisions come out. */
#include "support.h"

#define PIECES 12

static const char *const pieces[PIECES] = {
	"<", ">", "/", "\"", " ", "=", "</pci>", "<pci busid=\"0000:00:00.0\" class=\"0x03\"/>", "<!--", "-->", "\t", "<cpu numaid=\"\">",
};

static char *a_file(void)
{
	struct hgx_topo *topo;
	struct hgx_error err = { 0 };
	char *text, *copy;

	ck_assert_int_eq(hgx_topo_from_example(&topo, "hgx-h200", NULL), HGX_OK);
	expect_fine(hgx_emit_nccl(topo, NULL, &text, &err), &err, "nccl");
	copy = calloc(1, strlen(text) + 4096);
	strcpy(copy, text);
	hgx_text_free(text);
	hgx_topo_free(topo);
	return copy;
}

/* Takes bytes away, changes one, or puts a piece in. */
static void damage(char *text, uint64_t *seed)
{
	size_t length = strlen(text), at = random_below(seed, (unsigned)length);
	const char *piece = pieces[random_below(seed, PIECES)];

	switch (random_below(seed, 3)) {
	case 0:
		memmove(text + at, text + at + 1, length - at);
		break;
	case 1:
		text[at] = (char)(1 + random_below(seed, 255));
		break;
	default:
		memmove(text + at + strlen(piece), text + at, length - at + 1);
		memcpy(text + at, piece, strlen(piece));
	}
}

static void expect_an_answer(const char *text)
{
	struct hgx_forecast_options options = { .size = sizeof(options), .nvlink = HGX_ON };
	struct hgx_nccl_forecast *forecast;
	struct hgx_error err = { 0 };
	char *out;

	if (hgx_forecast_file(&forecast, text, strlen(text), "f", &options, &err)) {
		must(*err.text && err.code && !forecast, "no sentence for\n%s", text);
		return;
	}
	must(!hgx_emit_forecast_json(forecast, &out, &err), "no JSON for\n%s", text);
	hgx_text_free(out);
	hgx_forecast_free(forecast);
}

START_TEST(a_damaged_file_is_refused_or_decided_on)
{
	uint64_t list[64];
	size_t count = seeds(list, 20);

	for (size_t i = 0; i < count; i++) {
		uint64_t seed = random_state(list[i]);
		char *text = a_file();

		for (unsigned turn = 0; turn < 40; turn++) {
			damage(text, &seed);
			expect_an_answer(text);
		}
		free(text);
	}
}
END_TEST

int main(void)
{
	seeds_begin();
	return RUN("nccl", a_damaged_file_is_refused_or_decided_on);
}
