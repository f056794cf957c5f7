/* What the files of the command share. */
#ifndef CLI_H
#define CLI_H

#include <hgxtopo.h>
#include <stddef.h>

enum exit_status {
	EXIT_FINE = 0,
	EXIT_FINDINGS = 1, /* findings or differences */
	EXIT_USAGE = 2,
	EXIT_ERROR = 3
};

struct command {
	const char *name, *args, *help;
	int (*run)(int argc, char **argv); /* argv[0] is the name of the command */
};

extern const struct command command_dump, command_emit;

/* main.c */
int usage(const struct command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int help(const struct command *command);
int bad_option(const struct command *command, char **argv);
int report(const struct hgx_error *err); /* prints the sentence, returns EXIT_ERROR */
void report_findings(const struct hgx_finding *findings, size_t count);

/* source.c */
int load_source(struct hgx_topo **out, const char *from, struct hgx_error *err);

/* output.c */
int write_output(const char *file, const char *text); /* whole or not at all; NULL: stdout */

#endif
