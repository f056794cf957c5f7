/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command: finds the sub-command and runs it. */
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli.h"

static const struct command *const commands[] = { &command_dump, &command_emit };

#define COMMANDS (sizeof(commands) / sizeof(*commands))

static const char sources[] =
	"SOURCE says where to read the machine from:\n"
	"  live              this machine (default)\n"
	"  DIR               a captured root directory that contains sys/ and proc/\n"
	"  FILE.json         the output of 'hgxtopo dump --json'\n"
	"  FILE.xml          a libvirt domain: what its guest will see (see --host)\n"
	"  -                 a FILE.json or FILE.xml from standard input\n"
	"  example:NAME      a built-in example: ";

static void print_sources(FILE *stream)
{
	const char *name;

	fputs(sources, stream);
	for (size_t i = 0; (name = hgx_example_name(i)) != NULL; i++)
		fprintf(stream, "%s%s", i ? ", " : "", name);
	fputc('\n', stream);
}

int help(const struct command *command)
{
	printf("Usage: hgxtopo %s %s\n\n%s%s\n", command->name, command->args, command->help,
	       command->more ? command->more : "");
	print_sources(stdout);
	return fflush(stdout) ? EXIT_ERROR : EXIT_FINE;
}

int usage(const struct command *command, const char *format, ...)
{
	va_list args;

	fputs("hgxtopo: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "; see 'hgxtopo %s%s--help'\n", command ? command->name : "",
		command ? " " : "");
	return EXIT_USAGE;
}

int bad_option(const struct command *command, char **argv)
{
	const char *word = argv[optind - 1];

	if (strncmp(word, "--", 2) && optopt)
		return usage(command, "unknown option '-%c'", optopt);
	if (strchr(word, '=') && optopt)
		return usage(command, "'%.*s' takes no value", (int)strcspn(word, "="), word);
	return usage(command, "unknown option '%s'", word);
}

/* The sub-command that helps with an error. The library does not know sub-commands. */
static const char *hint_for(const struct hgx_error *err)
{
	static const char *const hints[][2] = {
		{ "json-truncated", "'hgxtopo dump --json' writes one" },
		{ "json-syntax", "'hgxtopo dump --json' writes one" },
		{ "json-format", "'hgxtopo dump --json' writes one" },
		{ "device-missing", "'hgxtopo dump' lists them" },
	};

	for (size_t i = 0; i < sizeof(hints) / sizeof(*hints); i++)
		if (!strcmp(hints[i][0], err->rule))
			return hints[i][1];
	return NULL;
}

int report(const struct hgx_error *err)
{
	const char *hint = hint_for(err);

	fprintf(stderr, "hgxtopo: %s%s%s%s\n", err->text, hint ? " (" : "", hint ? hint : "",
		hint ? ")" : "");
	return EXIT_ERROR;
}

void report_finding(const struct hgx_finding *finding, bool goes_on)
{
	fprintf(stderr, "%s%s: %s%s%s\n",
		goes_on ? "" : "hgxtopo: ", hgx_severity_name(finding->severity), finding->text,
		finding->remedy ? "; " : "", finding->remedy ? finding->remedy : "");
}

void report_findings(const struct hgx_finding *findings, size_t count)
{
	for (size_t i = 0; i < count; i++)
		report_finding(&findings[i], false);
}

static int help_all(void)
{
	puts("hgxtopo shows the topology of a GPU host and writes the libvirt domain and the NCCL\n"
	     "topology file of a virtual machine that mirrors it. It changes nothing on the host.\n");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("%s hgxtopo %s %s\n", i ? "      " : "Usage:", commands[i]->name,
		       commands[i]->args);
	puts("       hgxtopo COMMAND --help\n       hgxtopo --version\n");
	print_sources(stdout);
	puts("\nResults go to standard output, errors and findings to standard error.\n"
	     "Exit status: 0 success, 1 reserved for commands that compare, 2 wrong usage, 3 error.");
	return fflush(stdout) ? EXIT_ERROR : EXIT_FINE;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;

	signal(SIGXFSZ, SIG_IGN); /* a limit on file sizes is an error like a full disk */
	if (!name)
		return usage(NULL, "no command given");
	if (!strcmp(name, "help") && argc > 2)
		name = argv[2];
	else if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help"))
		return help_all();
	if (!strcmp(name, "--version") || !strcmp(name, "-V")) {
		printf("hgxtopo %s\n", hgx_version());
		return fflush(stdout) ? EXIT_ERROR : EXIT_FINE;
	}
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(name, commands[i]->name))
			return name == argv[2] ? help(commands[i]) :
						 commands[i]->run(argc - 1, argv + 1);
	return usage(NULL, "unknown command '%s'", name);
}
