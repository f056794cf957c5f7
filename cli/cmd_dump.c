/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hgxtopo dump: shows a machine. */
#include <getopt.h>
#include <stddef.h>
#include "cli.h"

static const struct option options[] = {
	{ "from", required_argument, NULL, 'f' },
	{ "json", no_argument, NULL, 'j' },
	{ "matrix", no_argument, NULL, 'm' },
	{ "output", required_argument, NULL, 'o' },
	{ "host", required_argument, NULL, 'H' },
	{ "with-ids", no_argument, NULL, 'i' },
	{ "libvirt-version", required_argument, NULL, 'L' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

typedef int emitter(const struct hgx_topo *topo, char **out, struct hgx_error *err);

/* Prints the findings of a guest beside its matrix, which may be wrong because of them. The tree
 * and the JSON contain them. */
static void report_guest(const struct hgx_topo *topo, emitter *emit)
{
	const struct hgx_finding *findings;
	size_t count = hgx_topo_findings(topo, &findings);

	if (emit == hgx_emit_matrix && hgx_topo_is_guest(topo))
		report_findings(findings, count);
}

static int dump(const char *from, const struct domain_options *domain, emitter *emit,
		const char *file)
{
	struct hgx_error err;
	struct hgx_topo *topo;
	char *text = NULL;
	int status;

	if (load_source(&topo, from, domain, &err))
		return report(&err);
	report_guest(topo, emit);
	status = emit(topo, &text, &err) ? report(&err) : write_output(file, text);
	hgx_text_free(text);
	hgx_topo_free(topo);
	return status;
}

static int run(int argc, char **argv)
{
	const char *from = NULL, *file = NULL;
	struct domain_options domain = { NULL, NULL, false };
	emitter *emit = hgx_emit_tree;
	int option, chosen = 0;
	bool ids = false;

	opterr = 0;
	if (exact_options(&command_dump, options, ":f:jmo:h", argv))
		return EXIT_USAGE;
	while ((option = getopt_long(argc, argv, ":f:jmo:h", options, NULL)) != -1) {
		switch (option) {
		case 'f':
			from = optarg;
			break;
		case 'H':
			domain.host = optarg;
			break;
		case 'L':
			domain.libvirt = optarg;
			break;
		case 'j':
			emit = hgx_emit_json;
			chosen++;
			break;
		case 'm':
			emit = hgx_emit_matrix;
			chosen++;
			break;
		case 'i':
			ids = true;
			break;
		case 'o':
			file = optarg;
			break;
		case 'h':
			return help(&command_dump);
		case ':':
			return usage(&command_dump, "%s needs a value", argv[optind - 1]);
		default:
			return bad_option(&command_dump, options, argv);
		}
	}
	if (optind < argc)
		return usage(&command_dump,
			     "unexpected argument '%s' (sources are given with --from)",
			     argv[optind]);
	if (file && !*file)
		return usage(&command_dump, "--output needs a file name");
	if (chosen > 1)
		return usage(&command_dump, "--json and --matrix exclude each other");
	if (ids && emit != hgx_emit_json)
		return usage(&command_dump, "--with-ids is only valid with --json");
	return dump(from, &domain, ids ? hgx_emit_json_with_ids : emit, file);
}

const struct command command_dump = {
	.name = "dump",
	.args = "[--json [--with-ids]|--matrix] [--from SOURCE [--host SOURCE]\n"
		"               [--libvirt-version X.Y]] [-o FILE]",
	.help = "Shows a machine, by default as a tree for people, without the chipset's own functions.\n"
		"\n"
		"  -f, --from SOURCE  the machine to show\n"
		"  --host SOURCE      with a libvirt domain in --from: its host, which tells what the\n"
		"                     assigned devices are\n"
		"  --libvirt-version X.Y\n"
		"                     with a libvirt domain in --from: the version that will define it\n"
		"                     and place what has no address (default: the one installed on the\n"
		"                     host; without --host, the one installed here; else 9.0)\n"
		"  -j, --json         write everything as JSON, which --from reads back\n"
		"  --with-ids         with --json: add serial numbers and GUIDs of devices, by which\n"
		"                     'hgxtopo emit --nccl --host-json' recognizes them in a guest\n"
		"  -m, --matrix       show the path class between GPUs, NICs and NVMe drives, in the terms of\n"
		"                     'nvidia-smi topo -m'; works without a GPU driver\n"
		"  -o, --output FILE  write to FILE, either all of it or nothing\n"
		"  -h, --help         print this help\n",
	.run = run,
};
