/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The mirror in a user's domain: what is replaced, what stays, what is refused. */
#include "support.h"

#define CPUS "package 0 vendor=GenuineIntel\nnode 0 memory=64G\ncpus 0-7 package=0 node=0\n"
#define GROUP                                                                        \
	"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 switch-up\n   12:00.0 switch-down\n" \
	"    13:00.0 gpu\n   12:01.0 switch-down\n    14:00.0 nic\n"
#define HOST CPUS GROUP "root 0000:20 numa=0\n 20:01.0 root-port\n  21:00.0 nic\n"

#define TYPE "<os><type arch='x86_64' machine='q35'>hvm</type></os>"
#define REST "<controller type='usb' model='none'/><memballoon model='none'/>"
#define DOMAIN(inside) "<domain type='kvm'>" TYPE "<devices>" REST inside "</devices></domain>"
#define AT(bus, slot, function) \
	"<address type='pci' bus='" #bus "' slot='" #slot "' function='" #function "'/>"
#define PORT(index, bus, slot, function)                                               \
	"<controller type='pci' index='" #index "' model='pcie-root-port'>" AT(bus, slot, function) \
		"</controller>"
#define OWN(source, address)                                                       \
	"<hostdev mode='subsystem' type='pci'><source><address domain='0' bus='0x" #source \
	"' slot='0' function='0'/></source>" address "</hostdev>"

static int plan_with(struct hgx_plan **out, const struct hgx_topo *host, const char *base,
		     struct hgx_error *err)
{
	struct hgx_plan_options options = { .size = sizeof(options), .base = base, .gpus = "all",
					    .base_length = strlen(base), .base_name = "vm.xml" };

	memset(err, 0, sizeof(*err));
	return hgx_plan_new(out, host, &options, err);
}

static char *emit(const struct hgx_plan *plan)
{
	struct hgx_error err = { 0 };
	char *text;

	expect_fine(hgx_emit_libvirt(plan, &text, &err), &err, "libvirt");
	return text;
}

static char *filter(const struct hgx_topo *host, const char *base)
{
	struct hgx_plan *plan;
	struct hgx_error err;
	char *text;

	must(!plan_with(&plan, host, base, &err), "%s\nof: %.2000s", err.text, base);
	text = emit(plan);
	hgx_plan_free(plan);
	return text;
}

/* With all vCPUs and all memory of the host in place of the domain's own. */
static char *filter_all(const struct hgx_topo *host, const char *base)
{
	struct hgx_plan_options options = { .size = sizeof(options), .base = base, .base_name = "vm.xml",
					    .vcpus = HGX_VCPUS_ALL, .memory = HGX_MEMORY_ALL,
					    .gpus = "all" };
	struct hgx_error err = { 0 };
	struct hgx_plan *plan;
	char *text;

	expect_fine(hgx_plan_new(&plan, host, &options, &err), &err, base);
	text = emit(plan);
	hgx_plan_free(plan);
	return text;
}

static void expect_stable(const struct hgx_topo *host, const char *base)
{
	char *once = filter(host, base), *twice = filter(host, once);
	size_t same = 0;

	while (once[same] && once[same] == twice[same])
		same++;
	must(once[same] == twice[same], "was: %.200s\n\nbecame: %.200s\n\nof: %.2000s",
	     once + (same < 60 ? 0 : same - 60), twice + (same < 60 ? 0 : same - 60), base);
	free(once);
	free(twice);
}

static void expect_part(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part) != NULL, "no %s in\n%s", part, text);
}

static size_t count_of(const char *text, const char *part)
{
	size_t count = 0;

	for (; (text = strstr(text, part)) != NULL; text++)
		count++;
	return count;
}

START_TEST(an_emitted_domain_as_base_does_not_change)
{
	static const char *const hosts[] = {
		HOST,
		CPUS GROUP,
		"package 0 vendor=AuthenticAMD\nnode 0 memory=64G distances=10,21\n"
		"node 1 memory=64G distances=21,10\ncpus 0-7 package=0 node=0 threads=2\n"
		"cpus 8-15 package=0 node=1 threads=2\n" GROUP
		"root 0000:80 numa=1\n 80:01.0 root-port\n  81:00.0 gpu\n",
		"package 0 vendor=GenuineIntel\nnode 0 memory=640G\ncpus 0-287 package=0 node=0\n" GROUP,
	};

	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
		struct hgx_topo *host = host_of(hosts[i]);
		struct hgx_plan *plan = plan_of(host, 0, 0);
		char *plain = emit(plan), *again = filter(host, plain);

		ck_assert_str_eq(plain, again);
		free(plain);
		free(again);
		hgx_plan_free(plan);
		hgx_topo_free(host);
	}
}
END_TEST

static const char own_things[] =
	"<?xml version=\"1.0\"?>\n<!-- of <team> \"storage\" -->\n"
	"<domain  type=\"kvm\"\n   xmlns:a='urn:a'>\n"
	"   <!-- the name --><name>odd &amp; even</name>\n"
	"   <uuid>5a0bb2a3-8d0b-4b6e-9f6f-0d3c6a5b1c11</uuid>\n"
	"   <metadata><a:note key=\"x>y\">\t<![CDATA[ <vcpu>9</vcpu> ]]> &#x41;</a:note></metadata>\n"
	"   <memory unit='GiB'>1</memory>\n"
	"   <memoryBacking>\n      <source type='memfd'/>\n      <access mode='shared'/>\n"
	"   </memoryBacking>\n"
	"   <vcpu>2</vcpu>\n"
	"   <cputune>\n      <shares>2048</shares>\n      <vcpupin vcpu='0' cpuset='1'/>\n"
	"      <!-- mine -->\n   </cputune>\n"
	"   " TYPE "\n   <features>\n      <acpi/>\n      <kvm><hidden state='on'/></kvm>\n   </features>\n"
	"   <cpu mode='host-passthrough' migratable='off'>\n      <topology sockets='1' cores='2' threads='1'/>\n"
	"      <feature policy='disable' name='svm'/>\n   </cpu>\n"
	"   <devices>\n      " REST "\n"
	"      <disk type='file'><source file='/a  b'/><target dev='vda' bus='virtio'/></disk>\n"
	"      <a:unknown>&#10;</a:unknown>\n   </devices>\n</domain>\n<!-- end -->\n";

static const char *const own_parts[] = {
	"<?xml version=\"1.0\"?>\n<!-- of <team> \"storage\" -->\n<domain",
	"  type=\"kvm\"\n   xmlns:a='urn:a'>\n   <!-- the name --><name>odd &amp; even</name>\n"
	"   <uuid>5a0bb2a3-8d0b-4b6e-9f6f-0d3c6a5b1c11</uuid>\n"
	"   <metadata><a:note key=\"x>y\">\t<![CDATA[ <vcpu>9</vcpu> ]]> &#x41;</a:note></metadata>\n"
	"   <memory unit='GiB'>1</memory>\n"
	"   <memoryBacking>\n      <source type='memfd'/>\n      <access mode='shared'/>\n"
	"   </memoryBacking>\n   <vcpu>2</vcpu>\n   <cputune>\n"
	"      <shares>2048</shares>\n      <vcpupin vcpu='0' cpuset='1'/>\n"
	"      <!-- mine -->\n   </cputune>\n   <numatune>\n"
	"      <memory mode='strict' nodeset='0'/>\n",
	"   </numatune>\n   " TYPE "\n   <features>\n      <acpi/>\n"
	"      <kvm><hidden state='on'/></kvm>\n   </features>\n"
	"   <cpu mode='host-passthrough' migratable='off'>\n"
	"      <topology sockets='1' cores='2' threads='1'/>\n"
	"      <feature policy='disable' name='svm'/>\n",
	"   <devices>\n      " REST "\n"
	"      <disk type='file'><source file='/a  b'/><target dev='vda' bus='virtio'/></disk>\n"
	"      <a:unknown>&#10;</a:unknown>\n      <!-- hgxtopo: 8 free root ports",
	"   </devices>\n", "</domain>\n<!-- end -->\n",
};

START_TEST(what_the_plan_does_not_decide_stays_byte_for_byte)
{
	struct hgx_topo *host = host_of(HOST);
	char *text = filter(host, own_things), *at = text;

	for (size_t i = 0; i < ARRAY_SIZE(own_parts); i++) {
		char *found = strstr(at, own_parts[i]);

		ck_assert_msg(found != NULL, "no %s\nin %s", own_parts[i], at);
		at = found + strlen(own_parts[i]);
	}
	ck_assert_str_eq(at, "");
	free(text);
	expect_stable(host, own_things);
	hgx_topo_free(host);
}
END_TEST

/* The text with every line ending replaced, or without any. */
static char *with_line_ends(const char *text, const char *end)
{
	char *all = NULL;
	size_t size;
	FILE *to = open_memstream(&all, &size);

	for (; *text; text++)
		if (*text == '\n')
			fputs(end, to);
		else
			fputc(*text, to);
	fclose(to);
	return all;
}

START_TEST(every_style_of_writing_is_preserved)
{
	static const char *const ends[] = { "\r\n", " ", "\n\n", "\n\t" };
	struct hgx_topo *host = host_of(HOST);

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		char *base = with_line_ends(own_things, ends[i]), *text;

		expect_stable(host, base);
		text = filter(host, base);
		if (ends[i][0] == '\r')
			ck_assert_uint_eq(count_of(text, "\n"), count_of(text, "\r\n"));
		if (ends[i][0] == ' ')
			ck_assert_ptr_null(strchr(text, '\n'));
		free(text);
		free(base);
	}
	hgx_topo_free(host);
}
END_TEST

START_TEST(empty_elements_are_opened)
{
	struct hgx_topo *host = host_of(HOST);
	const char *base = "<domain>\n  " TYPE "\n  <cputune />\n  <features/>\n"
			   "  <cpu mode='maximum'/>\n  <devices></devices>\n</domain>\n";
	char *text = filter(host, base);

	expect_part(text, "  <cputune>\n    <!-- hgxtopo: cell 0: cores of host node0 -->\n");
	expect_part(text, "    <emulatorpin cpuset='0'/>\n  </cputune>\n  <numatune>\n");
	expect_part(text, "  <features>\n    <acpi/>\n  </features>\n  <cpu mode='maximum'>\n"
			  "    <topology ");
	expect_part(text, "    </numa>\n  </cpu>\n  <devices>\n    <!-- hgxtopo: 8 free");
	expect_part(text, "    </hostdev>\n  </devices>\n");
	expect_stable(host, base);
	free(text);
	hgx_topo_free(host);
}
END_TEST

static const struct {
	const char *base;
	int code;
	const char *sentence;
} refused[] = {
	{ "<vm/>", HGX_SYNTAX,
	  "vm.xml:1: the root element is <vm>, not <domain>; give a domain as virsh dumpxml writes it" },
	{ "<domain xmlns='urn:x'/>", HGX_SYNTAX,
	  "vm.xml:1: the root element is in the namespace urn:x, but a libvirt domain has none; give a "
	  "domain as virsh dumpxml writes it" },
	{ "<domain>" TYPE "</domain>", HGX_BROKEN,
	  "vm.xml:1: the domain has no <devices>; give a complete domain, as virsh dumpxml writes it" },
	{ "<domain><devices/></domain>", HGX_REFUSED,
	  "vm.xml:1: <os><type> is not hvm; the mirror needs a fully virtualized machine" },
	{ "<domain type='xen'>" TYPE "<devices/></domain>", HGX_REFUSED,
	  "vm.xml:1: domain type 'xen' is not supported; it must be 'kvm' or 'qemu'" },
	{ "<domain type=''>" TYPE "<devices/></domain>", HGX_REFUSED,
	  "vm.xml:1: domain type '' is not supported; it must be 'kvm' or 'qemu'" },
	{ "<domain>\n<os><type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type></os><devices/></domain>",
	  HGX_REFUSED,
	  "vm.xml:2: machine type pc-i440fx-7.2 is not supported; the host's PCIe tree can only be "
	  "mirrored on a q35: make a new domain with machine='q35' (addresses will differ)" },
	{ "<domain><os><type>hvm</type></os><devices/></domain>", HGX_REFUSED,
	  "vm.xml:1: <os><type> does not name a machine, and libvirt's default has no PCI Express; write "
	  "machine='q35'" },
	{ "<domain><os><type arch='aarch64' machine='virt'>hvm</type></os><devices/></domain>",
	  HGX_REFUSED,
	  "vm.xml:1: architecture aarch64 is not supported; VMs are planned for x86_64 only" },
	{ DOMAIN(PORT(3, 0, 2, 0) PORT(3, 0, 3, 0)), HGX_BROKEN,
	  "vm.xml:1: <controller>: another PCI controller has index 3" },
	{ DOMAIN(PORT(300, 0, 2, 0)), HGX_BROKEN,
	  "vm.xml:1: index='300' of a PCI controller must be a number up to 255" },
	{ DOMAIN(PORT(3, 0, 32, 0)), HGX_BROKEN,
	  "vm.xml:1: slot='32' is not valid in a PCI address of a q35; it must be a number up to 31" },
	{ DOMAIN(PORT(3, 0, 2, 0) PORT(4, 0, 2, 0)), HGX_BROKEN,
	  "vm.xml:1: <controller>: another device (line 1) has the same address, slot 2 function 0 of PCI "
	  "controller 0" },
	{ DOMAIN(PORT(3, 4, 0, 0) PORT(4, 3, 0, 0)), HGX_BROKEN,
	  "vm.xml:1: <controller>: the PCI controllers above it form a ring" },
	{ DOMAIN("<controller type='pci' index='1' model='pcie-expander-bus'/>"), HGX_REFUSED,
	  "vm.xml:1: <controller>: this expander bus has no bus number (<target busNr='…'/>), and what "
	  "libvirt would choose depends on those of the mirror; give it one" },
	{ DOMAIN("<controller type='pci' index='1' model='pcie-switch-downstream-port'/>"), HGX_REFUSED,
	  "vm.xml:1: <controller>: this port has no <address>, and libvirt could put it on a switch of "
	  "the mirror; give it one" },
	{ DOMAIN("<controller type='pci' index='1' model='pcie-expander-bus'><target busNr='64'>"
		 "<node>1</node></target>" AT(0, 5, 0) "</controller>"), HGX_REFUSED,
	  "vm.xml:1: <controller>: it belongs to guest NUMA node 1, but the mirror has 1, numbered from 0; "
	  "change its <node>" },
	{ DOMAIN("<controller type='pci' index='1' model='pcie-expander-bus'><target busNr='1'/>"
		 AT(0, 5, 0) "</controller>" PORT(2, 0, 4, 0)), HGX_LIMIT,
	  "vm.xml: the expander bus of controller 1 has busNr 1 and needs 1 bus, but a guest has 256 and "
	  "those below 2 are taken; change its busNr" },
	{ DOMAIN("\n<controller type='pci' index='1' model='pcie-root-port'><alias "
		 "name='ua-port-0000_13_00'/>" AT(0, 2, 0) "</controller>\n<disk>" AT(1, 0, 0) "</disk>"),
	  HGX_REFUSED,
	  "vm.xml:3: <disk>: it sits on PCI controller 1 (ua-port-0000_13_00), which belongs to the mirror "
	  "and is rewritten; remove its <address>, and libvirt puts it on a free root port" },
	{ "<domain xmlns:qemu='urn:x'>" TYPE "<devices/></domain>", HGX_REFUSED,
	  "vm.xml:1: xmlns:qemu is 'urn:x', but libvirt's is http://libvirt.org/schemas/domain/qemu/1.0; "
	  "use another prefix for yours" },
	{ "<domain><maxMemory unit='GiB'>1</maxMemory>" TYPE "<devices/></domain>", HGX_REFUSED,
	  "vm.xml:1: <maxMemory> is 1 GiB, less than the 56 GiB of the mirror; raise it or remove it" },
	{ "<domain><iothreads>many</iothreads>" TYPE "<devices/></domain>", HGX_BROKEN,
	  "vm.xml:1: <iothreads> is 'many'; it must be a number up to 1024" },
	{ DOMAIN(OWN(13, "") "\n" OWN(13, "")), HGX_BROKEN,
	  "vm.xml:2: <hostdev>: the <hostdev> in line 1 assigns the same device, 0000:13:00.0; remove one of "
	  "them" },
};

START_TEST(a_base_that_cannot_take_the_mirror_is_refused)
{
	struct hgx_topo *host = host_of(HOST);

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		struct hgx_plan *plan;
		struct hgx_error err;

		expect_error(plan_with(&plan, host, refused[i].base, &err), &err, refused[i].code,
			     refused[i].sentence);
		ck_assert_ptr_null(plan);
	}
	hgx_topo_free(host);
}
END_TEST

/* What is replaced has to be known. */
START_TEST(pages_of_other_sizes_cannot_go_to_other_cells)
{
	static const char base[] = "<domain><memoryBacking><hugepages><page size='64' unit='KiB'/></hugepages>"
				   "</memoryBacking>" TYPE "<devices/></domain>";
	struct hgx_plan_options options = { .size = sizeof(options), .base = base, .base_name = "vm.xml",
					    .vcpus = HGX_VCPUS_ALL };
	struct hgx_topo *host = host_of(HOST);
	struct hgx_error err = { 0 };
	struct hgx_plan *plan;

	expect_error(hgx_plan_new(&plan, host, &options, &err), &err, HGX_REFUSED,
		     "vm.xml:1: the pages of <hugepages> are not all 2 MiB or all 1 GiB; set the page size of "
		     "the mirror with hugepages");
	hgx_topo_free(host);
}
END_TEST

static const struct {
	const char *devices;
	unsigned spares;
} wants[] = {
	{ REST, 0 },
	{ "", 8 }, /* libvirt adds a USB controller and a balloon */
	{ REST PORT(1, 0, 2, 0) "<disk><target dev='vda' bus='virtio'/></disk>", 0 },
	{ REST PORT(1, 0, 2, 0) "<disk><target dev='vda'/></disk><disk><target dev='vdb'/></disk>", 8 },
	{ REST "<disk><target dev='sda' bus='sata'/></disk>", 0 },
	{ REST "<interface type='user'><model type='virtio'/>" AT(0, 5, 0) "</interface>", 0 },
	{ REST "<interface type='user'><model type='virtio'/></interface>", 8 },
	{ REST "<interface type='user'><model type='rtl8139'/></interface>", 8 },
	{ REST "<video><model type='virtio'/></video>", 0 },
	{ REST "<sound model='ich9'/><tpm/><serial type='pty'/>", 0 },
	{ REST "<channel type='unix'><target type='virtio'/></channel>", 8 },
	{ REST "<rng model='virtio'/><rng model='virtio'/><rng model='virtio'/><rng model='virtio'/>"
	       "<rng model='virtio'/><rng model='virtio'/><rng model='virtio'/><rng model='virtio'/>"
	       "<rng model='virtio'/>", 16 },
	{ REST "<controller type='pci' model='pcie-root-port'/><rng/>", 0 },
	/* controllers 1 to 199 would be libvirt's, except the 5 of the mirror */
	{ REST PORT(200, 0, 2, 0), 199 - 5 },
};

START_TEST(spare_ports_are_as_many_as_devices_need)
{
	struct hgx_topo *host = host_of(CPUS GROUP);

	for (size_t i = 0; i < ARRAY_SIZE(wants); i++) {
		char base[3000], *text;

		snprintf(base, sizeof(base), "<domain>" TYPE "<devices>%s</devices></domain>",
			 wants[i].devices);
		text = filter(host, base);
		ck_assert_msg(count_of(text, "'ua-spare-") == wants[i].spares, "%zu: %s",
			      count_of(text, "'ua-spare-"), wants[i].devices);
		free(text);
		expect_stable(host, base);
	}
	hgx_topo_free(host);
}
END_TEST

static char *filter_with(const struct hgx_topo *host, struct hgx_plan_options options)
{
	struct hgx_error err = { 0 };
	struct hgx_plan *plan;
	char *text;

	options.size = sizeof(options);
	expect_fine(hgx_plan_new(&plan, host, &options, &err), &err, options.base);
	text = emit(plan);
	hgx_plan_free(plan);
	return text;
}

/* The user's element, with another address. */
START_TEST(a_device_of_the_user_keeps_its_element)
{
	struct hgx_topo *host = host_of(HOST);
	const char *base = DOMAIN("\n" PORT(1, 0, 2, 0) "\n"
				  "  <hostdev managed=\"no\" mode='subsystem'  type='pci'>\n"
				  "    <boot order='1'/><!-- mine -->\n    <source writeFiltering='no'>\n"
				  "      <address domain='0' bus='0x13' slot='0' function='0'/>\n"
				  "    </source>\n    " AT(1, 0, 0) "\n    <rom bar='off'/>\n  </hostdev>\n"
				  "  <interface type='hostdev'><source><address bus='0x14' slot='0x0'/>"
				  "</source><alias name='ua-net'/></interface>\n");
	const struct hgx_node *gpu;
	struct hgx_plan *plan;
	struct hgx_error err;
	char *text;

	expect_fine(plan_with(&plan, host, base, &err), &err, base);
	gpu = hgx_plan_guest_of(plan, hgx_topo_find(host, "0000:13:00.0"));
	ck_assert_ptr_nonnull(gpu);
	ck_assert_int_eq(hgx_node_kind(hgx_node_parent(gpu)), HGX_SWITCH_DOWN);
	ck_assert_ptr_nonnull(hgx_plan_guest_of(plan, hgx_topo_find(host, "0000:14:00.0")));
	ck_assert_ptr_null(hgx_plan_guest_of(plan, hgx_topo_find(host, "0000:21:00.0")));
	text = emit(plan);
	expect_part(text, "\n  <hostdev managed=\"no\" mode='subsystem'  type='pci'>\n"
			  "    <boot order='1'/><!-- mine -->\n    <source writeFiltering='no'>\n"
			  "      <address domain='0' bus='0x13' slot='0' function='0'/>\n"
			  "    </source>\n    <address type='pci' domain='0x0000' bus='0x05' slot='0x00' "
			  "function='0x0'/>\n    <rom bar='off'/>\n  </hostdev>\n");
	expect_part(text, "\n  <interface type='hostdev'><source><address bus='0x14' slot='0x0'/></source>"
			  "<alias name='ua-net'/><address type='pci' domain='0x0000' bus='0x06' "
			  "slot='0x00' function='0x0'/></interface>");
	ck_assert_uint_eq(count_of(text, "<hostdev"), 1);
	free(text);
	expect_stable(host, base);
	hgx_plan_free(plan);
	hgx_topo_free(host);
}
END_TEST

/* Devices come and go; the others stay where they are in the text, ours as well. */
START_TEST(options_add_elements_and_take_them_away)
{
	struct hgx_topo *host = host_of(HOST);
	const char *base = DOMAIN(OWN(13, ""));
	char *one = filter_with(host, (struct hgx_plan_options){ .base = base });
	char *two = filter_with(host, (struct hgx_plan_options){ .base = one, .nics = "all" });
	char *same = filter_with(host, (struct hgx_plan_options){ .base = two, .skip = "14:00.0,21:00.0" });

	ck_assert_uint_eq(count_of(one, "<hostdev"), 1);
	ck_assert_uint_eq(count_of(two, "<hostdev"), 3);
	expect_part(two, "<alias name='ua-nic-0000_21_00_0'/>");
	ck_assert_str_eq(one, same);
	free(one);
	free(two);
	free(same);
	hgx_topo_free(host);
}
END_TEST

START_TEST(a_device_that_the_host_does_not_have_stays)
{
	struct hgx_topo *host = host_of(HOST);
	const char *base = DOMAIN(PORT(1, 0, 2, 0) OWN(13, "") OWN(77, AT(1, 0, 0)) OWN(78, ""));
	const struct hgx_finding *findings;
	struct hgx_plan *plan;
	struct hgx_error err;
	size_t count;
	char *text;

	expect_fine(plan_with(&plan, host, base, &err), &err, base);
	count = hgx_plan_findings(plan, &findings);
	ck_assert_str_eq(finding_text(findings, count, "host-device-missing", NULL),
			 "the domain's <hostdev> in line 1 assigns 0000:77:00.0, which this host does not "
			 "have; it stays as it is");
	text = emit(plan);
	expect_part(text, OWN(77, AT(1, 0, 0)));
	expect_part(text, OWN(78, ""));
	free(text);
	expect_stable(host, base);
	hgx_plan_free(plan);
	hgx_topo_free(host);
}
END_TEST

/* On another host it loses the address that is on a port of the earlier mirror. */
START_TEST(a_device_of_another_host_is_set_loose)
{
	struct hgx_topo *host = host_of(HOST), *other;
	char *once = filter_with(host, (struct hgx_plan_options){ .base = DOMAIN(OWN(13, "") OWN(14, "")) });
	char *text;

	other = host_of(CPUS "root 0000:10 numa=0\n 10:01.0 root-port\n  14:00.0 nic\n");
	text = filter_with(other, (struct hgx_plan_options){ .base = once });
	expect_part(text, OWN(13, ""));
	expect_part(text, "bus='0x14' slot='0' function='0'/></source><address type='pci'");
	free(once);
	free(text);
	hgx_topo_free(host);
	hgx_topo_free(other);
}
END_TEST

/* libvirt assigns it to the VM, but not to the guest: so the group is whole. */
START_TEST(a_device_that_the_guest_does_not_see_stays_unseen)
{
	struct hgx_topo *host = host_of(HOST);
	const char *base = DOMAIN(OWN(13, "") OWN(14, "<address type='unassigned'/>"));
	char *text = filter_with(host, (struct hgx_plan_options){ .base = base });

	expect_part(text, OWN(14, "<address type='unassigned'/>"));
	free(text);
	text = filter_with(host, (struct hgx_plan_options){ .base = base, .add = "14:00.0" });
	ck_assert_ptr_null(strstr(text, "unassigned"));
	ck_assert_uint_eq(count_of(text, "<hostdev"), 2);
	free(text);
	hgx_topo_free(host);
}
END_TEST

START_TEST(arguments_of_the_user_are_kept)
{
	struct hgx_topo *host = host_of(HOST);
	const char *base =
		"<domain xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'>\n  " TYPE "\n  <devices>" REST
		"</devices>\n  <q:commandline>\n    <q:arg value='-global'/>\n    <q:arg value='x.y=1'/>\n"
		"    <!-- hgxtopo: an earlier run -->\n    <q:arg value='-fw_cfg'/>\n"
		"    <q:arg value='name=opt/ovmf/X-PciMmio64Mb,string=1'/>\n    <q:arg value='-fw_cfg'/>\n"
		"    <q:arg value='name=opt/ovmf/X-PciMmio64Mb,string=2'/>\n  </q:commandline>\n"
		"  <q:override>\n    <q:device alias='ua-gpu-0000_99_00_0'/>\n"
		"    <q:device alias='ua-my-disk'><q:frontend/></q:device>\n  </q:override>\n</domain>\n";
	char *text = filter(host, base);

	expect_part(text, "<domain xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0' xmlns:q=");
	expect_part(text, "<q:arg value='-global'/>\n    <q:arg value='x.y=1'/>\n"
			  "    <q:arg value='-fw_cfg'/>\n"
			  "    <q:arg value='name=opt/ovmf/X-PciMmio64Mb,string=2'/>\n  </q:commandline>");
	expect_part(text, "    <q:device alias='ua-my-disk'><q:frontend/></q:device>\n  </q:override>");
	expect_part(text, "<q:override>\n    <qemu:device alias='ua-rp-0000_11_00_0'>\n");
	ck_assert_ptr_null(strstr(text, "ua-gpu-0000_99_00_0"));
	expect_stable(host, base);
	free(text);
	hgx_topo_free(host);
}
END_TEST

START_TEST(iothreads_are_pinned_by_their_ids)
{
	struct hgx_topo *host = host_of(HOST);
	char *text = filter(host, "<domain><iothreads>3</iothreads><iothreadids><iothread id='2'/>"
				  "</iothreadids>" TYPE "<devices>" REST "</devices></domain>");

	expect_part(text, "<iothreadpin iothread='2' cpuset='0'/><iothreadpin iothread='1' cpuset='0'/>"
			  "<iothreadpin iothread='3' cpuset='0'/></cputune>");
	expect_part(text, "<iothreads>3</iothreads>");
	free(text);
	hgx_topo_free(host);
}
END_TEST

static char *through_iommufd(const struct hgx_topo *host, const char *base, const char *libvirt, int iommufd)
{
	struct hgx_plan_options options = { .size = sizeof(options), .base = base, .gpus = "all",
					    .libvirt_version = libvirt, .qemu_version = "11.0",
					    .iommufd = iommufd };
	struct hgx_error err = { 0 };
	struct hgx_plan *plan;
	char *text;

	expect_fine(hgx_plan_new(&plan, host, &options, &err), &err, base);
	text = emit(plan);
	hgx_plan_free(plan);
	return text;
}

#define NIC_BY(driver) DOMAIN(OWN(21, driver))
#define NO "<driver name='vfio' iommufd='no'/>"
#define YES "<driver name='vfio' iommufd='yes'/>"

/* From 12.2 on the domain has a default, which the user's own devices follow; before, each device
 * says so. The host's NIC 21:00.0 is the user's, the GPU 13:00.0 is added. */
START_TEST(every_device_of_a_base_goes_through_iommufd_if_asked)
{
	static const struct {
		const char *base, *libvirt;
		int option;
		size_t yes, no, own, top; /* YES, NO, the bare driver of the user's, the default */
	} rows[] = {
		{ NIC_BY(""), "12.1", 0, 0, 0, 0, 0 },
		{ NIC_BY(""), "12.1", 1, 1, 0, 1, 0 },
		{ NIC_BY(""), "12.2", 1, 1, 0, 0, 1 },
		{ NIC_BY("<driver name='vfio'/>"), "12.1", 1, 2, 0, 0, 0 },
		{ NIC_BY("<driver name='vfio'/>"), "12.2", 1, 1, 0, 0, 1 },
		{ NIC_BY(NO), "12.2", 1, 2, 0, 0, 1 },
		{ NIC_BY(NO), "12.2", 0, 0, 1, 0, 0 },
		{ NIC_BY(YES), "12.2", 0, 2, 0, 0, 0 },
		{ "<domain type='kvm'>" TYPE "<iommufd enabled='yes'/><devices>" REST OWN(21, "")
		  "</devices></domain>", "12.2", 0, 1, 0, 0, 1 },
		{ "<domain type='kvm'>" TYPE "<iommufd enabled='no'/><devices>" REST OWN(21, "")
		  "</devices></domain>", "12.2", 1, 1, 0, 0, 1 },
	};
	struct hgx_topo *host = host_of(HOST);

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *once = through_iommufd(host, rows[i].base, rows[i].libvirt, rows[i].option);
		char *twice = through_iommufd(host, once, rows[i].libvirt, rows[i].option);

		ck_assert_msg(count_of(once, YES) == rows[i].yes && count_of(once, NO) == rows[i].no &&
			      count_of(once, "<driver iommufd='yes'/>") == rows[i].own &&
			      count_of(once, "<iommufd enabled='yes'/>") == rows[i].top, "row %zu: %s", i, once);
		ck_assert_str_eq(once, twice);
		free(once);
		free(twice);
	}
	hgx_topo_free(host);
}
END_TEST

START_TEST(cells_go_on_sharing_their_memory)
{
	struct hgx_topo *host = host_of(HOST);
	char *text = filter(host, "<domain>" TYPE "<cpu><numa><cell cpus='0' memory='1' "
				  "memAccess='shared'/></numa></cpu><devices>" REST
				  "</devices></domain>");

	expect_part(text, "<cell cpus='0' memory='1' memAccess='shared'/>");
	free(text);
	text = filter_all(host, "<domain>" TYPE "<cpu><numa><cell cpus='0' memory='1' "
				"memAccess='shared'/></numa></cpu><devices>" REST "</devices></domain>");
	expect_part(text, "unit='KiB' memAccess='shared'");
	free(text);
	text = filter_all(host, "<domain>" TYPE "<cpu><numa><cell cpus='0' memory='1'/></numa></cpu>"
				"<devices>" REST "</devices></domain>");
	expect_part(text, "unit='KiB'");
	ck_assert_ptr_null(strstr(text, "memAccess"));
	free(text);
	hgx_topo_free(host);
}
END_TEST

START_TEST(only_the_forms_of_our_aliases_are_ours)
{
	static const struct {
		const char *alias;
		bool ours;
	} aliases[] = {
		{ "ua-gpu-0000_19_00_0", true },   { "ua-gpu-0000_19_00_0-2", true },
		{ "ua-nvlink-manager-10000_1_0_0", true }, { "ua-port-0000_19_00", true },
		{ "ua-rp-0000_16_00_0-12", true }, { "ua-up-0000_16_00_0", true },
		{ "ua-pxb-node0", true },	   { "ua-pxb-unknown", true },
		{ "ua-pxb-pci0000_15", true },	   { "ua-spare-1", false },
		{ "ua-gpu", false },		   { "ua-gpu-", false },
		{ "ua-gpu-0000_19_00", false },	   { "ua-gpu-0000_19_00_0x", false },
		{ "ua-gpu-0000_19_00_0-", false }, { "ua-gpu-0000_19_00_0-2-3", false },
		{ "ua-my-disk", false },	   { "pci.1", false },
		{ "ua-pxb-node", false },	   { "", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
		ck_assert_msg(alias_is_ours(aliases[i].alias) == aliases[i].ours, "%s",
			      aliases[i].alias);
	ck_assert(!alias_is_ours(NULL));
}
END_TEST

static void mutate(uint64_t *random, char *text, size_t room)
{
	static const char *const pieces[] = {
		"<", ">", "</devices>", "<devices>", "<cpu/>", "<memory>1</memory>", "<iommu/>", "0", "9",
		"index='3'", PORT(2, 1, 0, 0), PORT(7, 0, 9, 1), "<alias name='ua-gpu-0000_13_00_0'/>",
		"<!-- hgxtopo: x -->", "<cputune/>", "<vcpupin/>", "<numa/>", "\n", " ", "<hostdev>", "<x/>",
		"<controller type='pci' model='pcie-root-port'/>", "<qemu:override/>", "<vcpus/>",
		"<features/>", OWN(14, AT(3, 0, 0)), "model='pcie-switch-upstream-port'", "<a></a>",
	};
	size_t length = strlen(text), at = random_below(random, (unsigned)length + 1);
	const char *piece = pieces[random_below(random, ARRAY_SIZE(pieces))];
	const char *tag = strchr(text + at, '<');

	if (random_chance(random, 20)) {
		size_t drop = random_below(random, 30);

		drop = drop < length - at ? drop : length - at;
		memmove(text + at, text + at + drop, length - at - drop + 1);
		return;
	}
	if (tag && random_chance(random, 80)) /* with these, more of the results are still XML */
		at = (size_t)(tag - text);
	if (length + strlen(piece) >= room)
		return;
	memmove(text + at + strlen(piece), text + at, length - at + 1);
	memcpy(text + at, piece, strlen(piece));
}

START_TEST(damaged_domains_are_refused_or_stay_the_same_in_a_second_run)
{
	struct hgx_topo *host = host_of(HOST);
	struct hgx_plan *own = plan_of(host, 0, 0);
	char *plain = emit(own);
	uint64_t seed_list[3];
	size_t count = seeds(seed_list, 2), fine = 0;

	for (size_t s = 0; s < count; s++) {
		uint64_t random = random_state(seed_list[s]);

		for (unsigned i = 0; i < 400; i++) {
			static char text[40000];
			struct hgx_plan *plan;
			struct hgx_error err;

			snprintf(text, sizeof(text), "%s", i % 3 ? plain : own_things);
			for (unsigned n = 1 + random_below(&random, 5); n; n--)
				mutate(&random, text, sizeof(text));
			if (plan_with(&plan, host, text, &err)) {
				must(err.text[0] != '\0', "no sentence");
				continue;
			}
			hgx_plan_free(plan);
			expect_stable(host, text);
			fine++;
		}
	}
	ck_assert_msg(fine > 50 * count, "only %zu", fine);
	free(plain);
	hgx_plan_free(own);
	hgx_topo_free(host);
}
END_TEST

int main(void)
{
	seeds_begin();
	return RUN("base", an_emitted_domain_as_base_does_not_change,
		   what_the_plan_does_not_decide_stays_byte_for_byte,
		   every_style_of_writing_is_preserved,
		   empty_elements_are_opened, a_base_that_cannot_take_the_mirror_is_refused,
		   spare_ports_are_as_many_as_devices_need,
		   pages_of_other_sizes_cannot_go_to_other_cells,
		   a_device_of_the_user_keeps_its_element,
		   options_add_elements_and_take_them_away,
		   a_device_that_the_host_does_not_have_stays, a_device_of_another_host_is_set_loose,
		   a_device_that_the_guest_does_not_see_stays_unseen, arguments_of_the_user_are_kept,
		   iothreads_are_pinned_by_their_ids,
		   every_device_of_a_base_goes_through_iommufd_if_asked,
		   cells_go_on_sharing_their_memory, only_the_forms_of_our_aliases_are_ours,
		   damaged_domains_are_refused_or_stay_the_same_in_a_second_run);
}
