/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ACS and ATS on the paths between chosen GPUs and NICs below one switch. With both, a NIC asks the
 * IOMMU for the address once and then writes to the GPU through the switch; without, everything
 * goes up to the root port and down again.
 *
 * Bits of the ACS control register (PCI Express Base Specification, 7.7.8.3): */
#include <stdbool.h>
#include "check/host.h"
#include "util/arena.h"
#include "model/distance.h"
#include "model/kind.h"

#define ACS_VALIDATES 0x0001
#define ACS_REDIRECTS 0x001c  /* requests and completions, and upstream forwarding */
#define ACS_TRANSLATED 0x0040 /* translated requests go directly */
#define ACS_WANTED (ACS_VALIDATES | ACS_REDIRECTS | ACS_TRANSLATED)
#define ATS_ENABLE 0x8000
#define MELLANOX 0x15b3

/* On other machines than x86_64 other bits are wanted, and VMs cannot be planned. */
static bool is_known(const struct host_check *host)
{
	const struct hgx_processor *cpu = processor_of(host->host, NULL);

	return !cpu || !cpu->arch || *cpu->arch == 'x';
}

static bool lacks(const struct hgx_capability *acs, unsigned wanted)
{
	wanted &= acs->bits;
	return acs->state == HGX_PRESENT && (acs->control & wanted) != wanted;
}

/* A switch on the card of a NIC, behind which its GPU is. */
static bool is_own_switch(const struct hgx_node *node)
{
	return node->kind == HGX_SWITCH_UP && node->pci->vendor == MELLANOX;
}

static bool share_switch(const struct hgx_node *a, const struct hgx_node *b)
{
	return hgx_distance(a, b) <= HGX_PXB;
}

/* A chosen device of the other sort below the same switch: the NIC of a GPU, or the GPU of a NIC.
 */
static const struct hgx_node *partner(const struct host_check *host, const struct hgx_node *node)
{
	bool computes = kind_computes(node->kind);

	if (!computes && node->kind != HGX_NIC)
		return NULL;
	for (size_t i = 0; i < host->chosen.count; i++) {
		const struct hgx_node *other = host->chosen.nodes[i];

		if ((computes ? other->kind == HGX_NIC : kind_computes(other->kind)) &&
		    share_switch(node, other))
			return other;
	}
	return NULL;
}

/* Whether translated requests from or to @node need to pass @port, which is above it. Behind the
 * NIC's own switch it is the NIC's port alone. */
static bool needs_direct(const struct hgx_node *node, const struct hgx_node *port)
{
	const struct hgx_node *top = top_switch(node);

	if (!top || !is_own_switch(top))
		return true;
	return node->kind == HGX_NIC && port == node->parent;
}

static const char *setting(struct host_check *host, const struct hgx_node *port, unsigned wanted)
{
	return arena_format(&host->check.out->arena, "setpci -s %s ECAP_ACS+6.w=%04x", port->name,
			    wanted & port->pci->acs.bits);
}

/* What @port, above the chosen @node, lacks. */
static void check_port(struct host_check *host, const struct hgx_node *node,
		       const struct hgx_node *port)
{
	const struct hgx_node *other = partner(host, node);
	bool direct = other && needs_direct(node, port);
	unsigned wanted = ACS_VALIDATES | ACS_REDIRECTS | (direct ? ACS_TRANSLATED : 0);
	const struct hgx_capability *acs = &port->pci->acs;

	if (finding_has(&host->check.out->list, RULE_ACS_OFF, port) ||
	    finding_has(&host->check.out->list, RULE_ACS_REDIRECTS, port))
		return;
	if (lacks(acs, ACS_REDIRECTS))
		check_add(&host->check, RULE_ACS_OFF, port, setting(host, port, wanted),
			  "%s: the ACS control is %04x, not %04x", node_title(port).text,
			  acs->control, wanted & acs->bits);
	else if (direct && lacks(acs, ACS_WANTED))
		check_add(&host->check, RULE_ACS_REDIRECTS, port, setting(host, port, wanted),
			  "%s: the ACS control is %04x, not %04x", node_title(port).text,
			  acs->control, wanted & acs->bits);
}

void acs_control(struct host_check *host)
{
	if (!is_known(host)) {
		check_unknown(&host->check, "ACS (which bits this platform wants)");
		return;
	}
	for (size_t i = 0; i < host->chosen.count; i++) {
		const struct hgx_node *node = host->chosen.nodes[i];

		if (node->pci->iommu_group < 0)
			continue;
		for (const struct hgx_node *port = node->parent; port && port->pci;
		     port = port->parent)
			check_port(host, node, port);
	}
}

void ats_off(struct host_check *host)
{
	for (size_t i = 0; is_known(host) && i < host->chosen.count; i++) {
		const struct hgx_node *nic = host->chosen.nodes[i];
		const struct hgx_capability *ats = &nic->pci->ats;
		const struct hgx_node *gpu = nic->kind == HGX_NIC ? partner(host, nic) : NULL;

		if (!gpu || nic->pci->physical_function || nic->pci->vendor != MELLANOX)
			continue;
		if (ats->state == HGX_ABSENT)
			check_add(&host->check, RULE_ATS_OFF, nic,
				  arena_format(&host->check.out->arena,
					       "mlxconfig -y -d %s set ATS_ENABLED=true",
					       nic->name),
				  "%s: no ATS capability", node_title(nic).text);
		else if (ats->state == HGX_PRESENT && !(ats->control & ATS_ENABLE))
			check_add(&host->check, RULE_ATS_DISABLED, nic, NULL,
				  "%s: has ATS, but it is not enabled", node_title(nic).text);
	}
}
