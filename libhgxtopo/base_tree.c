/* The PCI tree of the base domain: what stays of it becomes the first ports of the plan. */
#include <stdlib.h>
#include <string.h>
#include "base.h"
#include "libvirt.h"

static const struct model {
	const char *name;
	enum hgx_kind kind;
	bool wants_port; /* without an address libvirt puts it on a PCIe port */
} models[] = {
	{ "pcie-root", HGX_HOST_BRIDGE, false },
	{ "pcie-root-port", HGX_ROOT_PORT, false },
	{ "pcie-switch-upstream-port", HGX_SWITCH_UP, true },
	{ "pcie-switch-downstream-port", HGX_SWITCH_DOWN, false },
	{ "pcie-to-pci-bridge", HGX_BRIDGE, true },
	{ "dmi-to-pci-bridge", HGX_BRIDGE, false },
	{ "pci-bridge", HGX_BRIDGE, false },
	{ "pcie-expander-bus", HGX_HOST_BRIDGE, false },
};

static int refuse(const struct base *base, const struct base_item *item, enum hgx_code code,
		  struct hgx_error *err, const char *format, ...) PRINTF(5, 6);

static int refuse(const struct base *base, const struct base_item *item, enum hgx_code code,
		  struct hgx_error *err, const char *format, ...)
{
	char text[300];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	text_clean(text);
	return fail(err, code, "%.100s:%u: <%.30s>%s%.60s: %s", base->name,
		    xml_line(base->text, item->element->whole.start), item->element->name,
		    item->alias ? " " : "", item->alias ? item->alias : "", text);
}

static const struct model *model_of(const struct base_item *item)
{
	const char *name = xml_attribute(item->element, "model");

	if (!name)
		return &models[item->index != 0];
	for (size_t i = 0; i < ARRAY_SIZE(models); i++)
		if (!strcmp(models[i].name, name))
			return &models[i];
	return NULL;
}

/* What the plan assigns cannot be assigned a second time. */
static void mark_clashes(struct hgx_plan *plan)
{
	struct base *base = plan->base;

	for (size_t i = 0; i < base->count; i++) {
		struct base_item *item = &base->items[i];

		if (item->ours || !item->source)
			continue;
		if (!plan_chose(plan, item->source) && !plan_leaves(plan, item->source))
			continue;
		item->gone = true;
		if (finding_has(&plan->findings, "base-replaced", item->source))
			continue;
		note(plan, "base-replaced", HGX_NOTE, item->source, NULL,
		     "the domain's own <%s> in line %u assigns %s; %s", item->element->name,
		     xml_line(base->text, item->element->whole.start),
		     node_title(item->source).text,
		     plan_chose(plan, item->source) ?
			     "the one of the mirror takes its place" :
			     "it is taken away, for it goes to another VM");
	}
}

static int claim_index(struct base *base, struct base_item *item, struct hgx_error *err)
{
	if (base->used_index[item->index] && (item->index || base->by_index[0]))
		return refuse(base, item, HGX_BROKEN, err, "another PCI controller has index %d",
			      item->index);
	base->used_index[item->index] = true;
	return HGX_OK;
}

/* libvirt gives controllers without an index the lowest free ones. */
static int claim_indexes(struct base *base, struct hgx_error *err)
{
	unsigned next = 1;
	int code = HGX_OK;

	for (size_t i = 0; !code && i < base->count; i++) {
		struct base_item *item = &base->items[i];

		if (!item->pci_controller || item->gone)
			continue;
		if (item->index < 0 && xml_attribute_is(item->element, "model", "pcie-root"))
			item->index = 0;
		if (item->index > 0)
			code = claim_index(base, item, err);
	}
	for (size_t i = 0; !code && i < base->count; i++) {
		struct base_item *item = &base->items[i];

		if (!item->pci_controller || item->gone || item->index >= 0)
			continue;
		while (next < MOST_CONTROLLERS && base->used_index[next])
			next++;
		if (next == MOST_CONTROLLERS)
			return refuse(base, item, HGX_LIMIT, err,
				      "libvirt takes %d PCI controllers, and all are used",
				      MOST_CONTROLLERS);
		item->index = (int)next;
		base->used_index[next] = true;
	}
	return code;
}

static struct port *add_user_port(struct hgx_plan *plan, enum hgx_kind kind, const char *alias)
{
	struct port *port = port_add(plan, NULL, kind, NULL);

	if (!port)
		return NULL;
	port->user = true;
	port->cell = -1;
	port->alias = alias ? alias : "";
	return port;
}

static int read_expander(struct hgx_plan *plan, struct base_item *item, struct hgx_error *err)
{
	const struct xml_element *target = xml_child(item->element, "target");
	const struct xml_element *node = xml_child(target, "node");
	const char *number = xml_attribute(target, "busNr");
	unsigned long secondary = number ? strtoul(number, NULL, 0) : 0;
	struct port **link = &plan->base->expanders;

	if (!number || !item->placed)
		return refuse(
			plan->base, item, HGX_REFUSED, err,
			"this expander bus has no %s, and what libvirt would choose depends on "
			"those of the mirror; give it one",
			number ? "PCI <address>" : "bus number (<target busNr='…'/>)");
	if (secondary < 1 || secondary > 254 || item->address.bus)
		return refuse(plan->base, item, HGX_BROKEN, err,
			      "an expander bus sits on bus 0 and has a busNr from 1 to 254");
	item->port->secondary = (unsigned)secondary;
	if (node)
		item->port->cell = (int)strtoul(node->text, NULL, 0);
	while (*link && (*link)->secondary <= secondary)
		link = &(*link)->next;
	item->port->next = *link;
	*link = item->port;
	return HGX_OK;
}

static int add_controller(struct hgx_plan *plan, struct base_item *item, struct hgx_error *err)
{
	const struct model *model = model_of(item);
	struct base *base = plan->base;
	struct port *port;

	if (!model || (item->index == 0) != (model == models))
		return refuse(
			base, item, HGX_REFUSED, err,
			"a q35 has no PCI controller %d of this model; take what virsh dumpxml "
			"writes after virsh define",
			item->index);
	if (model == models)
		return HGX_OK;
	if (model->kind == HGX_SWITCH_DOWN && !item->placed)
		return refuse(base, item, HGX_REFUSED, err,
			      "this port has no <address>, and libvirt could put it on a switch of "
			      "the mirror; give it one");
	port = add_user_port(plan, model->kind, item->alias);
	if (!port)
		return fail_memory(err);
	item->port = base->by_index[item->index] = port;
	port->index = (unsigned)item->index;
	port->slot = item->address.device;
	port->function = item->address.function;
	base->wanted += !item->placed && model->wants_port;
	return model->kind == HGX_HOST_BRIDGE ? read_expander(plan, item, err) : HGX_OK;
}

static int add_device(struct hgx_plan *plan, struct base_item *item, struct hgx_error *err)
{
	struct port *port = add_user_port(plan, item->source ? item->source->kind : HGX_OTHER,
					  item->alias);

	if (!port)
		return fail_memory(err);
	item->port = port;
	port->host = item->source;
	port->slot = item->address.device;
	port->function = item->address.function;
	port->class_code = base_class(item->element);
	return HGX_OK;
}

static const struct base_item *ours_at(const struct base *base, unsigned index)
{
	for (size_t i = 0; i < base->count; i++)
		if (base->items[i].ours && base->items[i].index == (int)index)
			return &base->items[i];
	return NULL;
}

/* libvirt makes a root port of a controller that is not there. */
static int find_parent(struct hgx_plan *plan, struct base_item *item, struct hgx_error *err)
{
	struct base *base = plan->base;
	unsigned bus = item->address.bus;
	const struct base_item *ours = base->by_index[bus] ? NULL : ours_at(base, bus);

	if (ours)
		return refuse(
			base, item, HGX_REFUSED, err,
			"it sits on PCI controller %u (%s), which is part of the mirror and "
			"written anew; remove its <address>, and libvirt puts it on a free root "
			"port",
			bus, ours->alias);
	if (!base->by_index[bus]) {
		base->by_index[bus] = add_user_port(plan, HGX_ROOT_PORT, NULL);
		if (!base->by_index[bus])
			return fail_memory(err);
		base->by_index[bus]->index = bus;
		base->used_index[bus] = true;
	}
	if (item->port->kind != HGX_HOST_BRIDGE)
		item->port->parent = base->by_index[bus];
	return HGX_OK;
}

static const struct port *top_of(const struct port *port)
{
	unsigned steps = 0;

	while (port->parent && steps++ <= MOST_CONTROLLERS)
		port = port->parent;
	return port->parent ? NULL : port;
}

static bool same_seat(const struct port *port, const struct base_item *item)
{
	return port->slot == item->address.device && port->function == item->address.function;
}

static int check_seat(const struct base *base, const struct base_item *item, struct hgx_error *err)
{
	const struct port *bus = base->by_index[item->address.bus];
	bool taken = false;

	for (const struct port *port = bus->first; port; port = port->next)
		taken |= same_seat(port, item);
	for (const struct port *port = base->expanders; port && !item->address.bus;
	     port = port->next)
		taken |= port != item->port && same_seat(port, item);
	if (taken)
		return refuse(base, item, HGX_BROKEN, err,
			      "another device has the same address, slot %u function %u of PCI "
			      "controller %u",
			      item->address.device, item->address.function, item->address.bus);
	return HGX_OK;
}

static int link_items(struct hgx_plan *plan, struct hgx_error *err)
{
	struct base *base = plan->base;
	int code = HGX_OK;

	for (size_t i = 0; !code && i < base->count; i++)
		if (base->items[i].port && base->items[i].placed)
			code = find_parent(plan, &base->items[i], err);
	for (size_t i = 0; !code && i < base->count; i++) {
		struct base_item *item = &base->items[i];

		if (!item->port || !item->placed || item->port == plan->root)
			continue;
		if (!top_of(item->port))
			return refuse(base, item, HGX_BROKEN, err,
				      "the PCI controllers above it sit on each other in a ring");
		code = check_seat(base, item, err);
		if (!code && item->port->parent)
			port_insert(item->port->parent, item->port);
	}
	return code;
}

static int add_items(struct hgx_plan *plan, struct hgx_error *err)
{
	struct base *base = plan->base;
	int code = HGX_OK;

	for (size_t i = 0; !code && i < base->count; i++) {
		struct base_item *item = &base->items[i];

		if (item->gone)
			continue;
		if (item->pci_controller)
			code = add_controller(plan, item, err);
		else if (item->placed)
			code = add_device(plan, item, err);
	}
	return code;
}

static bool has_function_0(const struct base *base, const struct port *bus, unsigned slot)
{
	for (const struct port *port = bus->first; port; port = port->next)
		if (port->slot == slot && port->function == 0)
			return true;
	if (bus != base->by_index[0])
		return false;
	for (const struct port *port = base->expanders; port; port = port->next)
		if (port->slot == slot && port->function == 0)
			return true;
	return slot == 0 || slot == PCIE_SLOTS - 1; /* of the chipset */
}

/* Firmware and kernels do not look at a slot without function 0. */
static void drop_unseen(struct hgx_plan *plan, struct port *bus)
{
	struct port **link = &bus->first, *port;

	bus->last = NULL;
	while ((port = *link) != NULL) {
		if (has_function_0(plan->base, bus, port->slot)) {
			bus->last = port;
			link = &port->next;
			continue;
		}
		*link = port->next;
		plan->base->used_slot[port->slot] |= bus == plan->root;
		note(plan, "base-unseen", HGX_WARNING, NULL,
		     "give function 0 of that slot to a device",
		     "the domain has a device in function %u of slot %u on PCI controller %u and "
		     "none in function 0: a guest does not look there",
		     port->function, port->slot, bus->index);
	}
}

static void count_ports(struct hgx_plan *plan)
{
	struct base *base = plan->base;
	struct base_wants wants;

	base_count(base, &wants);
	base->wanted += wants.ports;
	base->unplaced += wants.bridge ? 2 : 0; /* libvirt adds a root port with it */
	for (size_t i = 0; i < PCIE_SLOTS; i++)
		base->used_slot[i] |= wants.slots[i];
	for (size_t i = 1; i < MOST_CONTROLLERS; i++) {
		const struct port *port = base->by_index[i];

		if (!port || port->kind == HGX_HOST_BRIDGE)
			continue;
		base->unplaced += top_of(port)->kind != HGX_HOST_BRIDGE;
		base->free += !port->first &&
			      (port->kind == HGX_ROOT_PORT || port->kind == HGX_SWITCH_DOWN);
	}
	base->used_slot[0] = base->used_slot[PCIE_SLOTS - 1] = true;
	for (const struct port *port = plan->root->first; port; port = port->next)
		base->used_slot[port->slot] = true;
	for (const struct port *port = base->expanders; port; port = port->next)
		base->used_slot[port->slot] = true;
}

static int check_cells(const struct hgx_plan *plan, struct hgx_error *err)
{
	const struct base *base = plan->base;

	for (size_t i = 0; i < base->count; i++) {
		const struct base_item *item = &base->items[i];
		const struct xml_element *node = xml_child(xml_child(item->element, "target"),
							   "node");

		if (!item->gone && node && strtoul(node->text, NULL, 0) >= plan->cell_count)
			return refuse(base, item, HGX_REFUSED, err,
				      "it belongs to guest NUMA node %.9s, and the mirror has %zu, "
				      "counted from 0; change its <node>",
				      node->text, plan->cell_count);
	}
	return HGX_OK;
}

static int check_memory(const struct hgx_plan *plan, struct hgx_error *err)
{
	const struct base *base = plan->base;
	const struct xml_element *most = xml_child(base->domain, "maxMemory");
	const char *unit = xml_attribute(most, "unit");
	uint64_t total = 0, bytes;
	char text[64];

	for (size_t i = 0; i < plan->cell_count; i++)
		total += plan->cells[i].memory;
	if (!most)
		return HGX_OK;
	snprintf(text, sizeof(text), "%.40s%.10s", most->text, unit ? unit : "KiB");
	if (hgx_size_parse(&bytes, text, NULL) || bytes >= total)
		return HGX_OK;
	return fail(
		err, HGX_REFUSED,
		"%s:%u: <maxMemory> is %s, less than the %s of the mirror; raise it or remove it",
		base->name, xml_line(base->text, most->whole.start), size_text(bytes).text,
		size_text(total).text);
}

static void tell(struct hgx_plan *plan)
{
	const struct xml_element *cputune = xml_child(plan->base->domain, "cputune");
	const struct base *base = plan->base;
	const struct xml_element *cpu = xml_child(base->domain, "cpu");
	const char *mode = xml_attribute(cpu, "mode");

	if (cpu && (!mode || (strcmp(mode, "host-passthrough") && strcmp(mode, "maximum"))))
		note(plan, "cpu-mode", HGX_WARNING, NULL,
		     "write <cpu mode='host-passthrough'> unless the domain has to migrate",
		     "the domain's CPU mode is '%s': the guest sees neither the host's processor nor "
		     "its address bits, which large BARs need",
		     mode ? mode : "custom");
	for (const struct xml_element *e = cputune ? cputune->first : NULL; e; e = e->next)
		if (base_names_vcpus(e))
			note(plan, "base-replaced", HGX_WARNING, NULL,
			     "write it again for the vCPUs of the mirror",
			     "the domain's <%s> in line %u names vCPUs that are other ones now: it is "
			     "left out",
			     e->name, xml_line(base->text, e->whole.start));
	if (base_replaces_iommu(plan))
		note(plan, "base-replaced", HGX_WARNING, NULL, NULL,
		     "the domain's own <iommu> is replaced: so many vCPUs need one of Intel's with "
		     "interrupt remapping, extended interrupt mode and caching mode");
	if (!xml_child(xml_child(base->domain, "features"), "acpi"))
		note(plan, "acpi-added", HGX_NOTE, NULL, NULL,
		     "the domain had no <acpi/>, without which a guest sees no NUMA nodes: added");
	if (base->unplaced)
		note(plan, "base-unplaced", HGX_NOTE, NULL,
		     "define the domain first, and take what virsh dumpxml writes",
		     "%u PCI bridges of the domain have no address yet: what sits below them is not "
		     "in the guest's topology; the mirror itself stays where it is shown",
		     base->unplaced);
}

int base_settle(struct hgx_plan *plan, struct hgx_error *err)
{
	struct base *base = plan->base;
	int code = check_memory(plan, err);

	if (!code)
		code = check_cells(plan, err);
	mark_clashes(plan);
	base->used_index[0] = true;
	base->by_index[0] = plan->root;
	if (!code)
		code = claim_indexes(base, err);
	if (!code)
		code = add_items(plan, err);
	if (!code)
		code = link_items(plan, err);
	if (code)
		return code;
	for (size_t i = 0; i < MOST_CONTROLLERS; i++)
		if (base->by_index[i])
			drop_unseen(plan, base->by_index[i]);
	count_ports(plan);
	tell(plan);
	return HGX_OK;
}

unsigned base_next_index(const struct hgx_plan *plan, unsigned index)
{
	do
		index++;
	while (plan->base && index < MOST_CONTROLLERS && plan->base->used_index[index]);
	return index < MOST_CONTROLLERS ? index : MOST_CONTROLLERS;
}

unsigned base_next_slot(const struct hgx_plan *plan, unsigned slot)
{
	do
		slot++;
	while (plan->base && slot < PCIE_SLOTS && plan->base->used_slot[slot]);
	return slot < PCIE_SLOTS ? slot : PCIE_SLOTS;
}

unsigned base_spares(const struct hgx_plan *plan)
{
	const struct base *base = plan->base;

	if (!base)
		return SPARE_PORTS;
	if (base->wanted <= base->free)
		return 0;
	return (base->wanted - base->free + SPARE_PORTS - 1) / SPARE_PORTS * SPARE_PORTS;
}

unsigned base_gap(const struct hgx_plan *plan, unsigned index)
{
	unsigned highest = MOST_CONTROLLERS, gap = 0;

	while (plan->base && --highest > index && !plan->base->used_index[highest])
		;
	for (unsigned i = index + 1; plan->base && i < highest; i++)
		gap += !plan->base->used_index[i];
	return gap;
}

const char *base_spare_alias(struct hgx_plan *plan, unsigned *number)
{
	unsigned other;

	++*number;
	for (size_t i = 0; plan->base && i < plan->base->count; i++)
		if (alias_is_spare(plan->base->items[i].alias, &other) && other >= *number)
			*number = other + 1;
	return arena_format(&plan->arena, "ua-spare-%u", *number);
}
/* libvirt gives a controller without a chassis its index as one; QEMU takes none twice. */
int base_check_chassis(const struct hgx_plan *plan, struct hgx_error *err)
{
	const struct base *base = plan->base;

	for (size_t i = 0; base && i < base->count; i++) {
		const struct base_item *item = &base->items[i];
		const char *text = xml_attribute(xml_child(item->element, "target"), "chassis");
		unsigned long chassis = text ? strtoul(text, NULL, 0) : 0;

		if (item->gone || !item->pci_controller || !chassis ||
		    chassis == (unsigned long)item->index || chassis >= MOST_CONTROLLERS ||
		    base->used_index[chassis])
			continue;
		return refuse(base, item, HGX_REFUSED, err,
			      "its chassis %lu is what libvirt would give controller %lu of the "
			      "mirror; remove chassis='%lu'",
			      chassis, chassis, chassis);
	}
	return HGX_OK;
}

bool base_names_vcpus(const struct xml_element *element)
{
	return xml_is(element, "vcpusched") || xml_is(element, "cachetune") ||
	       xml_is(element, "memorytune");
}

bool base_replaces_iommu(const struct hgx_plan *plan)
{
	const struct xml_element *iommu = xml_child(plan->base->devices, "iommu");
	const struct xml_element *driver = xml_child(iommu, "driver");

	if (!iommu || !needs_eim(plan))
		return false;
	return !xml_attribute_is(driver, "intremap", "on") ||
	       !xml_attribute_is(driver, "eim", "on") ||
	       !xml_attribute_is(driver, "caching_mode", "on");
}
