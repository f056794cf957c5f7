/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The PCI tree of a domain: which addresses clash, which controllers are which. */
#include "support.h"

#define AT(bus, slot, function) \
	"<address type='pci' bus='" #bus "' slot='" #slot "' function='" #function "'/>"
#define EXPANDER(index, number, address) \
	"<controller type='pci' index='" #index "' model='pcie-expander-bus'><target busNr='" #number \
	"'/>" address "</controller>"
#define PORT(index, address) \
	"<controller type='pci' index='" #index "' model='pcie-root-port'>" address "</controller>"
#define NIC(address) "<interface type='user'><model type='virtio'/>" address "</interface>"

/* The devices of a domain, and whether two of them have one address. */
static const struct { const char *devices; bool clash; } rows[] = {
	{ EXPANDER(1, 64, AT(0, 5, 0)), false },
	/* a device beside the user's expander bus */
	{ EXPANDER(1, 64, AT(0, 5, 0)) NIC(AT(0, 5, 0)), true },
	{ NIC(AT(0, 5, 0)) EXPANDER(1, 64, AT(0, 5, 0)), true },
	{ EXPANDER(1, 64, AT(0, 5, 3)) NIC(AT(0, 5, 3)) NIC(AT(0, 5, 0)), true },
	{ EXPANDER(1, 64, AT(0, 5, 0)) NIC(AT(0, 5, 1)), false },
	{ EXPANDER(1, 64, AT(0, 5, 0)) NIC(AT(0, 6, 0)), false },
	{ EXPANDER(1, 64, AT(0, 5, 1)) NIC(AT(0, 5, 0)), false },
	/* a port, and another expander bus */
	{ EXPANDER(1, 64, AT(0, 5, 0)) PORT(2, AT(0, 5, 0)), true },
	{ EXPANDER(1, 64, AT(0, 5, 0)) EXPANDER(2, 96, AT(0, 5, 0)), true },
	{ EXPANDER(1, 96, AT(0, 5, 0)) EXPANDER(2, 64, AT(0, 5, 0)), true },
	{ EXPANDER(1, 64, AT(0, 5, 0)) EXPANDER(2, 96, AT(0, 6, 0)), false },
	{ EXPANDER(1, 64, AT(0, 5, 0)) EXPANDER(2, 96, AT(0, 5, 1)), false },
	/* an expander bus sits on bus 0, and takes no slot of another */
	{ PORT(1, AT(0, 4, 0)) EXPANDER(2, 64, AT(0, 0, 1)) NIC(AT(1, 0, 1)) NIC(AT(1, 0, 0)), false },
	{ EXPANDER(1, 64, AT(0, 5, 0)) PORT(2, AT(1, 5, 0)), false },
	/* without one */
	{ NIC(AT(0, 5, 0)) NIC(AT(0, 5, 0)), true }, { NIC(AT(0, 5, 0)) NIC(AT(0, 5, 1)), false },
	{ PORT(1, AT(0, 4, 0)) NIC(AT(1, 0, 0)) NIC(AT(1, 0, 0)), true },
	{ PORT(1, AT(0, 4, 0)) PORT(2, AT(0, 5, 0)) NIC(AT(1, 0, 0)) NIC(AT(2, 0, 0)), false },
};

START_TEST(a_device_at_the_address_of_the_users_expander_bus_is_refused)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[2000];
		struct hgx_error err = { 0 };
		struct hgx_topo *topo;
		int code;

		snprintf(text, sizeof(text), "<domain><os><type arch='x86_64' machine='q35'>hvm</type></os>"
			 "<devices><controller type='usb' model='none'/><memballoon model='none'/>%s</devices>"
			 "</domain>", rows[i].devices);
		code = hgx_topo_from_domain(&topo, text, strlen(text), "vm", NULL, &err);
		ck_assert_msg(code == (rows[i].clash ? HGX_BROKEN : HGX_OK), "%s: %d %s", rows[i].devices,
			      code, err.text);
		ck_assert_msg(!code || !strncmp(err.text, "vm:1:", 5), "%s", err.text);
		hgx_topo_free(topo);
	}
}
END_TEST

int main(void)
{
	return RUN("tree", a_device_at_the_address_of_the_users_expander_bus_is_refused);
}
