/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hgxtopo fingerprint: one line that is the same for hosts that are built alike. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include "cli.h"

static const struct option options[] = {
	{ "host", required_argument, NULL, 'H' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int print_line(const char *fingerprint)
{
	char *line;
	int status;

	if (asprintf(&line, "%s\n", fingerprint) < 0) {
		say("out of memory");
		return EXIT_ERROR;
	}
	status = write_output(NULL, line);
	free(line);
	return status;
}

static int fingerprint(const char *from, const struct domain_options *domain)
{
	struct hgx_error err;
	struct hgx_topo *topo;
	char *text = NULL;
	int status;

	if (load_source(&topo, from, domain, &err))
		return report(&err);
	say_unknown(topo, from ? from : "live");
	status = hgx_fingerprint(topo, &text, &err) ? report(&err) : print_line(text);
	hgx_text_free(text);
	hgx_topo_free(topo);
	return status;
}

static int run(int argc, char **argv)
{
	struct domain_options domain = { NULL, NULL, false, NULL };
	int option;

	opterr = 0;
	if (exact_options(&command_fingerprint, options, ":h", argv))
		return EXIT_USAGE;
	while ((option = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		switch (option) {
		case 'H':
			domain.host = optarg;
			break;
		case 'h':
			return help(&command_fingerprint);
		case ':':
			return usage(&command_fingerprint, "%s needs a value", argv[optind - 1]);
		default:
			return bad_option(&command_fingerprint, options, argv);
		}
	}
	if (argc - optind > 1)
		return usage(&command_fingerprint, "unexpected argument '%s': give one SOURCE",
			     argv[optind + 1]);
	return fingerprint(argv[optind], &domain);
}

const struct command command_fingerprint = {
	.name = "fingerprint",
	.args = "[SOURCE [--host SOURCE]]",
	.help = "Prints one line that is the same for hosts that are built alike, and for one host\n"
		"before and after a reboot: it does not depend on the numbers of buses, on idle\n"
		"links, drivers, virtual functions or names. One narrow link, one missing GPU or\n"
		"another NUMA mode makes another line. 'hgxtopo diff' says what differs.\n"
		"\n"
		"  --host SOURCE      with a libvirt domain as SOURCE: its host, which tells what the\n"
		"                     assigned devices are\n"
		"  -h, --help         print this help\n",
	.run = run,
};
