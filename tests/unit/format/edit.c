/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Edits of a text by position. */
#include "support.h"

static void expect_text(struct edits *edits, const char *text, const char *expected)
{
	struct hgx_error err = { 0 };
	char *out;

	expect_fine(edits_apply(edits, text, strlen(text), &out, &err), &err, text);
	ck_assert_str_eq(out, expected);
	free(out);
	edits_free(edits);
}

START_TEST(without_edits_a_text_does_not_change)
{
	struct edits edits = { 0 };

	expect_text(&edits, "a\r\nb", "a\r\nb");
}
END_TEST

START_TEST(edits_come_in_any_order)
{
	struct edits edits = { 0 };

	edit_replace(&edits, (struct span){ 6, 9 }, "");
	edit_replace(&edits, (struct span){ 0, 3 }, "ONE ONE");
	edit_replace(&edits, (struct span){ 3, 6 }, "2");
	expect_text(&edits, "onetwosix.", "ONE ONE2.");
}
END_TEST

START_TEST(insertions_at_one_place_keep_their_order_and_come_before_a_replacement)
{
	struct edits edits = { 0 };

	edit_replace(&edits, (struct span){ 1, 2 }, "B");
	edit_insert(&edits, 1, "1");
	edit_insert(&edits, 1, "2");
	edit_insert(&edits, 3, "end");
	edit_insert(&edits, 0, "start");
	expect_text(&edits, "abc", "starta12Bcend");
}
END_TEST

START_TEST(many_edits_are_as_if_made_one_by_one)
{
	uint64_t random = random_state(1);

	for (unsigned round = 0; round < 200; round++) {
		char text[400], expected[4000] = "";
		struct edits edits = { 0 };

		for (size_t i = 0; i < sizeof(text) - 1; i++)
			text[i] = (char)('a' + random_below(&random, 26));
		text[sizeof(text) - 1] = '\0';
		for (size_t at = 0; at < sizeof(text) - 1; at++) {
			bool insert = random_chance(&random, 20), drop = random_chance(&random, 20);

			if (insert)
				edit_insert(&edits, at, "<+>");
			if (drop)
				edit_replace(&edits, (struct span){ at, at + 1 }, "_");
			snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected), "%s%c",
				 insert ? "<+>" : "", drop ? '_' : text[at]);
		}
		expect_text(&edits, text, expected);
	}
}
END_TEST

int main(void)
{
	return RUN("edit", without_edits_a_text_does_not_change, edits_come_in_any_order,
		   insertions_at_one_place_keep_their_order_and_come_before_a_replacement,
		   many_edits_are_as_if_made_one_by_one);
}
