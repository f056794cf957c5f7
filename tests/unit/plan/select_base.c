/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which devices the VM of a base domain gets, and what the operator is told of them. */
#include "support.h"

#define CPUS "package 0 vendor=GenuineIntel\nnode 0 memory=64G\ncpus 0-7 package=0 node=0\n"
#define HOST CPUS \
	"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 switch-up\n" \
	"   12:00.0 switch-down\n    13:00.0 gpu group=13\n" \
	"   12:01.0 switch-down\n    14:00.0 gpu group=14\n" \
	"   12:02.0 switch-down\n    15:00.0 nic group=15\n" \
	"   12:03.0 switch-down\n    16:00.0 nvme group=16\n" \
	"root 0000:20 numa=0\n 20:01.0 root-port\n  21:00.0 gpu group=21\n  21:00.1 other group=21\n" \
	" 20:02.0 root-port\n  22:00.0 nic group=22 use=\"the default route\"\n" \
	" 20:03.0 root-port\n  23:00.0 nvswitch group=23\n" \
	" 20:04.0 root-port\n  24:00.0 nic group=24 sriov=4:2\n  24:00.1 nic group=25 pf=0000:24:00.0\n" \
	" 20:05.0 root-port\n  26:00.0 other group=26\n"

/* "13 24.1" as the <hostdev>s of a domain */
static char *domain_of(const char *devices)
{
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	fputs("<domain type='kvm'><os><type arch='x86_64' machine='q35'>hvm</type></os><devices>", to);
	for (const char *at = devices; *at; at += strspn(at, " ")) {
		size_t length = strcspn(at, " ");

		fprintf(to, "<hostdev mode='subsystem' type='pci'><source><address bus='0x%.2s' slot='0' "
			"function='%s'/></source></hostdev>\n", at, length > 2 ? "1" : "0");
		at += length;
	}
	fputs("</devices></domain>", to);
	fclose(to);
	return text;
}

static struct hgx_plan *plan_in(const struct hgx_topo *host, const char *devices,
				struct hgx_plan_options options, int *code, struct hgx_error *err)
{
	char *base = domain_of(devices);
	struct hgx_plan *plan;

	memset(err, 0, sizeof(*err));
	options.size = sizeof(options);
	options.base = base;
	options.base_name = "vm.xml";
	*code = hgx_plan_new(&plan, host, &options, err);
	free(base);
	return plan;
}

static void chosen_text(const struct hgx_plan *plan, char *text, size_t room)
{
	*text = '\0';
	for (size_t i = 0; i < plan->chosen_count; i++) {
		const struct hgx_bdf address = plan->chosen[i]->pci->address;

		snprintf(text + strlen(text), room - strlen(text), "%s%02x", i ? " " : "", address.bus);
		if (address.function)
			snprintf(text + strlen(text), room - strlen(text), ".%u", address.function);
	}
}

#define WITH(...) { __VA_ARGS__ }

static const struct {
	const char *devices;
	struct hgx_plan_options options;
	const char *chosen;
} rows[] = {
	/* what it has, and nothing near */
	{ "13", WITH(0), "13" },
	{ "14 13", WITH(0), "13 14" },
	{ "13 15", WITH(0), "13 15" },
	{ "15", WITH(0), "15" },
	{ "16 26", WITH(0), "16 26" },
	{ "23", WITH(0), "23" },
	{ "24.1", WITH(0), "24.1" },
	/* neither the rest of a card nor that of a group */
	{ "21", WITH(0), "21" },
	{ "13", WITH(.gpus = "21:00.0"), "13 21" },
	/* the host needs it, and the domain decides */
	{ "13 22", WITH(0), "13 22" },
	/* options add … */
	{ "13", WITH(.gpus = "1"), "13 14" },
	{ "13", WITH(.gpus = "0"), "13" },
	{ "13", WITH(.gpus = "all"), "13 14 21" },
	{ "13", WITH(.nics = "near"), "13 15" },
	{ "13", WITH(.nics = "all"), "13 15 24" },
	{ "13", WITH(.nics = "24:00.0"), "13 24" },
	{ "13 16", WITH(.nics = "none"), "13 16" },
	{ "13", WITH(.nvme = "near"), "13 16" },
	{ "13", WITH(.nvswitch = HGX_NVSWITCH_ALL), "13 23" },
	{ "13 15", WITH(.nvswitch = HGX_NVSWITCH_NONE), "13 15" },
	{ "13 15", WITH(.nics = "none", .skip = "15:00.0"), "13" },
	{ "13", WITH(.nics = "24:00.0", .vf = 1), "13 24.1" },
	{ "13", WITH(.add = "26:00.0,23:00.0"), "13 23 26" },
	{ "13 22", WITH(.nics = "22:00.0"), "13 22" },
	/* … the whole share of one of several VMs: with what is near, and its companions */
	{ "14", WITH(.vms = 3, .vm = 2), "14" },
	{ "26", WITH(.vms = 3, .vm = 2), "14 26" },
	{ "26", WITH(.vms = 3, .vm = 3), "21 21.1 24 26" },
	{ "24", WITH(.vms = 3, .vm = 3), "21 21.1 24" },
	{ "15", WITH(.vms = 3, .vm = 1), "13 15" },
	{ "26", WITH(.vms = 1, .vm = 1), "13 14 15 16 21 21.1 23 24 26" },
	{ "24", WITH(.vms = 3, .vm = 1, .skip = "24:00.0"), "13" },
	/* … also without a GPU */
	{ "15", WITH(.nvme = "all"), "15 16" },
	{ "15", WITH(.nics = "24:00.0"), "15 24" },
	{ "15", WITH(.nics = "near"), "15" },
	{ "15", WITH(.nics = "24:00.0", .vf = 1), "15 24.1" },
	{ "15", WITH(.add = "26:00.0"), "15 26" },
	/* … and take away */
	{ "13 15", WITH(.skip = "15:00.0"), "13" },
	{ "13 15", WITH(.skip = "13:00.0", .gpus = "1"), "14 15" },
	/* a domain without devices is a new VM */
	{ "", WITH(.gpus = "0"), "13 15 16" },
	{ "", WITH(.gpus = "all"), "13 14 15 16 21 21.1 23 24" },
	{ "", WITH(.vms = 3, .vm = 3), "21 21.1 24" },
	/* but not if only other devices are named */
	{ "", WITH(.nics = "15:00.0"), "15" },
	{ "", WITH(.add = "26:00.0"), "26" },
	{ "", WITH(.nvme = "all"), "16" },
};

START_TEST(a_domain_keeps_its_devices_and_nothing_comes_along)
{
	struct hgx_topo *host = host_of(HOST);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct hgx_error err;
		char got[128];
		int code;
		struct hgx_plan *plan = plan_in(host, rows[i].devices, rows[i].options, &code, &err);

		must(!code, "row %zu: %s", i, err.text);
		chosen_text(plan, got, sizeof(got));
		must(!strcmp(got, rows[i].chosen), "row %zu, with %s: %s, not %s", i, rows[i].devices, got,
		     rows[i].chosen);
		/* each is in the guest, and leads back */
		for (size_t j = 0; j < plan->chosen_count; j++)
			must(hgx_plan_host_of(plan, hgx_plan_guest_of(plan, plan->chosen[j])) ==
				     plan->chosen[j], "row %zu: %s", i, plan->chosen[j]->name);
		hgx_plan_free(plan);
	}
	hgx_topo_free(host);
}
END_TEST

static const struct {
	const char *devices;
	struct hgx_plan_options options;
	int code;
	const char *sentence;
} refused[] = {
	{ "", WITH(0), HGX_REFUSED,
	  "vm.xml assigns no device of this host, and no option names one; use gpus = \"all\", or name "
	  "devices" },
	{ "77", WITH(0), HGX_REFUSED,
	  "vm.xml assigns no device of this host, and no option names one; use gpus = \"all\", or name "
	  "devices" },
	{ "", WITH(.only = HGX_ONLY_PCI), HGX_REFUSED,
	  "vm.xml assigns no device of this host; add a <hostdev> for each to it, or leave out only" },
	{ "13", WITH(.skip = "13:00.0"), HGX_REFUSED,
	  "skip leaves out every device that the base domain assigns; name others, or leave out skip" },
	/* an option that the domain does not follow */
	{ "13 15", WITH(.nics = "none"), HGX_INVALID,
	  "nics = \"none\" takes nothing out of a domain, and this one assigns NIC 0000:15:00.0 (15b3:1021); "
	  "take it out with skip = \"0000:15:00.0\"" },
	{ "13 16", WITH(.nvme = "none"), HGX_INVALID,
	  "nvme = \"none\" takes nothing out of a domain, and this one assigns NVMe drive 0000:16:00.0 "
	  "(1344:51c3); take it out with skip = \"0000:16:00.0\"" },
	{ "13 23", WITH(.nvswitch = HGX_NVSWITCH_NONE), HGX_INVALID,
	  "nvswitch = HGX_NVSWITCH_NONE takes nothing out of a domain, and this one assigns NVSwitch 0000:23:00.0 "
	  "(10de:22a3); take it out with skip = \"0000:23:00.0\"" },
	{ "22", WITH(.vms = 3, .vm = 1, .nics = "none"), HGX_INVALID,
	  "nics = \"none\" takes nothing out of a domain, and this one assigns NIC 0000:22:00.0 (15b3:1021); "
	  "take it out with skip = \"0000:22:00.0\"" },
	{ "13", WITH(.vf = 1), HGX_INVALID,
	  "vf = 1 shares NICs that an option chooses, but this domain chooses its own; add nics = \"near\", or "
	  "leave out vf" },
	{ "13", WITH(.nics = "22:00.0"), HGX_REFUSED,
	  "nics: NIC 0000:22:00.0 (15b3:1021) cannot be assigned: the host needs it (the default route); "
	  "free it first, or leave it out" },
	/* two VMs would have it */
	{ "13", WITH(.vms = 3, .vm = 2), HGX_REFUSED,
	  "vm.xml:1: <hostdev>: it assigns GPU 0000:13:00.0 (10de:2335), which belongs to VM 1 of 3; remove "
	  "the element, or plan that VM (vm = 1, vms = 3)" },
	{ "13 24", WITH(.vms = 3, .vm = 1), HGX_REFUSED,
	  "vm.xml:2: <hostdev>: it assigns NIC 0000:24:00.0 (15b3:1021), which belongs to VM 3 of 3; remove "
	  "the element, or plan that VM (vm = 3, vms = 3)" },
	{ "13 21.1", WITH(.vms = 3, .vm = 1), HGX_REFUSED,
	  "vm.xml:2: <hostdev>: it assigns device 0000:21:00.1 (1000:00b2), which belongs to VM 3 of 3; remove "
	  "the element, or plan that VM (vm = 3, vms = 3)" },
	{ "24 24.1", WITH(0), HGX_REFUSED,
	  "NIC 0000:24:00.1 (15b3:1021) is a virtual function of 0000:24:00.0, which goes to the VM too and "
	  "then loses its virtual functions; take only one of the two (skip = \"0000:24:00.0\")" },
};

START_TEST(a_domain_that_gets_nothing_is_refused)
{
	struct hgx_topo *host = host_of(HOST);

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		struct hgx_error err;
		int code;

		plan_in(host, refused[i].devices, refused[i].options, &code, &err);
		expect_error(code, &err, refused[i].code, refused[i].sentence);
	}
	hgx_topo_free(host);
}
END_TEST

static const struct {
	const char *devices;
	struct hgx_plan_options options;
	const char *rule, *node, *text; /* text NULL: no such finding */
} told[] = {
	{ "13 22", WITH(0), "base-device-stays", "0000:22:00.0",
	  "NIC 0000:22:00.0 (15b3:1021) goes to the VM because the base domain assigns it, but the host "
	  "needs it (the default route)" },
	{ "13", WITH(0), "base-device-stays", NULL, NULL },
	{ "21", WITH(0), "group-incomplete", "0000:21:00.1",
	  "device 0000:21:00.1 (1000:00b2) is in IOMMU group 21 with 0000:21:00.0, but it is not in the VM: "
	  "a VM only starts if it has the whole group or if no driver of the host uses the rest" },
	{ "21 21.1", WITH(0), "group-incomplete", NULL, NULL },
	/* what a new VM would get with its GPUs */
	{ "13", WITH(.gpus = "all"), "base-alone", NULL,
	  "the domain assigns devices, so nothing else comes along with its GPUs; a new VM would also get "
	  "functions of the NVSwitch board: 1 (nvswitch = HGX_NVSWITCH_ALL), near NICs: 2 (nics = \"near\"), near "
	  "NVMe drives: 1 (nvme = \"near\")" },
	{ "13 15 16", WITH(.gpus = "1"), "base-alone", NULL, NULL },
	{ "13", WITH(.gpus = "1", .nics = "near"), "base-alone", NULL,
	  "the domain assigns devices, so nothing else comes along with its GPUs; a new VM would also get near "
	  "NVMe drives: 1 (nvme = \"near\")" },
	{ "13", WITH(.gpus = "all", .nvswitch = HGX_NVSWITCH_ALL, .nics = "near", .nvme = "none"), "base-alone",
	  NULL, NULL },
	{ "13", WITH(0), "base-alone", NULL, NULL },
	{ "", WITH(.gpus = "all"), "base-alone", NULL, NULL },
	{ "21", WITH(.add = "21:00.1"), "group-incomplete", NULL, NULL },
	{ "13", WITH(0), "left-out", NULL, NULL },
	{ "13", WITH(0), "left-out-virtual", NULL, NULL },
	{ "13", WITH(.nics = "near"), "left-out", "0000:24:00.0",
	  "left out: NIC 0000:24:00.0 (15b3:1021): it shares no PCIe switch with a GPU of the VM" },
	{ "13 23", WITH(0), "fabric-manager", NULL,
	  "the NVSwitches go to the VM, but GPU 0000:14:00.0 (10de:2335) does not: it has no NVLinks "
	  "without a Fabric Manager on the host" },
	{ "13 14 21 23", WITH(0), "fabric-manager", NULL, NULL },
	{ "13 15", WITH(.skip = "15:00.0"), "base-replaced", "0000:15:00.0",
	  "the domain's <hostdev> in line 2 is removed: NIC 0000:15:00.0 (15b3:1021) is left out" },
	/* of near GPUs of two VMs, and of none */
	{ "15", WITH(.vms = 3, .vm = 1), "base-device-unowned", "0000:15:00.0",
	  "NIC 0000:15:00.0 (15b3:1021) goes to the VM because the base domain assigns it, but it is in the "
	  "share of no VM" },
	{ "26", WITH(.vms = 3, .vm = 1), "base-device-unowned", "0000:26:00.0",
	  "device 0000:26:00.0 (1000:00b2) goes to the VM because the base domain assigns it, but it is in the "
	  "share of no VM" },
	{ "26", WITH(.vms = 1, .vm = 1), "base-device-unowned", NULL, NULL },
	{ "26", WITH(0), "base-device-unowned", NULL, NULL },
	{ "13", WITH(.vms = 3, .vm = 1), "base-device-unowned", NULL, NULL },
	{ "13", WITH(0), "base-replaced", NULL, NULL },
	{ "13 77", WITH(0), "host-device-missing", NULL,
	  "the domain's <hostdev> in line 2 assigns 0000:77:00.0, which this host does not have; it stays "
	  "as it is" },
	{ "13 12", WITH(0), "host-device-missing", "0000:12:00.0",
	  "the domain's <hostdev> in line 2 assigns switch downstream port 0000:12:00.0 (1000:c030), which "
	  "is a bridge and cannot be assigned; it stays as it is" },
};

START_TEST(the_operator_is_told_what_can_keep_the_vm_from_starting)
{
	struct hgx_topo *host = host_of(HOST);

	for (size_t i = 0; i < ARRAY_SIZE(told); i++) {
		const struct hgx_finding *findings;
		struct hgx_error err;
		size_t count;
		const char *text;
		int code;
		struct hgx_plan *plan = plan_in(host, told[i].devices, told[i].options, &code, &err);

		must(!code, "row %zu: %s", i, err.text);
		count = hgx_plan_findings(plan, &findings);
		text = finding_text(findings, count, told[i].rule, told[i].node);
		must(told[i].text ? text && !strcmp(text, told[i].text) : !text, "row %zu: %s", i, text);
		hgx_plan_free(plan);
	}
	hgx_topo_free(host);
}
END_TEST

#define CLIQUES CPUS \
	"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 switch-up\n" \
	"   12:00.0 switch-down\n    13:00.0 gpu id=10de:26b9\n" \
	"   12:01.0 switch-down\n    14:00.0 gpu id=10de:26b9\n"
#define GPU(bus, more) "<hostdev mode='subsystem' type='pci'><source><address bus='0x" #bus "' slot='0' " \
	"function='0'/></source>" more "</hostdev>"
#define ALIAS(name) "<alias name='" name "'/>"
#define CLIQUE(name) "<qemu:override><qemu:device alias='" name "'><qemu:frontend><qemu:property " \
	"name='x-nv-gpudirect-clique' type='unsigned' value='7'/></qemu:frontend></qemu:device></qemu:override>"
#define OTHERS(name) "<qemu:override><qemu:device alias='" name "'><qemu:frontend><qemu:property " \
	"name='x-no-mmap' type='bool' value='true'/></qemu:frontend></qemu:device></qemu:override>"

/* Ids are given by alias, and not where the guest's driver does not look for them. */
static const struct {
	const char *features, *devices, *after;
	unsigned ids;
	const char *rule, *text;
} cliques[] = {
	{ "", GPU(13, ALIAS("ua-a")) GPU(14, ALIAS("ua-b")), "", 2, NULL, NULL },
	{ "", GPU(13, ALIAS("ua-a")) GPU(14, ""), "", 1, "clique-alias",
	  "GPUs that get no GPUDirect clique id, as their <hostdev> in the base domain has no alias of the "
	  "user's: 1 (the first is 0000:14:00.0)" },
	{ "", GPU(13, "") GPU(14, ALIAS("hostdev0")), "", 0, "clique-alias",
	  "GPUs that get no GPUDirect clique id, as their <hostdev> in the base domain has no alias of the "
	  "user's: 2 (the first is 0000:13:00.0)" },
	{ "", GPU(13, ""), "", 0, NULL, NULL },
	{ "<features><kvm><hidden state='on'/></kvm></features>",
	  GPU(13, ALIAS("ua-a")) GPU(14, ALIAS("ua-b")), "", 0, "clique-hidden",
	  "the base domain hides KVM from the guest, where GPUDirect clique ids then have no effect: none is "
	  "written" },
	{ "<features><kvm><hidden state='off'/></kvm></features>",
	  GPU(13, ALIAS("ua-a")) GPU(14, ALIAS("ua-b")), "", 2, NULL, NULL },
	{ "<features><kvm><hidden state='on'/></kvm></features>", GPU(13, ALIAS("ua-a")), "", 0, NULL, NULL },
	/* one of an earlier run is brought up to date; other properties are the user's */
	{ "", GPU(13, ALIAS("ua-a")) GPU(14, ALIAS("ua-b")), CLIQUE("ua-a"), 2, NULL, NULL },
	{ "", GPU(13, ALIAS("ua-a")) GPU(14, ALIAS("ua-b")), OTHERS("ua-a"), 1, NULL, NULL },
};

static unsigned count_of(const char *text, const char *part)
{
	unsigned count = 0;

	for (; (text = strstr(text, part)) != NULL; text++)
		count++;
	return count;
}

START_TEST(clique_ids_are_given_where_they_have_an_effect)
{
	struct hgx_topo *host = host_of(CLIQUES);

	for (size_t i = 0; i < ARRAY_SIZE(cliques); i++) {
		struct hgx_plan_options options = { .size = sizeof(options) };
		const struct hgx_finding *findings;
		struct hgx_error err = { 0 };
		struct hgx_plan *plan;
		char *base, *text, *again;
		const char *found;
		size_t count;

		must(asprintf(&base, "<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>"
			      "<os><type arch='x86_64' machine='q35'>hvm</type></os>%s<devices>%s</devices>%s"
			      "</domain>", cliques[i].features, cliques[i].devices, cliques[i].after) > 0,
		     "memory");
		options.base = base;
		expect_fine(hgx_plan_new(&plan, host, &options, &err), &err, base);
		expect_fine(hgx_emit_libvirt(plan, &text, &err), &err, base);
		must(count_of(text, "x-nv-gpudirect-clique") == cliques[i].ids, "row %zu: %s", i, text);
		ck_assert_ptr_null(strstr(text, "value='7'"));
		count = hgx_plan_findings(plan, &findings);
		found = cliques[i].rule ? finding_text(findings, count, cliques[i].rule, NULL) :
					  finding_text(findings, count, "clique-alias", NULL);
		must(cliques[i].rule ? found && !strcmp(found, cliques[i].text) : !found, "row %zu: %s", i, found);
		hgx_plan_free(plan);
		options.base = text;
		expect_fine(hgx_plan_new(&plan, host, &options, &err), &err, text);
		expect_fine(hgx_emit_libvirt(plan, &again, &err), &err, text);
		ck_assert_str_eq(text, again);
		hgx_plan_free(plan);
		hgx_text_free(again);
		hgx_text_free(text);
		free(base);
	}
	hgx_topo_free(host);
}
END_TEST

int main(void)
{
	return RUN("select_base", a_domain_keeps_its_devices_and_nothing_comes_along,
		   a_domain_that_gets_nothing_is_refused,
		   the_operator_is_told_what_can_keep_the_vm_from_starting,
		   clique_ids_are_given_where_they_have_an_effect);
}
