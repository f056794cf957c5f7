/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where libvirt puts devices without an address: what libvirt made of these domains, copied by
 * hand; every known version does the same where none is named. tests/cli/places.sh compares many
 * more with the installed libvirt. */
#include "support.h"

#define PCI_CONTROLLER(index, model, inside) \
	"<controller type='pci' index='" #index "' model='" model "'>" inside "</controller>"
#define NONE "<controller type='usb' model='none'/><memballoon model='none'/>"
/* Two parts of a USB 2 controller, and of two PCI controllers the second is the first by index. */
#define PARTS_AND_PORTS(index) \
	"<memballoon model='none'/><controller type='usb' index='0' model='ich9-uhci1'><master/>" \
	"</controller><controller type='usb' " index " model='ich9-ehci1'/>" \
	PCI_CONTROLLER(2, "pcie-root-port", "") "<controller type='pci' model='pcie-expander-bus'/>" \
	"<interface type='user'><model type='virtio'/></interface>"
#define SCSI(attributes) "<controller type='scsi' " attributes "/>"
#define SCSI_HOSTDEV "<hostdev type='scsi'><source><adapter name='scsi_host0'/></source>" \
		     "<address type='drive' controller='1'/></hostdev>"

/* Functions as "bus:slot.function=class", except those of the chipset. */
static const struct {
	const char *devices, *functions;
} placed[] = {
	{ "", "00:01.0=060400 00:01.1=060400 00:01.2=060400 01:00.0=0c0330 02:00.0=00ff00" },
	/* the bridge that is added last is placed first */
	{ "<controller type='usb'/>", "00:01.0=060400 00:01.1=060400 00:01.2=060400 01:00.0=060400 "
				      "02:01.0=0c0300 03:00.0=00ff00" },
	{ "<disk type='file'><source file='/x'/><target dev='sdq'/></disk><graphics type='vnc'/>",
	  "00:01.0=030000 00:02.0=060400 00:02.1=060400 00:02.2=060400 00:02.3=060400 01:00.0=060400 "
	  "02:01.0=010000 02:02.0=010000 02:03.0=010000 03:00.0=0c0330 04:00.0=00ff00" },
	{ "<sound model='ich9'/><sound model='ich9'/><video><model type='vga'/></video><video>"
	  "<model type='virtio'/></video><memballoon model='none'/>",
	  "00:01.0=030000 00:02.0=060400 00:02.1=060400 00:02.2=060400 00:02.3=060400 00:1b.0=040300 "
	  "01:00.0=060400 02:01.0=040300 03:00.0=0c0330 04:00.0=030000" },
	{ NONE "<iommu model='virtio'/>" PCI_CONTROLLER(
		  1, "pcie-root-port", "<address type='pci' bus='0' slot='2' function='0'/>")
		  PCI_CONTROLLER(2, "pcie-switch-upstream-port", "")
			  PCI_CONTROLLER(3, "pcie-switch-downstream-port", "")
				  PCI_CONTROLLER(4, "pcie-switch-downstream-port", "")
	  "<disk><target dev='vda'/></disk><interface type='user'><model type='virtio'/></interface>",
	  "00:01.0=00ff00 00:02.0=060400 01:00.0=060400 02:00.0=060400 02:01.0=060400 03:00.0=020000 "
	  "04:00.0=010000" },
	{ "<channel type='unix'><target type='virtio' name='a'/></channel><rng "
	  "model='virtio-transitional'/><disk><target dev='sdg' bus='sata'/></disk>"
	  "<controller type='scsi' model='virtio-scsi'/>",
	  "00:01.0=060400 00:01.1=060400 00:01.2=060400 00:01.3=060400 00:01.4=060400 00:01.5=060400 "
	  "01:00.0=060400 02:01.0=010601 02:02.0=00ff00 03:00.0=010000 04:00.0=0c0330 05:00.0=078000 "
	  "06:00.0=00ff00" },
	/* no guest looks at the functions of two expander buses, but the buses exist */
	{ NONE PCI_CONTROLLER(1, "pcie-expander-bus",
			      "<target busNr='64'/><address type='pci' bus='0' slot='2' function='6'/>")
		  PCI_CONTROLLER(2, "pcie-root-port",
				 "<address type='pci' bus='1' slot='0' function='0'/>")
	  "<interface type='user'><model type='virtio'/></interface>",
	  "40:00.0=060400 41:00.0=020000" },
	/* models that libvirt has no name for */
	{ NONE "<interface type='user'><model type='ne2k_pci'/></interface>"
	       "<interface type='user'><model type='82540EM'/></interface>",
	  "00:01.0=060400 00:01.1=060400 00:01.2=060400 01:00.0=060400 02:01.0=020000 "
	  "03:00.0=020000" },
	/* an assigned interface is placed with the assigned devices, and before them */
	{ "<hostdev type='pci'><source><address bus='0x77' slot='0'/></source></hostdev>"
	  "<interface type='hostdev'><source><address type='pci' bus='0x78' slot='5'/></source>"
	  "</interface><interface type='user'><model type='e1000e'/></interface>"
	  "<memballoon model='none'/>",
	  "00:01.0=060400 00:01.1=060400 00:01.2=060400 00:01.3=060400 00:01.4=060400 01:00.0=020000 "
	  "02:00.0=0c0330 03:00.0=000000 04:00.0=000000" },
	/* the parts of a USB 2 controller belong together, without an index as well */
	{ "<controller type='usb' model='nec-xhci'/><controller type='usb' model='ich9-uhci1'><master/>"
	  "</controller><controller type='usb' model='ich9-ehci1'/><controller type='usb' "
	  "model='ich9-uhci2'><master/></controller><controller type='usb' model='ich9-ehci1'/>"
	  "<memballoon model='none'/>",
	  "00:01.0=060400 00:01.1=060400 00:01.2=060400 00:1d.0=0c0300 00:1d.1=0c0300 00:1d.7=0c0320 "
	  "01:00.0=060400 03:00.0=0c0330" },
	{ PARTS_AND_PORTS("index='0'"),
	  "00:01.0=060400 00:02.0=060000 00:1d.0=0c0300 00:1d.7=0c0320 01:00.0=020000" },
	/* what libvirt adds for an assigned SCSI device is like what that sits on */
	{ NONE SCSI_HOSTDEV SCSI("index='1' model='virtio-scsi'"),
	  "00:01.0=060400 00:01.1=060400 00:01.2=060400 01:00.0=010000 02:00.0=010000" },
	/* devices that are newer than libvirt 9.0 */
	{ NONE "<panic model='pvpanic'/><pstore backend='acpi-erst'/><sound model='virtio'/>"
	       "<crypto model='virtio'/><iommu model='amd'/><filesystem type='mount'>"
	       "<driver type='mtp'/></filesystem>",
	  "00:01.0=060400 00:01.1=060400 00:01.2=060400 00:02.0=080600 00:03.0=088000 01:00.0=060400 "
	  "02:01.0=100000 02:02.0=00ff00 03:00.0=040100" },
};

/* Up to the version before, and from the version on in which it was first seen. */
static const struct {
	const char *devices;
	const char *old, *old_functions; /* NULL: refused */
	const char *new, *new_functions;
} changed[] = {
	/* a controller that libvirt adds is in its place among those of its type */
	{ "<controller type='usb' index='1' model='nec-xhci'/><controller type='virtio-serial'/>"
	  "<memballoon model='none'/>",
	  "10.10.0", "00:01.0=060400 00:01.1=060400 00:01.2=060400 00:01.3=060400 01:00.0=0c0330 "
		     "02:00.0=078000 03:00.0=0c0330",
	  "11.0", "00:01.0=060400 00:01.1=060400 00:01.2=060400 00:01.3=060400 01:00.0=0c0330 "
		  "02:00.0=0c0330 03:00.0=078000" },
	/* so is a root port in a gap; indexes that are not given count where they stand */
	{ NONE PCI_CONTROLLER(1, "dmi-to-pci-bridge", "") PCI_CONTROLLER(3, "pcie-expander-bus", "")
		  PCI_CONTROLLER(4, "pcie-expander-bus", "") PCI_CONTROLLER(5, "pcie-root-port", ""),
	  "9.10", "00:01.0=060000 00:02.0=060000 00:03.0=060400 00:03.1=060400 00:1e.0=060400",
	  "11.6", "00:01.0=060400 00:01.1=060400 00:02.0=060000 00:03.0=060000 00:1e.0=060400" },
	{ NONE PCI_CONTROLLER(1, "pcie-expander-bus", "") PCI_CONTROLLER(3, "pcie-root-port", "")
	  "<interface type='user'><model type='virtio'/></interface>",
	  "9.0", "00:01.0=060000 00:02.0=060400 00:02.1=060400 02:00.0=020000",
	  "11.0", "00:01.0=060000 00:02.0=060400 00:02.1=060400 01:00.0=020000" },
	{ NONE PCI_CONTROLLER(5, "pcie-root-port", "") "<controller type='pci' "
	  "model='pcie-expander-bus'/><controller type='pci' model='pcie-root-port'/>"
		  PCI_CONTROLLER(4, "dmi-to-pci-bridge", "")
	  "<interface type='user'><model type='virtio'/></interface>",
	  "10.0", "00:01.0=060400 00:01.1=060400 00:01.2=060400 00:02.0=060000 00:1e.0=060400 "
		  "02:00.0=020000",
	  "11.3", "00:01.0=060400 00:01.1=060400 00:01.2=060400 00:02.0=060000 00:1e.0=060400 "
		  "03:00.0=020000" },
	/* all controllers are put in order if a part of a USB 2 controller has got its index */
	{ PARTS_AND_PORTS(""),
	  "10.0", "00:01.0=060400 00:02.0=060000 00:1d.0=0c0300 00:1d.7=0c0320 01:00.0=020000",
	  "11.0", "00:01.0=060000 00:02.0=060400 00:1d.0=0c0300 00:1d.7=0c0320 01:00.0=020000" },
	/* a bridge to PCI that finds no port gets one */
	{ NONE PCI_CONTROLLER(1, "pcie-to-pci-bridge", ""), "11.10", NULL,
	  "12.0", "00:01.0=060400 01:00.0=060400" },
	/* NVMe controllers are PCIe devices */
	{ NONE "<disk type='file'><target dev='nvme0n1' bus='nvme'/></disk>"
	       "<controller type='nvme' index='1'/>",
	  "12.0", "00:01.0=060400 00:01.1=060400 01:00.0=060400 02:01.0=010802 02:02.0=010802",
	  "12.6", "00:01.0=060400 00:01.1=060400 00:01.2=060400 01:00.0=010802 02:00.0=010802" },
	/* SCSI controllers are like the first that has a model */
	{ NONE SCSI("") SCSI("index='3' model='virtio-scsi'") SCSI("index='2' model='auto'"),
	  "12.5.0", "00:01.0=060400 00:01.1=060400 00:01.2=060400 01:00.0=060400 02:01.0=010000 "
		    "02:02.0=010000 03:00.0=010000",
	  "12.6.0", "00:01.0=060400 00:01.1=060400 00:01.2=060400 00:01.3=060400 01:00.0=010000 "
		    "02:00.0=010000 03:00.0=010000" },
	{ NONE SCSI("model='virtio-scsi'") SCSI_HOSTDEV,
	  "11.6", "00:01.0=060400 00:01.1=060400 00:01.2=060400 01:00.0=060400 02:01.0=010000 "
		  "02:02.0=010000 03:00.0=010000",
	  "13.0", "00:01.0=060400 00:01.1=060400 00:01.2=060400 00:01.3=060400 01:00.0=010000 "
		  "02:00.0=010000 03:00.0=010000" },
	{ NONE SCSI("index='1' model='lsilogic'") SCSI("index='0' model='virtio-scsi'")
	  "<disk type='file'><target dev='sdo' bus='scsi'/></disk>",
	  "12.0", "00:01.0=060400 00:01.1=060400 00:01.2=060400 01:00.0=060400 02:01.0=010000 "
		  "02:02.0=010000 03:00.0=010000",
	  "12.8", "00:01.0=060400 00:01.1=060400 00:01.2=060400 00:01.3=060400 01:00.0=060400 "
		  "02:01.0=010000 03:00.0=010000 04:00.0=010000" },
};

static char *domain_of(const char *devices)
{
	char *text;

	if (asprintf(&text,
		     "<domain><os><type arch='x86_64' machine='q35'>hvm</type></os><features><acpi/>"
		     "</features><devices>%s</devices></domain>",
		     devices) < 0)
		abort();
	return text;
}

static char *functions_of(const struct hgx_topo *topo)
{
	const struct hgx_node *node = NULL;
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	while ((node = hgx_node_next(hgx_topo_root(topo), node)) != NULL)
		if (hgx_node_pci(node))
			fprintf(stream, "%s%s=%06x", ftell(stream) ? " " : "", hgx_node_name(node) + 5,
				hgx_node_pci(node)->class_code);
	fclose(stream);
	return text;
}

/* hgx_node_next() walks depth first; sorted, the functions are in the order of the table. */
static char *sorted(char *text)
{
	char *words[64], *save = NULL, *out;
	size_t count = 0, size;
	FILE *stream = open_memstream(&out, &size);

	for (char *word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save))
		words[count++] = word;
	for (size_t i = 0; i < count; i++)
		for (size_t j = i + 1; j < count; j++)
			if (strcmp(words[i], words[j]) > 0) {
				char *word = words[i];

				words[i] = words[j];
				words[j] = word;
			}
	for (size_t i = 0; i < count; i++)
		fprintf(stream, "%s%s", i ? " " : "", words[i]);
	fclose(stream);
	free(text);
	return out;
}

/* @functions NULL: libvirt refuses the domain. */
static void expect_places(const char *devices, const char *libvirt, const char *functions)
{
	struct hgx_domain_options options = { .size = sizeof(options), .libvirt_version = libvirt };
	char *text = domain_of(devices), *found;
	struct hgx_error err = { 0 };
	struct hgx_topo *topo;
	int code = hgx_topo_from_domain(&topo, text, strlen(text), "vm", &options, &err);

	free(text);
	if (!functions) {
		expect_error(code, &err, HGX_LIMIT,
			     "vm:1: <controller>: it has no PCI address, and libvirt cannot find one for it: "
			     "no controller that it fits has a free slot; give it an <address>");
		return;
	}
	expect_fine(code, &err, devices);
	found = sorted(functions_of(topo));
	must(!strcmp(found, functions), "%s, libvirt %s:\n%s, not\n%s", devices, libvirt, found, functions);
	free(found);
	hgx_topo_free(topo);
}

START_TEST(devices_are_where_libvirt_puts_them)
{
	static const char *const versions[] = { NULL, "10.0", "11.0", "11.3", "11.6", "12.0", "12.6",
						"12.8" };

	for (size_t i = 0; i < ARRAY_SIZE(placed); i++)
		for (size_t j = 0; j < ARRAY_SIZE(versions); j++)
			expect_places(placed[i].devices, versions[j], placed[i].functions);
}
END_TEST

START_TEST(each_version_of_libvirt_has_its_rules)
{
	for (size_t i = 0; i < ARRAY_SIZE(changed); i++) {
		expect_places(changed[i].devices, changed[i].old, changed[i].old_functions);
		expect_places(changed[i].devices, changed[i].new, changed[i].new_functions);
	}
}
END_TEST

/* A version between known ones has the rules of the nearest older one. */
static const struct {
	const char *given, *host, *named; /* host: the version that is installed there */
} versions[] = {
	{ NULL, NULL, "9.0" },	   { "5.0", NULL, "9.0" },     { "9.0", NULL, "9.0" },
	{ "9.10.0", NULL, "9.0" }, { "10.0", NULL, "10.0" },   { "10.10", NULL, "10.0" },
	{ "11.2", NULL, "11.0" },  { "11.3.0", NULL, "11.3" }, { "11.5", NULL, "11.3" },
	{ "11.6", NULL, "11.6" },  { "11.10", NULL, "11.6" },  { "12.5", NULL, "12.0" },
	{ "12.7", NULL, "12.6" },  { "12.8", NULL, "12.8" },   { "12.9", NULL, "12.8" },
	{ "99.0", NULL, "12.8" },  { NULL, "11.3.0", "11.3" }, { "9.0", "11.3.0", "9.0" },
};

START_TEST(the_finding_names_the_version_whose_rules_were_used)
{
	char *text = domain_of("");

	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		struct hgx_domain_options options = { .size = sizeof(options),
						      .libvirt_version = versions[i].given };
		struct hgx_topo *host = versions[i].host ? host_of("node 0 memory=8G\ncpus 0-3 node=0\n") :
							   NULL, *topo;
		const struct hgx_finding *findings;
		struct hgx_error err = { 0 };
		char sentence[200];

		if (host)
			host->libvirt = versions[i].host;
		options.host = host;
		expect_fine(hgx_topo_from_domain(&topo, text, strlen(text), NULL, &options, &err), &err,
			    versions[i].named);
		ck_assert_uint_eq(hgx_topo_findings(topo, &findings), 1);
		snprintf(sentence, sizeof(sentence), "devices and controllers that libvirt will add when "
			 "it defines the domain: 5; they are assumed where libvirt %s puts them", versions[i].named);
		ck_assert_str_eq(findings[0].rule, "libvirt-places");
		ck_assert_str_eq(findings[0].text, sentence);
		hgx_topo_free(topo);
		hgx_topo_free(host);
	}
	free(text);
}
END_TEST

START_TEST(a_malformed_version_is_refused)
{
	struct hgx_domain_options options = { .size = sizeof(options), .libvirt_version = "11" };
	char *text = domain_of("");
	struct hgx_error err = { 0 };
	struct hgx_topo *topo;

	expect_error(hgx_topo_from_domain(&topo, text, strlen(text), NULL, &options, &err), &err,
		     HGX_INVALID, "libvirt_version: '11' is not a version; write it as 8.2 or 8.2.1");
	ck_assert_str_eq(err.rule, "option-value");
	ck_assert_str_eq(err.option, "libvirt_version");
	ck_assert_ptr_null(topo);
	free(text);
}
END_TEST

START_TEST(expander_buses_without_a_number_get_254_and_252)
{
	char *text = domain_of(NONE PCI_CONTROLLER(1, "pcie-expander-bus", "")
				       PCI_CONTROLLER(2, "pcie-expander-bus", ""));
	struct hgx_error err = { 0 };
	struct hgx_topo *topo;

	expect_fine(hgx_topo_from_domain(&topo, text, strlen(text), NULL, NULL, &err), &err, text);
	ck_assert_ptr_nonnull(hgx_topo_find(topo, "pci0000:fe"));
	ck_assert_ptr_nonnull(hgx_topo_find(topo, "pci0000:fc"));
	hgx_topo_free(topo);
	free(text);
}
END_TEST

#define TEN(x) x x x x x x x x x x
#define CARD "<interface type='user'><model type='virtio'/></interface>"

#define UNSURE \
	"vm: what libvirt will add to this domain cannot be predicted: it may add further controllers for " \
	"so many channels or SCSI devices; define it and give the output of virsh dumpxml"

static const struct {
	const char *devices;
	int code;
	const char *sentence;
} without[] = {
	{ NONE PCI_CONTROLLER(1, "pcie-switch-downstream-port", ""), HGX_LIMIT,
	  "vm:1: <controller>: it has no PCI address, and libvirt cannot find one for it: no controller "
	  "that it fits has a free slot; give it an <address>" },
	{ NONE PCI_CONTROLLER(1, "pcie-switch-downstream-port", "")
		  PCI_CONTROLLER(2, "pcie-switch-upstream-port", ""), HGX_LIMIT,
	  "vm:1: <controller>: it has no PCI address, and libvirt cannot find one for it: the first free "
	  "port is below the device itself; give it an <address>" },
	{ NONE TEN(TEN(CARD CARD CARD)), HGX_LIMIT,
	  "vm:1: <interface>: it has no PCI address, and libvirt cannot find one for it: libvirt allows at "
	  "most 256 PCI controllers" },
	{ NONE PCI_CONTROLLER(1, "pcie-expander-bus",
			      "<target busNr='2'/><address type='pci' bus='0' slot='4' function='0'/>")
		  PCI_CONTROLLER(2, "pcie-expander-bus", ""), HGX_LIMIT,
	  "vm: the expander bus of controller 2 has no busNr, and none is free below the lowest in use, 2; "
	  "give it one" },
	{ NONE "<interface type='user'><model type='rtl8139'/><address type='pci' bus='2' slot='1' "
	       "function='0'/></interface>",
	  HGX_REFUSED,
	  "vm:1: <interface>: it sits on PCI controller 2, which the domain does not have and which cannot "
	  "be a root port; add that controller, or remove the <address>" },
	{ NONE TEN("<channel><target type='virtio'/></channel><channel><target type='virtio'/></channel>"
		   "<channel><target type='virtio'/></channel>") "<channel type='spicevmc'/>",
	  HGX_REFUSED, UNSURE },
	{ NONE "<controller type='virtio-serial' ports='3'/>" "<channel><target type='virtio'/>"
	       "</channel><channel><target type='virtio'/></channel><console><target type='virtio'/>"
	       "</console>",
	  HGX_REFUSED, UNSURE },
	{ NONE "<disk><target dev='sda'/></disk><disk><target dev='sdb'/></disk><disk>"
	       "<target dev='sdc'/></disk><disk><target dev='sdd'/></disk><disk><target dev='sde'/></disk>"
	       "<disk><target dev='sdf'/></disk><disk><target dev='sdg'/></disk><hostdev type='scsi'/>",
	  HGX_REFUSED, UNSURE },
	{ NONE "<hostdev type='scsi'><address type='drive' controller='2000000000'/></hostdev>",
	  HGX_REFUSED,
	  "vm: what libvirt will add to this domain cannot be predicted: a device sits on a controller "
	  "with an index above 255; define it and give the output of virsh dumpxml" },
	{ NONE "<controller type='usb' index='1' model='ich9-ehci1'/>"
	       "<controller type='usb' index='1' model='ich9-ehci1'/>",
	  HGX_LIMIT,
	  "vm:1: <controller>: it has no PCI address, and libvirt cannot find one for it: its function of "
	  "the USB controller's slot is taken" },
};

START_TEST(what_has_no_room_is_refused)
{
	for (size_t i = 0; i < ARRAY_SIZE(without); i++) {
		char *text = domain_of(without[i].devices);
		struct hgx_error err = { 0 };
		struct hgx_topo *topo;
		int code = hgx_topo_from_domain(&topo, text, strlen(text), "vm", NULL, &err);

		expect_error(code, &err, without[i].code, without[i].sentence);
		ck_assert_ptr_null(topo);
		free(text);
	}
}
END_TEST

int main(void)
{
	return RUN("place", devices_are_where_libvirt_puts_them, each_version_of_libvirt_has_its_rules,
		   the_finding_names_the_version_whose_rules_were_used,
		   a_malformed_version_is_refused,
		   expander_buses_without_a_number_get_254_and_252, what_has_no_room_is_refused);
}
