/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of PCI controller models. */
#include <string.h>
#include "guest/controller.h"
#include "util/macros.h"
#include "guest/port.h"

#define ENDPOINT_PORT (JOIN_AUTO | JOIN_PCIE | JOIN_UP | JOIN_TO_PCI)

static const struct pci_model models[] = {
	{ "pcie-root", NULL, HGX_HOST_BRIDGE, 0,
	  JOIN_PCIE | JOIN_ROOT_PORT | JOIN_DMI_TO_PCI | JOIN_EXPANDER, 1, 31, 0x8086, 0x29c0 },
	{ "pcie-expander-bus", "pxb-pcie", HGX_HOST_BRIDGE, JOIN_EXPANDER,
	  JOIN_ROOT_PORT | JOIN_DMI_TO_PCI, 0, 31, 0x1b36, 0x000b },
	{ "pcie-root-port", "pcie-root-port", HGX_ROOT_PORT, JOIN_ROOT_PORT | JOIN_SHARED,
	  ENDPOINT_PORT, 0, 0, 0x1b36, 0x000c },
	{ "pcie-switch-upstream-port", "x3130-upstream", HGX_SWITCH_UP, JOIN_UP, JOIN_DOWN, 0, 31,
	  0x104c, 0x8232 },
	{ "pcie-switch-downstream-port", "xio3130-downstream", HGX_SWITCH_DOWN, JOIN_DOWN,
	  ENDPOINT_PORT, 0, 0, 0x104c, 0x8233 },
	/* what libvirt gave a domain before QEMU had its own root ports */
	{ "pcie-root-port", "ioh3420", HGX_ROOT_PORT, JOIN_ROOT_PORT | JOIN_SHARED, ENDPOINT_PORT,
	  0, 0, 0x8086, 0x3420 },
	/* hw/pci-bridge of QEMU's tree; no release has them yet, and nothing writes them */
	{ "pcie-switch-upstream-port", "pcie-upstream-port", HGX_SWITCH_UP, JOIN_UP, JOIN_DOWN, 0,
	  31, 0x1b36, 0x0015 },
	{ "pcie-switch-downstream-port", "pcie-downstream-port", HGX_SWITCH_DOWN, JOIN_DOWN,
	  ENDPOINT_PORT, 0, 0, 0x1b36, 0x0016 },
	{ "pcie-to-pci-bridge", "pcie-pci-bridge", HGX_BRIDGE, JOIN_TO_PCI,
	  JOIN_AUTO | JOIN_PCI | JOIN_BRIDGE, 1, 31, 0x1b36, 0x000e },
	{ "dmi-to-pci-bridge", "i82801b11-bridge", HGX_BRIDGE, JOIN_DMI_TO_PCI,
	  JOIN_PCI | JOIN_BRIDGE, 0, 31, 0x8086, 0x244e },
	{ "pci-bridge", "pci-bridge", HGX_BRIDGE, JOIN_BRIDGE, JOIN_AUTO | JOIN_PCI | JOIN_BRIDGE,
	  1, 31, 0x1b36, 0x0001 },
};

const struct pci_model *pci_model_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(models); i++)
		if (!strcmp(models[i].name, name))
			return &models[i];
	return NULL;
}

const struct pci_model *pci_model_emulated(const char *name, const char *qemu)
{
	if (!qemu)
		return pci_model_named(name);
	for (size_t i = 0; i < ARRAY_SIZE(models); i++)
		if (!strcmp(models[i].name, name) && models[i].qemu &&
		    !strcmp(models[i].qemu, qemu))
			return &models[i];
	return NULL;
}

const struct pci_model *pci_model_of(const struct port *port)
{
	for (size_t i = 1; i < ARRAY_SIZE(models); i++) /* pcie-root has no port */
		if (models[i].kind == port->kind)
			return &models[i];
	return NULL;
}
