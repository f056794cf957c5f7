/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of the functions that write each part. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "emit/libvirt_part.h"
#include "util/text.h"
#include "format/xml.h"
#include "guest/plan.h"
#include "emit/libvirt_cpu.h"
#include "emit/libvirt_pci.h"

static libvirt_writer *const writers[] = {
	[PART_MEMORY] = write_memory,
	[PART_HUGEPAGES] = write_hugepages,
	[PART_VCPU] = write_vcpu,
	[PART_IOTHREADS] = write_iothreads,
	[PART_PINS] = write_pins,
	[PART_NUMATUNE] = write_numatune,
	[PART_MEMNODES] = write_memnodes,
	[PART_IOMMUFD] = write_iommufd,
	[PART_IOAPIC] = write_ioapic,
	[PART_CPU] = write_cpu,
	[PART_TOPOLOGY] = write_topology,
	[PART_MAXPHYSADDR] = write_maxphysaddr,
	[PART_TOPOEXT] = write_topoext,
	[PART_NUMA] = write_numa,
	[PART_SPARES] = write_spares,
	[PART_IOMMU] = write_iommu,
	[PART_COMMANDLINE] = write_commandline,
	[PART_OVERRIDE] = write_override,
};

void libvirt_write(struct xml *xml, const struct hgx_plan *plan, enum libvirt_part part)
{
	writers[part](xml, plan);
}

static int indent_lines(char *lines, unsigned depth, char **out, struct hgx_error *err)
{
	struct text text;
	int code = text_open(&text, err);

	for (char *line = lines, *end; !code && *line; line = end) {
		end = line + strcspn(line, "\n");
		end += *end == '\n';
		text_indent(&text, depth);
		fwrite(line, 1, (size_t)(end - line), text.stream);
	}
	hgx_text_free(lines);
	return code ? code : text_close(&text, out, err);
}

int libvirt_part(const struct hgx_plan *plan, enum libvirt_part part, unsigned depth, char **out,
		 struct hgx_error *err)
{
	struct xml *xml;
	char *lines;
	int code;

	*out = NULL;
	if (xml_open(&xml, err))
		return HGX_NO_MEMORY;
	writers[part](xml, plan);
	code = xml_close(xml, &lines, err);
	return code ? code : indent_lines(lines, depth, out, err);
}

int libvirt_port(const struct hgx_plan *plan, port_writer *writer, const struct port *port,
		 char **out, struct hgx_error *err)
{
	struct xml *xml;

	*out = NULL;
	if (xml_open(&xml, err))
		return HGX_NO_MEMORY;
	writer(xml, plan, port);
	return xml_close(xml, out, err);
}

bool libvirt_has(struct xml *xml, const struct hgx_plan *plan, enum libvirt_part part)
{
	char *text;
	bool has;

	if (libvirt_part(plan, part, 0, &text, NULL)) {
		xml_fail(xml);
		return false;
	}
	has = *text;
	hgx_text_free(text);
	return has;
}
