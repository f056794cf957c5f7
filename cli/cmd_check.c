/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hgxtopo check: says what is wrong with a host. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli.h"

struct request {
	struct hgx_check_options check;
	struct vm_options vm;
	const char *from, *file;
	char *rules, *ignore; /* all values given, separated by commas; for free() */
	bool json, verbose;
};

static const struct option own_options[] = {
	{ "from", required_argument, NULL, 'f' }, { "json", no_argument, NULL, 'j' },
	{ "rule", required_argument, NULL, 'r' }, { "ignore", required_argument, NULL, 'i' },
	{ "verbose", no_argument, NULL, 'v' },	  { "output", required_argument, NULL, 'o' },
	{ "help", no_argument, NULL, 'h' },
};

#define OWN_OPTIONS (sizeof(own_options) / sizeof(*own_options))

typedef int checker(struct hgx_findings **out, const struct hgx_topo *host,
		    const struct request *request, struct hgx_error *err);

static int check_host(struct hgx_findings **out, const struct hgx_topo *host,
		      const struct request *request, struct hgx_error *err)
{
	return hgx_check_host(out, host, &request->check, err);
}

/* What is checked, each into a list of its own. */
static checker *const checks[] = { check_host };

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
	case 'v':
		request->verbose = true;
		break;
	case 'o':
		request->file = optarg;
		break;
	default:
		return take_plan_option(&command_check, &request->vm, option, optarg);
	}
	return EXIT_FINE;
}

static int failed(const struct hgx_error *err)
{
	return err->code == HGX_INVALID ? usage(&command_check, "%s", err->text) : report(err);
}

static bool stands(struct hgx_findings *const *lists)
{
	for (size_t i = 0; i < CHECKS; i++) /* the worst comes first */
		if (hgx_findings_count(lists[i]) &&
		    hgx_findings_at(lists[i], 0)->severity > HGX_NOTE)
			return true;
	return false;
}

static int write_findings(struct hgx_findings *const *lists, const struct request *request)
{
	struct hgx_error err;
	char *text;
	int code = request->json ? hgx_emit_findings_json(lists, CHECKS, &text, &err) :
				   hgx_emit_findings(lists, CHECKS, request->verbose, &text, &err);
	int status = code ? failed(&err) : write_output(request->file, text);

	hgx_text_free(text);
	return status ? status : stands(lists) ? EXIT_FINDINGS : EXIT_FINE;
}

static int check_all(const struct hgx_topo *host, const struct request *request)
{
	struct hgx_findings *lists[CHECKS] = { NULL };
	struct hgx_error err;
	int status, code = HGX_OK;

	for (size_t i = 0; !code && i < CHECKS; i++)
		code = checks[i](&lists[i], host, request, &err);
	status = code ? failed(&err) : write_findings(lists, request);
	for (size_t i = 0; i < CHECKS; i++)
		hgx_findings_free(lists[i]);
	return status;
}

static int check(struct request *request)
{
	struct hgx_error err;
	struct hgx_topo *host;
	int status;

	if (load_base(&request->vm, &err) || load_source(&host, request->from, NULL, &err))
		return report(&err);
	request->check.plan = &request->vm.plan;
	request->check.every = request->vm.every;
	request->check.rules = request->rules;
	request->check.ignore = request->ignore;
	request->check.consequences = request->verbose || request->rules;
	status = check_all(host, request);
	hgx_topo_free(host);
	return status;
}

static int parse(struct request *request, int argc, char **argv, bool *helped)
{
	struct option options[OWN_OPTIONS + MAX_PLAN_OPTIONS + 1];
	int option, status;

	memcpy(options, own_options, sizeof(own_options));
	plan_options_list(options + OWN_OPTIONS);
	opterr = 0;
	if (exact_options(&command_check, options, ":f:jvo:h", argv))
		return EXIT_USAGE;
	while ((option = getopt_long(argc, argv, ":f:jvo:h", options, NULL)) != -1) {
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
	return check_plan_options(&command_check, &request->vm, request->from);
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
	free(request.rules);
	free(request.ignore);
	return status;
}

const struct command command_check = {
	.name = "check",
	.args = "[--from SOURCE] [--json] [--rule ID] [--ignore ID] [--verbose] [OPTIONS]",
	.help = "Says what is wrong with a host that is to run virtual machines, the worst first, with\n"
		"remedies. It changes nothing. The options for a VM say which devices are meant; by\n"
		"default these are every GPU, the NICs and NVMe drives near them, and the NVSwitches.\n"
		"hgxtopo-rules(7) lists the rules. Exit status: 0 nothing, or notes only; 1 a warning\n"
		"or a problem stands; 2 wrong usage; 3 error.\n"
		"\n"
		"  -f, --from SOURCE  the host\n"
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
