/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The options that describe a virtual machine, read into struct hgx_plan_options. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli.h"

#define MAX_DOMAIN_MIB 16
#define MAX_COUNT 65535 /* of cores, vCPUs, VMs; the library has tighter limits */

struct word {
	const char *text;
	uint64_t value;
};

struct plan_option;

/* An option that was given, for its taker, which returns EXIT_FINE or reports it as wrong. */
struct taken {
	const struct command *command;
	struct vm_options *vm;
	const struct plan_option *option;
	const char *value;
};
typedef int taker(const struct taken *taken);

struct plan_option {
	const char *name;
	int argument; /* of struct option */
	taker *take;
	size_t member; /* of struct vm_options */
	const struct word *words;
};

static void *member_of(const struct taken *taken)
{
	return (char *)taken->vm + taken->option->member;
}

static int take_text(const struct taken *taken)
{
	const char **member = member_of(taken);

	*member = taken->value;
	return EXIT_FINE;
}

static int take_flag(const struct taken *taken)
{
	int *member = member_of(taken);

	*member = 1;
	return EXIT_FINE;
}

/* Joins the lists if the option is repeated. */
static int take_list(const struct taken *taken)
{
	char **member = member_of(taken), *before = *member;
	int length = before ? asprintf(member, "%s,%s", before, taken->value) :
			      asprintf(member, "%s", taken->value);

	free(before);
	if (length >= 0)
		return EXIT_FINE;
	*member = NULL;
	say("out of memory");
	return EXIT_ERROR;
}

static int no_such_word(const struct taken *taken)
{
	const struct word *words = taken->option->words;
	char list[100] = "";
	size_t length = 0;

	for (const struct word *word = words; word->text; word++)
		length += (size_t)snprintf(list + length, sizeof(list) - length, "%s%s",
					   word == words ? "" :
					   word[1].text	 ? ", " :
							   " or ",
					   word->text);
	return usage(taken->command, "--%s must be %s, not '%s'", taken->option->name, list,
		     taken->value);
}

static const struct word *word_of(const struct taken *taken)
{
	const struct word *word = taken->option->words;

	while (word->text && strcmp(word->text, taken->value))
		word++;
	return word->text ? word : NULL;
}

static int take_word(const struct taken *taken)
{
	const struct word *word = word_of(taken);
	int *member = member_of(taken);

	if (!word)
		return no_such_word(taken);
	*member = (int)word->value;
	return EXIT_FINE;
}

static int take_page_size(const struct taken *taken)
{
	const struct word *word = word_of(taken);

	if (!word)
		return no_such_word(taken);
	taken->vm->plan.hugepages = word->value;
	return EXIT_FINE;
}

/* Reads a whole number that ends at @end; -1 if it is not one. */
static long read_count(const char *text, const char *end)
{
	char *rest;
	long value = *text >= '0' && *text <= '9' ? strtol(text, &rest, 10) : -1;

	return value < 0 || value > MAX_COUNT || rest != end ? -1 : value;
}

static int take_cores(const struct taken *taken)
{
	long value = read_count(taken->value, taken->value + strlen(taken->value));

	if (value < 0)
		return usage(taken->command,
			     "--reserve-cores takes a whole number from 0 to %d, not '%s'",
			     MAX_COUNT, taken->value);
	taken->vm->plan.reserve_cores = value ? (int)value : HGX_RESERVE_NONE;
	return EXIT_FINE;
}

static int take_vcpus(const struct taken *taken)
{
	bool all = !strcmp(taken->value, "all");
	long value = all ? 1 : read_count(taken->value, taken->value + strlen(taken->value));

	if (value < 1)
		return usage(taken->command,
			     "--vcpus takes all or a whole number from 1 to %d, not '%s'",
			     MAX_COUNT, taken->value);
	taken->vm->plan.vcpus = all ? HGX_VCPUS_ALL : (unsigned)value;
	return EXIT_FINE;
}

/* "1792G", "896G/cell", or "all" */
static int take_memory(const struct taken *taken)
{
	const char *slash = strchr(taken->value, '/');
	struct hgx_plan_options *plan = &taken->vm->plan;
	struct hgx_error err;
	char size[64];
	uint64_t bytes;

	if (!strcmp(taken->value, "all")) {
		plan->memory = HGX_MEMORY_ALL;
		plan->memory_per_cell = 0;
		return EXIT_FINE;
	}
	if (slash && strcmp(slash, "/cell"))
		return usage(taken->command,
			     "--memory takes all or a size such as 1792G or 896G/cell, not '%s'",
			     taken->value);
	snprintf(size, sizeof(size), "%.*s", slash ? (int)(slash - taken->value) : 63,
		 taken->value);
	if (hgx_size_parse(&bytes, size, &err))
		return usage(taken->command, "--memory: %s", err.text);
	if (!bytes)
		return usage(taken->command, "--memory must be greater than 0");
	plan->memory = slash ? 0 : bytes;
	plan->memory_per_cell = slash ? bytes : 0;
	return EXIT_FINE;
}

/* "2/4", or "all/4" */
static int take_vms(const struct taken *taken)
{
	const char *value = taken->value, *slash = strchr(value, '/');
	bool every = !strncmp(value, "all/", 4);
	long vms = slash ? read_count(slash + 1, value + strlen(value)) : -1;
	long vm = every || !slash ? 1 : read_count(value, slash);

	if (vms < 1 || vm < 1 || vm > vms)
		return usage(taken->command,
			     "--vms takes I/N or all/N, such as 1/4 or all/4, with N from 1 to %d "
			     "and I from 1 to N, not '%s'",
			     MAX_COUNT, value);
	taken->vm->plan.vm = (unsigned)vm;
	taken->vm->plan.vms = (unsigned)vms;
	taken->vm->every = every;
	return EXIT_FINE;
}

static const struct word nvswitch_words[] = {
	{ "auto", HGX_NVSWITCH_AUTO },
	{ "none", HGX_NVSWITCH_NONE },
	{ "all", HGX_NVSWITCH_ALL },
	{ NULL, 0 },
};
static const struct word smt_words[] = {
	{ "on", HGX_ON },
	{ "off", HGX_OFF },
	{ NULL, 0 },
};
static const struct word clique_words[] = {
	{ "auto", HGX_AUTO },
	{ "off", HGX_OFF },
	{ NULL, 0 },
};
static const struct word mirror_words[] = {
	{ "numa", HGX_MIRROR_NUMA },
	{ "root-complex", HGX_MIRROR_ROOT_COMPLEX },
	{ NULL, 0 },
};
static const struct word only_words[] = {
	{ "pci", HGX_ONLY_PCI },
	{ NULL, 0 },
};
static const struct word page_words[] = {
	{ "1G", 1ull << 30 },
	{ "2M", 2ull << 20 },
	{ "off", HGX_HUGEPAGES_OFF },
	{ NULL, 0 },
};

#define VALUE required_argument
#define MEMBER(name) offsetof(struct vm_options, name)

static const struct plan_option plan_options[] = {
	{ "name", VALUE, take_text, MEMBER(plan.name), NULL },
	{ "gpus", VALUE, take_text, MEMBER(plan.gpus), NULL },
	{ "nics", VALUE, take_text, MEMBER(plan.nics), NULL },
	{ "nvme", VALUE, take_text, MEMBER(plan.nvme), NULL },
	{ "nvswitch", VALUE, take_word, MEMBER(plan.nvswitch), nvswitch_words },
	{ "vf", no_argument, take_flag, MEMBER(plan.vf), NULL },
	{ "add", VALUE, take_list, MEMBER(add), NULL },
	{ "skip", VALUE, take_list, MEMBER(skip), NULL },
	{ "reserve-cores", VALUE, take_cores, 0, NULL },
	{ "vcpus", VALUE, take_vcpus, 0, NULL },
	{ "cpus", VALUE, take_text, MEMBER(plan.cpus), NULL },
	{ "host-cpus", VALUE, take_text, MEMBER(plan.host_cpus), NULL },
	{ "smt", VALUE, take_word, MEMBER(plan.smt), smt_words },
	{ "memory", VALUE, take_memory, 0, NULL },
	{ "hugepages", VALUE, take_page_size, 0, page_words },
	{ "mirror", VALUE, take_word, MEMBER(plan.mirror), mirror_words },
	{ "p2p-clique", VALUE, take_word, MEMBER(plan.p2p_clique), clique_words },
	{ "iommufd", no_argument, take_flag, MEMBER(plan.iommufd), NULL },
	{ "libvirt-version", VALUE, take_text, MEMBER(plan.libvirt_version), NULL },
	{ "qemu-version", VALUE, take_text, MEMBER(plan.qemu_version), NULL },
	{ "vms", VALUE, take_vms, 0, NULL },
	{ "uneven", no_argument, take_flag, MEMBER(plan.uneven), NULL },
	{ "partition", VALUE, take_text, MEMBER(plan.partition), NULL },
	{ "module-ids", VALUE, take_text, MEMBER(plan.module_ids), NULL },
	{ "base", VALUE, take_text, MEMBER(base), NULL },
	{ "only", VALUE, take_word, MEMBER(plan.only), only_words },
};

#define PLAN_OPTIONS (sizeof(plan_options) / sizeof(*plan_options))
_Static_assert(PLAN_OPTIONS <= MAX_PLAN_OPTIONS, "a command has room for every plan option");

const char plan_help[] =
	"\n"
	"Devices of the VM (LIST: 19:00.0, 3b:00 for a whole card, mlx5_0, ens1f0np0, nvme0n1,\n"
	"slot:21 or the number of a GPU, separated by commas):\n"
	"  --gpus WHICH       all (default), none, or a LIST, such as 0-3 or 0,2 in the order of PCI\n"
	"                     addresses. Each GPU of a LIST brings its share of the cores, memory\n"
	"                     and near devices of its NUMA node. A VM with none needs --vcpus or\n"
	"                     --cpus, and --memory; or --base\n"
	"  --nics WHICH       near (default: those behind the same switch as a chosen GPU, else\n"
	"                     the nearest), all, none, or a LIST\n"
	"  --nvme WHICH       NVMe drives, likewise\n"
	"  --nvswitch WHICH   auto (default: all if the VM gets every GPU of the board, else none),\n"
	"                     none (they stay on the host), or all\n"
	"  --vf               give the VM a virtual function of each NIC that it shares with other\n"
	"                     VMs; if it is the only VM, of each NIC near its GPUs\n"
	"  --add LIST         more devices; can be repeated\n"
	"  --skip LIST        devices to leave out; can be repeated\n"
	"\n"
	"CPUs and memory:\n"
	"  --reserve-cores N  leave N whole cores of each NUMA node to the host, lowest CPU numbers\n"
	"                     first (default: one in twelve, at least one)\n"
	"  --host-cpus LIST   host CPUs, such as 0-3,8 or 0-94:2, whose cores stay with the host too\n"
	"  --cpus LIST        host CPUs that the VM may use, all threads of a core or none (default:\n"
	"                     those of the VM's share)\n"
	"  --vcpus N|all      number of vCPUs; all: of all cores but the reserved ones (default:\n"
	"                     those of the base domain, else the VM's share of the cores: all, or\n"
	"                     with --gpus LIST what its GPUs bring, with --vms and --partition\n"
	"                     likewise)\n"
	"  --smt on|off       one vCPU per SMT sibling or one per core (default: whatever gives the\n"
	"                     most vCPUs)\n"
	"  --memory SIZE|all  memory of the whole guest, such as 1792G, 1.75T or 939524096KiB,\n"
	"                     divided evenly over its NUMA nodes; or of each node, as in 896G/cell;\n"
	"                     all: of each node that the guest has a cell on, the host keeps a tenth,\n"
	"                     at least 8 GiB and at most half, and the guest gets the rest in whole\n"
	"                     GiB (default: that of the base domain, else the VM's share)\n"
	"  --hugepages 1G|2M|off\n"
	"                     the page size that backs the memory (default: that of the base domain,\n"
	"                     else off)\n"
	"\n"
	"Layout:\n"
	"  --mirror numa|root-complex\n"
	"                     one expander bus per NUMA node (default) or per root bus\n"
	"  --p2p-clique auto|off\n"
	"                     give PCIe GPUs under one switch a common GPUDirect clique id\n"
	"                     (default: auto)\n"
	"  --iommufd          assign devices through iommufd instead of the VFIO container; needs\n"
	"                     libvirt 12.1, QEMU 9.0 and /dev/iommu on the host (default: only if\n"
	"                     the base domain does)\n"
	"  --libvirt-version X.Y, --qemu-version X.Y\n"
	"                     the versions to write for (default: those installed on the host,\n"
	"                     else libvirt 9.0 and QEMU 7.2); with a libvirt domain in --from,\n"
	"                     the libvirt that will define it\n"
	"  --name NAME        name of the domain (default: hgx-vm; hgx-vm-1 and so on with --vms,\n"
	"                     hgx-vm-p1 and so on with --partition)\n"
	"\n"
	"Several VMs on one host:\n"
	"  --vms I/N          VM I of N equal ones; all/N means each of them, with --map,\n"
	"                     --kernel-args and --all\n"
	"  --uneven           the VMs need not be equal\n"
	"  --partition ID     the GPUs of a Fabric Manager partition, 0 to 14; needs --module-ids\n"
	"  --module-ids LIST  the GPU number of each module, from module 1 on, such as\n"
	"                     4,6,5,7,0,2,1,3\n"
	"\n"
	"An existing domain:\n"
	"  --base FILE        put the mirror into this libvirt domain (XML); - reads it from\n"
	"                     standard input. The VM has the devices that the domain assigns;\n"
	"                     options for devices add to them, and --skip takes away. A domain\n"
	"                     that assigns none needs --gpus, --vms or --partition, and is then\n"
	"                     given devices like a new VM. --vms and --partition add the whole\n"
	"                     share of the VM\n"
	"  --only pci         with --base: change nothing but PCI controllers and addresses, and\n"
	"                     leave devices, CPUs, memory and everything else as they are\n";

void plan_options_list(struct option *out)
{
	for (size_t i = 0; i < PLAN_OPTIONS; i++)
		out[i] = (struct option){ plan_options[i].name, plan_options[i].argument, NULL,
					  PLAN_OPTION + (int)i };
	out[PLAN_OPTIONS] = (struct option){ NULL, 0, NULL, 0 };
}

int take_plan_option(const struct command *command, struct vm_options *vm, int option,
		     const char *value)
{
	struct taken taken = { command, vm, &plan_options[option - PLAN_OPTION], value };
	int status = taken.option->take(&taken);

	vm->given = taken.option->name;
	if (strcmp(vm->given, "libvirt-version"))
		vm->only = vm->given;
	vm->plan.add = vm->add;
	vm->plan.skip = vm->skip;
	return status;
}

int check_plan_options(const struct command *command, const struct vm_options *vm, const char *from)
{
	if (vm->plan.vf && vm->plan.nics && !strcmp(vm->plan.nics, "none"))
		return usage(command, "--nics none leaves no NIC to share; leave out --vf");
	if (!vm->base)
		return EXIT_FINE;
	if (vm->plan.name)
		return usage(command,
			     "--name and --base exclude each other: the domain already has a name");
	if (vm->every)
		return usage(command, "--base is one domain; give --vms 1/%u, 2/%u and so on",
			     vm->plan.vms, vm->plan.vms);
	if (!strcmp(vm->base, "-") && from && !strcmp(from, "-"))
		return usage(command, "--base and --from cannot both be read from standard input");
	return EXIT_FINE;
}

int load_base(struct vm_options *vm, struct hgx_error *err)
{
	int code;

	if (!vm->base)
		return HGX_OK;
	code = read_input(&vm->domain, &vm->plan.base_length, vm->base, MAX_DOMAIN_MIB,
			  "give a libvirt domain, as 'virsh dumpxml' writes it", err);
	vm->plan.base = vm->domain;
	vm->plan.base_name = input_name(vm->base);
	if (!code && !vm->plan.base_length) /* which means: up to its terminator */
		code = input_failed(err, HGX_SYNTAX, vm->plan.base_name,
				    "the file is empty; give a libvirt domain, as 'virsh dumpxml' "
				    "writes it");
	return code;
}

void plan_options_free(struct vm_options *vm)
{
	free(vm->add);
	free(vm->skip);
	free(vm->domain);
}
