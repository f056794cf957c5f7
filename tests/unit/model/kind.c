/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of kinds, and the places outside the code that have to name each kind too. */
#include "support.h"

/* A file of the checkout, as a string; freed by the caller. */
static char *text_of(const char *name)
{
	FILE *file = fopen(name, "r");
	char *text = NULL;
	size_t size = 0;

	must(file != NULL, "%s: cannot be read; the test runs in the top directory", name);
	must(getdelim(&text, &size, '\0', file) > 0, "%s is empty", name);
	fclose(file);
	return text;
}

/* How often @what is in the text from @text to @end. */
static unsigned count_in(const char *text, const char *end, const char *what)
{
	unsigned count = 0;

	while ((text = strstr(text, what)) != NULL && text < end) {
		count++;
		text += strlen(what);
	}
	return count;
}

START_TEST(every_kind_of_the_header_has_its_names)
{
	char *header = text_of("include/hgxtopo.h");
	const char *begin = strstr(header, "enum hgx_kind {"), *end = begin ? strchr(begin, '}') : NULL;

	must(begin && end, "enum hgx_kind is not in the header");
	ck_assert_uint_eq(kind_count(), count_in(begin, end, "\tHGX_"));
	for (unsigned i = 0; i < kind_count(); i++) {
		const struct kind *kind = kind_of((enum hgx_kind)i);

		must(kind->name && kind->label && kind->plural, "kind %u lacks a name", i);
		ck_assert_int_eq(kind_by_name(kind->name), (int)i);
		ck_assert_str_eq(hgx_kind_name((enum hgx_kind)i), kind->name);
		must(!strncmp(kind->plural, kind->label, strlen(kind->label)), "%s: the plural is %s",
		     kind->name, kind->plural);
	}
	free(header);
}
END_TEST

START_TEST(only_devices_have_the_columns_of_devices)
{
	for (unsigned i = 0; i < kind_count(); i++) {
		const struct kind *kind = kind_of((enum hgx_kind)i);

		if (!kind_is_device((enum hgx_kind)i))
			must(!kind->fabric && !kind->matched && !kind->counted && !kind->column,
			     "%s is not a device", kind->name);
	}
}
END_TEST

/* libvirt keeps a user's alias only if it consists of these characters. */
START_TEST(the_alias_of_every_device_is_recognized)
{
	for (unsigned i = 0; i < kind_count(); i++) {
		const char *name = kind_of((enum hgx_kind)i)->name;
		bool device = kind_is_device((enum hgx_kind)i);
		char alias[80];

		ck_assert_uint_eq(strspn(name, "abcdefghijklmnopqrstuvwxyz-"), strlen(name));
		snprintf(alias, sizeof(alias), "ua-%s-0000_19_00_0", name);
		must(alias_is_ours(alias) == device, "%s", alias);
		must(alias_kind(alias) == (device ? (enum hgx_kind)i : HGX_OTHER), "%s", alias);
		strcat(alias, "-2");
		must(alias_is_ours(alias) == device, "%s", alias);
		snprintf(alias, sizeof(alias), "ua-%s-0000_19_00", name);
		must(!alias_is_ours(alias), "%s", alias);
	}
	must(!alias_is_ours(NULL) && alias_kind(NULL) == HGX_OTHER, "no alias");
}
END_TEST

static void expect_list(const char *file, const char *first, bool bridges)
{
	char *text = text_of(file);
	const char *begin = strstr(text, first), *end = begin ? strchr(begin, ']') : NULL;
	unsigned expected = 0;

	must(begin && end, "%s: the list of kinds begins in another way", file);
	for (unsigned i = 0; i < kind_count(); i++) {
		const struct kind *kind = kind_of((enum hgx_kind)i);
		bool listed = kind->pci && (bridges || !kind->bridge);
		char quoted[64];

		snprintf(quoted, sizeof(quoted), "\"%s\"", kind->name);
		must(count_in(begin, end, quoted) == listed, "%s: %s", file, quoted);
		expected += listed;
	}
	/* two quotes each, and those of "enum" */
	ck_assert_uint_eq(count_in(begin, end, "\""), 2 * expected + 2);
	free(text);
}

START_TEST(each_schema_lists_exactly_the_kinds_of_functions)
{
	expect_list("docs/hgxtopo.schema.json", "\"enum\": [\"root-port\"", true);
	expect_list("docs/hgxtopo-map.schema.json", "\"enum\": [\"gpu\"", false);
}
END_TEST

int main(void)
{
	return RUN("kind", every_kind_of_the_header_has_its_names,
		   only_devices_have_the_columns_of_devices,
		   the_alias_of_every_device_is_recognized,
		   each_schema_lists_exactly_the_kinds_of_functions);
}
