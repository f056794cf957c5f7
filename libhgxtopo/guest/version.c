/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tables of what each version of libvirt and QEMU can do, and reading versions. */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "guest/version.h"
#include "util/error.h"
#include "util/macros.h"
#include "model/topo.h"
#include "guest/plan.h"
#include "guest/port.h"

enum feature {
	FIRMWARE,
	FIRMWARE_FEATURES,
	FIRMWARE_VARIABLES,
	DIES,
	HOTPLUG_OFF,
	MIGRATABLE,
	MAXPHYSADDR,
	OVERRIDE,
	HOST_BITS,
	HIGH_RAM,
	PREALLOC_THREADS,
	DMA_OFF,
	DMA_TRANSLATION,
	IOMMUFD,
	IOMMUFD_DEFAULT,
	REMAPPING_ALONE,
};

/* The first version that has each feature; 0: every supported version has it. */
static const struct since {
	unsigned libvirt, qemu;
} since[] = {
	/* formatdomain, "BIOS bootloader"; libvirt chooses by QEMU's pc-bios/descriptors */
	[FIRMWARE] = { VERSION(5, 2), VERSION(4, 1) },
	/* formatdomain, <os><firmware><feature> */
	[FIRMWARE_FEATURES] = { VERSION(7, 2), 0 },
	/* formatdomain, <loader stateless=''>, which 8.6 has already; the packages of OVMF in which
	 * firmware for AMD SEV is found first came with libvirt 11.6 */
	[FIRMWARE_VARIABLES] = { VERSION(11, 0), 0 },
	/* libvirt's news of 6.1; QEMU's -smp dies= */
	[DIES] = { VERSION(6, 1), VERSION(4, 1) },
	/* libvirt's news of 6.3; the property "hotplug" of QEMU's PCIe slots */
	[HOTPLUG_OFF] = { VERSION(6, 3), VERSION(5, 0) },
	/* formatdomain, <cpu mode='host-passthrough' migratable=''> */
	[MIGRATABLE] = { VERSION(6, 5), 0 },
	/* formatdomain, <maxphysaddr> */
	[MAXPHYSADDR] = { VERSION(8, 7), 0 },
	/* libvirt's drvqemu, "Overriding properties of QEMU devices" */
	[OVERRIDE] = { VERSION(8, 2), 0 },
	/* QEMU's target/i386/host-cpu.c: "host" sets host-phys-bits itself */
	[HOST_BITS] = { 0, VERSION(6, 0) },
	/* QEMU's hw/i386/pc.c: enforce_amd_1tb_hole */
	[HIGH_RAM] = { 0, VERSION(7, 1) },
	/* the property "prealloc-threads" of QEMU's memory backends */
	[PREALLOC_THREADS] = { 0, VERSION(5, 0) },
	/* the property "dma-translation" of QEMU's intel-iommu: 7.2 is the oldest that was seen to
	 * have it */
	[DMA_OFF] = { 0, VERSION(7, 2) },
	/* formatdomain, <iommu><driver dma_translation=''/> */
	[DMA_TRANSLATION] = { VERSION(10, 7), VERSION(7, 2) },
	/* formatdomain, <hostdev><driver iommufd=''/>; QEMU's backends/iommufd.c */
	[IOMMUFD] = { VERSION(12, 1), VERSION(9, 0) },
	/* formatdomain, <iommufd enabled=''/> of the domain */
	[IOMMUFD_DEFAULT] = { VERSION(12, 2), VERSION(9, 0) },
	/* tried with 9.0, which refuses it, and 11.3 */
	[REMAPPING_ALONE] = { VERSION(11, 3), 0 },
};

/* What goes wrong in releases before the one that is named (docs/architecture.md has the whole
 * list, also of what no release has cured). */
static const struct {
	unsigned qemu, ovmf;
} cured[] = {
	/* edk2's pull request 4574: OvmfPkg/PciHotPlugInitDxe reserved 512 bytes of IO space for
	 * each port, less than a bridge can have; the assignment then fails as a whole */
	[FLAW_PORTS_TAKE_IO] = { 0, VERSION(2023, 8) },
	/* edk2's OvmfPkg/Library/PlatformInitLib/MemDetect.c: PlatformDynamicMmioWindow() */
	[FLAW_SMALL_WINDOW] = { 0, VERSION(2022, 11) },
	/* QEMU's c08da86dc4: hw/core/qdev-properties-system.c */
	[FLAW_SLOW_PORTS] = { VERSION(9, 0), 0 },
	/* QEMU's hw/vfio/iommufd.c maps RAM only; BARs as dma-buf of vfio-pci, which Linux exports
	 * from 6.19 on */
	[FLAW_IOMMUFD_NO_PEERS] = { VERSION(11, 0), 0 },
};

/* QEMU's hw/i386/pc_q35.c: max_cpus */
static const struct {
	unsigned qemu, vcpus;
} max_vcpus[] = {
	{ VERSION(9, 0), 4096 },
	{ VERSION(8, 1), 1024 },
	{ 0, 288 },
};

/* QEMU's qapi/common.json: PCIELinkSpeed; 32 and 64 by c08da86dc4 of March 2024 */
static const struct {
	uint32_t speed;
	const char *text;
	unsigned qemu;
} port_speeds[] = {
	{ 64000, "64", VERSION(9, 0) },
	{ 32000, "32", VERSION(9, 0) },
	{ 16000, "16", 0 },
	{ 8000, "8", 0 },
	{ 5000, "5", 0 },
	{ 2500, "2_5", 0 },
};

static bool has(const struct hgx_plan *plan, enum feature feature)
{
	return plan->versions.libvirt >= since[feature].libvirt &&
	       plan->versions.qemu >= since[feature].qemu;
}

bool version_has_flaw(const struct hgx_plan *plan, enum flaw flaw)
{
	return plan->versions.qemu < cured[flaw].qemu || plan->versions.ovmf < cured[flaw].ovmf;
}

bool version_has_firmware_features(const struct hgx_plan *plan)
{
	return has(plan, FIRMWARE_FEATURES);
}

bool version_asks_for_variables(const struct hgx_plan *plan)
{
	return has(plan, FIRMWARE_VARIABLES);
}

bool version_has_dies(const struct hgx_plan *plan)
{
	return has(plan, DIES);
}

bool version_has_hotplug_off(const struct hgx_plan *plan)
{
	return has(plan, HOTPLUG_OFF);
}

bool version_has_migratable(const struct hgx_plan *plan)
{
	return has(plan, MIGRATABLE);
}

bool version_has_maxphysaddr(const struct hgx_plan *plan)
{
	return has(plan, MAXPHYSADDR);
}

bool version_wants_ioapic(const struct hgx_plan *plan)
{
	return !has(plan, REMAPPING_ALONE);
}

bool version_has_override(const struct hgx_plan *plan)
{
	return has(plan, OVERRIDE);
}

bool version_shows_host_bits(const struct hgx_plan *plan)
{
	return has(plan, MAXPHYSADDR) || has(plan, HOST_BITS);
}

bool version_moves_ram(const struct hgx_plan *plan)
{
	return has(plan, HIGH_RAM);
}

bool version_has_prealloc_threads(const struct hgx_plan *plan)
{
	return has(plan, PREALLOC_THREADS);
}

bool version_turns_dma_off(const struct hgx_plan *plan)
{
	return has(plan, DMA_OFF);
}

bool version_has_dma_translation(const struct hgx_plan *plan)
{
	return has(plan, DMA_TRANSLATION);
}

bool version_has_iommufd(const struct hgx_plan *plan)
{
	return has(plan, IOMMUFD);
}

bool version_has_iommufd_default(const struct hgx_plan *plan)
{
	return has(plan, IOMMUFD_DEFAULT);
}

struct version_text version_text(unsigned version)
{
	struct version_text text;
	unsigned release = version % 1000;
	int length = snprintf(text.text, sizeof(text.text), "%u.%u", version / 1000000,
			      version / 1000 % 1000);

	if (release)
		snprintf(text.text + length, sizeof(text.text) - (size_t)length, ".%u", release);
	return text;
}

/* libvirt's formatdomain, <iommu model='smmuv3'> and <acpi nodeset=''/>; QEMU's arm-smmuv3 with
 * accel. Linux, drivers/vfio/pci/nvgrace-gpu: memory of the GPU takes eight nodes. */
const char *version_arm64(const char *arch)
{
	if (strcmp(arch, "arm64"))
		return "";
	return "; an arm64 guest needs the machine virt and, for each GPU, an expander bus with one "
	       "root port and a smmuv3 of its own, and on Grace eight NUMA nodes without memory: "
	       "libvirt has these since 12 and QEMU since 11, so write such a domain by hand";
}

unsigned plan_max_vcpus(const struct hgx_plan *plan)
{
	size_t i = 0;

	while (plan->versions.qemu < max_vcpus[i].qemu)
		i++;
	return max_vcpus[i].vcpus;
}

const char *plan_port_speed(const struct hgx_plan *plan, uint32_t speed)
{
	for (size_t i = 0; i < ARRAY_SIZE(port_speeds); i++)
		if (port_speeds[i].speed <= speed && port_speeds[i].qemu <= plan->versions.qemu)
			return port_speeds[i].text;
	return NULL;
}

uint32_t port_speed_of(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(port_speeds); i++)
		if (!strcmp(port_speeds[i].text, text))
			return port_speeds[i].speed;
	return 0;
}

/* Reads "8.2" or "8.2.1" and returns what follows; NULL: not a version. */
static const char *read_version(const char *text, unsigned *out)
{
	static const unsigned most[] = { 4000, 999, 999 };
	unsigned numbers[3] = { 0, 0, 0 }, count = 0;

	for (; count < 3 && isdigit((unsigned char)*text); count++) {
		char *end;
		unsigned long number = strtoul(text, &end, 10);

		if (number > most[count])
			return NULL;
		numbers[count] = (unsigned)number;
		text = end;
		if (*text != '.' || count == 2 || !isdigit((unsigned char)text[1]))
			continue;
		text++;
	}
	*out = VERSION(numbers[0], numbers[1]) + numbers[2];
	return count < 2 ? NULL : text;
}

/* The version that the caller wants; otherwise the installed one, without the distribution's
 * suffix; otherwise the baseline. */
static int choose_version(const struct hgx_plan *plan, unsigned *out, const char *name,
			  const char *wanted, enum option_id option, unsigned baseline,
			  struct hgx_error *err)
{
	const char *installed = plan->host ? hgx_topo_software(plan->host, name) : NULL;

	if (wanted) {
		const char *rest = read_version(wanted, out);

		if (!rest || *rest)
			return fail_option(err, RULE_OPTION_VALUE, option,
					   "%s: '%.60s' is not a version; write it as 8.2 or 8.2.1",
					   plan_option(plan, option).text, wanted);
	} else if (!installed || !read_version(installed, out)) {
		*out = baseline;
	}
	return HGX_OK;
}

static int check_versions(const struct hgx_plan *plan, struct hgx_error *err)
{
	const struct versions *versions = &plan->versions;

	if (versions->libvirt < since[FIRMWARE].libvirt)
		return fail_option(
			err, RULE_LIBVIRT_TOO_OLD,
			plan->options.libvirt_version ? OPTION_LIBVIRT_VERSION : OPTION_NONE,
			"libvirt %s cannot pick a UEFI firmware by itself; use libvirt %s or "
			"newer",
			version_text(versions->libvirt).text,
			version_text(since[FIRMWARE].libvirt).text);
	if (versions->qemu < since[FIRMWARE].qemu)
		return fail_option(
			err, RULE_QEMU_TOO_OLD,
			plan->options.qemu_version ? OPTION_QEMU_VERSION : OPTION_NONE,
			"QEMU %s does not tell libvirt which UEFI firmware it has; use QEMU "
			"%s or newer",
			version_text(versions->qemu).text, version_text(since[FIRMWARE].qemu).text);
	return HGX_OK;
}

static int check_iommufd(const struct hgx_plan *plan, struct hgx_error *err)
{
	const struct versions *versions = &plan->versions;
	const char *option = plan_option(plan, OPTION_IOMMUFD).text;

	if (!plan->options.iommufd || has(plan, IOMMUFD))
		return HGX_OK;
	if (versions->libvirt < since[IOMMUFD].libvirt)
		return fail_option(err, RULE_LIBVIRT_TOO_OLD, OPTION_IOMMUFD,
				   "libvirt %s cannot assign devices through iommufd; use libvirt "
				   "%s or newer (%s), or leave out %s",
				   version_text(versions->libvirt).text,
				   version_text(since[IOMMUFD].libvirt).text,
				   plan_option(plan, OPTION_LIBVIRT_VERSION).text, option);
	return fail_option(
		err, RULE_QEMU_TOO_OLD, OPTION_IOMMUFD,
		"QEMU %s cannot assign devices through iommufd; use QEMU %s or newer (%s), or "
		"leave out %s",
		version_text(versions->qemu).text, version_text(since[IOMMUFD].qemu).text,
		plan_option(plan, OPTION_QEMU_VERSION).text, option);
}

int plan_libvirt(struct hgx_plan *plan, const char *wanted, struct hgx_error *err)
{
	return choose_version(plan, &plan->versions.libvirt, "libvirt", wanted,
			      OPTION_LIBVIRT_VERSION, VERSION(9, 0), err);
}

int plan_ovmf(struct hgx_plan *plan, struct hgx_error *err)
{
	return choose_version(plan, &plan->versions.ovmf, "ovmf", NULL, OPTION_NONE,
			      VERSION(2022, 11), err);
}

int plan_qemu(struct hgx_plan *plan, const char *wanted, struct hgx_error *err)
{
	return choose_version(plan, &plan->versions.qemu, "qemu", wanted, OPTION_QEMU_VERSION,
			      VERSION(7, 2), err);
}

int plan_versions(struct hgx_plan *plan, struct hgx_error *err)
{
	const struct hgx_plan_options *options = &plan->options;
	int code = plan_libvirt(plan, options->libvirt_version, err);

	if (!code)
		code = plan_qemu(plan, options->qemu_version, err);
	if (!code)
		code = plan_ovmf(plan, err);
	if (!code)
		code = check_versions(plan, err);
	return code ? code : check_iommufd(plan, err);
}

static bool any_port(const struct hgx_plan *plan, bool (*is_one)(const struct port *port))
{
	for (const struct port *bus = plan->expanders; bus; bus = bus->next)
		for (const struct port *port = bus; port; port = port_next(bus, port))
			if (is_one(port))
				return true;
	return false;
}

static bool has_clique(const struct port *port)
{
	return port->kind == HGX_GPU && port->clique >= 0;
}

static bool has_link(const struct port *port)
{
	return port->speed != NULL;
}

static bool is_fast(const struct port *port)
{
	return has_link(port) && port->host->pci->link_max.speed > 16000;
}

static bool has_atomics(const struct port *port)
{
	return port->host && needs_atomics(port->host);
}

static void note_atomics(struct hgx_plan *plan)
{
	if (plan->versions.qemu < VERSION(8, 1) && any_port(plan, has_atomics))
		plan_note(
			plan, RULE_ATOMICS_MISSING, HGX_WARNING, NULL, "use QEMU 8.1 or newer",
			"QEMU %s does not pass on PCIe atomics, which AMD's driver and RCCL need: "
			"programs on the GPUs may fail in the guest",
			version_text(plan->versions.qemu).text);
}

static void note_iommufd(struct hgx_plan *plan)
{
	if (!plan->hardware.iommufd)
		return;
	if (version_has_flaw(plan, FLAW_IOMMUFD_NO_PEERS))
		plan_note(plan, RULE_IOMMUFD_PEERS, HGX_WARNING, NULL,
			  "use QEMU 11.0 or newer on Linux 6.19 or newer, or assign them without "
			  "iommufd",
			  "with QEMU %s, devices assigned through iommufd cannot reach each other: "
			  "GPUs and NICs have no peer-to-peer (GPUDirect) in the guest",
			  version_text(plan->versions.qemu).text);
	else
		plan_note(plan, RULE_IOMMUFD_PEERS, HGX_NOTE, NULL,
			  "check the host's kernel with 'uname -r'",
			  "devices assigned through iommufd only reach each other (GPUDirect) "
			  "if the host runs Linux 6.19 or newer");
}

/* Whether the version is neither given nor found. */
static bool is_assumed(const struct hgx_plan *plan, const char *name, const char *given)
{
	const char *installed = plan->host ? hgx_topo_software(plan->host, name) : NULL;
	unsigned version;

	return !given && (!installed || !read_version(installed, &version));
}

static void note_assumed(struct hgx_plan *plan)
{
	const struct hgx_plan_options *options = &plan->options;
	const struct version_text libvirt = version_text(plan->versions.libvirt);
	const struct version_text qemu = version_text(plan->versions.qemu);
	bool no_libvirt = is_assumed(plan, "libvirt", options->libvirt_version);
	bool no_qemu = is_assumed(plan, "qemu", options->qemu_version);

	if (no_libvirt && no_qemu)
		plan_note(plan, RULE_VERSIONS_ASSUMED, HGX_NOTE, NULL,
			  arena_format(&plan->arena, "give those of the host with %s and %s",
				       plan_option(plan, OPTION_LIBVIRT_VERSION).text,
				       plan_option(plan, OPTION_QEMU_VERSION).text),
			  "neither libvirt nor QEMU was found on the host: libvirt %s and QEMU %s "
			  "are assumed",
			  libvirt.text, qemu.text);
	else if (no_libvirt || no_qemu)
		plan_note(plan, RULE_VERSIONS_ASSUMED, HGX_NOTE, NULL,
			  arena_format(&plan->arena, "give that of the host with %s",
				       plan_option(plan, no_qemu ? OPTION_QEMU_VERSION :
								   OPTION_LIBVIRT_VERSION)
					       .text),
			  "%s was not found on the host: %s is assumed",
			  no_qemu ? "QEMU" : "libvirt", no_qemu ? qemu.text : libvirt.text);
}

static void note_dma(struct hgx_plan *plan)
{
	bool qemu = has(plan, DMA_OFF);

	if (!plan->hardware.large_apic_ids || plan->hardware.libvirt.dma_off)
		return;
	plan_note(
		plan, RULE_DMA_TRANSLATED, HGX_WARNING, NULL,
		"use libvirt 10.7 or newer with QEMU 7.2 or newer, or start the guest's kernel with "
		"intel_iommu=off: interrupts are remapped all the same",
		"%s %s cannot turn off DMA translation in the IOMMU that this many vCPUs need: a "
		"guest whose kernel turns it on, as Debian's does, translates all DMA of its GPUs "
		"and NICs, which is slow",
		qemu ? "libvirt" : "QEMU",
		version_text(qemu ? plan->versions.libvirt : plan->versions.qemu).text);
}

void version_notes(struct hgx_plan *plan)
{
	const struct version_text libvirt = version_text(plan->versions.libvirt);

	if (!has(plan, FIRMWARE_FEATURES))
		plan_note(plan, RULE_FIRMWARE_ANY, HGX_NOTE, NULL, "use libvirt 7.2 or newer",
			  "libvirt %s cannot be told to pick a firmware without secure boot: if it "
			  "picks one with it, the guest only loads signed drivers",
			  libvirt.text);
	if (!has(plan, OVERRIDE) && any_port(plan, has_clique))
		plan_note(plan, RULE_CLIQUE_MISSING, HGX_WARNING, NULL, "use libvirt 8.2 or newer",
			  "libvirt %s cannot give GPUs a GPUDirect clique id: they will not use "
			  "peer-to-peer in the guest",
			  libvirt.text);
	if (!has(plan, OVERRIDE) && any_port(plan, has_link))
		plan_note(
			plan, RULE_PORT_LINKS_MISSING, HGX_NOTE, NULL, "use libvirt 8.2 or newer",
			"libvirt %s cannot give root ports the speed and width of the host's links: "
			"they show 16 GT/s x32",
			libvirt.text);
	if (has(plan, OVERRIDE) && version_has_flaw(plan, FLAW_SLOW_PORTS) &&
	    any_port(plan, is_fast))
		plan_note(
			plan, RULE_PORT_LINKS_SLOWER, HGX_NOTE, NULL, NULL,
			"QEMU %s has root ports of at most 16 GT/s: the guest shows that where the host "
			"has more; the NCCL file has the real links",
			version_text(plan->versions.qemu).text);
	note_atomics(plan);
	note_iommufd(plan);
	note_assumed(plan);
	note_dma(plan);
}
