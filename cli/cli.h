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
/** Prints an error of the library about the command line, or another one. Returns EXIT_USAGE for
 *  HGX_INVALID, else EXIT_ERROR. */
int refuse(const struct command *command, const struct hgx_error *err);
/** Refuses, before getopt_long() takes it, an option that is only the beginning of one or that does not
 *  exist, and suggests those that may be meant. @letters: of the short options, as getopt_long() has
 *  them. Returns EXIT_FINE or EXIT_USAGE. (option.c) */
int exact_options(const struct command *command, const struct option *options, const char *letters,
		  char **argv);
/** Prints an error and returns EXIT_ERROR. */
int report(const struct hgx_error *err);
/** The library does not know sub-commands: where its text names the function that writes what is
 *  needed, the text names the command instead. */
void name_command(struct hgx_error *err);
/** Errors are objects on standard error from now on. */
void report_as_json(void);
/** Writes a finding as one line. */
void write_finding(FILE *stream, const struct hgx_finding *finding);

/* ---- tell.c: findings on standard error */

/** How they are told. */
struct telling {
	bool quiet, verbose;
	int least;	    /**< enum hgx_severity; less is not told */
	const char *ignore; /**< ids of rules, with commas between them; NULL: none */
};

/** The options that choose it, for the list of getopt_long(). */
#define TELLING_OPTIONS                           \
	{ "quiet", no_argument, NULL, 'q' },      \
	{                                         \
		"verbose", no_argument, NULL, 'v' \
	}
/** Takes one of them. Returns EXIT_FINE, or EXIT_USAGE if both are given. */
int take_telling(const struct command *command, struct telling *telling, int option);

/** Prints findings as lines. */
void tell(struct hgx_findings *const *lists, size_t count, const struct telling *telling);
/** Prints those of a topology. */
void tell_topo(const struct hgx_topo *topo, const struct telling *telling);

/* ---- source.c */

/** The options about a libvirt domain as the source; NULL: not given. */
struct domain_options {
	const char *host;    /**< the source of its host */
	const char *libvirt; /**< the version that will define it */
	bool may_plan;	     /**< the version may be for a plan instead */
	size_t *domains;     /**< counts the domains that are read; what is none is then read without
				the host. NULL: it is refused beside --host */
};

/** Reads SOURCE of the command line. @from may be NULL: the running machine; so may @domain. */
int load_source(struct hgx_topo **out, const char *from, const struct domain_options *domain,
		struct hgx_error *err);

/** The same of a text that was read from the file @from already: a libvirt domain or our JSON. */
int load_text(struct hgx_topo **out, const char *data, size_t length, const char *from,
	      const struct domain_options *domain, struct hgx_error *err);

/** Says in a line what is not known of a domain that was read without its host. */
void say_unknown(const struct hgx_topo *topo, const char *from);

/* ---- input.c */

/** Reads a whole file; "-" is standard input. It refuses a file of more than @most MiB, with
 *  @remedy, and reads no further than that. *@out is terminated, and for free(). */
int read_input(char **out, size_t *length, const char *file, size_t most, const char *remedy,
	       struct hgx_error *err);
/** What to call the file in a sentence. */
const char *input_name(const char *file);
/** Fills @err with "name: text", and the rule that goes with the code. Returns @code. */
int input_failed(struct hgx_error *err, int code, const char *name, const char *text);

/* ---- output.c */

/** A file to write; without a name, or with "-", standard output. */
struct output_file {
	char *name, *text;
};

/** Writes a file completely or not at all; NULL is standard output. Returns an exit status. */
int write_output(const char *file, const char *text);
/** Writes such a file and, unless it is NULL, another. If writing fails, no regular file has changed.
 *  Returns an exit status. */
int write_outputs(const struct output_file *one, const struct output_file *other);
/** Whether a file is regular or new, so that it can be written as a whole and put in its place. */
bool is_replaceable(const char *file);

/** What cannot be replaced: a pipe, a device or standard output. */
struct special {
	const char *name; /**< for messages */
	const char *text;
	FILE *stream;
};

/** Opens it, which for a pipe may wait for a reader. Returns an exit status. */
int special_open(struct special *special, const struct output_file *file);
/** Writes the text and closes it. Returns -1 on failure, with errno set. */
int special_write(struct special *special);
/** Closes what was not written. */
void special_close(struct special *special);

/** Prints why a file was not written, by errno, and what there is of it. Returns EXIT_ERROR. */
int write_failed(const char *file, int number, const char *state);
/** Writes a file beside @target, which can be renamed over it. Returns its name, for free(); NULL
 *  on failure, with errno set. */
char *write_beside(const char *target, const char *text);

/* ---- target.c */

/** The file that a name stands for: links are followed, also to what does not exist yet. For
 *  free(); NULL with errno set, such as for a circle of links. */
char *output_target(const char *name);

/* ---- output_all.c */

/** Writes several files, either all or none, and before they are put in their places @special, which
 *  may be NULL: if that fails, no file has changed. Returns an exit status. */
int replace_files(const struct output_file *files, size_t count, struct special *special);
/** Writes several files into one directory, and @beside wherever its name says, either all or none.
 *  @beside may be NULL. Returns an exit status. */
int write_all(const char *dir, const struct output_file *files, size_t count,
	      const struct output_file *beside);

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

/* ---- reformat.c */

/** JSON on one line (@indent is false), or with each member and element on a line of its own. NULL:
 *  out of memory. For free(). */
char *reformat(const char *json, bool indent);

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

/* ---- check_nccl.c: hgxtopo check, as far as NCCL and running guests are concerned */

struct nccl_request {
	const char *file;      /**< of --nccl; NULL: not given */
	const char *host_json; /**< of --host-json; NULL: not given */
	bool fix;
	char *text; /**< of the file */
	size_t length;
	const struct hgx_topo *guest, *host; /**< what the file is for; NULL: unknown. Borrowed */
	struct hgx_topo *domain, *matched;   /**< what may be that guest, with these two */
	struct hgx_plan *plan;
	struct running running;
};
/** Reads the file, if one is given. */
int nccl_load(struct nccl_request *nccl, struct hgx_error *err);
/** Finds the guest that the file is for: that of the domain, of the plan if the options for a VM
 *  are given, or the running one that was read from @source. @source may be NULL. */
int nccl_find_guest(struct nccl_request *nccl, const struct hgx_topo *source,
		    const struct hgx_check_options *check, const struct vm_options *vm,
		    bool planned, struct hgx_error *err);
int nccl_check(struct hgx_findings **out, const struct nccl_request *nccl,
	       const struct hgx_check_options *check, struct hgx_error *err);
/** Which file NCCL reads in the running guest that was read from @from. */
int nccl_check_setup(struct hgx_findings **out, const struct nccl_request *nccl, const char *from,
		     const struct hgx_check_options *check, struct hgx_error *err);
/** Writes the file that should be there. Returns an exit status. */
int nccl_fix(struct hgx_findings **changes, const struct nccl_request *nccl, const char *file);
/** Prints what was changed. Returns an exit status. */
int nccl_tell_changes(const struct hgx_findings *changes, const char *file);
void nccl_free(struct nccl_request *nccl);

/* ---- plans.c */

/** The plan of one VM, or of each of several. */
struct plans {
	struct hgx_plan **items;
	size_t count;
};
int plans_make(struct plans *out, const struct hgx_topo *topo, const struct vm_options *vm,
	       struct hgx_error *err);
/** The findings of the topology and of each plan, as lists; *@out is for findings_free(). */
int plans_findings(struct hgx_findings ***out, const struct hgx_topo *topo,
		   const struct plans *plans, struct hgx_error *err);
/** Frees @count lists and their array. */
void findings_free(struct hgx_findings **lists, size_t count);
void plans_free(struct plans *plans);

#endif
