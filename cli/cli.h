/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @file
 * What the files of the command share. Each group below is defined in the file it names. */
#ifndef CLI_H
#define CLI_H

#include <hgxtopo.h>
#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum exit_status {
	EXIT_FINE = 0,
	EXIT_FINDINGS = 1, /**< findings or differences */
	EXIT_USAGE = 2,
	EXIT_ERROR = 3
};

struct command {
	const char *name, *args, *help;
	const char *more;		   /**< help that commands share; may be NULL */
	int (*run)(int argc, char **argv); /**< argv[0] is the name of the command */
};

extern const struct command command_check, command_diff, command_dump, command_emit,
	command_fingerprint, command_forecast;

/* ---- say.c */

/** Prints a line on standard error. What a terminal could take for a command, in a file name or
 *  the value of an option, is replaced with '?', as in the texts of the library. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** Replaces with '?' what a terminal could take for a command. */
void clean(char *text);

/* ---- main.c */

/** Prints an error about the command line and returns EXIT_USAGE. */
int usage(const struct command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/** Prints the help of a command and returns EXIT_FINE. */
int help(const struct command *command);
/** Reports the option that getopt_long() refused, and returns EXIT_USAGE. */
int bad_option(const struct command *command, const struct option *options, char **argv);
/** Refuses, before getopt_long() takes it, an option that is only the beginning of one or that does not
 *  exist, and suggests those that may be meant. @letters: of the short options, as getopt_long() has
 *  them. Returns EXIT_FINE or EXIT_USAGE. (option.c) */
int exact_options(const struct command *command, const struct option *options, const char *letters,
		  char **argv);
/** Prints the sentence of an error and returns EXIT_ERROR. */
int report(const struct hgx_error *err);
/** Writes a finding as one line. */
void write_finding(FILE *stream, const struct hgx_finding *finding);
/** Prints a finding. @goes_on: the start of the line, with the VMs it is about, is there. */
void report_finding(const struct hgx_finding *finding, bool goes_on);
void report_findings(const struct hgx_finding *findings, size_t count);

/* ---- source.c */

/** The options about a libvirt domain as the source; NULL: not given. */
struct domain_options {
	const char *host;    /**< the source of its host */
	const char *libvirt; /**< the version that will define it */
	bool may_plan;	     /**< the version may be for a plan instead */
};

/** Reads SOURCE of the command line. @from may be NULL: the running machine; so may @domain. */
int load_source(struct hgx_topo **out, const char *from, const struct domain_options *domain,
		struct hgx_error *err);

/** The same of a text that was read from the file @from already: a libvirt domain or our JSON. */
int load_text(struct hgx_topo **out, const char *data, size_t length, const char *from,
	      const struct domain_options *domain, struct hgx_error *err);

/* ---- input.c */

/** Reads a whole file; "-" is standard input. It refuses a file of more than @most MiB, with
 *  @remedy, and reads no further than that. *@out is terminated, and for free(). */
int read_input(char **out, size_t *length, const char *file, size_t most, const char *remedy,
	       struct hgx_error *err);
/** What to call the file in a sentence. */
const char *input_name(const char *file);
/** Fills @err with "name: text" and returns @code. */
int input_failed(struct hgx_error *err, int code, const char *name, const char *text);

/* ---- output.c */

/** Writes a file completely or not at all; NULL is standard output. Returns an exit status. */
int write_output(const char *file, const char *text);
/** Writes a file beside @target, which can be renamed over it. Returns its name, for free(); NULL
 *  on failure, with errno set. */
char *write_beside(const char *target, const char *text);

/* ---- target.c */

/** The file that a name stands for: links are followed, also to what does not exist yet. For
 *  free(); NULL with errno set, such as for a circle of links. */
char *output_target(const char *name);

/* ---- output_all.c */

struct output_file {
	char *name, *text;
};
/** Writes several files, either all or none. Returns an exit status. */
int replace_files(const struct output_file *files, size_t count);
/** Writes several files into one directory, either all or none. Returns an exit status. */
int write_all(const char *dir, const struct output_file *files, size_t count);

/* ---- plan_options.c: the options that describe a VM, for every command that plans one */

/** getopt_long() returns this or more for such an option. */
#define PLAN_OPTION 256
#define MAX_PLAN_OPTIONS 32

struct vm_options {
	struct hgx_plan_options plan;
	bool every;	   /**< --vms all/N: all N */
	const char *given; /**< the last option given; NULL: none */
	const char *only;  /**< the last option given that only applies to plans; NULL: none */
	const char *base;  /**< the file of the base domain; "-": standard input */
	char *add, *skip;  /**< all values given, separated by commas; for free() */
	char *domain;	   /**< the content of that file; for free() */
};

extern const char plan_help[];
/** Writes the options and the end of the list; @out has room for MAX_PLAN_OPTIONS + 1. */
void plan_options_list(struct option *out);
/** Handles one option. Returns EXIT_FINE or EXIT_USAGE. */
int take_plan_option(const struct command *command, struct vm_options *vm, int option,
		     const char *value);
/** Checks the options against each other and against --from. Returns EXIT_FINE or EXIT_USAGE. */
int check_plan_options(const struct command *command, const struct vm_options *vm,
		       const char *from);
/** Reads the file of --base. */
int load_base(struct vm_options *vm, struct hgx_error *err);
void plan_options_free(struct vm_options *vm);

/* ---- nccl.c */

/** What a running guest is compared with: the topology of a planned guest, from a file, or a plan
 *  made now from the topology of the host. */
struct running {
	struct hgx_topo *source;
	struct hgx_plan *plan;
	const struct hgx_topo *guest;
};
int running_load(struct running *out, const char *file, const struct vm_options *vm,
		 struct hgx_error *err);
void running_free(struct running *running);
/** Prints where NCCL looks for its file. */
int print_install(void);

/* ---- plans.c */

/** The plan of one VM, or of each of several. */
struct plans {
	struct hgx_plan **items;
	size_t count;
};
int plans_make(struct plans *out, const struct hgx_topo *topo, const struct vm_options *vm,
	       struct hgx_error *err);
/** Prints each finding of that severity or above once; those about the kernel command line only if
 *  @kernel is set. */
void plans_report(const struct plans *plans, bool kernel, int least);
void plans_free(struct plans *plans);

#endif
