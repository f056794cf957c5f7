/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads NCCL topology files. It accepts only what every release of NCCL accepts, and requires
 * what a VM needs (rules as measured with NCCL 2.28.9 and 2.30.7). Where NCCL would silently
 * read something else, it refuses the file. */
#ifndef TEST_NCCL_READER_H
#define TEST_NCCL_READER_H

#include <ctype.h>
#include "support.h"

#define MAX_ENTRIES 255
#define MAX_ATTRIBUTES 16
#define MAX_LENGTH 253

struct entry {
	char name[16];
	char keys[MAX_ATTRIBUTES][32], values[MAX_ATTRIBUTES][MAX_LENGTH + 1];
	unsigned attributes, children;
	struct entry *parent;
};

struct nccl_file {
	struct entry entries[MAX_ENTRIES];
	unsigned count;
};

static inline const char *entry_value(const struct entry *entry, const char *key)
{
	for (unsigned i = 0; i < entry->attributes; i++)
		if (!strcmp(entry->keys[i], key))
			return entry->values[i];
	return NULL;
}

static inline const char *read_word(const char **at, char *out, size_t size)
{
	size_t length = strspn(*at, "abcdefghijklmnopqrstuvwxyz_");

	if (!length || length >= size)
		return "no name";
	memcpy(out, *at, length);
	out[length] = '\0';
	*at += length;
	return NULL;
}

/* ` key="value"`, with exactly that one blank. */
static inline const char *read_attribute(const char **at, struct entry *entry)
{
	const char *bad, *end;
	size_t length;

	++*at;
	if (entry->attributes == MAX_ATTRIBUTES)
		return "more than 16 attributes";
	bad = read_word(at, entry->keys[entry->attributes], sizeof(entry->keys[0]));
	if (bad)
		return "a blank too many";
	if ((*at)[0] != '=' || (*at)[1] != '"')
		return "no =\" after a key";
	*at += 2;
	end = strchr(*at, '"');
	length = end ? (size_t)(end - *at) : 0;
	if (!end || memchr(*at, '\n', length))
		return "a value without end";
	if (length > MAX_LENGTH)
		return "a value of more than 253 characters";
	if (memchr(*at, '<', length) || memchr(*at, '>', length) || memchr(*at, '&', length))
		return "a sign of XML in a value";
	if (entry_value(entry, entry->keys[entry->attributes]))
		return "a key twice";
	memcpy(entry->values[entry->attributes], *at, length);
	entry->values[entry->attributes++][length] = '\0';
	*at = end + 1;
	return NULL;
}

static inline const char *read_open(const char **at, struct nccl_file *file, struct entry **open)
{
	struct entry *entry = &file->entries[file->count];
	const char *bad;

	if (file->count == MAX_ENTRIES)
		return "more than 255 elements";
	memset(entry, 0, sizeof(*entry));
	file->count++;
	entry->parent = *open;
	if (*open)
		(*open)->children++;
	bad = read_word(at, entry->name, sizeof(entry->name));
	while (!bad && **at == ' ')
		bad = read_attribute(at, entry);
	if (bad)
		return bad;
	if (!strncmp(*at, "/>", 2)) {
		*at += 2;
		return *open ? NULL : "an empty file";
	}
	if (*(*at)++ != '>')
		return "no > at the end of a tag";
	*open = entry;
	return NULL;
}

static inline const char *read_close(const char **at, struct entry **open)
{
	char name[16];
	const char *bad = read_word(at, name, sizeof(name));

	if (bad || !*open || strcmp(name, (*open)->name) || *(*at)++ != '>')
		return "a tag is closed that is not open";
	*open = (*open)->parent;
	return NULL;
}

static inline const char *read_syntax(const char *text, struct nccl_file *file)
{
	struct entry *open = NULL;
	const char *at = text, *bad = NULL;

	file->count = 0;
	for (const char *c = text; *c; c++)
		if ((*c < ' ' && *c != '\n') || *c == 0x7f || (unsigned char)*c >= 0x80)
			return "a character NCCL does not read";
	do {
		if (*at == ' ' || *at == '\n') {
			at++;
			continue;
		}
		if (*at != '<')
			return *at ? "text between the elements" : "an element without end";
		at++;
		if (*at == '?' || *at == '!')
			return "a declaration";
		bad = *at == '/' ? (at++, read_close(&at, &open)) : read_open(&at, file, &open);
	} while (!bad && (open || !file->count));
	if (bad)
		return bad;
	return at[strspn(at, " \n")] ? "something after the end" : NULL;
}

/* # stands for a hexadecimal digit in lower case, 7 for an octal digit. */
static inline bool matches(const char *value, const char *pattern)
{
	for (; value && *value && *pattern; value++, pattern++)
		if (*pattern == '#' ? !isdigit((unsigned char)*value) && (*value < 'a' || *value > 'f') :
		    *pattern == '7' ? *value < '0' || *value > '7' : *value != *pattern)
			return false;
	return value && !*value && !*pattern;
}

static inline bool is_number(const char *value, long least, long most)
{
	char *end;
	long number = strtol(value, &end, 10);

	return *value && !isspace((unsigned char)*value) && !*end && number >= least && number <= most;
}

static inline bool is_mask(const char *value)
{
	for (; value && strlen(value) > 8; value += 9)
		if (value[8] != ',' || strspn(value, "0123456789abcdef") != 8)
			return false;
	return value && matches(value, "########");
}

static inline const char *check_cpu(const struct entry *cpu)
{
	static const char *const known[] = { "numaid", "affinity", "arch", "vendor", "familyid",
					     "modelid" };
	const char *family = entry_value(cpu, "familyid"), *model = entry_value(cpu, "modelid");

	for (unsigned i = 0; i < cpu->attributes; i++) {
		size_t k = 0;

		while (k < ARRAY_SIZE(known) && strcmp(known[k], cpu->keys[i]))
			k++;
		if (k == ARRAY_SIZE(known))
			return "an attribute no cpu has";
	}
	if (!entry_value(cpu, "numaid") || !is_number(entry_value(cpu, "numaid"), -1, 65535))
		return "a cpu without a numaid";
	if (!is_mask(entry_value(cpu, "affinity")))
		return "an affinity that is not a mask";
	if (!family != !model || (family && (!is_number(family, 0, 65535) || !is_number(model, 0, 65535))))
		return "a family without a model";
	return cpu->children ? NULL : "a cpu without devices";
}

static inline const char *check_link(const struct entry *pci)
{
	static const char *const speeds[] = { "2.5 GT/s PCIe", "5.0 GT/s PCIe", "8.0 GT/s PCIe",
					      "16.0 GT/s PCIe", "32.0 GT/s PCIe", "64.0 GT/s PCIe" };
	const char *speed = entry_value(pci, "link_speed"), *width = entry_value(pci, "link_width");
	bool known = false;

	if (!speed && !width)
		return NULL;
	for (size_t i = 0; speed && i < ARRAY_SIZE(speeds); i++)
		known |= !strcmp(speeds[i], speed);
	if (!known)
		return "a speed that NCCL takes for Gen3";
	return width && is_number(width, 1, 32) ? NULL : "a width that NCCL believes";
}

/* Devices by the prefix of their class. Of MI200 and later accelerators it is 12. */
static inline bool is_device_class(const char *class_code, bool rccl)
{
	return !strncmp(class_code, "0x02", 4) || !strncmp(class_code, "0x03", 4) ||
	       (rccl && !strncmp(class_code, "0x12", 4));
}

static inline const char *check_pci(const struct nccl_file *file, const struct entry *pci, bool rccl)
{
	const char *busid = entry_value(pci, "busid"), *class_code = entry_value(pci, "class");

	if (!matches(busid, "####:##:##.7"))
		return "a busid of another form";
	if (!matches(class_code, "0x######"))
		return "a class of another form";
	for (unsigned i = 0; i < pci->attributes; i++)
		if (strcmp(pci->keys[i], "busid") && strcmp(pci->keys[i], "class") &&
		    strcmp(pci->keys[i], "link_speed") && strcmp(pci->keys[i], "link_width"))
			return "an attribute no pci has";
	if (pci->children ? strcmp(class_code, "0x060400") != 0 :
	    !is_device_class(class_code, rccl))
		return "a class that does not fit its place";
	for (const struct entry *other = file->entries; other < pci; other++) {
		const char *id = entry_value(other, "busid");

		if (id && !strcmp(id, busid))
			return "a busid twice";
		if (id && !strncmp(id, busid, 10) && (pci->children || other->children))
			return "two switches that NCCL takes for one card";
	}
	return check_link(pci);
}

static inline const char *read_system(const char *text, struct nccl_file *file, bool rccl)
{
	const char *bad = read_syntax(text, file);

	if (bad)
		return bad;
	if (strcmp(file->entries[0].name, "system") || file->entries[0].attributes != 1 ||
	    !entry_value(&file->entries[0], "version") ||
	    strcmp(entry_value(&file->entries[0], "version"), rccl ? "2" : "1"))
		return rccl ? "not a system of version 2" : "not a system of version 1";
	for (unsigned i = 1; i < file->count && !bad; i++) {
		const struct entry *entry = &file->entries[i], *parent = entry->parent;

		if (!strcmp(entry->name, "cpu"))
			bad = parent != file->entries ? "a cpu out of place" : check_cpu(entry);
		else if (strcmp(entry->name, "pci") || parent == file->entries)
			bad = "an element out of place";
		else if (strcmp(parent->name, "cpu") && strcmp(parent->parent->name, "cpu"))
			bad = "switches below switches";
		else
			bad = check_pci(file, entry, rccl);
	}
	return bad;
}

/* NULL: a valid file; otherwise what is wrong with it. */
static inline const char *nccl_read(const char *text, struct nccl_file *file)
{
	return read_system(text, file, false);
}

#endif
