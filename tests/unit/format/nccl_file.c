/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* NCCL topology files as NCCL reads them: what it refuses, and what it takes for something else. */
#include "support.h"

#define OPEN "<system version=\"1\">"
#define CLOSE "</system>"
#define X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X253 X50 X50 X50 X50 X50 "xxx"

static struct nccl_document document;

static int read_file(const char *text, struct hgx_error *err)
{
	nccl_file_free(&document);
	*err = (struct hgx_error){ 0 };
	return nccl_file_read(&document, text, strlen(text), "topo.xml", err);
}

static void expect_read(const char *text)
{
	struct hgx_error err;

	expect_fine(read_file(text, &err), &err, text);
}

START_TEST(what_nccl_cannot_read_is_refused_with_its_place)
{
	static const struct { const char *text, *error; } rows[] = {
		{ "<?xml version=\"1.0\"?>\n" OPEN CLOSE, "topo.xml:1:20: NCCL cannot read this file: it must not "
		  "have an XML declaration (<?xml … ?>); remove that line" },
		{ "<!DOCTYPE system>\n" OPEN CLOSE, "topo.xml:1:1: NCCL cannot read this file: the element is not "
		  "closed" },
		{ "\xef\xbb\xbf" OPEN CLOSE, "topo.xml:1:1: NCCL cannot read this file: it must not start with a "
		  "byte order mark" },
		{ OPEN "\n\t<cpu/>" CLOSE, "topo.xml:2:1: NCCL cannot read this file: it has a tab; indent with "
		  "blanks" },
		{ OPEN "\n<cpu\n numaid=\"0\"/>" CLOSE, "topo.xml:2:5: NCCL cannot read this file: a tag must be on "
		  "one line" },
		{ OPEN "\n<cpu numaid = \"0\"/>" CLOSE, "topo.xml:2:14: NCCL cannot read this file: a value needs "
		  "quotes right after the =" },
		{ OPEN "<cpu numaid=0/>" CLOSE, "topo.xml:1:33: NCCL cannot read this file: a value needs quotes "
		  "right after the =" },
		{ OPEN "<cpu numaid=\"0\"arch=\"x\"/>" CLOSE, "topo.xml:1:36: NCCL cannot read this file: after a "
		  "value only a blank, > or /> may follow, and no blank before the >" },
		{ OPEN "text" CLOSE, "topo.xml:1:21: NCCL cannot read this file: only blanks and line ends may stand "
		  "between tags" },
		{ OPEN "<cpu numaid=\"0\"><pci></cpu></pci>" CLOSE, "topo.xml:1:42: NCCL cannot read this file: the "
		  "closing tag is not that of the open element" },
		{ OPEN "<cpu numaid=\"0\">", "topo.xml:1:21: NCCL cannot read this file: the element is not closed" },
		{ OPEN CLOSE "x", "topo.xml:1:30: NCCL cannot read this file: only blanks and line ends may stand "
		  "between tags" },
		{ OPEN CLOSE CLOSE, "topo.xml:1:30: NCCL cannot read this file: a closing tag closes nothing" },
		{ OPEN "</system >", "topo.xml:1:21: NCCL cannot read this file: a closing tag has something before "
		  "its >" },
		{ OPEN "<cpu numaid=\"0", "topo.xml:1:35: NCCL cannot read this file: it ends in the middle of a "
		  "tag" },
		{ OPEN "<!-- a", "topo.xml:1:21: NCCL cannot read this file: the comment does not end" },
		{ "<!--a=b-->" OPEN CLOSE, "topo.xml:1:1: NCCL cannot read this file: the first word of a tag or "
		  "comment has a = in it" },
		{ OPEN "<cpu numaid=\"0\" / >" CLOSE, "topo.xml:1:38: NCCL cannot read this file: after a value only "
		  "a blank, > or /> may follow, and no blank before the >" },
		{ OPEN "<cpu numaid=\"" X253 "x\"/>" CLOSE, "topo.xml:1:33: NCCL cannot read this file: a value has "
		  "more than 253 characters" },
		{ OPEN "<" X253 "x/>" CLOSE, "topo.xml:1:22: NCCL cannot read this file: a name has more than 253 "
		  "characters" },
		{ "", "topo.xml:1:1: NCCL cannot read this file: it has no <system version=\"1\">" },
		{ "<graphs/>", "topo.xml:1:1: NCCL cannot read this file: it has no <system version=\"1\">" },
		{ "<system>" CLOSE, "topo.xml:1:1: NCCL cannot read this file: <system> has no version=\"1\"" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_error err;

		expect_error(read_file(rows[i].text, &err), &err, HGX_SYNTAX, rows[i].error);
	}
}
END_TEST

START_TEST(what_nccl_reads_is_read)
{
	static const char *const texts[] = {
		OPEN CLOSE, "\r\n " OPEN "\r\n" CLOSE "\n", "<system version='1'></system>",
		"<!-- <?xml ?> --><!-- - -- -->" OPEN "<!---->" CLOSE "<!-- end -->",
		OPEN "<other><more a=\"1\"/></other>" CLOSE, OPEN "<cpu numaid=\"0\" />" CLOSE,
		OPEN "<cpu  numaid=\"0\" arch=\"\"/x>" CLOSE, "<system version=\"0x1\"/>",
		OPEN "<cpu numaid=\"" X253 "\"/>" CLOSE, OPEN "<cpu affinity='\"'/>" CLOSE,
	};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		expect_read(texts[i]);
}
END_TEST

START_TEST(a_file_cut_anywhere_is_refused)
{
	static const char whole[] = OPEN "<!-- a --><cpu numaid=\"0\"><pci busid=\"0000:10:00.0\"/></cpu>" CLOSE;

	expect_read(whole);
	for (size_t length = 0; length < strlen(whole); length++) {
		struct hgx_error err = { 0 };

		nccl_file_free(&document);
		ck_assert_int_eq(nccl_file_read(&document, whole, length, "cut", &err), HGX_SYNTAX);
	}
}
END_TEST

START_TEST(other_versions_are_refused)
{
	struct hgx_error err;

	expect_read("<system version=\"1\"/>");
	ck_assert_int_eq(document.version, 1);
	expect_read("<system version=\"2\"/>");
	ck_assert_int_eq(document.version, 2);
	expect_error(read_file("<!-- -->\n <system version=\"3\"/>", &err), &err, HGX_VERSION,
		     "topo.xml:2:10: the version is \"3\"; NCCL reads version 1 only, and RCCL 2 only");
}
END_TEST

START_TEST(elements_and_attributes_have_their_places)
{
	const struct nccl_element *cpu, *pci;

	expect_read(OPEN "\n  <cpu numaid=\"0\">\n    <pci busid=\"a\" class=\"b\"/>\n  </cpu>\n" CLOSE);
	cpu = document.root->first;
	pci = cpu->first;
	ck_assert(cpu->place.line == 2 && cpu->place.column == 3);
	ck_assert(pci->place.line == 3 && pci->place.column == 5);
	ck_assert(nccl_attribute(pci, "class")->place.line == 3);
	ck_assert(nccl_attribute(pci, "class")->place.column == 20);
	ck_assert_str_eq(nccl_value(pci, "class"), "b");
	ck_assert_ptr_null(nccl_value(pci, "link_width"));
}
END_TEST

/* A blank too many takes one of the sixteen places, and the first of two equal keys counts. */
START_TEST(the_seventeenth_attribute_is_dropped)
{
	const struct nccl_element *cpu;

	expect_read(OPEN "<cpu a=\"1\" b=\"2\" c=\"3\" d=\"4\" e=\"5\" f=\"6\" g=\"7\" h=\"8\" i=\"9\" j=\"10\" "
			 "k=\"11\" l=\"12\" m=\"13\" n=\"14\"  numaid=\"0\" arch=\"x\"/>" CLOSE);
	cpu = document.root->first;
	ck_assert_str_eq(nccl_value(cpu, "numaid"), "0");
	ck_assert_ptr_null(nccl_attribute(cpu, "arch"));
	ck_assert_uint_eq(cpu->attribute_count, 16);
	expect_read(OPEN "<cpu numaid=\"0\" numaid=\"1\"/>" CLOSE);
	ck_assert_str_eq(nccl_value(document.root->first, "numaid"), "0");
}
END_TEST

START_TEST(elements_where_nccl_does_not_look_are_ignored)
{
	const struct nccl_element *cpu;

	expect_read(OPEN "<cpu numaid=\"0\"><gpu><nvlink/></gpu><pci><net/><gpu><nvlink/></gpu></pci></cpu>" CLOSE);
	cpu = document.root->first;
	ck_assert(cpu->first->ignored && cpu->first->first->ignored);
	ck_assert(nccl_is(cpu->last, "pci") && cpu->last->first->ignored);
	ck_assert(nccl_is(cpu->last->last, "gpu") && nccl_is(cpu->last->last->first, "nvlink"));
	ck_assert_uint_eq(document.elements, 5);
}
END_TEST

/* NCCL's array has 256 places, and it wants one for the closing tag. */
START_TEST(more_than_255_elements_are_refused)
{
	char text[20000];
	struct hgx_error err;

	for (unsigned count = 254; count <= 255; count++) {
		size_t length = (size_t)sprintf(text, OPEN "\n");

		for (unsigned i = 0; i < count; i++)
			length += (size_t)sprintf(text + length, "<cpu numaid=\"%u\"/>\n", i);
		strcpy(text + length, CLOSE);
		if (count == 254)
			expect_read(text);
	}
	expect_error(read_file(text, &err), &err, HGX_LIMIT,
		     "topo.xml:256:20: NCCL reads at most 255 elements; list only CPUs, switches, GPUs and NICs");
}
END_TEST

int main(void)
{
	int status = RUN("nccl_file", what_nccl_cannot_read_is_refused_with_its_place, what_nccl_reads_is_read,
			 a_file_cut_anywhere_is_refused, other_versions_are_refused,
			 elements_and_attributes_have_their_places, the_seventeenth_attribute_is_dropped,
			 elements_where_nccl_does_not_look_are_ignored, more_than_255_elements_are_refused);

	nccl_file_free(&document);
	return status;
}
