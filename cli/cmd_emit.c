/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hgxtopo emit: writes the files of virtual machines that mirror the host. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "emit.h"

/* The options besides those of a plan: an output that is chosen, a flag that is set, a text that
 * is stored, or the help. */
static const struct own_option {
	const char *name;
	enum { CHOICE, FLAG, TEXT, HELP } is;
	int what;      /* of a choice: the output */
	size_t member; /* of struct request */
	int letter;    /* of the short option; 0: it has none */
} own_options[] = {
#define MEMBER(name) offsetof(struct request, name)
	{ "libvirt", CHOICE, LIBVIRT, 0, 0 },
	{ "nccl", CHOICE, NCCL, 0, 0 },
	{ "kernel-args", CHOICE, KERNEL_ARGS, 0, 0 },
	{ "map", CHOICE, MAP, 0, 0 },
	{ "all", CHOICE, ALL, 0, 0 },
	{ "qemu", CHOICE, QEMU, 0, 0 },
	{ "json", FLAG, 0, MEMBER(json), 0 },
	{ "shell", FLAG, 0, MEMBER(shell), 0 },
	{ "devices-only", FLAG, 0, MEMBER(devices_only), 0 },
	{ "install", FLAG, 0, MEMBER(install), 0 },
	{ "check", FLAG, 0, MEMBER(check), 0 },
	{ "ovmf-code", TEXT, 0, MEMBER(qemu.firmware_code), 0 },
	{ "ovmf-vars", TEXT, 0, MEMBER(qemu.firmware_vars), 0 },
	{ "dir", TEXT, 0, MEMBER(dir), 0 },
	{ "from", TEXT, 0, MEMBER(from), 'f' },
	{ "host", TEXT, 0, MEMBER(host), 0 },
	{ "output", TEXT, 0, MEMBER(file), 'o' },
	{ "profile", TEXT, 0, MEMBER(profile), 0 },
	{ "host-json", TEXT, 0, MEMBER(host_json), 0 },
	{ "findings", TEXT, 0, MEMBER(findings), 0 },
	{ "quiet", FLAG, 0, MEMBER(telling.quiet), 'q' },
	{ "verbose", FLAG, 0, MEMBER(telling.verbose), 'v' },
	{ "driver", TEXT, 0, MEMBER(kernel.driver), 0 },
	{ "help", HELP, 0, 0, 'h' },
#undef MEMBER
};

#define OWN_OPTIONS (sizeof(own_options) / sizeof(*own_options))

/* getopt_long() returns the letter, or this and the place in the table. */
#define OWN_OPTION 512

static void list_own_options(struct option *out)
{
	for (size_t i = 0; i < OWN_OPTIONS; i++) {
		const struct own_option *own = &own_options[i];

		out[i] = (struct option){ own->name,
					  own->is == TEXT ? required_argument : no_argument, NULL,
					  own->letter ? own->letter : OWN_OPTION + (int)i };
	}
}

static const struct own_option *own_option_of(int option)
{
	if (option >= OWN_OPTION)
		return &own_options[option - OWN_OPTION];
	for (size_t i = 0; i < OWN_OPTIONS; i++)
		if (own_options[i].letter == option)
			return &own_options[i];
	return NULL;
}

static int take(struct request *request, int option)
{
	const struct own_option *own = own_option_of(option);

	if (!own)
		return take_plan_option(&command_emit, &request->vm, option, optarg);
	if (own->is == CHOICE) {
		request->what = own->what;
		request->chosen++;
	} else if (own->is == FLAG) {
		*(bool *)((char *)request + own->member) = true;
	} else {
		*(const char **)((char *)request + own->member) = optarg;
	}
	return EXIT_FINE;
}

static int make_domain(struct hgx_plan *plan, const struct request *request, char **text,
		       struct hgx_error *err)
{
	(void)request;
	return hgx_emit_libvirt(plan, text, err);
}

static int make_nccl(struct hgx_plan *plan, const struct request *request, char **text,
		     struct hgx_error *err)
{
	return hgx_emit_nccl(hgx_plan_guest(plan), &request->nccl, text, err);
}

static int make_kernel_args(struct hgx_plan *plan, const struct request *request, char **text,
			    struct hgx_error *err)
{
	(void)plan;
	return hgx_emit_kernel_args(request->plans->items, request->plans->count, &request->kernel,
				    text, err);
}

static int make_map(struct hgx_plan *plan, const struct request *request, char **text,
		    struct hgx_error *err)
{
	(void)request;
	return hgx_emit_map(&plan, 1, text, err);
}

static int make_map_json(struct hgx_plan *plan, const struct request *request, char **text,
			 struct hgx_error *err)
{
	(void)request;
	return hgx_emit_map_json(&plan, 1, text, err);
}

static int make_qemu(struct hgx_plan *plan, const struct request *request, char **text,
		     struct hgx_error *err)
{
	return hgx_emit_qemu(plan, &request->qemu, text, err);
}

static int make_guest(struct hgx_plan *plan, const struct request *request, char **text,
		      struct hgx_error *err)
{
	(void)request;
	return hgx_emit_guest_json(plan, text, err);
}

/* What --all writes for each plan, in files that are called after the VM. @what: the option that
 * writes it alone; NOTHING: there is none. */
static const struct output {
	int what;
	const char *suffix;
	int (*make)(struct hgx_plan *plan, const struct request *request, char **text,
		    struct hgx_error *err);
	bool not_of_base; /* left out with a base domain, which only libvirt can start */
} outputs[] = {
	{ LIBVIRT, ".xml", make_domain, false },
	{ NCCL, ".nccl.xml", make_nccl, false },
	{ KERNEL_ARGS, ".kernel-args", make_kernel_args, false },
	{ MAP, ".map.txt", make_map, false },
	{ MAP, ".map.json", make_map_json, false },
	{ NOTHING, ".guest.json", make_guest, false },
	{ QEMU, ".qemu", make_qemu, true },
};

#define OUTPUTS (sizeof(outputs) / sizeof(*outputs))

/* The rows of @outputs that --all writes for each plan. */
static size_t outputs_of(const struct output *list[OUTPUTS], const struct request *request)
{
	size_t count = 0;

	for (size_t i = 0; i < OUTPUTS; i++)
		if (!request->vm.base || !outputs[i].not_of_base)
			list[count++] = &outputs[i];
	return count;
}

static const struct output *output_of(int what)
{
	size_t i = 0;

	while (outputs[i].what != what)
		i++;
	return &outputs[i];
}

static int fail(const struct hgx_error *err)
{
	return refuse(&command_emit, err);
}

/* Writes the output, and the findings beside it. */
static int write_texts(const struct request *request, const char *text)
{
	const struct output_file output = { (char *)(uintptr_t)request->file,
					    (char *)(uintptr_t)text };
	const struct output_file findings = { (char *)(uintptr_t)request->findings, request->told };

	return write_outputs(&output, request->findings ? &findings : NULL);
}

/* Keeps the findings for their file, before the output is written. */
static int keep_findings(struct request *request, struct hgx_findings *const *lists, size_t count)
{
	struct hgx_error err;

	if (!request->findings || !hgx_emit_findings_json(lists, count, &request->told, &err))
		return EXIT_FINE;
	return fail(&err);
}

static int write_one(const struct plans *plans, const struct request *request)
{
	struct hgx_plan *const *all = plans->items;
	struct hgx_error err;
	char *text = NULL;
	int code, status;

	if (request->what == MAP && request->json)
		code = hgx_emit_map_json(all, plans->count, &text, &err);
	else if (request->what == MAP)
		code = hgx_emit_map(all, plans->count, &text, &err);
	else
		code = output_of(request->what)->make(all[0], request, &text, &err);
	status = code ? fail(&err) : write_texts(request, text);
	hgx_text_free(text);
	return status;
}

/* Prints what the domain lacks to be the mirror, and writes no domain. */
static int print_changes(const struct hgx_plan *plan, const struct request *request)
{
	struct hgx_error err;
	char *text, *json = NULL;
	int status, code = hgx_emit_changes(plan, &text, &err);
	bool any = !code && *text;

	if (!code && request->json)
		code = hgx_emit_changes_json(plan, &json, &err);
	if (code)
		status = fail(&err);
	else
		status = write_texts(request, request->json ? json : text);
	hgx_text_free(text);
	hgx_text_free(json);
	return status ? status : any ? EXIT_FINDINGS : EXIT_FINE;
}

static int make_files(struct output_file *files, const struct plans *plans,
		      const struct request *request, struct hgx_error *err)
{
	const struct output *list[OUTPUTS];
	size_t each = outputs_of(list, request);

	for (size_t i = 0; i < plans->count * each; i++) {
		struct hgx_plan *plan = plans->items[i / each];
		const struct output *output = list[i % each];
		int code = output->make(plan, request, &files[i].text, err);

		if (code)
			return code;
		if (asprintf(&files[i].name, "%s%s", hgx_plan_name(plan), output->suffix) < 0) {
			files[i].name = NULL;
			return input_failed(err, HGX_NO_MEMORY, request->dir, "out of memory");
		}
	}
	return HGX_OK;
}

static int write_files(const struct plans *plans, const struct request *request)
{
	const struct output *list[OUTPUTS];
	size_t count = plans->count * outputs_of(list, request);
	struct output_file *files = calloc(count, sizeof(*files));
	const struct output_file told = { (char *)(uintptr_t)request->findings, request->told };
	struct hgx_error err;
	int status;

	if (!files) {
		input_failed(&err, HGX_NO_MEMORY, request->dir, "out of memory");
		return report(&err);
	}
	status = make_files(files, plans, request, &err) ?
			 fail(&err) :
			 write_all(request->dir, files, count, request->findings ? &told : NULL);
	for (size_t i = 0; i < count; i++) {
		free(files[i].name);
		hgx_text_free(files[i].text);
	}
	free(files);
	return status;
}

/* Prints what was noticed about the host and the plans. */
static int tell_plans(const struct hgx_topo *topo, struct request *request)
{
	struct telling telling = request->telling;
	size_t count = request->plans->count + 1;
	struct hgx_findings **lists;
	struct hgx_error err;
	int status;

	/* a script that checks wants to hear of trouble only */
	telling.least = request->check ? HGX_WARNING : HGX_NOTE;
	telling.ignore = request->what == KERNEL_ARGS || request->what == ALL ? NULL : "id-shared";
	if (plans_findings(&lists, topo, request->plans, &err))
		return fail(&err);
	tell(lists, count, &telling);
	status = keep_findings(request, lists, count);
	findings_free(lists, count);
	return status;
}

static int emit_plans(const struct hgx_topo *topo, struct request *request)
{
	struct hgx_error err;
	struct plans plans;
	int status;

	if (plans_make(&plans, topo, &request->vm, &err)) {
		tell_topo(topo, &request->telling);
		return fail(&err);
	}
	request->plans = &plans;
	status = tell_plans(topo, request);
	if (!status)
		status = request->check	      ? print_changes(plans.items[0], request) :
			 request->what == ALL ? write_files(&plans, request) :
						write_one(&plans, request);
	plans_free(&plans);
	return status;
}

/* Writes the NCCL file of a host for bare metal, or of a guest. */
static int emit_nccl(const struct hgx_topo *topo, const struct request *request)
{
	struct hgx_error err;
	char *text;
	int code = hgx_emit_nccl(topo, &request->nccl, &text, &err);
	int status = code ? fail(&err) : write_texts(request, text);

	hgx_text_free(text);
	return status;
}

/* Whether the source is the guest to write about. It is not if an option is given that only
 * applies to plans: the planner then refuses the guest. */
static bool is_guest(const struct hgx_topo *topo, const struct request *request)
{
	return request->what == NCCL && !request->vm.only && hgx_topo_is_guest(topo);
}

/* The same, where there is no plan, with what was noticed about the topology. */
static int emit_topo(const struct hgx_topo *topo, struct request *request)
{
	struct hgx_findings *findings;
	struct hgx_error err;
	int status;

	if (hgx_findings_of_topo(&findings, topo, &err))
		return fail(&err);
	tell(&findings, 1, &request->telling);
	status = keep_findings(request, &findings, 1);
	hgx_findings_free(findings);
	return status ? status : emit_nccl(topo, request);
}

/* Where the domain is, and its host, the file needs no guessing. */
static void add_remedy(struct hgx_error *err)
{
	size_t length = strlen(err->text);

	snprintf(
		err->text + length, sizeof(err->text) - length,
		" (as root: hgxtopo dump --json --with-ids on the host, emit --nccl --host-json in "
		"the guest; on the host: hgxtopo emit --nccl --from DOMAIN --host SOURCE)");
}

/* Writes the NCCL file of a running guest, with the links of its plan. */
static int emit_running(const struct hgx_topo *seen, struct request *request)
{
	struct hgx_error err;
	struct hgx_topo *topo;
	struct running running;
	int status;

	if (running_load(&running, request->host_json, &request->vm, &err))
		return fail(&err);
	if (hgx_topo_match(&topo, seen, running.guest, &err)) {
		running_free(&running);
		if (!strcmp(err.rule, "guest-ambiguous"))
			add_remedy(&err);
		return fail(&err);
	}
	status = emit_topo(topo, request);
	hgx_topo_free(topo);
	running_free(&running);
	return status;
}

/* Only an NCCL file can be written about a guest, and nothing is left to be planned then. */
static int check_guest(const struct hgx_topo *topo, const struct request *request)
{
	const char *name = input_name(request->from);

	if (!hgx_topo_is_guest(topo) || is_guest(topo, request))
		return EXIT_FINE;
	if (request->vm.base)
		return usage(&command_emit,
			     "%s is a guest, but --from must be the host of the domain in --base",
			     name);
	if (request->what == NCCL)
		return usage(&command_emit,
			     "--%s is about a plan, but %s is a guest, which is taken as it is; "
			     "leave out --%s, or give the host with --from and the domain with "
			     "--base",
			     request->vm.only, name, request->vm.only);
	return usage(&command_emit,
		     "%s is a guest; give its host with --from, and a domain that is to be changed "
		     "with --base",
		     name);
}

static int check_source(const struct hgx_topo *topo, const struct request *request)
{
	if (!hgx_topo_is_guest(topo))
		return EXIT_FINE;
	if (emit_for_host(request))
		return usage(&command_emit,
			     "--profile host is about the bare host, but %s is a guest; give the "
			     "host with --from",
			     input_name(request->from));
	if (request->host_json)
		return usage(&command_emit,
			     "--host-json is for a running guest, but %s is the plan of one; leave "
			     "out --host-json, and with a libvirt domain give its host with --host",
			     input_name(request->from));
	return check_guest(topo, request);
}

static int emit(struct request *request)
{
	const struct domain_options domain = { request->host, request->vm.plan.libvirt_version,
					       true, NULL };
	struct hgx_error err;
	struct hgx_topo *topo;
	int status;

	if (request->install)
		return print_install();
	if (load_base(&request->vm, &err) || load_source(&topo, request->from, &domain, &err))
		return report(&err);
	status = check_source(topo, request);
	if (status) {
		hgx_topo_free(topo);
		return status;
	}
	status = request->host_json				   ? emit_running(topo, request) :
		 emit_for_host(request) || is_guest(topo, request) ? emit_topo(topo, request) :
								     emit_plans(topo, request);
	hgx_topo_free(topo);
	return status;
}

static int parse(struct request *request, int argc, char **argv, bool *helped)
{
	struct option options[OWN_OPTIONS + MAX_PLAN_OPTIONS + 1];
	int option, status;

	list_own_options(options);
	plan_options_list(options + OWN_OPTIONS);
	opterr = 0;
	if (exact_options(&command_emit, options, ":f:o:qvh", argv))
		return EXIT_USAGE;
	while ((option = getopt_long(argc, argv, ":f:o:qvh", options, NULL)) != -1) {
		*helped = option == 'h';
		if (*helped)
			return help(&command_emit);
		if (option == ':')
			return usage(&command_emit, "%s needs a value", argv[optind - 1]);
		if (option == '?')
			return bad_option(&command_emit, options, argv);
		status = take(request, option);
		if (status)
			return status;
	}
	if (optind < argc)
		return usage(&command_emit,
			     "unexpected argument '%s' (sources are given with --from)",
			     argv[optind]);
	status = emit_check(request);
	return status ? status : check_plan_options(&command_emit, &request->vm, request->from);
}

static int run(int argc, char **argv)
{
	struct request request = {
		.vm.plan = { .size = sizeof(request.vm.plan), .words = HGX_WORDS_OPTIONS },
		.kernel = { .size = sizeof(request.kernel), .words = HGX_WORDS_OPTIONS },
		.qemu = { .size = sizeof(request.qemu), .words = HGX_WORDS_OPTIONS },
		.nccl = { .size = sizeof(request.nccl), .words = HGX_WORDS_OPTIONS },
	};
	bool helped = false;
	int status = parse(&request, argc, argv, &helped);

	if (request.profile && !strcmp(request.profile, "switches-only"))
		request.nccl.content = HGX_NCCL_SWITCHES;
	if (request.what == QEMU && request.shell)
		request.qemu.format = HGX_QEMU_SHELL;
	else if (request.what == QEMU && request.json)
		request.qemu.format = HGX_QEMU_JSON;
	request.qemu.devices_only = request.devices_only;
	if (!status && !helped)
		status = emit(&request);
	plan_options_free(&request.vm);
	hgx_text_free(request.told);
	return status;
}

const struct command command_emit = {
	.name = "emit",
	.args = "--libvirt|--nccl|--kernel-args|--qemu|--map|--all [--from SOURCE] [OPTIONS]",
	.help = "Plans one or several virtual machines that mirror the host, and writes their files.\n"
		"Without options, the VM gets every GPU, the NICs and NVMe drives near them, and the\n"
		"NVSwitches. Standard error says what was left out and why.\n"
		"\n"
		"Give one of:\n"
		"  --libvirt          a complete libvirt domain, for 'virsh define'\n"
		"  --nccl             the NCCL topology file of the guest\n"
		"  --kernel-args      what to add to the host's kernel command line\n"
		"  --qemu             the same guest as arguments of qemu-system-x86_64, one per line; with\n"
		"                     --shell as one command, with --json as a JSON array. Append disks,\n"
		"                     networks, a console (-serial mon:stdio) and a monitor; the ports\n"
		"                     bus=ua-spare-1 to ua-spare-8 are free. QEMU's arguments cannot pin\n"
		"                     vCPUs; --map lists the pins\n"
		"  --map              a table of host CPUs, NUMA nodes and devices and what they are in the\n"
		"                     guest; with --json, the same for programs\n"
		"  --all              all of these and the guest's topology, as files in --dir DIR:\n"
		"                     NAME.xml, NAME.nccl.xml, NAME.kernel-args, NAME.map.txt,\n"
		"                     NAME.map.json, NAME.guest.json and, without --base, NAME.qemu.\n"
		"                     Either all files are written or none\n"
		"\n"
		"Input and output:\n"
		"  -f, --from SOURCE  the host; with --nccl also a libvirt domain, which is taken as it is\n"
		"  --host SOURCE      with a libvirt domain in --from: its host, which tells what the\n"
		"                     assigned devices are. The file then states the host's switches and\n"
		"                     links, whether the domain mirrors them or not\n"
		"  -o, --output FILE  write to FILE, either all of it or nothing\n"
		"  --dir DIR          with --all: the directory; created if it does not exist\n"
		"  --findings FILE    beside any output: write to FILE what was noticed, and what becomes\n"
		"                     of each PCI function and why, as JSON\n"
		"  -q, --quiet        standard error has errors only\n"
		"  -v, --verbose      standard error has a line for each device\n"
		"  --json             with --map, --qemu and --check: write JSON\n"
		"  --check            with --libvirt and --base: write no domain, but a line for each change\n"
		"                     that the domain needs; exit status 0 if it needs none, else 1.\n"
		"                     Standard error has warnings only, no notes\n"
		"  --shell            with --qemu: write one command for sh\n"
		"  --devices-only     with --qemu: only expander buses, ports, switches and devices, for a\n"
		"                     command line that has the rest (Proxmox args:, Incus raw.qemu)\n"
		"  --profile guest|switches-only|host\n"
		"                     with --nccl: the file for the VM (default), one for the VM that lists\n"
		"                     only CPUs and switches, or the file for the bare host\n"
		"  --host-json FILE   with --nccl, in the running VM: write the file for what is really\n"
		"                     there. FILE is what 'hgxtopo dump --json --with-ids' wrote on the\n"
		"                     host (give the domain's options too), or NAME.guest.json of --all\n"
		"  --install          with --nccl: only print where NCCL looks for the file and how to put it\n"
		"                     there; write no file\n"
		"  --driver vfio-pci|pci-stub\n"
		"                     with --kernel-args and --all: the driver that holds the devices\n"
		"                     (default: vfio-pci)\n"
		"  --ovmf-code FILE   with --qemu and --all: the firmware's code image (default:\n"
		"                     /usr/share/OVMF/OVMF_CODE_4M.fd)\n"
		"  --ovmf-vars FILE   with --qemu: the firmware's variables, a writable copy of\n"
		"                     OVMF_VARS_4M.fd for this VM alone (default: NAME_VARS.fd in the\n"
		"                     directory where QEMU starts)\n"
		"  -h, --help         print this help\n",
	.more = plan_help,
	.run = run,
};
