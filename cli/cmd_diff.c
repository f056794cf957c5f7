/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hgxtopo diff: what differs between two machines, or between the hosts of a fleet. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "diff.h"

static const struct option options[] = {
	{ "fleet", required_argument, NULL, 'F' }, { "host", required_argument, NULL, 'H' },
	{ "json", no_argument, NULL, 'j' },	   { "output", required_argument, NULL, 'o' },
	{ "help", no_argument, NULL, 'h' },	   { NULL, 0, NULL, 0 },
};

/* One line a difference. */
static char *lines_of(const struct hgx_findings *findings)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	for (size_t i = 0; stream && i < hgx_findings_count(findings); i++)
		write_finding(stream, hgx_findings_at(findings, i));
	if (stream && fclose(stream)) {
		free(text);
		return NULL;
	}
	return text;
}

static int write_lines(const struct hgx_findings *findings, const char *file)
{
	char *lines = lines_of(findings);
	int status = EXIT_ERROR;

	if (lines)
		status = write_output(file, lines);
	else
		say("out of memory");
	free(lines);
	return status;
}

static int write_json(struct hgx_findings *findings, const char *file)
{
	struct hgx_error err;
	char *text = NULL;
	int status;

	status = hgx_emit_findings_json(&findings, 1, &text, &err) ? report(&err) :
								     write_output(file, text);
	hgx_text_free(text);
	return status;
}

static int write_differences(struct hgx_findings *findings, const struct diff_output *output)
{
	int status = output->json ? write_json(findings, output->file) :
				    write_lines(findings, output->file);

	if (status)
		return status;
	return hgx_findings_count(findings) ? EXIT_FINDINGS : EXIT_FINE;
}

/* A guest has other devices, memory and CPUs than a host, unless the host is the guest, seen from
 * inside. */
static void say_kinds(const struct hgx_topo *expected, const struct hgx_topo *examined,
		      const struct hgx_findings *findings)
{
	bool guest = hgx_topo_is_guest(expected);

	if (hgx_findings_count(findings) && guest != hgx_topo_is_guest(examined))
		say("note: %s is the topology of a guest, %s that of a machine that shows itself: its "
		    "host, or the guest from inside",
		    guest ? "A" : "B", guest ? "B" : "A");
}

static int compare(const struct hgx_topo *expected, const struct hgx_topo *examined,
		   const struct diff_output *output)
{
	struct hgx_findings *findings;
	struct hgx_error err;
	int status;

	if (hgx_compare(&findings, expected, examined, &err))
		return report(&err);
	say_kinds(expected, examined, findings);
	status = write_differences(findings, output);
	hgx_findings_free(findings);
	return status;
}

/* The host applies to those that are domains. */
static int diff(char **names, const char *host, const struct diff_output *output)
{
	size_t domains = 0;
	struct domain_options domain = { host, NULL, false, &domains };
	struct hgx_topo *expected, *examined = NULL;
	struct hgx_error err;
	int status;

	if (load_source(&expected, names[0], &domain, &err))
		return report(&err);
	if (load_source(&examined, names[1], &domain, &err)) {
		status = report(&err);
	} else if (host && !domains) {
		status = usage(&command_diff,
			       "--host is only valid with a libvirt domain as A or B");
	} else {
		say_unknown(expected, names[0]);
		say_unknown(examined, names[1]);
		status = compare(expected, examined, output);
	}
	hgx_topo_free(expected);
	hgx_topo_free(examined);
	return status;
}

static int check_arguments(const char *fleet, int count, char **names)
{
	if (fleet && count)
		return usage(&command_diff, "unexpected argument '%s' beside --fleet", names[0]);
	if (!fleet && count != 2)
		return usage(&command_diff, count < 2 ? "give two sources, A and B, or --fleet" :
							"give two sources, A and B, and no more");
	if (!fleet && !strcmp(names[0], "-") && !strcmp(names[1], "-"))
		return usage(&command_diff, "only one of A and B can be standard input");
	return EXIT_FINE;
}

static int run(int argc, char **argv)
{
	struct diff_output output = { NULL, false };
	const char *fleet = NULL, *host = NULL;
	int option, status;

	opterr = 0;
	if (exact_options(&command_diff, options, ":jo:h", argv))
		return EXIT_USAGE;
	while ((option = getopt_long(argc, argv, ":jo:h", options, NULL)) != -1) {
		switch (option) {
		case 'F':
			fleet = optarg;
			break;
		case 'H':
			host = optarg;
			break;
		case 'j':
			output.json = true;
			break;
		case 'o':
			output.file = optarg;
			break;
		case 'h':
			return help(&command_diff);
		case ':':
			return usage(&command_diff, "%s needs a value", argv[optind - 1]);
		default:
			return bad_option(&command_diff, options, argv);
		}
	}
	if (output.file && !*output.file)
		return usage(&command_diff, "--output needs a file name");
	if (fleet && host)
		return usage(&command_diff, "--host is not valid with --fleet");
	status = check_arguments(fleet, argc - optind, argv + optind);
	if (status)
		return status;
	return fleet ? diff_fleet(fleet, &output) : diff(argv + optind, host, &output);
}

const struct command command_diff = {
	.name = "diff",
	.args = "A B [--host SOURCE] [--json] [-o FILE]\n"
		"               --fleet DIR|- [--json] [-o FILE]",
	.help = "Says how B differs from A, the worst first: devices that are missing or new, their\n"
		"NUMA nodes, path classes, links, BARs, IOMMU groups, ACS, ATS and drivers, CPUs and\n"
		"memory. A and B are sources: two hosts that should be alike, one host before and\n"
		"after an update, a running guest and its NAME.guest.json. Numbers of buses and\n"
		"groups, idle links and free memory are not compared.\n"
		"\n"
		"  --fleet DIR|-      compare all hosts of a fleet, the FILE.json in DIR or those that\n"
		"                     standard input names, one a line: of the hosts of one model, most\n"
		"                     are alike; what differs from these is told of the others.\n"
		"                     Models of drives do not count\n"
		"  --host SOURCE      with a libvirt domain as A or B: its host, which tells what the\n"
		"                     assigned devices are\n"
		"  -j, --json         write the differences as JSON\n"
		"  -o, --output FILE  write to FILE, either all of it or nothing\n"
		"  -h, --help         print this help\n"
		"\n"
		"Exit status: 0 nothing differs, 1 something does, or a file of a fleet is unreadable,\n"
		"2 wrong usage, 3 error.\n",
	.run = run,
};
