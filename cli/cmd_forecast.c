/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* hgxtopo forecast: says what NCCL will decide on a machine or for a topology file. */
#include <stdlib.h>
#include <string.h>
#include "forecast.h"

static const struct option own_options[] = {
	{ "from", required_argument, NULL, 'f' },
	{ "host", required_argument, NULL, 'H' },
	{ "json", no_argument, NULL, 'j' },
	{ "output", required_argument, NULL, 'o' },
	{ "nodes", required_argument, NULL, 'N' },
	{ "nvlink", required_argument, NULL, 'l' },
	{ "compute-capability", required_argument, NULL, 'c' },
	{ "net-speed", required_argument, NULL, 's' },
	{ "gdr", required_argument, NULL, 'g' },
	{ "pxn", required_argument, NULL, 'x' },
	{ "c2c", required_argument, NULL, 'C' },
	{ "net-plugin", required_argument, NULL, 'p' },
	{ "help", no_argument, NULL, 'h' },
	TELLING_OPTIONS,
};

#define OWN_OPTIONS (sizeof(own_options) / sizeof(*own_options))
#define MAX_NODES 1000000

static int take_choice(int *out, const char *name, const char *value)
{
	*out = !strcmp(value, "on") ? HGX_ON : !strcmp(value, "off") ? HGX_OFF : HGX_AUTO;
	return *out != HGX_AUTO ?
		       EXIT_FINE :
		       usage(&command_forecast, "--%s takes on or off, not '%s'", name, value);
}

static int take_number(unsigned *out, const char *name, const char *value, unsigned most)
{
	char *end;
	unsigned long number = strtoul(value, &end, 10);

	if (*value < '0' || *value > '9' || *end || !number || number > most)
		return usage(&command_forecast, "--%s takes a number from 1 to %u, not '%s'", name,
			     most, value);
	*out = (unsigned)number;
	return EXIT_FINE;
}

static int take_plugin(int *out, const char *value)
{
	*out = strcmp(value, "exact") ? HGX_NET_IB : HGX_NET_EXACT;
	return !strcmp(value, "exact") || !strcmp(value, "ib") ?
		       EXIT_FINE :
		       usage(&command_forecast, "--net-plugin takes ib or exact, not '%s'", value);
}

static int take(struct forecast_request *request, int option)
{
	struct hgx_forecast_options *options = &request->options;

	switch (option) {
	case 'f':
		request->from = optarg;
		return EXIT_FINE;
	case 'H':
		request->host = optarg;
		return EXIT_FINE;
	case 'j':
		request->json = true;
		return EXIT_FINE;
	case 'o':
		request->file = optarg;
		return EXIT_FINE;
	case 'q':
	case 'v':
		return take_telling(&command_forecast, &request->telling, option);
	case 's':
		options->net_speed = optarg;
		return EXIT_FINE;
	case 'N':
		return take_number(&options->nodes, "nodes", optarg, MAX_NODES);
	case 'c':
		return take_number(&options->compute_capability, "compute-capability", optarg, 999);
	case 'l':
		return take_choice(&options->nvlink, "nvlink", optarg);
	case 'g':
		return take_choice(&options->gdr, "gdr", optarg);
	case 'x':
		return take_choice(&options->pxn, "pxn", optarg);
	case 'C':
		return take_choice(&options->c2c, "c2c", optarg);
	case 'p':
		return take_plugin(&options->net_plugin, optarg);
	default:
		return take_plan_option(&command_forecast, &request->vm, option, optarg);
	}
}

static int check(const struct forecast_request *request)
{
	if (request->file && !*request->file)
		return usage(&command_forecast, "--output needs a file name");
	if (request->vm.every)
		return usage(&command_forecast,
			     "a forecast is about one VM; give --vms 1/%u, 2/%u and so on",
			     request->vm.plan.vms, request->vm.plan.vms);
	return check_plan_options(&command_forecast, &request->vm, request->from);
}

static int parse(struct forecast_request *request, int argc, char **argv, bool *helped)
{
	struct option options[OWN_OPTIONS + MAX_PLAN_OPTIONS + 1];
	int option, status;

	memcpy(options, own_options, sizeof(own_options));
	plan_options_list(options + OWN_OPTIONS);
	opterr = 0;
	if (exact_options(&command_forecast, options, ":f:jo:qvh", argv))
		return EXIT_USAGE;
	while ((option = getopt_long(argc, argv, ":f:jo:qvh", options, NULL)) != -1) {
		*helped = option == 'h';
		if (*helped)
			return help(&command_forecast);
		if (option == ':')
			return usage(&command_forecast, "%s needs a value", argv[optind - 1]);
		if (option == '?')
			return bad_option(&command_forecast, options, argv);
		status = take(request, option);
		if (status)
			return status;
	}
	if (optind < argc)
		return usage(&command_forecast,
			     "unexpected argument '%s' (sources are given with --from)",
			     argv[optind]);
	return check(request);
}

static int run(int argc, char **argv)
{
	struct forecast_request request = {
		.vm.plan = { .size = sizeof(request.vm.plan), .words = HGX_WORDS_OPTIONS },
		.options = { .size = sizeof(request.options), .words = HGX_WORDS_OPTIONS },
	};
	bool helped = false;
	int status = parse(&request, argc, argv, &helped);

	if (!status && !helped)
		status = forecast_print(&request);
	plan_options_free(&request.vm);
	return status;
}

const struct command command_forecast = {
	.name = "forecast",
	.args = "[--from SOURCE|topo.xml [--host SOURCE]] [OPTIONS]",
	.help = "Says what NCCL 2.28 to 2.30 will decide for each GPU: its NIC, the type of the path to it,\n"
		"GB/s, whether GPUDirect RDMA is used, and why. This is NCCL's model of what it is told,\n"
		"not a measurement. Beside a guest it shows the bare host, and the guest without the NCCL\n"
		"file that 'hgxtopo emit --nccl' writes.\n"
		"\n"
		"  -f, --from SOURCE  a host; with options that describe a VM, below, the guest planned for\n"
		"                     it. A libvirt domain or the topology of a guest is taken as it is,\n"
		"                     and so is an NCCL topology file (FILE.xml)\n"
		"  --host SOURCE      with a libvirt domain or a guest in --from: its host\n"
		"  -j, --json         write the last of the forecasts as JSON\n"
		"  -o, --output FILE  write to FILE, either all of it or nothing\n"
		"  -q, --quiet        standard error has errors only\n"
		"  -v, --verbose      standard error has a line for each device\n"
		"\n"
		"What is not known from the source:\n"
		"  --nvlink on|off    whether NVSwitches connect the GPUs (default: on if the host has\n"
		"                     some, and for an NCCL file)\n"
		"  --net-speed GBPS|ADDR=GBPS,...\n"
		"                     Gb/s of each NIC, or of single ones (default: what their drivers\n"
		"                     say, else 400)\n"
		"  --compute-capability N\n"
		"                     80 for A100, 90 for H100 and H200 (default), 100 for B200\n"
		"  --gdr on|off       whether GPUs and NICs support GPUDirect RDMA (default: on)\n"
		"  --pxn on|off       whether a GPU may relay for another over NVLink (default: on)\n"
		"  --c2c on|off       whether each GPU has a C2C link to its CPU (default: on for the\n"
		"                     GPUs of Grace)\n"
		"  --net-plugin ib|exact\n"
		"                     NCCL's own plugin, which looks for NICs at device 00 of their bus\n"
		"                     (default), or one that takes exact addresses, as AWS has it\n"
		"  --nodes N          how many machines take part; nothing shown depends on it\n"
		"  -h, --help         print this help\n",
	.more = plan_help,
	.run = run,
};
