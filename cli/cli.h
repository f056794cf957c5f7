/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the command share. */
#ifndef CLI_H
#define CLI_H

#include <hgxtopo.h>
#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>

enum exit_status {
	EXIT_FINE = 0,
	EXIT_FINDINGS = 1, /* findings or differences */
	EXIT_USAGE = 2,
	EXIT_ERROR = 3
};

struct command {
	const char *name, *args, *help;
	const char *more;		   /* help that commands share; may be NULL */
	int (*run)(int argc, char **argv); /* argv[0] is the name of the command */
};

extern const struct command command_dump, command_emit;

/* main.c */
int usage(const struct command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int help(const struct command *command);
int bad_option(const struct command *command, const struct option *options, char **argv);
int report(const struct hgx_error *err); /* prints the sentence, returns EXIT_ERROR */
/* @vms: the names of the VMs it is about; NULL: nothing needs to be told apart. */
void report_finding(const struct hgx_finding *finding, const char *vms);
void report_findings(const struct hgx_finding *findings, size_t count);

/* What the options say about a libvirt domain as the source; NULL: nothing. */
struct domain_options {
	const char *host;    /* the source of the machine it runs on */
	const char *libvirt; /* the version that will define it */
	bool may_plan;	     /* the version may be for a plan instead */
};

/* source.c: @domain may be NULL. */
int load_source(struct hgx_topo **out, const char *from, const struct domain_options *domain,
		struct hgx_error *err);

/* input.c: a whole file, "-" is standard input; *@out is malloc'ed. Larger than @most MiB:
 * refused, with the @remedy, after reading that much. */
int read_input(char **out, size_t *length, const char *file, size_t most, const char *remedy,
	       struct hgx_error *err);
const char *input_name(const char *file); /* for sentences */
int input_failed(struct hgx_error *err, int code, const char *name, const char *text);

/* output.c */
int write_output(const char *file, const char *text); /* whole or not at all; NULL: stdout */
/* Writes a file beside @target, to be renamed over it; malloc, NULL: errno tells why. */
char *write_beside(const char *target, const char *text);

/* output_all.c: several files in one directory, all of them or none. */
struct output_file {
	char *name, *text;
};
int write_all(const char *dir, const struct output_file *files, size_t count);

/* plan_options.c: what describes a VM, for every command that plans one. */
#define PLAN_OPTION 256 /* getopt_long() returns this or more for them */
#define MAX_PLAN_OPTIONS 32

struct vm_options {
	struct hgx_plan_options plan;
	bool every;	   /* --vms all/N: each of them */
	const char *given; /* the last one that was given; NULL: none */
	const char *only;  /* the last one that is only for plans; NULL: none */
	const char *base;  /* file of the domain; "-": standard input */
	char *add, *skip;  /* collected, comma-separated */
	char *domain;	   /* what is in @base */
};

extern const char plan_help[];
/* @out has room for MAX_PLAN_OPTIONS and the end of the list. */
void plan_options_list(struct option *out);
int take_plan_option(const struct command *command, struct vm_options *vm, int option,
		     const char *value);
/* Whether they fit together and with --from; then load_base(), and free in the end. */
int check_plan_options(const struct command *command, const struct vm_options *vm,
		       const char *from);
int load_base(struct vm_options *vm, struct hgx_error *err);
void plan_options_free(struct vm_options *vm);

/* nccl.c: what a running guest is compared with: a guest that was planned, or one that is
 * planned now for the host. print_install() says where the file goes. */
struct running {
	struct hgx_topo *source;
	struct hgx_plan *plan;
	const struct hgx_topo *guest;
};
int running_load(struct running *out, const char *file, const struct vm_options *vm,
		 struct hgx_error *err);
void running_free(struct running *running);
int print_install(void);

/* plans.c: one VM, or each of several. */
struct plans {
	struct hgx_plan **items;
	size_t count;
};
int plans_make(struct plans *out, const struct hgx_topo *topo, const struct vm_options *vm,
	       struct hgx_error *err);
/* What was noticed, each once; what only concerns the kernel command line with @kernel. */
void plans_report(const struct plans *plans, bool kernel);
void plans_free(struct plans *plans);

#endif
