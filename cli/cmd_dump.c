/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hgxtopo dump: shows a machine. */
#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include "cli.h"

static const struct option options[] = {
	{ "from", required_argument, NULL, 'f' },
	{ "json", no_argument, NULL, 'j' },
	{ "matrix", no_argument, NULL, 'm' },
	{ "output", required_argument, NULL, 'o' },
	{ "host", required_argument, NULL, 'H' },
	{ "with-ids", no_argument, NULL, 'i' },
	{ "libvirt-version", required_argument, NULL, 'L' },
	{ "pretty", no_argument, NULL, 'p' },
	{ "compact", no_argument, NULL, 'c' },
	TELLING_OPTIONS,
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

typedef int emitter(const struct hgx_topo *topo, char **out, struct hgx_error *err);

struct request {
	const char *from, *file;
	struct domain_options domain;
	struct telling telling;
	emitter *emit;
	unsigned chosen;
	bool ids, pretty, compact;
};

/* Prints the findings of a guest beside its matrix, which may be wrong because of them. The tree
 * and the JSON contain them. */
static void tell_guest(const struct hgx_topo *topo, const struct request *request)
{
	if (request->emit == hgx_emit_matrix && hgx_topo_is_guest(topo))
		tell_topo(topo, &request->telling);
}

/* Writes the text, with other blanks where they were asked for. */
static int write_text(const char *text, const struct request *request)
{
	char *other;
	int status;

	if (!request->pretty && !request->compact)
		return write_output(request->file, text);
	other = reformat(text, request->pretty);
	status = write_output(request->file, other);
	free(other);
	return status;
}

static int dump(const struct request *request)
{
	struct hgx_error err;
	struct hgx_topo *topo;
	char *text = NULL;
	int status;

	if (load_source(&topo, request->from, &request->domain, &err))
		return report(&err);
	tell_guest(topo, request);
	status = request->emit(topo, &text, &err) ? report(&err) : write_text(text, request);
	hgx_text_free(text);
	hgx_topo_free(topo);
	return status;
}

static int check(const struct request *request)
{
	bool json = request->emit == hgx_emit_json;

	if (request->file && !*request->file)
		return usage(&command_dump, "--output needs a file name");
	if (request->chosen > 1)
		return usage(&command_dump, "--json and --matrix exclude each other");
	if (request->pretty && request->compact)
		return usage(&command_dump, "--pretty and --compact exclude each other");
	if (!json && (request->ids || request->pretty || request->compact))
		return usage(&command_dump, "--%s is only valid with --json",
			     request->ids    ? "with-ids" :
			     request->pretty ? "pretty" :
					       "compact");
	return EXIT_FINE;
}

static int take(struct request *request, int option)
{
	switch (option) {
	case 'f':
		request->from = optarg;
		break;
	case 'H':
		request->domain.host = optarg;
		break;
	case 'L':
		request->domain.libvirt = optarg;
		break;
	case 'o':
		request->file = optarg;
		break;
	case 'i':
		request->ids = true;
		break;
	case 'p':
		request->pretty = true;
		break;
	case 'c':
		request->compact = true;
		break;
	case 'j':
	case 'm':
		request->emit = option == 'j' ? hgx_emit_json : hgx_emit_matrix;
		request->chosen++;
		break;
	default:
		return take_telling(&command_dump, &request->telling, option);
	}
	return EXIT_FINE;
}

static int run(int argc, char **argv)
{
	struct request request = { .emit = hgx_emit_tree };
	int option, status = EXIT_FINE;

	opterr = 0;
	if (exact_options(&command_dump, options, ":f:jmo:qvh", argv))
		return EXIT_USAGE;
	while (!status && (option = getopt_long(argc, argv, ":f:jmo:qvh", options, NULL)) != -1) {
		if (option == 'h')
			return help(&command_dump);
		if (option == ':')
			return usage(&command_dump, "%s needs a value", argv[optind - 1]);
		if (option == '?')
			return bad_option(&command_dump, options, argv);
		status = take(&request, option);
	}
	if (status)
		return status;
	if (optind < argc)
		return usage(&command_dump,
			     "unexpected argument '%s' (sources are given with --from)",
			     argv[optind]);
	status = check(&request);
	if (request.ids)
		request.emit = hgx_emit_json_with_ids;
	return status ? status : dump(&request);
}

const struct command command_dump = {
	.name = "dump",
	.args = "[--json [--with-ids] [--pretty|--compact]|--matrix] [--from SOURCE\n"
		"               [--host SOURCE] [--libvirt-version X.Y]] [-o FILE]",
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
		"  --pretty           with --json: each member on a line of its own\n"
		"  --compact          with --json: everything on one line\n"
		"  -m, --matrix       show the path class between GPUs, NICs and NVMe drives, in the terms of\n"
		"                     'nvidia-smi topo -m'; works without a GPU driver\n"
		"  -o, --output FILE  write to FILE, either all of it or nothing\n"
		"  -q, --quiet        standard error has errors only\n"
		"  -v, --verbose      standard error, which has the findings beside the matrix of a\n"
		"                     guest, has a line for each device\n"
		"  -h, --help         print this help\n",
	.run = run,
};
