/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A domain read back as a guest is the same as the plan that wrote it; what is refused. */
#include "trial.h"
#include "roots.h"

static int read_domain(struct hgx_topo **out, const char *text, const struct hgx_topo *host,
		       struct hgx_error *err)
{
	struct hgx_domain_options options = { .size = sizeof(options), .host = host };

	*err = (struct hgx_error){ 0 };
	return hgx_topo_from_domain(out, text, strlen(text), "vm.xml", &options, err);
}

static struct hgx_topo *guest_of(const char *text, const struct hgx_topo *host)
{
	struct hgx_error err;
	struct hgx_topo *topo;
	int code = read_domain(&topo, text, host, &err);

	must(!code, "%d %s\nof %.6000s", code, err.text, text);
	return topo;
}

static const char *name_of(const struct hgx_node *node)
{
	return node ? hgx_node_name(node) : "nothing";
}

/* In a plan, a user's own switch or port stands for nothing of the host. */
static const char *pci_difference(const struct hgx_pci *a, const struct hgx_pci *b)
{
	bool same_link = a->link_max.speed == b->link_max.speed &&
			 a->link_max.width == b->link_max.width;

	if (a->vendor != b->vendor || a->device != b->device || a->class_code != b->class_code ||
	    a->subsystem_device != b->subsystem_device || a->revision != b->revision)
		return "identity";
	if (!same_link && a->link_max.speed)
		return "link";
	if (memcmp(a->bars, b->bars, sizeof(a->bars)))
		return "BARs";
	return a->port_type == b->port_type && a->numa_node == b->numa_node ? NULL : "port type or node";
}

/* A domain that tells none is read as one whose distances are unknown; its guest has QEMU's. */
static bool has_defaults(const struct hgx_node *node, size_t count)
{
	const struct hgx_memory *memory = hgx_node_memory(node);

	for (size_t i = 0; i < count; i++)
		if (memory->distances[i] != (i == memory->id ? 10 : 20))
			return false;
	return true;
}

static const char *memory_difference(const struct hgx_node *a, const struct hgx_node *b)
{
	const struct hgx_memory *x = hgx_node_memory(a), *y = hgx_node_memory(b);
	size_t count = a->topo->numa_count;

	if (x->bytes != y->bytes)
		return "memory";
	if (count < 2) /* a domain with one cell has no distances */
		return NULL;
	if (!y->distances)
		return has_defaults(a, count) ? NULL : "distances that the domain does not tell";
	if (x->distance_count != y->distance_count)
		return "number of distances";
	return memcmp(x->distances, y->distances, count * sizeof(*x->distances)) ?
		       "distances" :
		       NULL;
}

static const char *processor_difference(const struct hgx_processor *a, const struct hgx_processor *b)
{
	if (strcmp(a->arch ? a->arch : "", b->arch ? b->arch : "") || a->family != b->family ||
	    a->model != b->model || a->address_bits != b->address_bits)
		return "processor";
	return strcmp(a->vendor ? a->vendor : "", b->vendor ? b->vendor : "") ? "vendor" : NULL;
}

static const char *node_difference(const struct hgx_node *a, const struct hgx_node *b)
{
	if (hgx_node_kind(a) != hgx_node_kind(b))
		return "kind";
	if (strcmp(name_of(hgx_node_parent(a)), name_of(hgx_node_parent(b))))
		return "parent";
	if (strcmp(name_of(hgx_node_numa(a)), name_of(hgx_node_numa(b))))
		return "NUMA node";
	if (a->cpu && memcmp(a->cpu, b->cpu, sizeof(*a->cpu)))
		return "CPU";
	if (a->memory)
		return memory_difference(a, b);
	if (a->processor)
		return processor_difference(a->processor, b->processor);
	return a->pci ? pci_difference(a->pci, b->pci) : NULL;
}

/* The first difference as text, to be freed; NULL: none. */
static char *difference(const struct hgx_topo *plan, const struct hgx_topo *domain)
{
	const struct hgx_node *root = hgx_topo_root(plan);
	char *text = NULL;

	for (const struct hgx_node *n = root; n && !text; n = hgx_node_next(root, n)) {
		const struct hgx_node *other = hgx_topo_find(domain, hgx_node_name(n));
		const char *what = other ? node_difference(n, other) : "not there";

		if (what && asprintf(&text, "%s: %s", hgx_node_name(n), what) < 0)
			abort();
	}
	if (!text && plan->count != domain->count)
		text = strdup("more nodes");
	return text;
}

static char *nccl_of(const struct hgx_topo *topo)
{
	struct hgx_error err;
	char *text;

	return hgx_emit_nccl(topo, NULL, &text, &err) ? NULL : text;
}

static void expect_same(const struct hgx_plan *plan, const char *text, const char *what)
{
	struct hgx_topo *guest = guest_of(text, plan->host);
	char *nccl = nccl_of(hgx_plan_guest(plan)), *again = nccl_of(guest);
	char *differs = difference(hgx_plan_guest(plan), guest);

	must(!differs, "%s: %s\nof %.9000s", what, differs, text);
	must(!nccl == !again && (!nccl || !strcmp(nccl, again)), "%s: another NCCL file: %s\n%s", what,
	     nccl, again);
	must(hgx_topo_is_guest(guest), "%s: a host", what);
	hgx_text_free(nccl);
	hgx_text_free(again);
	hgx_topo_free(guest);
}

static void check_trial(struct trial *t)
{
	char what[40];

	snprintf(what, sizeof(what), "HGX_SEED=%llu", t->seed);
	expect_same(t->plan, t->text, what);
}

START_TEST(a_domain_of_any_plan_is_the_guest_of_that_plan)
{
	each_trial(check_trial);
}
END_TEST

static void plan_and_read(const struct hgx_topo *host, struct hgx_plan_options options,
			  const char *what)
{
	struct hgx_error err = { 0 };
	struct hgx_plan *plan;
	char *text;

	options.size = sizeof(options);
	expect_fine(hgx_plan_new(&plan, host, &options, &err), &err, what);
	expect_fine(hgx_emit_libvirt(plan, &text, &err), &err, what);
	expect_same(plan, text, what);
	hgx_text_free(text);
	hgx_plan_free(plan);
}

static const char *const machines[] = { "hgx-h200", "hgx-h200-user", "made-16-gpus",
					"made-a100-nested", "made-amd-gpus", "made-b200",
					"made-epyc-nps4", "made-odd-cpus", "made-one-gpu" };

START_TEST(a_domain_of_each_test_machine_is_the_guest_of_its_plan)
{
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		struct hgx_topo *host = machine(machines[i]);

		plan_and_read(host, (struct hgx_plan_options){ 0 }, machines[i]);
		plan_and_read(host, (struct hgx_plan_options){ .mirror = HGX_MIRROR_ROOT_COMPLEX },
			      machines[i]);
		plan_and_read(host, (struct hgx_plan_options){ .nics = "none", .smt = HGX_OFF },
			      machines[i]);
		hgx_topo_free(host);
	}
}
END_TEST

static char *file_text(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = calloc(1, 65536);

	ck_assert_msg(file && text, "%s", path);
	ck_assert_uint_gt(fread(text, 1, 65535, file), 0);
	fclose(file);
	return text;
}

START_TEST(the_users_own_devices_are_where_the_plan_says)
{
	static const char *const bases[] = { "conventional", "expander", "installed", "tiny" };
	struct hgx_topo *host = machine("hgx-h200");

	for (size_t i = 0; i < ARRAY_SIZE(bases); i++) {
		char path[64], *base;

		snprintf(path, sizeof(path), "tests/bases/%s.xml", bases[i]);
		base = file_text(path);
		plan_and_read(host, (struct hgx_plan_options){ .base = base, .gpus = "all" }, bases[i]);
		free(base);
	}
	hgx_topo_free(host);
}
END_TEST

#define CPUS "package 0 vendor=GenuineIntel family=6 model=143\nnode 0 memory=64G\ncpus 0-7 package=0 node=0\n"
#define HOST                                                                         \
	CPUS "root 0000:10 numa=0\n 10:01.0 root-port link=32x16\n  11:00.0 switch-up link=32x16\n" \
	     "   12:00.0 switch-down link=32x16\n    13:00.0 gpu link=32x16\n"               \
	     "   12:01.0 switch-down link=32x16\n    14:00.0 nic link=32x16\n"               \
	     "root 0000:20 numa=0\n 20:01.0 root-port\n  21:00.0 nic\n"

static char *replaced(const char *text, const char *old, const char *new)
{
	const char *at = strstr(text, old);
	char *copy;

	ck_assert_msg(at != NULL, "no %s in %s", old, text);
	if (asprintf(&copy, "%.*s%s%s", (int)(at - text), text, new, at + strlen(old)) < 0)
		abort();
	return copy;
}

static const struct {
	const char *old, *new, *difference;
} wrong[] = {
	{ "busNr='32'", "busNr='33'", "pci0000:20: not there" },
	{ "<node>0</node>", "", "pci0000:20: NUMA node" },
	{ "<address domain='0x0000' bus='0x13'", "<address domain='0x0000' bus='0x21'",
	  "0000:20:00.0: link" },
	{ "threads='1'/>", "threads='1'/><!-- -->", NULL },
	{ "cpus='0-6'", "cpus='0-5'", NULL }, /* the rest goes to cell 0 */
};

START_TEST(a_wrong_domain_is_noticed)
{
	struct hgx_topo *host = host_of(HOST);
	struct hgx_plan *plan = plan_of(host, 0, 0);
	struct hgx_error err;
	char *text;

	expect_fine(hgx_emit_libvirt(plan, &text, &err), &err, "libvirt");
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		char *spoilt = replaced(text, wrong[i].old, wrong[i].new);
		struct hgx_topo *guest = guest_of(spoilt, host);
		char *found = difference(hgx_plan_guest(plan), guest);

		must(wrong[i].difference ? found && !strcmp(found, wrong[i].difference) : !found,
		     "%s: %s", wrong[i].new, found);
		free(found);
		free(spoilt);
		hgx_topo_free(guest);
	}
	hgx_text_free(text);
	hgx_plan_free(plan);
	hgx_topo_free(host);
}
END_TEST

#define OS "<os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type></os>"
#define TOP OS "<features><acpi/></features>"
#define NONE "<controller type='usb' model='none'/><memballoon model='none'/>"
#define DOMAIN(top, devices) "<domain>" TOP top "<devices>" NONE devices "</devices></domain>"
#define AT(bus, slot, function) \
	"<address type='pci' bus='" #bus "' slot='" #slot "' function='" #function "'/>"
#define PORT(index, bus, slot, function)                                               \
	"<controller type='pci' index='" #index "' model='pcie-root-port'>" AT(bus, slot, function) \
		"</controller>"
#define OWN(source, more)                                                          \
	"<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='" #source \
	"' slot='0' function='0'/></source>" more "</hostdev>"

static void expect_finding(const struct hgx_topo *topo, const char *rule, const char *text)
{
	const struct hgx_finding *findings;
	size_t count = hgx_topo_findings(topo, &findings);

	for (size_t i = 0; i < count; i++)
		if (!strcmp(findings[i].rule, rule)) {
			ck_assert_str_eq(findings[i].text, text);
			return;
		}
	ck_abort_msg("no %s", rule);
}

START_TEST(a_simple_domain_needs_no_cells_and_no_host)
{
	struct hgx_topo *topo = guest_of(
		DOMAIN("<memory unit='MiB'>512</memory><vcpu current='2'>4</vcpu>",
		       PORT(1, 0, 2, 0) PORT(2, 0, 1, 0) OWN(0x13, AT(1, 0, 0))
			       "<interface type='hostdev'><source><address type='pci' bus='0x14' slot='0' "
			       "function='0'/></source>" AT(2, 0, 0) "</interface>"
			       "<disk><target dev='vda' bus='virtio'/>" AT(0, 3, 0) "</disk>"),
		NULL);
	const struct hgx_node *device = hgx_topo_find(topo, "02:00.0");

	/* slot 1 comes first, whatever its index */
	ck_assert_ptr_nonnull(device);
	ck_assert_int_eq(hgx_node_kind(device), HGX_OTHER);
	ck_assert_int_eq(hgx_node_kind(hgx_topo_find(topo, "01:00.0")), HGX_NIC);
	ck_assert_uint_eq(hgx_node_pci(hgx_topo_find(topo, "00:03.0"))->class_code, 0x010000);
	ck_assert_uint_eq(hgx_node_memory(hgx_topo_find(topo, "node0"))->bytes, 512u << 20);
	ck_assert_ptr_nonnull(hgx_topo_find(topo, "cpu1"));
	ck_assert_ptr_null(hgx_topo_find(topo, "cpu2"));
	ck_assert_str_eq(hgx_node_processor(hgx_topo_find(topo, "package1"))->arch, "x86_64");
	expect_finding(topo, "host-unknown",
		       "the kind of the host's device 0000:13:00.0 (0000:02:00.0 in the guest) is unknown: the file "
		       "for NCCL leaves it out");
	hgx_topo_free(topo);
}
END_TEST

/* An alias of ours tells the kind of a device, not its maker. */
START_TEST(without_its_host_the_file_of_a_gpu_is_said_to_be_for_nvidias)
{
	static const struct { const char *alias; bool warned; } rows[] = {
		{ "ua-gpu-0000_13_00_0", true }, { "ua-nic-0000_13_00_0", false }, { "ua-gpu-mine", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct hgx_finding *findings;
		struct hgx_topo *topo;
		char domain[2048];
		size_t count;
		bool found = false;

		snprintf(domain, sizeof(domain), DOMAIN("", PORT(1, 0, 2, 0) "<hostdev type='pci'><source>"
			 "<address domain='0' bus='0x13' slot='0' function='0'/></source><alias name='%s'/>"
			 AT(1, 0, 0) "</hostdev>"), rows[i].alias);
		topo = guest_of(domain, NULL);
		count = hgx_topo_findings(topo, &findings);
		for (size_t f = 0; f < count; f++)
			found |= !strcmp(findings[f].rule, "host-unknown") &&
				 strstr(findings[f].remedy, "; without it, the file is one for NVIDIA's GPUs: RCCL "
				 "refuses it if they are AMD's");
		ck_assert_msg(found == rows[i].warned, "%s", rows[i].alias);
		hgx_topo_free(topo);
	}
}
END_TEST

START_TEST(with_its_host_a_device_is_what_it_is_there)
{
	struct hgx_topo *host = host_of(HOST), *topo;
	const struct hgx_pci *gpu, *port;

	topo = guest_of(DOMAIN("<cpu mode='host-passthrough'/>",
			       PORT(1, 0, 2, 0) OWN(0x13, AT(1, 0, 0)) PORT(2, 0, 3, 0)
				       OWN(0x77, AT(2, 0, 0))),
			host);
	hgx_topo_free(host); /* it does not need the host any more */
	gpu = hgx_node_pci(hgx_topo_find(topo, "01:00.0"));
	port = hgx_node_pci(hgx_topo_find(topo, "00:02.0"));
	ck_assert_int_eq(hgx_node_kind(hgx_topo_find(topo, "01:00.0")), HGX_GPU);
	ck_assert_uint_eq(gpu->link_max.speed, 32000);
	ck_assert_uint_eq(port->link_max.width, 16);
	ck_assert_int_eq(hgx_node_processor(hgx_topo_find(topo, "package0"))->model, 143);
	ck_assert_str_eq(hgx_node_processor(hgx_topo_find(topo, "package0"))->vendor, "GenuineIntel");
	expect_finding(topo, "host-device-missing",
		       "devices that the domain assigns and this host does not have: 1 (the first is the "
		       "<hostdev> in line 1); what they are is unknown");
	hgx_topo_free(topo);
}
END_TEST

START_TEST(without_a_host_aliases_tell_kinds_and_the_file_has_no_links)
{
	struct hgx_topo *host = host_of(HOST), *topo;
	struct hgx_plan *plan = plan_of(host, 0, 0);
	const struct hgx_node *root = hgx_topo_root(hgx_plan_guest(plan));
	struct hgx_error err;
	char *text, *nccl;

	expect_fine(hgx_emit_libvirt(plan, &text, &err), &err, "libvirt");
	topo = guest_of(text, NULL);
	for (const struct hgx_node *n = root; n; n = hgx_node_next(root, n))
		ck_assert_int_eq(hgx_node_kind(hgx_topo_find(topo, hgx_node_name(n))), hgx_node_kind(n));
	expect_fine(hgx_emit_nccl(topo, NULL, &nccl, &err), &err, "nccl");
	ck_assert_ptr_nonnull(strstr(nccl, "<pci busid=\"0000:23:00.0\" class=\"0x030000\"/>"));
	ck_assert_ptr_null(strstr(nccl, "link_speed"));
	hgx_text_free(nccl);
	hgx_topo_free(topo);
	hgx_text_free(text);
	hgx_plan_free(plan);
	hgx_topo_free(host);
}
END_TEST

START_TEST(what_is_not_certain_is_reported)
{
	static const struct {
		const char *text, *rule, *sentence;
	} cases[] = {
		{ DOMAIN("", "\n<disk><target dev='vda'/></disk><rng/>"), "libvirt-places",
		  "without a PCI address: 2 of the domain's devices and controllers (the first is the "
		  "<disk> in line 2) and 3 that libvirt will add; they are assumed where libvirt 9.0 puts "
		  "them" },
		{ "<domain>" TOP "<devices/></domain>", "libvirt-places",
		  "devices and controllers that libvirt will add when it defines the domain: 5; they are "
		  "assumed where libvirt 9.0 puts them" },
		{ "<domain>" OS "<devices>" NONE "</devices></domain>", "acpi-missing",
		  "the domain has no <acpi/>: its guest sees no NUMA nodes" },
		{ DOMAIN("", PORT(1, 0, 2, 1)), "base-unseen",
		  "the domain has a device in function 1 of slot 2 on PCI controller 0 but none in "
		  "function 0: guests do not look there" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct hgx_topo *topo = guest_of(cases[i].text, NULL);

		expect_finding(topo, cases[i].rule, cases[i].sentence);
		hgx_topo_free(topo);
	}
}
END_TEST

#define CELLS(inside) DOMAIN("<vcpu>4</vcpu><cpu><numa>" inside "</numa></cpu>", "")
#define PXB(target)                                                                   \
	"<controller type='pci' index='1' model='pcie-expander-bus'><target " target "</target>" \
		AT(0, 5, 0) "</controller>"

static const struct {
	const char *text;
	int code;
	const char *sentence;
} refused[] = {
	{ "", HGX_SYNTAX, NULL },
	{ "<domain", HGX_SYNTAX, NULL },
	{ "<!DOCTYPE domain [<!ENTITY a 'b'>]><domain/>", HGX_REFUSED, NULL },
	{ "<domainsnapshot/>", HGX_SYNTAX,
	  "vm.xml:1: the root element is <domainsnapshot>, not <domain>; give a domain as virsh dumpxml "
	  "writes it" },
	{ "<domain>" OS "</domain>", HGX_BROKEN,
	  "vm.xml:1: the domain has no <devices>; give a complete domain, as virsh dumpxml writes it" },
	{ "<domain type='hvf'>" OS "<devices/></domain>", HGX_REFUSED,
	  "vm.xml:1: domain type 'hvf' is not supported; it must be 'kvm' or 'qemu'" },
	{ "<domain><os><type machine='pc-i440fx-7.2'>hvm</type></os><devices/></domain>", HGX_REFUSED,
	  "vm.xml:1: machine type pc-i440fx-7.2 is not supported; only q35 domains can be read" },
	{ "<domain><os><type>exe</type></os><devices/></domain>", HGX_REFUSED,
	  "vm.xml:1: <os><type> is not hvm; only fully virtualized q35 domains can be read" },
	{ "<domain><os><type arch='aarch64' machine='virt'>hvm</type></os><devices/></domain>",
	  HGX_REFUSED, "vm.xml:1: architecture aarch64 is not supported; only x86_64 domains can be read" },
	{ DOMAIN("<vcpu>0</vcpu>", ""), HGX_BROKEN, "vm.xml:1: <vcpu> is '0'; it must be a number from 1 "
	  "to 4096" },
	{ DOMAIN("<vcpu>99999</vcpu>", ""), HGX_BROKEN,
	  "vm.xml:1: <vcpu> is '99999'; it must be a number from 1 to 4096" },
	{ DOMAIN("<vcpu current='5'>4</vcpu>", ""), HGX_BROKEN,
	  "vm.xml:1: current='5' must be a number from 1 to 4" },
	{ DOMAIN("<vcpu>4</vcpu><cpu><topology sockets='3' cores='1' threads='1'/></cpu>", ""),
	  HGX_BROKEN,
	  "vm.xml:1: its sockets, dies, cores and threads give 3 CPUs, but <vcpu> says 4" },
	{ DOMAIN("<cpu><topology sockets='0'/></cpu>", ""), HGX_BROKEN,
	  "vm.xml:1: sockets='0' must be a number from 1 to 4096" },
	{ CELLS("<cell id='1' cpus='0-3' memory='1'/>"), HGX_BROKEN,
	  "vm.xml:1: id='1' of a NUMA cell is not valid; 1 cells are numbered from 0 to 0" },
	{ CELLS("<cell cpus='0-4' memory='1'/>"), HGX_BROKEN,
	  "vm.xml:1: cpus='0-4' must be an ascending list of vCPUs below 4 that are in no other cell" },
	{ CELLS("<cell cpus='0-3' memory='1'/><cell cpus='3'/>"), HGX_BROKEN,
	  "vm.xml:1: cpus='3' must be an ascending list of vCPUs below 4 that are in no other cell" },
	{ CELLS("<cell memory='much'/>"), HGX_BROKEN, "vm.xml:1: 'much' is not a size in KiB" },
	{ CELLS("<cell><distances><sibling id='1' value='10'/></distances></cell>"), HGX_BROKEN,
	  "vm.xml:1: a distance needs the id of a cell and a value from 10 to 255" },
	{ DOMAIN("", PXB("busNr='8'><node>1</node>")), HGX_BROKEN,
	  "vm.xml: the expander bus of controller 1 belongs to a NUMA cell that does not exist; the domain "
	  "has 1, numbered from 0" },
	{ DOMAIN("", PXB("busNr='1'>") PORT(2, 0, 2, 0)), HGX_LIMIT,
	  "vm.xml: the expander bus of controller 1 has busNr 1 and needs 1 bus, but a guest has 256 and "
	  "those below 2 are taken; change its busNr" },
	{ DOMAIN("", PXB("busNr='255'>")), HGX_BROKEN,
	  "vm.xml:1: <controller>: an expander bus must sit on bus 0 and have a busNr from 1 to 254" },
	{ DOMAIN("", "<controller type='pci' index='0' model='pcie-root'/>"
	  "<controller type='pci' index='1' model='pcie-root-port'><model name='x3130-root'/>" AT(0, 1, 0)
	  "</controller>"), HGX_REFUSED,
	  "vm.xml:1: <controller>: PCI controller 1 is a pcie-root-port, and none of those is called "
	  "'x3130-root' (<model name>); the name of this model is 'pcie-root-port'" },
	{ DOMAIN("", PORT(1, 2, 0, 0) PORT(2, 1, 0, 0)), HGX_BROKEN,
	  "vm.xml:1: <controller>: the PCI controllers above it form a ring" },
};

START_TEST(what_is_not_such_a_domain_is_refused)
{
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		struct hgx_topo *topo;
		struct hgx_error err;
		int code = read_domain(&topo, refused[i].text, NULL, &err);

		if (refused[i].sentence)
			expect_error(code, &err, refused[i].code, refused[i].sentence);
		ck_assert_msg(code == refused[i].code, "%s: %d %s", refused[i].text, code, err.text);
		ck_assert_ptr_null(topo);
	}
}
END_TEST

START_TEST(options_of_other_versions_and_guests_as_hosts_are_refused)
{
	struct hgx_topo *host = host_of(HOST), *topo;
	struct hgx_plan *plan = plan_of(host, 0, 0);
	struct hgx_domain_options options = { .size = 1 };
	struct hgx_error err;

	expect_error(hgx_topo_from_domain(&topo, "<a/>", 4, NULL, &options, &err), &err, HGX_INVALID,
		     "the size of an options struct is 1; set it to sizeof the struct");
	options = (struct hgx_domain_options){ .size = sizeof(options), .host = hgx_plan_guest(plan) };
	expect_error(hgx_topo_from_domain(&topo, "<a/>", 4, NULL, &options, &err), &err, HGX_INVALID,
		     "the host of a domain cannot be a guest; give the machine it runs on");
	ck_assert_ptr_null(topo);
	expect_error(hgx_topo_from_domain(&topo, "<a/>", 4, NULL, NULL, &err), &err, HGX_SYNTAX,
		     "the domain:1: the root element is <a>, not <domain>; give a domain as virsh "
		     "dumpxml writes it");
	hgx_plan_free(plan);
	hgx_topo_free(host);
}
END_TEST

static const char *const scraps[] = {
	"0", "1", "255", "256", "4294967296", "-1", "0xffffffffffffffffff", "", "'", "<", "/>",
	"<cell cpus='0' memory='1'/>", "<node>9</node>", PORT(250, 0, 9, 7), OWN(0x13, AT(1, 0, 0)),
	"pcie-expander-bus", "pcie-root", "pcie-switch-upstream-port", "pci-bridge", "q35", "none",
	"<vcpus><vcpu id='0' enabled='no'/></vcpus>", "<distances><sibling id='0' value='11'/></distances>",
	"<memory model='dimm'><target><size>1</size><node>0</node></target></memory>",
};

/* In one or a few places, a scrap replaces some bytes or a number. */
static char *mutated(const char *text, uint64_t *random)
{
	char *copy = strdup(text);

	for (unsigned times = 1 + random_below(random, 3); times; times--) {
		size_t length = strlen(copy), at = random_below(random, (unsigned)length);
		const char *scrap = scraps[random_below(random, ARRAY_SIZE(scraps))];
		size_t gone = random_below(random, 4) ? 0 : random_below(random, 40);
		char *next;

		if (random_chance(random, 70) && strpbrk(copy + at, "0123456789")) {
			at = (size_t)(strpbrk(copy + at, "0123456789") - copy);
			gone = strspn(copy + at, "0123456789");
		} else if (random_chance(random, 60) && strchr(copy + at, '>')) {
			at = (size_t)(strchr(copy + at, '>') - copy) + 1;
		}
		gone = gone < length - at ? gone : length - at;
		if (asprintf(&next, "%.*s%s%s", (int)at, copy, scrap, copy + at + gone) < 0)
			abort();
		free(copy);
		copy = next;
		if (!*copy)
			break;
	}
	return copy;
}

/* Whatever can be read can be written and read again. */
static void use(struct hgx_topo *topo, const char *text)
{
	struct hgx_topo *again;
	struct hgx_error err;
	char *json;

	expect_fine(hgx_emit_json(topo, &json, &err), &err, "json");
	must(!hgx_topo_from_json(&again, json, strlen(json), "json", &err), "%s\nof %.9000s", err.text,
	     text);
	hgx_topo_free(again);
	hgx_text_free(json);
	hgx_text_free(nccl_of(topo));
}

START_TEST(spoilt_domains_are_read_or_refused)
{
	struct hgx_topo *host = host_of(HOST), *topo;
	struct hgx_plan *plan = plan_of(host, 0, 0);
	uint64_t list[2];
	size_t count = seeds(list, 1);
	unsigned read = 0;
	struct hgx_error err;
	char *text;

	expect_fine(hgx_emit_libvirt(plan, &text, &err), &err, "libvirt");
	for (size_t i = 0; i < count; i++) {
		uint64_t random = random_state(list[i]);

		for (unsigned n = 0; n < 1500; n++) {
			char *spoilt = mutated(text, &random);
			int code = read_domain(&topo, spoilt, n % 2 ? host : NULL, &err);

			must(!code == (topo != NULL), "%d", code);
			must(!code || (*err.text && err.code == code && code != HGX_NO_MEMORY),
			     "%d '%s' of %s", code, err.text, spoilt);
			if (!code)
				use(topo, spoilt);
			read += !code;
			hgx_topo_free(topo);
			free(spoilt);
		}
	}
	must(read > 150, "only %u were read", read);
	hgx_text_free(text);
	hgx_plan_free(plan);
	hgx_topo_free(host);
}
END_TEST

START_TEST(no_text_and_an_empty_one_are_refused)
{
	struct hgx_topo *topo = (struct hgx_topo *)"x";
	struct hgx_error err = { 0 };

	expect_error(hgx_topo_from_domain(&topo, NULL, 9, "vm.xml", NULL, &err), &err, HGX_INVALID,
		     "vm.xml: no text given");
	ck_assert_ptr_null(topo);
	expect_error(hgx_topo_from_domain(&topo, NULL, 0, NULL, NULL, &err), &err, HGX_INVALID,
		     "the domain: no text given");
	topo = (struct hgx_topo *)"x";
	/* a length of 0 is one: what is behind it is not read */
	ck_assert_int_eq(hgx_topo_from_domain(&topo, "<domain/>", 0, "vm.xml", NULL, &err), HGX_SYNTAX);
	ck_assert_ptr_null(topo);
}
END_TEST

int main(void)
{
	int status;

	roots_begin(machines, ARRAY_SIZE(machines));
	seeds_begin();
	status = RUN("domain", a_domain_of_any_plan_is_the_guest_of_that_plan,
		     a_domain_of_each_test_machine_is_the_guest_of_its_plan,
		     the_users_own_devices_are_where_the_plan_says, a_wrong_domain_is_noticed,
		     a_simple_domain_needs_no_cells_and_no_host,
		     without_its_host_the_file_of_a_gpu_is_said_to_be_for_nvidias,
		   with_its_host_a_device_is_what_it_is_there,
		     without_a_host_aliases_tell_kinds_and_the_file_has_no_links,
		     what_is_not_certain_is_reported, what_is_not_such_a_domain_is_refused,
		     options_of_other_versions_and_guests_as_hosts_are_refused,
		     spoilt_domains_are_read_or_refused, no_text_and_an_empty_one_are_refused);
	tree_end();
	return status;
}
