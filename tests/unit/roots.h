/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The captured roots of the test machines, from HGX_TEST_ROOTS or made here. */
#ifndef TEST_ROOTS_H
#define TEST_ROOTS_H

#include "support.h"
#include "tree.h"

static inline void run_command(const char *format, ...) PRINTF(1, 2);
static inline void run_command(const char *format, ...)
{
	char command[8192];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	if (system(command)) {
		printf("failed: %s\n", command);
		exit(EXIT_FAILURE);
	}
}

static inline const char *machine_root(const char *name)
{
	static char path[512];
	const char *roots = getenv("HGX_TEST_ROOTS");

	if (roots && *roots)
		snprintf(path, sizeof(path), "%s/%s", roots, name);
	else
		snprintf(path, sizeof(path), "%s/hosts/%s", tree_base, name);
	return path;
}

/* Called from main(), in the top directory of the sources. */
static inline void roots_begin(const char *const *names, size_t count)
{
	const char *roots = getenv("HGX_TEST_ROOTS");

	tree_begin();
	for (size_t i = 0; i < count && !(roots && *roots); i++)
		run_command("mkdir -p '%s/hosts' && python3 tests/hosts/mkhost.py tests/hosts/%s/host.txt '%s'",
			    tree_base, names[i], machine_root(names[i]));
}

/* A copy to damage, as @to below the base; its path goes to @path. */
struct copy { char path[512]; };

static inline struct copy copy_machine(const char *name, const char *to)
{
	struct copy copy;

	snprintf(copy.path, sizeof(copy.path), "%s/%s", tree_base, to);
	run_command("rm -rf '%s' && cp -a '%s' '%s'", copy.path, machine_root(name), copy.path);
	return copy;
}

static inline int load_root(struct hgx_topo **out, const char *path, struct hgx_error *err)
{
	struct hgx_host_options options = { sizeof(options), path };

	*err = (struct hgx_error){ 0 };
	return hgx_topo_from_host(out, &options, err);
}

static inline struct hgx_topo *machine(const char *name)
{
	struct hgx_error err;
	struct hgx_topo *topo;

	expect_fine(load_root(&topo, machine_root(name), &err), &err, name);
	return topo;
}

/* A copy that @commands spoil; of one that is there already only @parts are copied anew. */
static inline struct hgx_topo *spoilt_machine(const char *name, const char *parts,
					      const char *commands)
{
	const char *path = tree_path("spoilt-%s", name);
	struct hgx_error err;
	struct hgx_topo *topo;

	if (access(path, F_OK))
		copy_machine(name, path + strlen(tree_base) + 1);
	run_command("cd '%s' && rm -rf %s && cd '%s' && cp -a --parents %s '%s' && cd '%s' && { %s; }",
		    path, parts, machine_root(name), parts, path, path, commands);
	expect_fine(load_root(&topo, path, &err), &err, commands);
	return topo;
}

static inline const struct hgx_pci *function_of(const struct hgx_topo *topo, const char *name)
{
	const struct hgx_node *node = hgx_topo_find(topo, name);

	ck_assert_msg(node && hgx_node_pci(node), "%s is not there", name);
	return hgx_node_pci(node);
}

#endif
