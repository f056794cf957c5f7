/* hgxtopo emit: writes what belongs to a virtual machine that mirrors the host. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli.h"

struct request {
	enum { NOTHING, LIBVIRT, NCCL, KERNEL_ARGS } what;
	const char *from, *file, *profile;
	unsigned chosen;
	struct hgx_plan_options plan;
	struct hgx_kernel_options kernel;
};

static const struct option options[] = {
	{ "libvirt", no_argument, NULL, 'l' },
	{ "nccl", no_argument, NULL, 'n' },
	{ "kernel-args", no_argument, NULL, 'k' },
	{ "from", required_argument, NULL, 'f' },
	{ "output", required_argument, NULL, 'o' },
	{ "profile", required_argument, NULL, 'p' },
	{ "driver", required_argument, NULL, 'd' },
	{ "name", required_argument, NULL, 'N' },
	{ "memory", required_argument, NULL, 'm' },
	{ "reserve-cores", required_argument, NULL, 'r' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int read_cores(struct request *request, const char *text)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (end == text || *end || value < 0 || value > 65535)
		return usage(&command_emit,
			     "--reserve-cores takes a whole number of cores, not '%s'", text);
	request->plan.reserve_cores = value ? (int)value : HGX_RESERVE_NONE;
	return EXIT_FINE;
}

static int read_memory(struct request *request, const char *text)
{
	struct hgx_error err;

	if (hgx_size_parse(&request->plan.memory, text, &err))
		return usage(&command_emit, "--memory: %s", err.text);
	if (!request->plan.memory)
		return usage(&command_emit, "--memory: a guest needs some");
	return EXIT_FINE;
}

static int choose(struct request *request, int what)
{
	request->what = what;
	request->chosen++;
	return EXIT_FINE;
}

static int take(struct request *request, int option)
{
	switch (option) {
	case 'l':
		return choose(request, LIBVIRT);
	case 'n':
		return choose(request, NCCL);
	case 'k':
		return choose(request, KERNEL_ARGS);
	case 'f':
		request->from = optarg;
		return EXIT_FINE;
	case 'o':
		request->file = optarg;
		return EXIT_FINE;
	case 'p':
		request->profile = optarg;
		return EXIT_FINE;
	case 'd':
		request->kernel.driver = optarg;
		return EXIT_FINE;
	case 'N':
		request->plan.name = optarg;
		return EXIT_FINE;
	case 'm':
		return read_memory(request, optarg);
	default:
		return read_cores(request, optarg);
	}
}

static int check(const struct request *request)
{
	const char *profile = request->profile;

	if (request->chosen != 1)
		return usage(&command_emit, "give one of --libvirt, --nccl and --kernel-args");
	if (profile && request->what != NCCL)
		return usage(&command_emit, "--profile belongs to --nccl");
	if (profile && strcmp(profile, "guest") && strcmp(profile, "host"))
		return usage(&command_emit, "--profile is guest or host, not '%s'", profile);
	if (profile && !strcmp(profile, "host") &&
	    (request->plan.name || request->plan.memory || request->plan.reserve_cores))
		return usage(&command_emit, "--name, --memory and --reserve-cores are about a VM; "
					    "--profile host is about the bare host");
	if (request->file && !*request->file)
		return usage(&command_emit, "--output needs the name of a file");
	if (request->kernel.driver && request->what != KERNEL_ARGS)
		return usage(&command_emit, "--driver belongs to --kernel-args");
	if (request->kernel.driver && strcmp(request->kernel.driver, "vfio-pci") &&
	    strcmp(request->kernel.driver, "pci-stub"))
		return usage(&command_emit, "--driver is vfio-pci or pci-stub, not '%s'",
			     request->kernel.driver);
	return EXIT_FINE;
}

/* What concerns only the kernel command line is told only with it. */
static void report_plan(const struct hgx_plan *plan, const struct request *request)
{
	const struct hgx_finding *findings;
	size_t count = hgx_plan_findings(plan, &findings);

	for (size_t i = 0; i < count; i++)
		if (request->what == KERNEL_ARGS || strcmp(findings[i].rule, "id-shared"))
			report_findings(&findings[i], 1);
}

static int emit_plan(const struct hgx_topo *topo, const struct request *request, char **text,
		     struct hgx_error *err)
{
	struct hgx_plan *plan;
	int code = hgx_plan_new(&plan, topo, &request->plan, err);

	if (code)
		return code;
	report_plan(plan, request);
	if (request->what == LIBVIRT)
		code = hgx_emit_libvirt(plan, text, err);
	else if (request->what == NCCL)
		code = hgx_emit_nccl(hgx_plan_guest(plan), text, err);
	else
		code = hgx_emit_kernel_args(plan, &request->kernel, text, err);
	hgx_plan_free(plan);
	return code;
}

static int emit(const struct request *request)
{
	const struct hgx_finding *findings;
	struct hgx_error err;
	struct hgx_topo *topo;
	char *text = NULL;
	size_t count;
	int code, status;

	if (load_source(&topo, request->from, &err))
		return report(&err);
	count = hgx_topo_findings(topo, &findings);
	report_findings(findings, count);
	if (request->profile && !strcmp(request->profile, "host"))
		code = hgx_emit_nccl(topo, &text, &err);
	else
		code = emit_plan(topo, request, &text, &err);
	if (code == HGX_INVALID)
		status = usage(&command_emit, "%s", err.text);
	else
		status = code ? report(&err) : write_output(request->file, text);
	hgx_text_free(text);
	hgx_topo_free(topo);
	return status;
}

static int run(int argc, char **argv)
{
	struct request request = {
		.plan = { .size = sizeof(request.plan) },
		.kernel = { .size = sizeof(request.kernel) },
	};
	int option, status;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":f:o:h", options, NULL)) != -1) {
		if (option == 'h')
			return help(&command_emit);
		if (option == ':')
			return usage(&command_emit, "%s needs a value", argv[optind - 1]);
		if (option == '?')
			return bad_option(&command_emit, argv);
		status = take(&request, option);
		if (status)
			return status;
	}
	if (optind < argc)
		return usage(&command_emit, "'%s' is left over; a source is given with --from",
			     argv[optind]);
	status = check(&request);
	return status ? status : emit(&request);
}

const struct command command_emit = {
	.name = "emit",
	.args = "--libvirt|--nccl|--kernel-args [--from SOURCE] [-o FILE] [OPTIONS]",
	.help = "Plans one virtual machine that gets every GPU, the NICs and NVMe drives that share a\n"
		"PCIe switch with one, and the NVSwitches; and writes what belongs to it. What is left\n"
		"out, and why, is said on standard error.\n"
		"\n"
		"  --libvirt          a complete libvirt domain, for 'virsh define'\n"
		"  --nccl             the NCCL topology file of the guest\n"
		"  --kernel-args      what to add to the host's kernel command line\n"
		"  -f, --from SOURCE  the host\n"
		"  -o, --output FILE  write there, whole or not at all\n"
		"  --name NAME        of the domain (default: hgx-vm)\n"
		"  --memory SIZE      of the whole guest, such as 1792G, 1.75T or 939524096KiB; divided\n"
		"                     evenly over its NUMA nodes (default: the host keeps a tenth of each\n"
		"                     node, at least 8 GiB, at most half; the rest in whole GiB)\n"
		"  --reserve-cores N  whole cores of each NUMA node left to the host, lowest CPU numbers\n"
		"                     first (default: one in twelve, at least one)\n"
		"  --profile guest|host\n"
		"                     with --nccl: the file for the VM (default), or for the bare host\n"
		"  --driver vfio-pci|pci-stub\n"
		"                     with --kernel-args: which driver holds the devices (default:\n"
		"                     vfio-pci)\n",
	.run = run,
};
