/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading XML: what it says, where each element is, and what is refused. */
#include "support.h"

static int read_as(struct arena *arena, struct xml_element **out, const char *text, size_t length,
		   struct hgx_error *err)
{
	memset(err, 0, sizeof(*err));
	return xml_read(arena, out, text, length, "vm.xml", err);
}

static struct xml_element *read_text(struct arena *arena, const char *text)
{
	struct xml_element *root;
	struct hgx_error err;

	expect_fine(read_as(arena, &root, text, strlen(text), &err), &err, text);
	return root;
}

static void expect_span(const char *text, struct span span, const char *expected)
{
	ck_assert_msg(span.end - span.start == strlen(expected) &&
			      !memcmp(text + span.start, expected, strlen(expected)),
		      "expected %s, got %.*s", expected, (int)(span.end - span.start),
		      text + span.start);
}

START_TEST(elements_have_their_places)
{
	const char *text = "<?xml version='1.0'?>\n<a x='>'>t<b/><b  y=\"'/>'\">\n u</b ><!-- c --></a>";
	struct arena arena = { 0 };
	struct xml_element *a = read_text(&arena, text), *b = xml_child(a, "b");

	expect_span(text, a->tag, "<a x='>'>");
	expect_span(text, a->inner, "t<b/><b  y=\"'/>'\">\n u</b ><!-- c -->");
	expect_span(text, b->whole, "<b/>");
	expect_span(text, b->inner, "");
	ck_assert_uint_eq(b->tag.end, b->whole.end);
	b = xml_following(b);
	expect_span(text, b->whole, "<b  y=\"'/>'\">\n u</b >");
	expect_span(text, b->inner, "\n u");
	expect_span(text, b->next->whole, "<!-- c -->");
	ck_assert_ptr_null(b->next->name);
	ck_assert_ptr_eq(b->next->previous, b);
	ck_assert_ptr_null(xml_following(b));
	arena_free(&arena);
}
END_TEST

START_TEST(texts_and_attributes_are_decoded)
{
	struct arena arena = { 0 };
	struct xml_element *a = read_text(
		&arena, "<a k='1 &lt; 2 &#x41;'>x &amp; <b>not this</b><![CDATA[<c/>]]><!--nor--> z</a>");

	ck_assert_str_eq(a->text, "x & <c/> z");
	ck_assert_str_eq(xml_attribute(a, "k"), "1 < 2 A");
	ck_assert_ptr_null(xml_attribute(a, "l"));
	ck_assert_ptr_null(xml_attribute(NULL, "l"));
	ck_assert(xml_attribute_is(a, "k", "1 < 2 A"));
	arena_free(&arena);
}
END_TEST

START_TEST(namespaces_tell_names_apart)
{
	struct arena arena = { 0 };
	struct xml_element *a = read_text(
		&arena, "<a xmlns:q='urn:q'><q:b n='1' q:n='2'/><b/><c xmlns='urn:c'><b/></c></a>");

	ck_assert_str_eq(xml_attribute(a, "xmlns:q"), "urn:q");
	ck_assert_str_eq(a->first->space, "urn:q");
	ck_assert_str_eq(a->first->name, "b");
	ck_assert_str_eq(xml_attribute(a->first, "n"), "1");
	ck_assert_ptr_eq(xml_child(a, "b"), a->first->next);
	ck_assert_ptr_null(xml_child(a, "c"));
	ck_assert_ptr_null(xml_child(NULL, "c"));
	arena_free(&arena);
}
END_TEST

START_TEST(comments_and_instructions_around_the_root_are_skipped)
{
	struct arena arena = { 0 };
	struct xml_element *a = read_text(&arena, "\xef\xbb\xbf<!-- <x> --><?p <y> ?>\n<a/><!-- z -->\n");

	ck_assert_str_eq(a->name, "a");
	ck_assert_str_eq(a->previous->text, " <x> ");
	ck_assert_str_eq(a->next->text, " z ");
	arena_free(&arena);
}
END_TEST

static const struct {
	const char *text;
	int code;
	const char *sentence;
} bad[] = {
	{ "", HGX_SYNTAX, "vm.xml is empty; give a domain as virsh dumpxml writes it" },
	{ " \t\r\n", HGX_SYNTAX, "vm.xml is empty; give a domain as virsh dumpxml writes it" },
	{ "{ \"a\": 1 }", HGX_SYNTAX,
	  "vm.xml:1: it does not start with a tag; give a domain as virsh dumpxml writes it" },
	{ "<a>\n<b>\n</a>", HGX_SYNTAX,
	  "vm.xml:3: <b> does not end with </b>; give a domain as virsh dumpxml writes it" },
	{ "<a>\n<b>", HGX_SYNTAX,
	  "vm.xml:2: the text ends before </b>; give a domain as virsh dumpxml writes it" },
	{ "<a/>\n<b/>", HGX_SYNTAX,
	  "vm.xml:2: text after the end of the root element; give a domain as virsh dumpxml writes it" },
	{ "<a><q:b/></a>", HGX_SYNTAX,
	  "vm.xml:1: namespace prefix 'q' is not defined; give a domain as virsh dumpxml writes it" },
	{ "<a q:b='1'/>", HGX_SYNTAX,
	  "vm.xml:1: namespace prefix 'q' is not defined; give a domain as virsh dumpxml writes it" },
	{ "<a>&x;</a>", HGX_SYNTAX,
	  "vm.xml:1: entity 'x' is not defined; give a domain as virsh dumpxml writes it" },
	{ "<a b='&x;'/>", HGX_SYNTAX,
	  "vm.xml:1: entity 'x' is not defined; give a domain as virsh dumpxml writes it" },
	{ "<a b='1' b='2'/>", HGX_SYNTAX,
	  "vm.xml:1: attribute 'b' occurs twice in one tag; give a domain as virsh dumpxml writes it" },
	{ "<a>\x01</a>", HGX_SYNTAX,
	  "vm.xml:1: a character that XML or UTF-8 does not allow; give a domain as virsh dumpxml writes it" },
	{ "<a>\xff</a>", HGX_SYNTAX,
	  "vm.xml:1: a character that XML or UTF-8 does not allow; give a domain as virsh dumpxml writes it" },
	{ "<a><!-- b -- c --></a>", HGX_SYNTAX,
	  "vm.xml:1: a comment contains '--'; give a domain as virsh dumpxml writes it" },
	{ "<a b=1/>", HGX_SYNTAX,
	  "vm.xml:1: not well-formed XML; give a domain as virsh dumpxml writes it" },
	{ "<a>\n<!DOCTYPE a SYSTEM 'http://x/'></a>", HGX_REFUSED,
	  "vm.xml:2: a libvirt domain has no document type declaration (<!DOCTYPE …>); "
	  "remove it" },
	{ "<!DOCTYPE a [<!ENTITY b '&c;&c;'><!ENTITY c 'x'>]><a>&b;</a>", HGX_REFUSED,
	  "vm.xml:1: a libvirt domain has no document type declaration (<!DOCTYPE …>); "
	  "remove it" },
	{ "<?xml version='1.0' encoding='ISO-8859-1'?><a/>", HGX_REFUSED,
	  "vm.xml: the XML declares the encoding 'ISO-8859-1'; convert it to UTF-8" },
	{ "\xff\xfe<", HGX_REFUSED, "vm.xml: the text is UTF-16; convert it to UTF-8" },
};

START_TEST(what_is_not_xml_is_reported_with_its_line)
{
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct arena arena = { 0 };
		struct xml_element *root;
		struct hgx_error err;

		expect_error(read_as(&arena, &root, bad[i].text, strlen(bad[i].text), &err), &err,
			     bad[i].code, bad[i].sentence);
		ck_assert_ptr_null(root);
		arena_free(&arena);
	}
}
END_TEST

/* @times copies of @text between @head and @tail. */
static char *many(const char *head, const char *text, size_t times, const char *tail)
{
	char *all = NULL;
	size_t size;
	FILE *to = open_memstream(&all, &size);

	fputs(head, to);
	for (size_t i = 0; i < times; i++)
		fprintf(to, text, i);
	fputs(tail, to);
	fclose(to);
	return all;
}

static void expect_refused(char *text, const char *sentence)
{
	struct arena arena = { 0 };
	struct xml_element *root;
	struct hgx_error err;
	time_t start = time(NULL);

	expect_error(read_as(&arena, &root, text, strlen(text), &err), &err, HGX_REFUSED, sentence);
	ck_assert_msg(time(NULL) - start < 10, "it took long: %s", sentence);
	arena_free(&arena);
	free(text);
}

START_TEST(what_could_hurt_a_parser_does_not_reach_it)
{
	expect_refused(many("<a>", "%zu, ", 4000000, "</a>"),
		       "vm.xml: larger than 16 MiB, which no domain is; check that this is one");
	expect_refused(many("", "<a>", 201, ""),
		       "vm.xml:1: elements are nested more than 200 deep; no domain is nested that deeply");
	expect_refused(many("<a>", "<b/>", 600000, "</a>"),
		       "vm.xml:1: more than 500000 tags and comments; no domain has that many");
	expect_refused(many("<a", " k%zu='1'", 300, "/>"),
		       "vm.xml:1: an element has more than 256 attributes; no domain has such an element");
	expect_refused(many("<a>", "<b xmlns:c%zu='d'/>", 300, "</a>"),
		       "vm.xml:1: more than 256 namespace declarations; declare each namespace once, "
		       "at the root element");
}
END_TEST

static void expect_limit(const char *what, char *text, bool within)
{
	struct arena arena = { 0 };
	struct xml_element *root;
	struct hgx_error err;
	int code = read_as(&arena, &root, text, strlen(text), &err);

	ck_assert_msg(code == (within ? HGX_OK : HGX_REFUSED), "%s: %d %s", what, code, err.text);
	arena_free(&arena);
	free(text);
}

START_TEST(the_limits_are_what_they_are_said_to_be)
{
	for (size_t more = 0; more < 2; more++) {
		char *ends = many("", "</a>", 200 + more, "");

		expect_limit("deep", many("", "<a>", 200 + more, ends), !more);
		free(ends);
		expect_limit("attributes", many("<a", " k%zu='1'", 256 + more, "/>"), !more);
		expect_limit("attributes of an open tag", many("<a", " k%zu='='", 256 + more, "></a>"), !more);
		expect_limit("namespaces", many("<a", " xmlns:c%zu='d'", 256 + more, "/>"), !more);
	}
}
END_TEST

static const char *const seeds_of_text[] = {
	"<?xml version='1.0' encoding='UTF-8'?>\n<!-- a --><domain type='kvm' xmlns:q='urn:q'>\n"
	"  <name>x &amp; y</name><q:z k=\"v>\"/><![CDATA[<b>]]>\n  <devices><disk/></devices>\n</domain>\n",
	"<a b='1'><c d=\"'\">e<f/>g</c><!-- h --><?i j?></a>",
};

static void mutate(uint64_t *random, char *text, size_t *length, size_t room)
{
	static const char pieces[][12] = { "<", ">", "</", "/>", "<!--", "-->", "<![CDATA[", "]]>",
					   "<?", "?>", "'", "\"", "&", ";", "xmlns:a=", "<a>", "</a>" };
	size_t at = *length ? random_below(random, (unsigned)*length) : 0;
	const char *piece = pieces[random_below(random, ARRAY_SIZE(pieces))];

	if (random_chance(random, 30) && *length) {
		text[at] = (char)random_below(random, 256);
	} else if (random_chance(random, 40) && *length) {
		memmove(text + at, text + at + 1, *length - at - 1);
		--*length;
	} else if (*length + strlen(piece) < room) {
		memmove(text + at + strlen(piece), text + at, *length - at);
		memcpy(text + at, piece, strlen(piece));
		*length += strlen(piece);
	}
}

/* Every element begins with its name and ends where the next one may begin. */
static void check_places(const struct xml_element *element, const char *text, struct span within)
{
	size_t at = within.start;

	for (; element; element = element->next) {
		must(element->whole.start >= at && element->whole.end <= within.end &&
			     text[element->whole.start] == '<' && text[element->whole.end - 1] == '>',
		     "a place is wrong");
		must(element->inner.start >= element->tag.end && element->inner.end <= element->whole.end,
		     "an inner place is wrong");
		at = element->whole.end;
		check_places(element->first, text, element->inner);
	}
}

START_TEST(damaged_texts_are_either_read_or_refused)
{
	uint64_t seed_list[4];
	size_t count = seeds(seed_list, 3);

	for (size_t s = 0; s < count; s++) {
		uint64_t random = random_state(seed_list[s]);

		for (unsigned i = 0; i < 5000; i++) {
			const char *from = seeds_of_text[random_below(&random, ARRAY_SIZE(seeds_of_text))];
			size_t length = strlen(from);
			struct arena arena = { 0 };
			struct xml_element *root;
			char text[1024], *exact;
			struct hgx_error err;

			memcpy(text, from, length);
			for (unsigned n = random_below(&random, 6); n; n--)
				mutate(&random, text, &length, sizeof(text));
			exact = malloc(length + 1); /* the sanitizer sees a read one byte too far */
			memcpy(exact, text, length);
			exact = realloc(exact, length ? length : 1);
			if (read_as(&arena, &root, exact, length, &err))
				must(err.text[0] && !root, "no sentence");
			else
				check_places(root, exact, (struct span){ 0, length });
			arena_free(&arena);
			free(exact);
		}
	}
}
END_TEST

int main(void)
{
	seeds_begin();
	return RUN("xml_read", elements_have_their_places, texts_and_attributes_are_decoded,
		   namespaces_tell_names_apart,
		   comments_and_instructions_around_the_root_are_skipped,
		   what_is_not_xml_is_reported_with_its_line,
		   what_could_hurt_a_parser_does_not_reach_it,
		   the_limits_are_what_they_are_said_to_be,
		   damaged_texts_are_either_read_or_refused);
}
