/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The command: finds the sub-command and runs it. */
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli.h"

static const struct command *const commands[] = { &command_dump,	&command_emit,
						  &command_check,	&command_diff,
						  &command_fingerprint, &command_forecast };

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

static bool errors_are_json;

void report_as_json(void)
{
	errors_are_json = true;
}

/* For programs that ask for it, the object of the error. False: there is no memory for it. */
static bool print_json(const struct hgx_error *err)
{
	char *text;

	if (!errors_are_json || hgx_emit_error_json(err, &text, NULL))
		return false;
	fputs(text, stderr);
	hgx_text_free(text);
	return true;
}

/* An error with @more after its sentence. */
static void print_error(const struct hgx_error *err, const char *more)
{
	if (print_json(err))
		return;
	say(*err->rule ? "%s%s [%s]" : "%s%s", err->text, more, err->rule);
}

static int print_usage(const struct command *command, const struct hgx_error *err)
{
	char more[64];

	snprintf(more, sizeof(more), "; see 'hgxtopo %s%s--help'", command ? command->name : "",
		 command ? " " : "");
	print_error(err, more);
	return EXIT_USAGE;
}

/* A text that begins with an option is about that one: "--reserve-cores takes …" is about
 * reserve_cores. */
static void name_option(struct hgx_error *err)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	const char *name = err->text + 2;

	if (strncmp(err->text, "--", 2) || strspn(name, letters) >= sizeof(err->option))
		return;
	memcpy(err->option, name, strspn(name, letters));
	for (char *at = err->option; (at = strchr(at, '-')) != NULL;)
		*at = '_';
}

int usage(const struct command *command, const char *format, ...)
{
	struct hgx_error err = { .code = HGX_INVALID, .rule = "usage" };
	va_list args;

	va_start(args, format);
	vsnprintf(err.text, sizeof(err.text), format, args);
	va_end(args);
	clean(err.text);
	name_option(&err);
	return print_usage(command, &err);
}

/* --json=3: such a word, were it not wrong, would have no value. */
static bool has_unwanted_value(const struct option *options, const char *word)
{
	size_t length = strcspn(word, "=");

	if (strncmp(word, "--", 2) || !word[length])
		return false;
	for (; options->name; options++)
		if (options->val == optopt && options->has_arg == no_argument &&
		    !strncmp(options->name, word + 2, length - 2))
			return true;
	return false;
}

/* In a word of short options, getopt_long() goes on to the next word only after the last letter. */
static int bad_letter(const struct command *command, char **argv)
{
	const char *before = argv[optind - 1];
	bool last = before[0] == '-' && before[1] != '-' && before[strlen(before) - 1] == optopt;
	const char *word = last || !argv[optind] ? before : argv[optind];

	if (strlen(word) == 2 || optopt < 0 || optopt > 127) /* a byte of a letter is not one */
		return usage(command, "unknown option '%s'", word);
	return usage(command, "unknown option '-%c' in '%s'", optopt, word);
}

/* After getopt_long() said that an option is wrong. */
int bad_option(const struct command *command, const struct option *options, char **argv)
{
	const char *word = argv[optind - 1];

	if (!optopt)
		return usage(command, "unknown option '%s'", word);
	if (has_unwanted_value(options, word))
		return usage(command, "'%.*s' takes no value", (int)strcspn(word, "="), word);
	return bad_letter(command, argv);
}

void name_command(struct hgx_error *err)
{
	static const char function[] = "hgx_emit_json()", command[] = "'hgxtopo dump --json'";
	struct hgx_error said = *err;
	const char *at = strstr(said.text, function);

	if (at)
		snprintf(err->text, sizeof(err->text), "%.*s%s%s", (int)(at - said.text), said.text,
			 command, at + strlen(function));
}

int report(const struct hgx_error *err)
{
	struct hgx_error said = *err;

	name_command(&said);
	print_error(&said,
		    strcmp(said.rule, "device-missing") ? "" : " ('hgxtopo dump' lists them)");
	return EXIT_ERROR;
}

int refuse(const struct command *command, const struct hgx_error *err)
{
	return err->code == HGX_INVALID ? print_usage(command, err) : report(err);
}

void write_finding(FILE *stream, const struct hgx_finding *finding)
{
	fprintf(stream, "%s: %s%s%s\n", hgx_severity_name(finding->severity), finding->text,
		finding->remedy ? "; " : "", finding->remedy ? finding->remedy : "");
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
	     "Exit status: 0 success, 1 not up to date (emit --check), something wrong (check) or\n"
	     "different (diff), 2 wrong usage, 3 error.");
	return fflush(stdout) ? EXIT_ERROR : EXIT_FINE;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;

	signal(SIGXFSZ, SIG_IGN); /* a limit on file sizes is an error like a full disk */
	setenv("HWLOC_HIDE_ERRORS", "2", 0); /* what is wrong on this machine is told by findings */
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], "--json") || !strncmp(argv[i], "-j", 2))
			report_as_json();
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
