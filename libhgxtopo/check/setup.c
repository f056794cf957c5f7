/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a host is set up for VMs: KVM, the IOMMU, and what is installed. */
#include <stdbool.h>
#include <string.h>
#include "check/host.h"
#include "util/macros.h"
#include "model/setup.h"

/* The first processor's; NULL if unknown. */
static const struct hgx_processor *processor(const struct host_check *host)
{
	return processor_of(host->host, NULL);
}

static bool is_x86(const struct host_check *host)
{
	const struct hgx_processor *cpu = processor(host);

	return !cpu || !cpu->arch || !strcmp(cpu->arch, "x86_64");
}

static bool is_intel(const struct host_check *host)
{
	const struct hgx_processor *cpu = processor(host);

	return cpu && cpu->vendor && !strcmp(cpu->vendor, "GenuineIntel");
}

void setup_virtualization(struct host_check *host)
{
	const struct setup *setup = host->host->setup;

	if (!setup)
		check_unknown(&host->check,
			      "virtualization, /dev/kvm, the kernel command line and what is "
			      "installed (a topology in JSON does not have them)");
	else if (setup->virtualizes == HGX_UNKNOWN && is_x86(host))
		check_unknown(&host->check, "VT-x or AMD-V (proc/cpuinfo)");
	else if (setup->virtualizes == HGX_ABSENT)
		check_add(&host->check, RULE_VIRTUALIZATION_OFF, NULL, NULL, "%s",
			  setup->guest == HGX_PRESENT ?
				  "this machine is itself a VM, and has neither VT-x nor AMD-V" :
				  "the processor shows neither VT-x nor AMD-V: the firmware has it "
				  "off");
}

void setup_kvm(struct host_check *host)
{
	const struct setup *setup = host->host->setup;

	if (!setup)
		return;
	if (setup->kvm == HGX_UNKNOWN)
		check_unknown(&host->check, "/dev/kvm (a capture does not have it)");
	else if (setup->kvm == HGX_ABSENT)
		check_add(&host->check, RULE_KVM_MISSING, NULL,
			  is_intel(host) ? "modprobe kvm_intel" :
			  is_x86(host)	 ? "modprobe kvm_amd" :
					   "modprobe kvm",
			  "there is no /dev/kvm");
}

void setup_iommu(struct host_check *host)
{
	const struct setup *setup = host->host->setup;

	if (setup && setup->iommu && !strncmp(setup->iommu, "DMA", 3))
		check_add(&host->check, RULE_IOMMU_TRANSLATES, NULL, NULL,
			  "the IOMMU translates the addresses of the host's own devices (%s)",
			  setup->iommu);
}

void setup_override(struct host_check *host)
{
	const struct setup *setup = host->host->setup;
	const char *word = setup && setup->cmdline ? strstr(setup->cmdline, "pcie_acs_override=") :
						     NULL;

	if (setup && !setup->cmdline)
		check_unknown(&host->check, "the kernel command line (proc/cmdline)");
	if (word)
		check_add(&host->check, RULE_ACS_OVERRIDDEN, NULL, NULL,
			  "%.*s: devices of one VM may reach the memory of another or of the host",
			  (int)strcspn(word, " \n"), word);
}

void setup_software(struct host_check *host)
{
	const struct setup *setup = host->host->setup;
	const struct {
		int state;
		enum rule_id rule;
		const char *what, *unknown;
	} parts[] = {
		{ setup ? setup->qemu : HGX_PRESENT, RULE_QEMU_MISSING, "QEMU",
		  "whether QEMU is installed" },
		{ setup ? setup->libvirt : HGX_PRESENT, RULE_LIBVIRT_MISSING, "libvirt",
		  "whether libvirt is installed" },
		{ setup ? setup->ovmf : HGX_PRESENT, RULE_OVMF_MISSING, "OVMF",
		  "whether OVMF is installed" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (parts[i].state == HGX_UNKNOWN)
			check_unknown(&host->check, parts[i].unknown);
		else if (parts[i].state == HGX_ABSENT)
			check_add(&host->check, parts[i].rule, NULL, NULL,
				  "%s is not installed on this host", parts[i].what);
}
