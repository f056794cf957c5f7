/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The guest as arguments of QEMU, for those who start it without libvirt. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "util/error.h"
#include "util/options.h"
#include "util/text.h"
#include "util/utf8.h"
#include "model/topo.h"
#include "format/json.h"
#include "guest/plan.h"
#include "emit/qemu_pci.h"

#define DEFAULT_CODE "/usr/share/OVMF/OVMF_CODE_4M.fd"

/* A comma ends a value unless it is doubled. */
static void put_value(FILE *stream, const char *value)
{
	for (; *value; value++) {
		if (*value == ',')
			fputc(',', stream);
		fputc(*value, stream);
	}
}

/* Uses -blockdev, because -drive would take a file name such as "nbd:1" for a protocol. */
static void put_flash(FILE *stream, const char *id, bool read_only, const char *file,
		      const char *suffix)
{
	fprintf(stream,
		"-blockdev\ndriver=raw,node-name=%s,read-only=%s,file.driver=file,file.filename=",
		id, read_only ? "on" : "off");
	put_value(stream, file);
	fprintf(stream, "%s\n", suffix);
}

static void put_firmware(FILE *stream, const struct hgx_plan *plan,
			 const struct hgx_qemu_options *options)
{
	const char *code = options->firmware_code, *vars = options->firmware_vars;

	put_flash(stream, "ovmf-code", true, code ? code : DEFAULT_CODE, "");
	put_flash(stream, "ovmf-vars", false, vars ? vars : plan->name, vars ? "" : "_VARS.fd");
	if (plan->window)
		fprintf(stream, "-fw_cfg\nname=opt/ovmf/X-PciMmio64Mb,string=%llu\n",
			(unsigned long long)(plan->window >> 20));
}

static void put_machine(FILE *stream, const struct hgx_plan *plan,
			const struct hgx_qemu_options *options)
{
	fputs("-nodefaults\n-no-user-config\n-display\nnone\n-name\nguest=", stream);
	put_value(stream, plan->name);
	fprintf(stream,
		",debug-threads=on\n-machine\n"
		"q35,accel=kvm,dump-guest-core=off%s,pflash0=ovmf-code,pflash1=ovmf-vars\n",
		plan->hardware.large_apic_ids ? ",kernel-irqchip=split" : "");
	put_firmware(stream, plan, options);
}

static void put_cpus(FILE *stream, const struct hgx_plan *plan)
{
	fprintf(stream,
		"-cpu\nhost,migratable=off,host-cache-info=on,l3-cache=off,host-phys-bits=on%s\n",
		plan->hardware.topoext ? ",topoext=on" : "");
	fprintf(stream, "-smp\n%zu,sockets=%u,dies=%u,cores=%u,threads=%u\n", plan->vcpu_count,
		plan->sockets, plan->dies, plan->cores, plan->threads);
}

/* Memory is allocated at the start, because assigned devices pin it anyway. Huge pages come from
 * memfd, which is shared, as vhost-user needs it. */
static void put_backend(FILE *stream, const struct hgx_plan *plan, size_t i)
{
	const struct cell *cell = &plan->cells[i];

	fprintf(stream, "-object\nmemory-backend-%s,id=ram-node%zu,size=%lluM",
		plan->page_size ? "memfd" : "ram", i, (unsigned long long)(cell->memory >> 20));
	if (plan->page_size)
		fprintf(stream, ",hugetlb=on,hugetlbsize=%lluM",
			(unsigned long long)(plan->page_size >> 20));
	fprintf(stream, ",host-nodes=%u,policy=bind,prealloc=on", cell->host->memory->id);
	if (cell->prealloc_threads)
		fprintf(stream, ",prealloc-threads=%u", cell->prealloc_threads);
	fputc('\n', stream);
}

static void put_cell(FILE *stream, const struct hgx_plan *plan, size_t i)
{
	const struct cell *cell = &plan->cells[i];

	put_backend(stream, plan, i);
	fprintf(stream, "-numa\nnode,nodeid=%zu", i);
	if (cell->vcpus)
		fprintf(stream, ",cpus=%u-%u", cell->first_vcpu,
			cell->first_vcpu + cell->vcpus - 1);
	fprintf(stream, ",memdev=ram-node%zu\n", i);
}

/* QEMU sets the distance from a node to itself. */
static void put_distances(FILE *stream, const struct hgx_plan *plan, size_t cell)
{
	for (size_t i = 0; plan->tell_distances && i < plan->cell_count; i++)
		if (i != cell)
			fprintf(stream, "-numa\ndist,src=%zu,dst=%zu,val=%u\n", cell, i,
				plan->cells[cell].distances[i]);
}

static void put_memory(FILE *stream, const struct hgx_plan *plan)
{
	fprintf(stream, "-m\n%lluM\n", (unsigned long long)(plan_memory_size(plan) >> 20));
	for (size_t i = 0; i < plan->cell_count; i++)
		put_cell(stream, plan, i);
	for (size_t i = 0; i < plan->cell_count; i++)
		put_distances(stream, plan, i);
}

/* The IOMMU comes first: an assigned device only notices one that exists already. */
static void put_beside(FILE *stream, const struct hgx_plan *plan)
{
	for (unsigned i = 0; i < plan->iothreads; i++)
		fprintf(stream, "-object\niothread,id=iothread%u\n", plan->iothread_ids[i]);
	if (plan->hardware.large_apic_ids)
		fprintf(stream,
			"-device\nintel-iommu,id=iommu0,intremap=on,caching-mode=on,eim=on%s\n",
			plan->hardware.dma_off ? ",dma-translation=off" : "");
}

static void put_devices(FILE *stream, const struct hgx_plan *plan)
{
	if (plan->hardware.io_reserve_off)
		fputs("-global\npcie-root-port.io-reserve=0\n", stream);
	if (plan->hardware.iommufd)
		fputs("-object\niommufd,id=iommufd0\n", stream);
	qemu_pci(stream, plan);
}

/* ---- the other formats, made from the lines; no argument contains a line break */

static void write_quoted(FILE *stream, const char *word)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+";

	if (*word && !word[strspn(word, plain)]) {
		fputs(word, stream);
		return;
	}
	fputc('\'', stream);
	for (; *word; word++) {
		if (*word == '\'')
			fputs("'\\'", stream);
		fputc(*word, stream);
	}
	fputc('\'', stream);
}

/* Puts each option and its value on one line. */
static bool write_shell(FILE *stream, const char *word, bool first)
{
	if (first)
		fputs("qemu-system-x86_64", stream);
	fputs(*word == '-' ? " \\\n  " : " ", stream);
	write_quoted(stream, word);
	return true;
}

static bool write_json(FILE *stream, const char *word, bool first)
{
	struct json *value = json_text(word);

	if (!value)
		return false;
	fputs(first ? "[\n  " : ",\n  ", stream);
	json_write(stream, value);
	json_free(value);
	return true;
}

static int format_lines(char *lines, int format, char **out, struct hgx_error *err)
{
	bool good = true;
	struct text text;
	int code = text_open(&text, err);

	if (code)
		return code;
	for (char *word = lines, *end; good && *word; word = end + 1) {
		end = strchr(word, '\n');
		*end = '\0';
		good = (format == HGX_QEMU_JSON ? write_json : write_shell)(text.stream, word,
									    word == lines);
	}
	fputs(format == HGX_QEMU_JSON ? "\n]\n" : "\n", text.stream);
	code = text_close(&text, out, err);
	if (code || good)
		return code;
	hgx_text_free(*out);
	*out = NULL;
	return fail_memory(err);
}

static int check_file(const char *file, int words, enum option_id option, struct hgx_error *err)
{
	if (!file || (*file && text_is_clean(file)))
		return HGX_OK;
	return fail_option(err, RULE_OPTION_VALUE, option,
			   "%s needs the name of a file, in UTF-8 without control characters",
			   option_name(words, option).text);
}

static int check(const struct hgx_plan *plan, const struct hgx_qemu_options *options,
		 struct hgx_error *err)
{
	int code = check_file(options->firmware_code, options->words, OPTION_FIRMWARE_CODE, err);

	if (!code)
		code = check_file(options->firmware_vars, options->words, OPTION_FIRMWARE_VARS,
				  err);
	if (code)
		return code;
	if (options->format < HGX_QEMU_LINES || options->format > HGX_QEMU_JSON)
		return fail_option(
			err, RULE_OPTION_VALUE, OPTION_FORMAT, "%s: %d is not a valid value",
			option_name(options->words, OPTION_FORMAT).text, options->format);
	if (options->devices_only < 0 || options->devices_only > 1)
		return fail_option(err, RULE_OPTION_VALUE, OPTION_DEVICES_ONLY,
				   "%s: %d is not a valid value",
				   option_name(options->words, OPTION_DEVICES_ONLY).text,
				   options->devices_only);
	if (plan->base)
		return fail_option(
			err, RULE_DOMAIN_NEEDS_LIBVIRT, OPTION_BASE,
			"%s: only libvirt can start the domain's own devices; write a libvirt "
			"domain, or leave out %s",
			plan->name, option_name(options->words, OPTION_BASE).text);
	return HGX_OK;
}

int hgx_emit_qemu(const struct hgx_plan *plan, const struct hgx_qemu_options *options, char **out,
		  struct hgx_error *err)
{
	struct hgx_qemu_options own = { .size = sizeof(own) };
	struct text text;
	char *lines;
	int code = options_copy(&own, options, offsetof(struct hgx_qemu_options, format), err);

	*out = NULL;
	if (!code)
		code = options_words(own.words, err);
	if (!code)
		code = check(plan, &own, err);
	if (!code)
		code = plan_can_start(plan, err);
	if (!code)
		code = text_open(&text, err);
	if (code)
		return code;
	if (!own.devices_only) {
		put_machine(text.stream, plan, &own);
		put_cpus(text.stream, plan);
		put_memory(text.stream, plan);
		put_beside(text.stream, plan);
	}
	put_devices(text.stream, plan);
	code = text_close(&text, &lines, err);
	if (code || own.format == HGX_QEMU_LINES) {
		*out = lines;
		return code;
	}
	code = format_lines(lines, own.format, out, err);
	hgx_text_free(lines);
	return code;
}
