/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What parts of our JSON are read with. */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "source/json_load.h"
#include "util/arena.h"
#include "util/bdf.h"
#include "util/link.h"
#include "format/json.h"
#include "source/limits.h"

void load_about(struct load *load, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(load->reader.node, sizeof(load->reader.node), format, args);
	va_end(args);
}

const char *load_string(struct load *load, const struct json *object, const char *key)
{
	const char *text = json_get_text(&load->reader, object, key, JSON_OPTIONAL);

	if (text && !*text)
		json_bad(&load->reader, RULE_JSON_VALUE,
			 "\"%s\" is empty; write null where it is unknown", key);
	return arena_string(&load->topo->arena, text);
}

int load_known(struct load *load, const struct json *object, const char *key, int64_t max)
{
	return (int)json_get_number(&load->reader, object, key, 0, max, -1);
}

bool load_address(struct load *load, const char *key, const char *text, struct hgx_bdf *out)
{
	if (bdf_read(text, strlen(text), out) && !strcmp(bdf_text(*out).text, text))
		return true;
	json_bad(&load->reader, RULE_JSON_VALUE,
		 "\"%s\" is \"%.40s\", which is not a PCI address such as "
		 "\"0000:19:00.0\" (lower case, bus 00-ff, device 00-1f, function 0-7)",
		 key, text);
	return false;
}

struct hgx_link load_link(struct load *load, const struct json *object, const char *key)
{
	const struct json *link = json_get_object(&load->reader, object, key, JSON_OPTIONAL);

	struct hgx_link read = {
		(uint32_t)json_get_number(&load->reader, link, "mts", 1, 1000000, 0),
		(uint32_t)json_get_number(&load->reader, link, "width", 1, MAX_LANES, 0),
	};

	if (link && !link_speed_known(read.speed))
		json_bad(&load->reader, RULE_JSON_VALUE,
			 "\"%s\": \"mts\" is %u, which is not a PCIe speed (2500, 5000, 8000, "
			 "16000, 32000, 64000 or 128000)",
			 key, read.speed);
	return read;
}

void load_processor(struct load *load, const struct json *object, struct hgx_processor *processor)
{
	processor->arch = load_string(load, object, "arch");
	processor->vendor = load_string(load, object, "vendor");
	processor->name = load_string(load, object, "name");
	processor->family = load_known(load, object, "family", 65535);
	processor->model = load_known(load, object, "model", 65535);
	processor->address_bits = (int)json_get_number(&load->reader, object, "address_bits", 32,
						       64, -1);
}

void load_list(struct load *load, const struct json *top, const char *key, int most, bool objects,
	       void (*each)(struct load *, const struct json *))
{
	const struct json *array = json_get_array(&load->reader, top, key, JSON_NEEDED);
	size_t count = json_length(array);

	if (count > (size_t)most)
		json_bad(&load->reader, RULE_JSON_TOO_LARGE, "\"%s\" has more than %d elements",
			 key, most);
	for (size_t i = 0; i < count && !load->reader.code && !load->topo->arena.failed; i++) {
		const struct json *item = json_at(array, i);

		snprintf(load->reader.where, sizeof(load->reader.where), "%s[%zu]", key, i);
		load->reader.node[0] = '\0';
		if (objects && !json_is_object(item))
			json_bad(&load->reader, RULE_JSON_MEMBER, "not an object; correct it");
		else
			each(load, item);
	}
	load->reader.where[0] = load->reader.node[0] = '\0';
}
