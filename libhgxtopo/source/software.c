/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Finds the installed versions of libvirt, QEMU and OVMF in files alone. Nothing is run. */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "source/software.h"
#include "util/arena.h"
#include "util/error.h"
#include "util/macros.h"
#include "model/topo.h"
#include "source/root.h"

#define DIGITS "0123456789"
#define MAX_ARCHITECTURES 16 /* of a package */
#define MAX_PARAGRAPH_BYTES 65536
#define MAX_CACHES 32
#define MAX_CACHE_BYTES (1u << 20)

/* A version has two to four numbers of at most four digits. */
bool version_is_clean(const char *text)
{
	unsigned numbers = 0;

	for (;; text++) {
		size_t digits = strspn(text, DIGITS);

		if (!digits || digits > 4 || ++numbers > 4)
			return false;
		text += digits;
		if (!*text)
			return numbers >= 2;
		if (*text != '.')
			return false;
	}
}

/* The link libvirt.so.0 points to libvirt.so.0.9000.0, for 9.0.0: the first number is
 * 1000 * major + minor, the second the release. */
static const char *library_version(struct hgx_topo *topo, const struct root *root,
				   const char *directory)
{
	int dir = root_dir(root, directory), length = 0;
	unsigned number, release;
	char name[64] = "";
	const char *text;

	if (dir < 0)
		return NULL;
	root_link_name(dir, "libvirt.so.0", name, sizeof(name));
	close(dir);
	if (sscanf(name, "libvirt.so.0.%7u.%4u%n", &number, &release, &length) != 2 || name[length])
		return NULL;
	text = arena_format(&topo->arena, "%u.%u.%u", number / 1000, number % 1000, release);
	return version_is_clean(text) ? text : NULL;
}

/* The upstream version, without epoch and distribution suffix: "1:7.2+dfsg-7+deb12u18" is
 * 7.2. */
static const char *upstream_version(struct hgx_topo *topo, const char *text)
{
	size_t length = strspn(text, DIGITS);

	if (text[length] == ':')
		text += length + 1;
	length = strspn(text, DIGITS ".");
	while (length && text[length - 1] == '.')
		length--;
	text = arena_copy(&topo->arena, text, length);
	return version_is_clean(text) ? text : NULL;
}

/* The value of a field in a paragraph of dpkg's database; NULL without that field. */
static const char *field(const char *paragraph, const char *name)
{
	size_t length = strnlen(paragraph, MAX_PARAGRAPH_BYTES);
	const char *end = memmem(paragraph, length, "\n\n", 2);
	const char *found = memmem(paragraph, end ? (size_t)(end - paragraph) : length, name,
				   strlen(name));

	return found ? found + strlen(name) : NULL;
}

/* The version of an installed package in dpkg's database (deb-control(5)). Paragraphs of
 * removed packages remain there. */
static const char *package_version(struct hgx_topo *topo, const char *status, const char *package)
{
	static const char installed[] = " ok installed\n";
	const char *c = status;
	char first[64];

	snprintf(first, sizeof(first), "Package: %s\n", package);
	for (int i = 0; i < MAX_ARCHITECTURES && (c = strstr(c, first)) != NULL; i++, c++) {
		const char *state = field(c, "\nStatus: "), *version = field(c, "\nVersion: ");

		if ((c != status && c[-1] != '\n') || !state || !version)
			continue;
		state += strcspn(state, " \n"); /* skip the desired state: "install" or "hold" */
		if (!strncmp(state, installed, strlen(installed)))
			return upstream_version(topo, version);
	}
	return NULL;
}

static void read_packages(struct hgx_topo *topo, const struct root *root)
{
	static const struct {
		size_t at;
		const char *package;
	} rows[] = {
		{ offsetof(struct hgx_topo, libvirt), "libvirt0" },
		{ offsetof(struct hgx_topo, qemu), "qemu-system-x86" },
		{ offsetof(struct hgx_topo, qemu), "pve-qemu-kvm" },
		{ offsetof(struct hgx_topo, ovmf), "ovmf" },
	};
	char *status = root_read_all(root, "var/lib/dpkg/status");

	for (size_t i = 0; status && i < ARRAY_SIZE(rows); i++) {
		const char **version = (const char **)(void *)((char *)topo + rows[i].at);

		if (!*version)
			*version = package_version(topo, status, rows[i].package);
	}
	free(status);
}

struct caches {
	char *text;
	unsigned count;
	unsigned long newest; /* 1000000 * major + 1000 * minor + micro */
};

static int read_cache(void *context, int dir, const char *name)
{
	struct caches *caches = context;
	const char *version;
	size_t length = strlen(name);

	if (length < 4 || strcmp(name + length - 4, ".xml") || ++caches->count > MAX_CACHES ||
	    root_read_at(dir, name, caches->text, MAX_CACHE_BYTES) <= 0 ||
	    !strstr(caches->text, "<arch>x86_64</arch>"))
		return HGX_OK;
	version = strstr(caches->text, "<version>");
	if (version && strtoul(version + 9, NULL, 10) > caches->newest)
		caches->newest = strtoul(version + 9, NULL, 10);
	return HGX_OK;
}

/* The newest version that libvirt found when it last probed each emulator. */
static const char *cached_version(struct hgx_topo *topo, const struct root *root)
{
	struct caches caches = { .text = malloc(MAX_CACHE_BYTES) };
	const char *text;

	if (!caches.text)
		return NULL;
	root_list(root, "var/cache/libvirt/qemu/capabilities", read_cache, &caches);
	free(caches.text);
	text = arena_format(&topo->arena, "%lu.%lu.%lu", caches.newest / 1000000,
			    caches.newest / 1000 % 1000, caches.newest % 1000);
	return caches.newest && version_is_clean(text) ? text : NULL;
}

/* The name of libvirt's library is the same on every distribution and has all three
 * numbers. dpkg comes before libvirt's cache: every user can read it, and it says what is
 * installed now. Only root can read the cache, which is as old as the last run of
 * libvirt. */
void source_software(struct hgx_topo *topo, const struct root *root)
{
	static const char *const directories[] = { "usr/lib/x86_64-linux-gnu", "usr/lib64",
						   "usr/lib" };

	for (size_t i = 0; i < ARRAY_SIZE(directories) && !topo->libvirt; i++)
		topo->libvirt = library_version(topo, root, directories[i]);
	read_packages(topo, root);
	if (!topo->qemu)
		topo->qemu = cached_version(topo, root);
}

int hgx_installed_version(char **out, const char *name, struct hgx_error *err)
{
	struct hgx_topo topo = { 0 };
	struct root root;
	const char *version;
	int code = root_open(&root, NULL, err);

	*out = NULL;
	if (code)
		return code;
	source_software(&topo, &root);
	root_close(&root);
	version = hgx_topo_software(&topo, name);
	if (version)
		*out = strdup(version);
	if (version ? !*out : topo.arena.failed)
		code = fail_memory(err);
	else if (!version)
		code = fail(err, RULE_SOFTWARE_MISSING,
			    "%s: not installed here, or its version cannot be told without "
			    "running it",
			    name);
	arena_free(&topo.arena);
	return code;
}
