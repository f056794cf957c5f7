/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The 64-bit window: OVMF puts BARs there that are too large for the space below 4 GiB.
 * It opens a window by itself, or one of the size it is asked for (OvmfPkg:
 * PlatformInitLib). */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "plan/window.h"
#include "util/arena.h"
#include "util/error.h"
#include "util/macros.h"
#include "util/size.h"
#include "model/topo.h"
#include "guest/plan.h"
#include "guest/port.h"
#include "guest/version.h"
#include "domain/base.h"
#include "domain/device.h"
#include "domain/memory.h"
#include "plan/window_bars.h"

#define GIB (1ull << 30)
#define LARGE_BAR GIB
#define CLASSIC_WINDOW (32 * GIB)
#define LARGEST_WINDOW (16384 * GIB) /* the largest that OVMF accepts */
#define MAX_BITS 46		     /* the most that OVMF uses: four levels of page tables */
#define HOLE (32 * GIB) /* QEMU reserves this much above the RAM (q35's pci-hole64-size) */
#define HYPERTRANSPORT 0xfd00000000ull /* AMD reserves the range from here to 1 TiB */

struct guest_space {
	unsigned bits; /* address bits, as the guest sees them */
	bool known;    /* false: bits is an assumption */
	bool hidden;   /* the base domain shows other bits than the host has */
	const struct hardware *hardware;
	uint64_t ram_end;
};

static bool is_amd(const struct guest_space *guest)
{
	return guest->hardware->amd;
}

/* The sockets of a host are usually alike; if not, the smallest number of bits counts. */
static void read_processors(const struct hgx_plan *plan, struct guest_space *guest)
{
	for (const struct hgx_node *node = plan->host->root->first; node; node = node->next) {
		const struct hgx_processor *processor = node->processor;

		if (!processor)
			continue;
		if (processor->address_bits > 0 &&
		    (!guest->known || (unsigned)processor->address_bits < guest->bits)) {
			guest->bits = (unsigned)processor->address_bits;
			guest->known = true;
		}
	}
}

/* QEMU puts memory modules above the RAM. It reserves what <maxMemory> allows beyond the RAM, and
 * 1 GiB for each slot to align the modules (hw/i386/pc.c: pc_get_device_memory_range()). */
static uint64_t end_of_modules(const struct hgx_plan *plan, uint64_t end, uint64_t ram)
{
	uint64_t most;
	unsigned slots;

	if (domain_most(plan, &most, &slots, NULL) || most <= ram)
		return end;
	return size_align(end, GIB) + (most - ram) + slots * GIB;
}

/* q35 puts 2 GiB of RAM below 4 GiB, or all of it if it is less than 2.75 GiB (QEMU's
 * hw/i386/pc_q35.c). The rest starts at 4 GiB; on AMD at 1 TiB, if it and the hole above
 * it would reach the HyperTransport range (hw/i386/pc.c). */
static uint64_t end_of_ram(const struct hgx_plan *plan, const struct guest_space *guest,
			   bool modules)
{
	uint64_t ram = plan_memory_size(plan), end = 4 * GIB;

	for (size_t i = 0; i < plan->cell_count; i++)
		ram -= plan->cells[i].modules;
	if (ram >= 0xb0000000)
		end += ram - 2 * GIB;
	if (modules)
		end = end_of_modules(plan, end, ram);
	if (is_amd(guest) && version_moves_ram(plan) &&
	    size_align(end, GIB) + HOLE > HYPERTRANSPORT)
		end += 1020 * GIB;
	return end;
}

/* The domain may show the guest other address bits than the host has. */
static void read_domain(const struct hgx_plan *plan, struct guest_space *guest)
{
	bool limit;
	unsigned bits = base_address_bits(plan->base, &limit);

	if (!bits || (limit && guest->known && guest->bits <= bits))
		return;
	guest->bits = bits;
	guest->known = guest->hidden = true;
}

static void read_guest(const struct hgx_plan *plan, struct guest_space *guest)
{
	*guest = (struct guest_space){ .bits = MAX_BITS, .hardware = &plan->hardware };
	read_processors(plan, guest);
	if (!version_shows_host_bits(plan)) {
		guest->bits = guest->known && guest->bits < DEFAULT_ADDRESS_BITS ?
				      guest->bits :
				      DEFAULT_ADDRESS_BITS;
		guest->known = true;
	}
	if (plan->base)
		read_domain(plan, guest);
	guest->ram_end = end_of_ram(plan, guest, true);
}

static uint64_t address_end(unsigned bits)
{
	return 1ull << (bits < 52 ? bits : 52);
}

/* QEMU shows 40 bits by default, whatever the host has. OVMF therefore ignores 40 bits
 * and less, unless processors of this vendor exist with that number. */
static bool trusts_bits(const struct guest_space *guest, unsigned bits)
{
	if (bits > 40)
		return true;
	if (is_amd(guest))
		return bits == 40;
	return guest->hardware->vendor && !strcmp(guest->hardware->vendor, "GenuineIntel") &&
	       (bits == 36 || bits == 39);
}

/* The size of the window that OVMF opens by itself; 0 if none fits. */
static uint64_t own_window(const struct hgx_plan *plan, const struct guest_space *guest,
			   unsigned bits)
{
	uint64_t end = address_end(bits < MAX_BITS ? bits : MAX_BITS), large = end / 8;
	uint64_t start = size_align(guest->ram_end, CLASSIC_WINDOW);

	if (!version_has_flaw(plan, FLAW_SMALL_WINDOW) && trusts_bits(guest, bits) &&
	    large > CLASSIC_WINDOW && start + large < end)
		return large;
	return start + CLASSIC_WINDOW <= end ? CLASSIC_WINDOW : 0;
}

/* OVMF puts a requested window above the RAM, aligned to its size. OVMF 2022.11 ignores
 * the HyperTransport range; newer versions find it reserved. */
static bool window_fits(const struct guest_space *guest, unsigned bits, uint64_t size)
{
	uint64_t start = size_align(guest->ram_end, size);

	if (is_amd(guest) && start < 1024 * GIB && start + size > HYPERTRANSPORT)
		return false;
	return start + size <= address_end(bits < MAX_BITS ? bits : MAX_BITS);
}

static bool is_enough(const struct hgx_plan *plan, const struct guest_space *guest, unsigned bits,
		      uint64_t needed)
{
	return plan->window ? window_fits(guest, bits, plan->window) :
			      own_window(plan, guest, bits) >= needed;
}

/* The size of the smallest window that is large enough and fits; 0 if there is none. */
static uint64_t window_to_request(const struct guest_space *guest, uint64_t needed)
{
	for (uint64_t size = 2 * CLASSIC_WINDOW; size <= LARGEST_WINDOW; size *= 2)
		if (size >= needed && window_fits(guest, guest->bits, size))
			return size;
	return 0;
}

static bool has_large_bars(const struct hgx_plan *plan)
{
	for (size_t i = 0; i < plan->chosen_count; i++)
		for (size_t j = 0; j < HGX_BARS - 1; j++)
			if (plan->chosen[i]->pci->bars[j].size > LARGE_BAR)
				return true;
	return false;
}

static void note_unknown_bits(struct hgx_plan *plan, const struct guest_space *guest,
			      uint64_t needed)
{
	unsigned bits = 36;

	while (bits < MAX_BITS && !is_enough(plan, guest, bits, needed))
		bits++;
	plan_note(plan, RULE_ADDRESS_BITS_UNKNOWN, HGX_NOTE, NULL,
		  "look for \"address sizes\" in the host's /proc/cpuinfo",
		  "the number of physical address bits of the host's processor is unknown: the "
		  "BARs of the chosen devices need %u",
		  bits);
}

static void note_hidden_bits(struct hgx_plan *plan, const struct guest_space *guest)
{
	plan_note(
		plan, RULE_ADDRESS_BITS_HIDDEN, HGX_WARNING, NULL,
		"use libvirt 8.7 or newer, or QEMU 6.0 or newer",
		"libvirt %s with QEMU %s shows the guest %u physical address bits, however many the host "
		"has: little room for large BARs",
		version_text(plan->versions.libvirt).text, version_text(plan->versions.qemu).text,
		guest->bits);
}

/* What QEMU compares with the address bits. Versions that move the RAM refuse to start if it is
 * too high. */
static uint64_t end_of_addresses(const struct hgx_plan *plan, uint64_t end)
{
	return version_moves_ram(plan) ? size_align(end, GIB) + HOLE : end;
}

/* "; do this": a domain that is checked is not planned, so what a plan could be told does not help.
 * The rule of the check has its remedy. */
static const char *advice(struct hgx_plan *plan, const char *format, ...) PRINTF(2, 3);
static const char *advice(struct hgx_plan *plan, const char *format, ...)
{
	char text[300];
	va_list args;

	if (plan->base && plan->base->whole)
		return "";
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return arena_format(&plan->arena, "; %s", text);
}

/* VFIO maps all of the RAM, and AMD's IOMMU cannot map addresses in the HyperTransport
 * range. */
static int check_ram(struct hgx_plan *plan, const struct guest_space *guest, struct hgx_error *err)
{
	uint64_t end = guest->ram_end;

	if (is_amd(guest) && !version_moves_ram(plan) && end > HYPERTRANSPORT)
		return fail_option(
			err, RULE_MEMORY_RESERVED_RANGE, plan_memory_option(plan),
			"the guest's memory would end at %s, and QEMU %s would put it over the "
			"addresses from 1012 GiB to 1 TiB, which AMD reserves for "
			"HyperTransport%s",
			size_text(end).text, version_text(plan->versions.qemu).text,
			advice(plan, "use QEMU 7.1 or newer, or a smaller %s",
			       plan_memory_name(plan).text));
	end = end_of_addresses(plan, end);
	if (end > address_end(guest->bits))
		return fail_option(
			err, RULE_MEMORY_ADDRESS_BITS, plan_memory_option(plan),
			"with its memory the guest needs addresses up to %s, but %u address bits "
			"only reach %s%s",
			size_text(end).text, guest->bits, size_text(address_end(guest->bits)).text,
			advice(plan, "use a smaller %s%s", plan_memory_name(plan).text,
			       guest->hidden ? ", or show the guest more address bits with <cpu "
					       "mode='host-passthrough'>" :
					       ""));
	return HGX_OK;
}

/* Without large BARs nothing of the mirror has to fit above it, and it is no worse than it was:
 * only a warning. */
static int check_modules(struct hgx_plan *plan, struct guest_space *guest, struct hgx_error *err)
{
	uint64_t end = end_of_addresses(plan, guest->ram_end), limit = address_end(guest->bits);
	uint64_t ram = end_of_ram(plan, guest, false);
	const char *remedy = guest->hidden ? "lower <maxMemory>, or show the guest more address "
					     "bits with <cpu mode='host-passthrough'>" :
					     "lower <maxMemory>";

	if (end <= limit || ram == guest->ram_end)
		return HGX_OK;
	if (has_large_bars(plan))
		return fail_option(err, RULE_MEMORY_ADDRESS_BITS, OPTION_BASE,
				   "with its <maxMemory> the guest needs addresses up to %s, but "
				   "%u address bits only reach %s%s",
				   size_text(end).text, guest->bits, size_text(limit).text,
				   advice(plan, "%s", remedy));
	plan_note(plan, RULE_BASE_CROWDED, HGX_WARNING, NULL, remedy,
		  "with its <maxMemory> the guest needs addresses up to %s, but %u address bits "
		  "only reach %s: QEMU may refuse to start it",
		  size_text(end).text, guest->bits, size_text(limit).text);
	guest->ram_end = ram;
	return HGX_OK;
}

static const char *window_remedy(struct hgx_plan *plan, const struct guest_space *guest)
{
	if (guest->hidden)
		return "show the guest more, with <cpu mode='host-passthrough'> or with "
		       "<maxphysaddr mode='emulate' bits='46'/> in the domain's <cpu>";
	if (!version_shows_host_bits(plan))
		return "use libvirt 8.7 or QEMU 6.0, which show the guest all address bits of "
		       "the host";
	if (guest->ram_end > 1ull << (guest->bits - 1))
		return arena_format(&plan->arena, "assign fewer GPUs or use a smaller %s",
				    plan_memory_name(plan).text);
	return arena_format(&plan->arena, "assign fewer GPUs, for example half of them with %s",
			    option_vms(plan->options.words, 1, 2).text);
}

static int no_window(struct hgx_plan *plan, const struct guest_space *guest, uint64_t needed,
		     struct hgx_error *err)
{
	return fail(
		err, RULE_BARS_ADDRESS_SPACE,
		"the BARs of the chosen devices need %s of 64-bit addresses; with %u address "
		"bits and memory up to %s the firmware opens %s, and there is no room for more%s",
		size_text(needed).text, guest->bits, size_text(guest->ram_end).text,
		size_text(own_window(plan, guest, guest->bits)).text,
		advice(plan, "%s", window_remedy(plan, guest)));
}

/* It takes more than PCI places to ask for one. */
static void note_window(struct hgx_plan *plan)
{
	plan_note(plan, RULE_WINDOW_TOO_SMALL, HGX_WARNING, NULL,
		  arena_format(&plan->arena,
			       "add <qemu:arg value='-fw_cfg'/><qemu:arg "
			       "value='name=opt/ovmf/X-PciMmio64Mb,string=%llu'/> to the domain's "
			       "<qemu:commandline>",
			       (unsigned long long)(plan->window >> 20)),
		  "the BARs of the devices need a 64-bit window of %s, which OVMF does not open "
		  "by itself",
		  size_text(plan->window).text);
}

static int fit_window(struct hgx_plan *plan, const struct guest_space *guest, struct hgx_error *err)
{
	uint64_t needed;

	if (!window_needed(plan, &needed))
		return fail_memory(err);
	if (own_window(plan, guest, guest->bits) < needed) {
		plan->window = window_to_request(guest, needed);
		if (!plan->window)
			return no_window(plan, guest, needed, err);
	}
	if (plan->only_pci && plan->window) {
		note_window(plan);
		plan->window = 0;
	}
	if (!has_large_bars(plan))
		return HGX_OK;
	if (!guest->known)
		note_unknown_bits(plan, guest, needed);
	else if (!guest->hidden && !version_shows_host_bits(plan))
		note_hidden_bits(plan, guest);
	return HGX_OK;
}

int plan_window(struct hgx_plan *plan, struct hgx_error *err)
{
	struct guest_space guest;
	unsigned slots;
	uint64_t most;
	int code = domain_most(plan, &most, &slots, err);

	if (code)
		return code;
	read_guest(plan, &guest);
	code = check_modules(plan, &guest, err);
	if (!code)
		code = check_ram(plan, &guest, err);
	if (code || base_is_bios(plan)) /* SeaBIOS makes its window as large as the BARs need */
		return code;
	return fit_window(plan, &guest, err);
}
