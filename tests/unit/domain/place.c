/* Where libvirt puts what has no address: what libvirt 9.0 made of such domains, by hand.
 * tests/cli/places.sh compares many more with the libvirt that is installed. */
#include "support.h"

#define PCI_CONTROLLER(index, model, inside) \
	"<controller type='pci' index='" #index "' model='" model "'>" inside "</controller>"
#define NONE "<controller type='usb' model='none'/><memballoon model='none'/>"

/* Functions as "bus:slot.function=class", without those of the chipset. */
static const struct {
	const char *devices, *functions;
} placed[] = {
	{ "", "00:01.0=060400 00:01.1=060400 00:01.2=060400 01:00.0=0c0330 02:00.0=00ff00" },
	/* the bridge that is added last is asked first */
	{ "<controller type='usb'/>", "00:01.0=060400 00:01.1=060400 00:01.2=060400 01:00.0=060400 "
				      "02:01.0=0c0300 03:00.0=00ff00" },
	{ "<disk type='file'><source file='/x'/><target dev='sdq'/></disk><graphics type='vnc'/>",
	  "00:01.0=030000 00:02.0=060400 00:02.1=060400 00:02.2=060400 00:02.3=060400 01:00.0=060400 "
	  "02:01.0=010000 02:02.0=010000 02:03.0=010000 03:00.0=0c0330 04:00.0=00ff00" },
	{ "<sound model='ich9'/><sound model='ich9'/><video><model type='vga'/></video><video>"
	  "<model type='virtio'/></video><memballoon model='none'/>",
	  "00:01.0=030000 00:02.0=060400 00:02.1=060400 00:02.2=060400 00:02.3=060400 00:1b.0=040300 "
	  "01:00.0=060400 02:01.0=040300 03:00.0=0c0330 04:00.0=030000" },
	{ NONE PCI_CONTROLLER(1, "dmi-to-pci-bridge", "") PCI_CONTROLLER(3, "pcie-expander-bus", "")
		  PCI_CONTROLLER(4, "pcie-expander-bus", "") PCI_CONTROLLER(5, "pcie-root-port", ""),
	  "00:01.0=060000 00:02.0=060000 00:03.0=060400 00:03.1=060400 00:1e.0=060400" },
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
	/* the functions of two expander buses that no guest looks at; the buses are there */
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
	/* an assigned interface is asked with the assigned devices, and before them */
	{ "<hostdev type='pci'><source><address bus='0x77' slot='0'/></source></hostdev>"
	  "<interface type='hostdev'><source><address type='pci' bus='0x78' slot='5'/></source>"
	  "</interface><interface type='user'><model type='e1000e'/></interface>"
	  "<memballoon model='none'/>",
	  "00:01.0=060400 00:01.1=060400 00:01.2=060400 00:01.3=060400 00:01.4=060400 01:00.0=020000 "
	  "02:00.0=0c0330 03:00.0=000000 04:00.0=000000" },
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

/* hgx_node_next() goes down first; sorted, they are in the order of the table. */
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

START_TEST(devices_are_where_libvirt_puts_them)
{
	for (size_t i = 0; i < ARRAY_SIZE(placed); i++) {
		char *text = domain_of(placed[i].devices), *functions;
		struct hgx_error err = { 0 };
		struct hgx_topo *topo;

		expect_fine(hgx_topo_from_domain(&topo, text, strlen(text), NULL, NULL, &err), &err,
			    placed[i].devices);
		functions = sorted(functions_of(topo));
		must(!strcmp(functions, placed[i].functions), "%s:\n%s, not\n%s", placed[i].devices,
		     functions, placed[i].functions);
		free(functions);
		free(text);
		hgx_topo_free(topo);
	}
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
	  HGX_REFUSED,
	  "vm: what libvirt will add to this domain cannot be predicted: libvirt may add controllers for "
	  "its many channels or SCSI devices; define it and give the output of virsh dumpxml" },
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
	return RUN("place", devices_are_where_libvirt_puts_them,
		   expander_buses_without_a_number_get_254_and_252, what_has_no_room_is_refused);
}
