/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Findings and verdicts as JSON. */
#include "emit/finding_json.h"
#include "model/kind.h"
#include "model/topo.h"
#include "guest/plan.h"

struct json *finding_json(const struct hgx_finding *finding)
{
	struct json *object = json_new_object();

	if (object && json_put_text(object, "rule", finding->rule) &&
	    json_put_text(object, "severity", hgx_severity_name(finding->severity)) &&
	    json_put_text(object, "node", finding->node ? finding->node->name : NULL) &&
	    json_put_text(object, "text", finding->text) &&
	    json_put_text(object, "remedy", finding->remedy))
		return object;
	json_free(object);
	return NULL;
}

static struct json *verdict_json(const struct verdict *verdict)
{
	const struct hgx_verdict *told = &verdict->told;
	struct json *object = json_new_object();

	if (object && json_put_text(object, "device", verdict->node->name) &&
	    json_put_text(object, "kind", kind_of(verdict->node->kind)->name) &&
	    json_put_text(object, "fate", hgx_fate_name(told->fate)) &&
	    json_put_known(object, "vm", told->vm ? (int64_t)told->vm : -1) &&
	    json_put_text(object, "reason", told->reason) &&
	    json_put_text(object, "because", told->because ? told->because->name : NULL))
		return object;
	json_free(object);
	return NULL;
}

static bool write_element(FILE *stream, struct json *value, const char *indent, size_t index)
{
	if (!value)
		return false;
	fprintf(stream, "%s\n%s  ", index ? "," : "", indent);
	json_write(stream, value);
	json_free(value);
	return true;
}

static void write_end(FILE *stream, const char *indent, size_t count)
{
	if (count)
		fprintf(stream, "\n%s]", indent);
	else
		fputs(" ]", stream);
}

bool plan_write_told(FILE *stream, const struct hgx_plan *plan, const char *indent)
{
	bool good = true;

	fprintf(stream, "%s\"findings\": [", indent);
	for (size_t i = 0; good && i < plan->findings.count; i++)
		good = write_element(stream, finding_json(&plan->findings.items[i]), indent, i);
	write_end(stream, indent, plan->findings.count);
	fprintf(stream, ",\n%s\"verdicts\": [", indent);
	for (size_t i = 0; good && i < plan->verdict_count; i++)
		good = write_element(stream, verdict_json(&plan->verdicts[i]), indent, i);
	write_end(stream, indent, plan->verdict_count);
	return good;
}
