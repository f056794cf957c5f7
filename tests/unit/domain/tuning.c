/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a domain names that is not there: refused as by libvirt, or told. Tried with libvirt 9.0. */
#include "support.h"

#define HOST "package 0 vendor=GenuineIntel\nnode 0 memory=64G\nnode 1 memory=64G\n" \
	"cpus 0-3 package=0 node=0\ncpus 4-7 package=0 node=1\n" \
	"root 0000:10 numa=0\n 10:01.0 root-port\n  11:00.0 gpu group=1\n"

static char *domain_of(const char *before, const char *cells, const char *devices)
{
	char *text;

	must(asprintf(&text, "<domain type='kvm'><name>d</name><memory unit='GiB'>8</memory>"
		      "<os><type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/></features>"
		      "%s%s<cpu>%s</cpu><devices>"
		      "<hostdev mode='subsystem' type='pci'><source><address bus='0x11' slot='0'/></source>"
		      "</hostdev>%s</devices></domain>", strstr(before, "<vcpu ") ? "" : "<vcpu>4</vcpu>", before,
		      cells, devices) > 0, "memory");
	return text;
}

#define CELL "<numa><cell id='0' cpus='0-3' memory='8' unit='GiB'/></numa>"
#define PINS(text) "<cputune>" text "</cputune>"
#define TUNE(text) "<numatune>" text "</numatune>"
#define DEVICE(bus, more) "<hostdev mode='subsystem' type='pci'><source><address bus='" bus "' slot='0'/>" \
	"</source>" more "</hostdev>"

static const struct {
	const char *before, *cells, *devices, *rule, *text;
} refused[] = {
	{ PINS("<vcpupin vcpu='x' cpuset='0'/>"), "", "", "domain-value",
	  "d:1: <vcpupin> needs the number of a vCPU in vcpu, not 'x'" },
	{ PINS("<vcpupin cpuset='0'/>"), "", "", "domain-value",
	  "d:1: <vcpupin> needs the number of a vCPU in vcpu, not ''" },
	{ PINS("<vcpupin vcpu='0' cpuset='x'/>"), "", "", "domain-value",
	  "d:1: <vcpupin> needs a list of CPUs such as 0-3,8 in cpuset, not 'x'" },
	{ PINS("<vcpupin vcpu='0'/>"), "", "", "domain-value",
	  "d:1: <vcpupin> needs a list of CPUs such as 0-3,8 in cpuset, not ''" },
	{ PINS("<vcpupin vcpu='0' cpuset='0,^0'/>"), "", "", "domain-value",
	  "d:1: <vcpupin> needs a list of CPUs such as 0-3,8 in cpuset, not '0,^0'" },
	{ PINS("<vcpupin vcpu='0' cpuset='0'/>\n<vcpupin vcpu='0' cpuset='1'/>"), "", "", "domain-value",
	  "d:2: <vcpupin> names vCPU 0 again, which libvirt refuses" },
	{ PINS("<emulatorpin cpuset='0'/><emulatorpin cpuset='0'/>"), "", "", "domain-value",
	  "d:1: <emulatorpin> is there twice, which libvirt refuses" },
	{ PINS("<iothreadpin iothread='3' cpuset='0'/>"), "", "", "domain-value",
	  "d:1: <iothreadpin> names iothread 3, which the domain does not have" },
	{ "<iothreads>1</iothreads>" PINS("<iothreadpin iothread='1' cpuset='0'/><iothreadpin iothread='1' cpuset='0'/>"),
	  "", "", "domain-value", "d:1: <iothreadpin> names iothread 1 again, which libvirt refuses" },
	{ PINS("<vcpusched vcpus='0-7' scheduler='fifo' priority='1'/>"), "", "", "domain-value",
	  "d:1: <vcpusched> names vCPU 4, which the domain does not have" },
	{ PINS("<vcpusched vcpus='0-1'/><vcpusched vcpus='1'/>"), "", "", "domain-value",
	  "d:1: <vcpusched> names vCPU 1 again, which libvirt refuses" },
	{ PINS("<iothreadsched iothreads='7'/>"), "", "", "domain-value",
	  "d:1: <iothreadsched> names iothread 7, which the domain does not have" },
	{ TUNE("<memnode cellid='1' mode='strict' nodeset='0'/>"), CELL, "", "domain-cell-missing",
	  "d:1: <memnode> names NUMA cell 1, which the domain does not have" },
	{ TUNE("<memnode cellid='0' mode='strict' nodeset='0'/>"), "", "", "domain-cell-missing",
	  "d:1: <memnode> names NUMA cell 0, which the domain does not have" },
	{ TUNE("<memnode cellid='0' mode='strict' nodeset='x'/>"), CELL, "", "domain-value",
	  "d:1: <memnode> needs a list of NUMA nodes such as 0-3,8 in nodeset, not 'x'" },
	{ TUNE("<memory nodeset=''/>"), "", "", "domain-value",
	  "d:1: <memory> needs a list of NUMA nodes such as 0-3,8 in nodeset, not ''" },
	{ "<vcpu cpuset='a'>4</vcpu>", "", "", "domain-value",
	  "d:1: <vcpu> needs a list of CPUs such as 0-3,8 in cpuset, not 'a'" },
	{ "<vcpus><vcpu id='4' enabled='yes'/></vcpus>", "", "", "domain-value",
	  "d:1: <vcpu> names vCPU 4, which the domain does not have" },
	/* devices of the host */
	{ "", "", "\n" DEVICE("0x11", ""), "domain-clash",
	  "d:2: <hostdev>: the <hostdev> in line 1 assigns the same device, 0000:11:00.0; remove one of them" },
	{ "", "", DEVICE("0x77", "") "\n<interface type='hostdev'><source><address type='pci' bus='0x77' slot='0'/>"
	  "</source></interface>", "domain-clash",
	  "d:2: <interface>: the <hostdev> in line 1 assigns the same device, 0000:77:00.0; remove one of them" },
	{ "", "", DEVICE("zz", ""), "domain-value",
	  "d:1: bus='zz' is not valid in the PCI address of a host device; it must be a number up to 255" },
	{ "", "", DEVICE("0x100", ""), "domain-value",
	  "d:1: bus='0x100' is not valid in the PCI address of a host device; it must be a number up to 255" },
	{ "", "", "<hostdev type='pci'/>", "domain-value",
	  "d:1: a <hostdev> that assigns a PCI device needs its address in <source>" },
};

static int shown(const char *text, const struct hgx_topo *host, struct hgx_topo **out, struct hgx_error *err)
{
	struct hgx_domain_options options = { .size = sizeof(options), .host = host };

	memset(err, 0, sizeof(*err));
	return hgx_topo_from_domain(out, text, strlen(text), "d", &options, err);
}

static int planned(const char *text, const struct hgx_topo *host, struct hgx_plan **out, struct hgx_error *err)
{
	struct hgx_plan_options options = { .size = sizeof(options), .base = text, .base_name = "d" };

	memset(err, 0, sizeof(*err));
	return hgx_plan_new(out, host, &options, err);
}

START_TEST(what_libvirt_refuses_is_refused)
{
	struct hgx_topo *host = host_of(HOST), *topo;
	struct hgx_plan *plan;

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		char *text = domain_of(refused[i].before, refused[i].cells, refused[i].devices);
		struct hgx_error err;

		for (int with = 0; with < 3; with++) {
			int code = with == 2 ? planned(text, host, &plan, &err) :
					       shown(text, with ? host : NULL, &topo, &err);

			must(code && !strcmp(err.rule, refused[i].rule) && !strcmp(err.text, refused[i].text),
			     "row %zu, %d: %s: %s", i, with, err.rule, err.text);
		}
		free(text);
	}
	hgx_topo_free(host);
}
END_TEST

static const struct {
	const char *before, *cells, *rule, *text; /* text NULL: no such finding */
} told[] = {
	{ PINS("<vcpupin vcpu='4' cpuset='0'/>"), "", "pin-ignored",
	  "the domain's <vcpupin> in line 1 pins vCPU 4, which the domain does not have: libvirt ignores it" },
	{ PINS("<vcpupin vcpu='5' cpuset='0'/><vcpupin vcpu='4000000000' cpuset='x'/>"), "", "pin-ignored",
	  "the domain's <vcpupin> in line 1 pins vCPU 5, which the domain does not have (so do 1 more): libvirt "
	  "ignores it" },
	{ PINS("<vcpupin vcpu='3' cpuset='0'/>"), "", "pin-ignored", NULL },
	{ PINS("<vcpupin vcpu='0' cpuset='0,9'/>"), "", "host-cpu-missing",
	  "the domain's <vcpupin> in line 1 names CPU 9, which this host does not have online: libvirt does not "
	  "start it so" },
	{ PINS("<emulatorpin cpuset='8-9'/>"), "", "host-cpu-missing",
	  "the domain's <emulatorpin> in line 1 names CPU 8, which this host does not have online: libvirt does "
	  "not start it so" },
	{ "<vcpu cpuset='0-8,^8'>4</vcpu>", "", "host-cpu-missing", NULL },
	{ "<vcpu cpuset='0-8'>4</vcpu>", "", "host-cpu-missing",
	  "the domain's <vcpu> in line 1 names CPU 8, which this host does not have online: libvirt does not "
	  "start it so" },
	{ TUNE("<memory mode='strict' nodeset='2'/>"), "", "host-node-missing",
	  "the domain's <memory> in line 1 names NUMA node 2, which this host does not have: libvirt does not "
	  "start it so" },
	{ TUNE("<memnode cellid='0' mode='strict' nodeset='0-2'/>"), CELL, "host-node-missing",
	  "the domain's <memnode> in line 1 names NUMA node 2, which this host does not have: libvirt does not "
	  "start it so" },
	{ TUNE("<memory mode='strict' nodeset='1'/>"), "", "host-node-missing", NULL },
};

static void expect_told(size_t i, const struct hgx_finding *findings, size_t count)
{
	const char *text = finding_text(findings, count, told[i].rule, NULL);

	must(told[i].text ? text && !strcmp(text, told[i].text) : !text, "row %zu: %s", i, text);
}

START_TEST(what_keeps_the_domain_from_starting_here_is_told)
{
	struct hgx_topo *host = host_of(HOST);

	for (size_t i = 0; i < ARRAY_SIZE(told); i++) {
		char *text = domain_of(told[i].before, told[i].cells, "");
		const struct hgx_finding *findings;
		struct hgx_error err;
		struct hgx_topo *topo;
		struct hgx_plan *plan;
		size_t count;

		expect_fine(shown(text, host, &topo, &err), &err, text);
		count = hgx_topo_findings(topo, &findings);
		expect_told(i, findings, count);
		hgx_topo_free(topo);
		expect_fine(planned(text, host, &plan, &err), &err, text);
		count = hgx_plan_findings(plan, &findings);
		expect_told(i, findings, count);
		hgx_plan_free(plan);
		/* without a host it is not known */
		expect_fine(shown(text, NULL, &topo, &err), &err, text);
		count = hgx_topo_findings(topo, &findings);
		must(!strcmp(told[i].rule, "pin-ignored") || !finding_text(findings, count, told[i].rule, NULL),
		     "row %zu", i);
		hgx_topo_free(topo);
		free(text);
	}
	hgx_topo_free(host);
}
END_TEST

int main(void)
{
	return RUN("tuning", what_libvirt_refuses_is_refused, what_keeps_the_domain_from_starting_here_is_told);
}
