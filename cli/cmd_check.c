/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hgxtopo check: says what is wrong with a host, its domains, an NCCL file and a running guest. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli.h"

#define MAX_DOMAIN_MIB 16

struct request {
	struct hgx_check_options check;
	struct hgx_domain_text *domains; /* with their texts for free(), the names borrowed */
	size_t domain_count;
	const char *planned; /* an option that says which devices are chosen; NULL: none given */
	struct nccl_request nccl;
	struct vm_options vm;
	const char *from, *file;
	char *rules, *ignore; /* all values given, separated by commas; for free() */
	bool json, verbose;
};

static const struct option own_options[] = {
	{ "from", required_argument, NULL, 'f' },   { "json", no_argument, NULL, 'j' },
	{ "rule", required_argument, NULL, 'r' },   { "ignore", required_argument, NULL, 'i' },
	{ "verbose", no_argument, NULL, 'v' },	    { "output", required_argument, NULL, 'o' },
	{ "domain", required_argument, NULL, 'd' }, { "nccl", required_argument, NULL, 'n' },
	{ "fix", no_argument, NULL, 'F' },	    { "host-json", required_argument, NULL, 'J' },
	{ "help", no_argument, NULL, 'h' },
};

#define OWN_OPTIONS (sizeof(own_options) / sizeof(*own_options))

typedef int checker(struct hgx_findings **out, const struct hgx_topo *host,
		    const struct request *request, struct hgx_error *err);

static int check_host(struct hgx_findings **out, const struct hgx_topo *host,
		      const struct request *request, struct hgx_error *err)
{
	if (!host || request->nccl.host_json || (request->nccl.file && hgx_topo_is_guest(host)))
		return HGX_OK;
	return hgx_check_host(out, host, &request->check, err);
}

/* Rules about what NCCL sees without a file; the one that is given is checked itself. */
#define WITHOUT_FILE "gdr-off,path-farther,path-nearer"

static int check_domains(struct hgx_findings **out, const struct hgx_topo *host,
			 const struct request *request, struct hgx_error *err)
{
	struct hgx_check_options options = request->check;
	char *ignore = NULL;
	int code;

	if (!request->domain_count)
		return HGX_OK;
	if (request->nccl.file) {
		if (asprintf(&ignore, "%s%s" WITHOUT_FILE, options.ignore ? options.ignore : "",
			     options.ignore ? "," : "") < 0)
			return input_failed(err, HGX_NO_MEMORY, request->nccl.file,
					    "out of memory");
		options.ignore = ignore;
	}
	code = hgx_check_domain(out, request->domains, request->domain_count, host, &options, err);
	free(ignore);
	return code;
}

static int check_nccl(struct hgx_findings **out, const struct hgx_topo *host,
		      const struct request *request, struct hgx_error *err)
{
	(void)host;
	return nccl_check(out, &request->nccl, &request->check, err);
}

static int check_setup(struct hgx_findings **out, const struct hgx_topo *host,
		       const struct request *request, struct hgx_error *err)
{
	(void)host;
	return nccl_check_setup(out, &request->nccl, request->from, &request->check, err);
}

static int check_guest(struct hgx_findings **out, const struct hgx_topo *host,
		       const struct request *request, struct hgx_error *err)
{
	if (!request->nccl.host_json)
		return HGX_OK;
	return hgx_check_guest(out, host, request->nccl.running.guest, &request->check, err);
}

/* What is checked, each into a list of its own; NULL if there is nothing to check. */
static checker *const checks[] = { check_domains, check_host, check_nccl, check_setup,
				   check_guest };

#define FIXED 2 /* the list of check_nccl() */

#define CHECKS (sizeof(checks) / sizeof(*checks))

static int add_value(char **list, const char *value)
{
	char *before = *list;
	int length = before ? asprintf(list, "%s,%s", before, value) : asprintf(list, "%s", value);

	free(before);
	if (length >= 0)
		return EXIT_FINE;
	*list = NULL;
	say("out of memory");
	return EXIT_ERROR;
}

static int add_domain(struct request *request, const char *name)
{
	size_t size = (request->domain_count + 1) * sizeof(*request->domains);
	struct hgx_domain_text *grown = realloc(request->domains, size);

	if (!grown) {
		say("out of memory");
		return EXIT_ERROR;
	}
	grown[request->domain_count++] = (struct hgx_domain_text){ .name = name };
	request->domains = grown;
	return EXIT_FINE;
}

/* Which devices are chosen, the domains say; the other options describe the host. */
static bool goes_with_domains(const char *option)
{
	static const char *const names[] = { "libvirt-version", "qemu-version", "reserve-cores",
					     "module-ids" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(option, names[i]))
			return true;
	return false;
}

static int take_vm(struct request *request, int option)
{
	int status = take_plan_option(&command_check, &request->vm, option, optarg);

	if (!goes_with_domains(request->vm.given))
		request->planned = request->vm.given;
	return status;
}

/* There is one running VM, and one NCCL file for it. */
static int take_once(const char **value, const char *option)
{
	if (*value)
		return usage(&command_check, "--%s is given twice: '%s' and '%s'; give one of them",
			     option, *value, optarg);
	*value = optarg;
	return EXIT_FINE;
}

static int take(struct request *request, int option)
{
	switch (option) {
	case 'f':
		request->from = optarg;
		break;
	case 'j':
		request->json = true;
		break;
	case 'r':
		return add_value(&request->rules, optarg);
	case 'i':
		return add_value(&request->ignore, optarg);
	case 'd':
		return add_domain(request, optarg);
	case 'n':
		return take_once(&request->nccl.file, "nccl");
	case 'F':
		request->nccl.fix = true;
		break;
	case 'J':
		return take_once(&request->nccl.host_json, "host-json");
	case 'v':
		request->verbose = true;
		break;
	case 'o':
		request->file = optarg;
		break;
	default:
		return take_vm(request, option);
	}
	return EXIT_FINE;
}

static bool stands(struct hgx_findings *const *lists, bool fixed)
{
	for (size_t i = 0; i < CHECKS; i++) /* the worst comes first */
		if (!(fixed && i == FIXED) && hgx_findings_count(lists[i]) &&
		    hgx_findings_at(lists[i], 0)->severity > HGX_NOTE)
			return true;
	return false;
}

/* Whether a name is one word for a shell, and as it is in JSON. */
static bool is_word(const char *name)
{
	return *name && *name != '-' &&
	       !name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				  "+-.,_/:")];
}

/* Writes the findings, with the host of --from where commands of remedies say SOURCE. */
static int write_named(const char *text, const char *file, const char *from)
{
	static const char *const places[] = { " --host SOURCE -o ", " --from SOURCE --base " };
	char *named = NULL;
	size_t size;
	FILE *stream = open_memstream(&named, &size);
	int status = EXIT_ERROR;

	while (stream && *text) {
		for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
			if (!strncmp(text, places[i], strlen(places[i]))) {
				fprintf(stream, "%.8s%s", text, from);
				text += strlen(" --host SOURCE");
			}
		fputc(*text++, stream);
	}
	if (stream && !fclose(stream))
		status = write_output(file, named);
	else
		say("out of memory");
	free(named);
	return status;
}

/* With --fix, the output file is not for the findings. */
static int write_findings(struct hgx_findings *const *lists, size_t count,
			  const struct request *request)
{
	const char *from = request->from ? request->from : "live";
	const char *file = request->nccl.fix ? NULL : request->file;
	struct hgx_error err;
	char *text;
	int status, code;

	code = request->json ? hgx_emit_findings_json(lists, count, &text, &err) :
			       hgx_emit_findings(lists, count, request->verbose, &text, &err);
	if (code)
		status = refuse(&command_check, &err);
	else
		status = is_word(from) ? write_named(text, file, from) : write_output(file, text);
	hgx_text_free(text);
	return status;
}

/* In text the changes follow the findings, each on a line; in JSON they are notes. */
static int write_all_findings(struct hgx_findings *const *lists, const struct request *request)
{
	bool apart = request->nccl.fix && !request->json;
	int status = write_findings(lists, CHECKS + !apart, request);

	if (!status && apart)
		status = nccl_tell_changes(lists[CHECKS], request->file);
	return status ? status : stands(lists, request->nccl.fix) ? EXIT_FINDINGS : EXIT_FINE;
}

static int check_all(const struct hgx_topo *host, const struct request *request)
{
	struct hgx_findings *lists[CHECKS + 1] = { NULL }; /* the last: what was changed */
	struct hgx_error err;
	int status, code = HGX_OK;

	for (size_t i = 0; !code && i < CHECKS; i++)
		code = checks[i](&lists[i], host, request, &err);
	status = code ? refuse(&command_check, &err) : EXIT_FINE;
	if (!status && request->nccl.fix)
		status = nccl_fix(&lists[CHECKS], &request->nccl, request->file);
	if (!status)
		status = write_all_findings(lists, request);
	for (size_t i = 0; i < CHECKS + 1; i++)
		hgx_findings_free(lists[i]);
	return status;
}

static int load_domains(const struct request *request, struct hgx_error *err)
{
	int code = HGX_OK;

	for (size_t i = 0; !code && i < request->domain_count; i++) {
		struct hgx_domain_text *domain = &request->domains[i];
		char *text = NULL;

		code = read_input(&text, &domain->length, domain->name, MAX_DOMAIN_MIB,
				  "give a libvirt domain, as 'virsh dumpxml' writes it", err);
		domain->data = text;
		domain->name = input_name(domain->name);
	}
	return code;
}

static void free_domains(struct request *request)
{
	for (size_t i = 0; i < request->domain_count; i++)
		free((char *)request->domains[i].data);
	free(request->domains);
}

/* A file is looked at alone where nothing says which machine it is for. */
static bool is_alone(const struct request *request)
{
	return request->nccl.file && !request->from && !request->domain_count &&
	       !request->nccl.host_json && !request->vm.given;
}

static int load(struct request *request, struct hgx_topo **host, struct hgx_error *err)
{
	int code = load_base(&request->vm, err);

	*host = NULL;
	if (!code)
		code = load_domains(request, err);
	if (!code)
		code = nccl_load(&request->nccl, err);
	if (!code && !is_alone(request))
		code = load_source(host, request->from, NULL, err);
	return code;
}

static int check(struct request *request)
{
	struct hgx_error err;
	struct hgx_topo *host;
	int status;

	if (load(request, &host, &err))
		return report(&err);
	request->check.plan = &request->vm.plan;
	request->check.domains = request->domains;
	request->check.domain_count = request->domain_count;
	request->check.every = request->vm.every;
	request->check.rules = request->rules;
	request->check.ignore = request->ignore;
	request->check.consequences = request->verbose || request->rules;
	status = nccl_find_guest(&request->nccl, host, &request->check, &request->vm,
				 request->planned != NULL, &err) ?
			 refuse(&command_check, &err) :
			 check_all(host, request);
	hgx_topo_free(host);
	return status;
}

static int check_domain_options(const struct request *request)
{
	unsigned readers = request->from && !strcmp(request->from, "-");

	for (size_t i = 0; i < request->domain_count; i++)
		readers += !strcmp(request->domains[i].name, "-");
	readers += request->nccl.file && !strcmp(request->nccl.file, "-");
	readers += request->nccl.host_json && !strcmp(request->nccl.host_json, "-");
	if (readers > 1)
		return usage(
			&command_check,
			"only one of --from, --domain, --nccl and --host-json can be read from "
			"standard input");
	if (request->domain_count && request->planned)
		return usage(&command_check,
			     "--%s and --domain exclude each other: the domains say which devices "
			     "are meant",
			     request->planned);
	return EXIT_FINE;
}

static int check_nccl_options(const struct request *request)
{
	const struct nccl_request *nccl = &request->nccl;

	if (nccl->file && request->domain_count > 1)
		return usage(&command_check,
			     "--nccl is about one VM; give one --domain instead of %zu",
			     request->domain_count);
	if (nccl->host_json && request->domain_count)
		return usage(&command_check,
			     "--host-json is for a running guest, and --domain is about its host; "
			     "leave one of them out");
	if (nccl->fix && !nccl->file)
		return usage(&command_check, "--fix needs the file to fix: --nccl FILE");
	if (nccl->fix && is_alone(request))
		return usage(&command_check,
			     "--fix needs the machine that the file is for: --from HOST, and for a "
			     "VM --domain FILE too");
	if (nccl->fix && !request->file)
		return usage(&command_check, "--fix needs -o FILE, where the new file goes");
	return EXIT_FINE;
}

static int parse(struct request *request, int argc, char **argv, bool *helped)
{
	struct option options[OWN_OPTIONS + MAX_PLAN_OPTIONS + 1];
	int option, status;

	memcpy(options, own_options, sizeof(own_options));
	plan_options_list(options + OWN_OPTIONS);
	opterr = 0;
	if (exact_options(&command_check, options, ":f:jvo:d:h", argv))
		return EXIT_USAGE;
	while ((option = getopt_long(argc, argv, ":f:jvo:d:h", options, NULL)) != -1) {
		*helped = option == 'h';
		if (*helped)
			return help(&command_check);
		if (option == ':')
			return usage(&command_check, "%s needs a value", argv[optind - 1]);
		if (option == '?')
			return bad_option(&command_check, options, argv);
		status = take(request, option);
		if (status)
			return status;
	}
	if (optind < argc)
		return usage(&command_check,
			     "unexpected argument '%s' (sources are given with --from)",
			     argv[optind]);
	if (request->file && !*request->file)
		return usage(&command_check, "--output needs a file name");
	status = check_domain_options(request);
	if (!status)
		status = check_nccl_options(request);
	return status ? status : check_plan_options(&command_check, &request->vm, request->from);
}

static int run(int argc, char **argv)
{
	struct request request = {
		.vm.plan = { .size = sizeof(request.vm.plan), .words = HGX_WORDS_OPTIONS },
		.check = { .size = sizeof(request.check), .words = HGX_WORDS_OPTIONS },
	};
	bool helped = false;
	int status = parse(&request, argc, argv, &helped);

	if (!status && !helped)
		status = check(&request);
	plan_options_free(&request.vm);
	nccl_free(&request.nccl);
	free_domains(&request);
	free(request.rules);
	free(request.ignore);
	return status;
}

const struct command command_check = {
	.name = "check",
	.args = "[--from SOURCE] [--domain FILE] [--nccl FILE [--fix]] [--host-json FILE]\n"
		"                     [--json] [--rule ID] [--ignore ID] [--verbose] [OPTIONS]",
	.help = "Says what is wrong with a host that is to run virtual machines, and with domains that\n"
		"are to run on it, with an NCCL topology file, or with a running guest; the worst first,\n"
		"with remedies. It changes nothing of what it checks. The domains, or the options for a\n"
		"VM, say which devices are meant; by default these are every GPU, the NICs and NVMe\n"
		"drives near them, and the NVSwitches.\n"
		"hgxtopo-rules(7) lists the rules. Exit status: 0 nothing, or notes only; 1 a warning\n"
		"or a problem stands; 2 wrong usage; 3 error.\n"
		"\n"
		"  -f, --from SOURCE  the host\n"
		"  -d, --domain FILE  a libvirt domain (XML) that is to run on the host; - reads it from\n"
		"                     standard input. Can be repeated: the domains run at the same time\n"
		"  --nccl FILE        an NCCL topology file: that of the domain's VM with --domain, of the\n"
		"                     planned VM with options for one, of the host itself with --from\n"
		"                     only; alone, only the file is looked at. - is standard input\n"
		"  --fix              write the file that should be there to the file of -o, and say what\n"
		"                     is different; the findings go to standard output\n"
		"  --host-json FILE   in the running VM: compare what it shows with its plan. FILE is\n"
		"                     'hgxtopo dump --json --with-ids' of the host (give the domain's\n"
		"                     options too), or NAME.guest.json of emit --all\n"
		"  -j, --json         write the findings as JSON\n"
		"  --rule ID          only findings of this rule; can be repeated\n"
		"  --ignore ID        no findings of this rule; can be repeated\n"
		"  -v, --verbose      write every note in full, findings that follow from others, and\n"
		"                     where each rule is documented\n"
		"  -o, --output FILE  write to FILE, either all of it or nothing\n"
		"  -h, --help         print this help\n",
	.more = plan_help,
	.run = run,
};
