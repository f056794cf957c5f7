/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which vCPUs, CPUs and nodes the tunings of a domain name. What is refused and what is ignored
 * was tried with libvirt 9.0. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "domain/tuning.h"
#include "util/arena.h"
#include "util/error.h"
#include "util/macros.h"
#include "model/topo.h"
#include "format/xml_read.h"
#include "format/xml_scan.h"
#include "domain/base.h"
#include "domain/binding.h"

/* What a number in an element stands for. */
enum named { NAMES_NOTHING, NAMES_VCPU, NAMES_IOTHREAD, NAMES_CELL, NAMES_CPU, NAMES_NODE };

static const char *const words[] = {
	[NAMES_VCPU] = "vCPU", [NAMES_IOTHREAD] = "iothread", [NAMES_CELL] = "NUMA cell",
	[NAMES_CPU] = "CPU",   [NAMES_NODE] = "NUMA node",
};

static const struct row {
	const char *parent, *element; /* parent NULL: the domain itself */
	const char *number;	      /* attribute with one number; NULL: there is none */
	enum named one;
	const char *list; /* attribute with a list; NULL: there is none */
	enum named each;
	bool optional; /* the list may be missing */
	bool single;   /* at most one such element, or one for each number */
	bool apart;    /* two lists must not overlap */
} rows[] = {
	{ NULL, "vcpu", NULL, NAMES_NOTHING, "cpuset", NAMES_CPU, true, false, false },
	{ "vcpus", "vcpu", "id", NAMES_VCPU, NULL, NAMES_NOTHING, true, false, false },
	{ "cputune", "vcpupin", "vcpu", NAMES_VCPU, "cpuset", NAMES_CPU, false, true, false },
	{ "cputune", "emulatorpin", NULL, NAMES_NOTHING, "cpuset", NAMES_CPU, false, true, false },
	{ "cputune", "iothreadpin", "iothread", NAMES_IOTHREAD, "cpuset", NAMES_CPU, false, true,
	  false },
	{ "cputune", "vcpusched", NULL, NAMES_NOTHING, "vcpus", NAMES_VCPU, false, false, true },
	{ "cputune", "iothreadsched", NULL, NAMES_NOTHING, "iothreads", NAMES_IOTHREAD, false,
	  false, true },
	{ "numatune", "memory", NULL, NAMES_NOTHING, "nodeset", NAMES_NODE, true, false, false },
	{ "numatune", "memnode", "cellid", NAMES_CELL, "nodeset", NAMES_NODE, false, true, false },
};

/* An element that names what is not there, and how many more of the kind do. */
struct missing {
	const struct xml_element *first;
	unsigned number, more;
};

struct tuning {
	struct hgx_plan *plan;
	struct hgx_error *err;
	unsigned vcpus;
	bool cpus[BINDING_NUMBERS], nodes[BINDING_NUMBERS]; /* online ones of the host */
	bool list[BINDING_NUMBERS];			    /* the one that is read */
	bool seen[BINDING_NUMBERS];			    /* in elements of the row before it */
	struct missing ignored, absent;
};

/* The place of an iothread among all; their number: there is none of that id. */
static unsigned iothread_of(const struct hgx_plan *plan, unsigned id)
{
	unsigned i = 0;

	while (i < plan->iothreads && plan->iothread_ids[i] != id)
		i++;
	return i;
}

static bool has(const struct tuning *tuning, enum named named, unsigned number)
{
	const struct hgx_plan *plan = tuning->plan;

	switch (named) {
	case NAMES_VCPU:
		return number < tuning->vcpus;
	case NAMES_IOTHREAD:
		return iothread_of(plan, number) < plan->iothreads;
	case NAMES_CELL:
		return !plan->without_cells && number < plan->cell_count;
	case NAMES_CPU:
		return !plan->host || tuning->cpus[number];
	case NAMES_NODE:
		return !plan->host || tuning->nodes[number];
	default:
		return true;
	}
}

static void add(struct missing *missing, const struct xml_element *element, unsigned number)
{
	if (missing->first) {
		missing->more++;
		return;
	}
	missing->first = element;
	missing->number = number;
}

static int refuse_missing(const struct tuning *tuning, const struct xml_element *element,
			  enum named named, unsigned number)
{
	return base_broken(tuning->plan->base, element,
			   named == NAMES_CELL ? RULE_DOMAIN_CELL_MISSING : RULE_DOMAIN_VALUE,
			   tuning->err, "<%s> names %s %u, which the domain does not have",
			   element->name, words[named], number);
}

static int refuse_twice(const struct tuning *tuning, const struct xml_element *element,
			enum named named, unsigned number)
{
	const char *which = named == NAMES_NOTHING ?
				    "is there twice" :
				    arena_format(&tuning->plan->arena, "names %s %u again",
						 words[named], number);

	return base_broken(tuning->plan->base, element, RULE_DOMAIN_VALUE, tuning->err,
			   "<%s> %s, which libvirt refuses", element->name, which);
}

static int check_number(struct tuning *tuning, const struct row *row,
			const struct xml_element *element, bool *ignored)
{
	const char *text = row->number ? xml_attribute(element, row->number) : NULL;
	unsigned number = 0, place;

	if (row->number && (!text || !xml_number(text, UINT32_MAX, &number)))
		return base_broken(tuning->plan->base, element, RULE_DOMAIN_VALUE, tuning->err,
				   "<%s> needs the number of a %s in %s, not '%.20s'",
				   element->name, words[row->one], row->number, text ? text : "");
	*ignored = !has(tuning, row->one, number) && row->list && row->one == NAMES_VCPU;
	if (*ignored)
		add(&tuning->ignored, element, number);
	else if (!has(tuning, row->one, number))
		return refuse_missing(tuning, element, row->one, number);
	if (*ignored || !row->single)
		return HGX_OK;
	place = row->one == NAMES_IOTHREAD ? iothread_of(tuning->plan, number) : number;
	if (tuning->seen[place])
		return refuse_twice(tuning, element, row->one, number);
	tuning->seen[place] = true;
	return HGX_OK;
}

static int check_listed(struct tuning *tuning, const struct row *row,
			const struct xml_element *element)
{
	bool of_host = row->each == NAMES_CPU || row->each == NAMES_NODE;

	for (unsigned i = 0; i < BINDING_NUMBERS; i++) {
		if (!tuning->list[i])
			continue;
		if (!has(tuning, row->each, i) && !of_host)
			return refuse_missing(tuning, element, row->each, i);
		if (!has(tuning, row->each, i)) {
			add(&tuning->absent, element, i);
			return HGX_OK;
		}
		if (row->apart && tuning->seen[i])
			return refuse_twice(tuning, element, row->each, i);
		tuning->seen[i] |= row->apart;
	}
	return HGX_OK;
}

static int check_list(struct tuning *tuning, const struct row *row,
		      const struct xml_element *element)
{
	const char *text = row->list ? xml_attribute(element, row->list) : NULL;

	if (!row->list || (!text && row->optional))
		return HGX_OK;
	if (!text || !binding_numbers(text, tuning->list) ||
	    !memchr(tuning->list, true, BINDING_NUMBERS))
		return base_broken(tuning->plan->base, element, RULE_DOMAIN_VALUE, tuning->err,
				   "<%s> needs a list of %ss such as 0-3,8 in %s, not '%.40s'",
				   element->name, words[row->each], row->list, text ? text : "");
	return check_listed(tuning, row, element);
}

static int check_row(struct tuning *tuning, const struct row *row)
{
	const struct xml_element *domain = tuning->plan->base->domain;
	const struct xml_element *parent = row->parent ? xml_child(domain, row->parent) : domain;
	int code = HGX_OK;

	memset(tuning->seen, 0, sizeof(tuning->seen));
	for (const struct xml_element *e = xml_child(parent, row->element); !code && e;
	     e = xml_following(e)) {
		bool ignored = false;

		code = check_number(tuning, row, e, &ignored);
		if (!code && !ignored)
			code = check_list(tuning, row, e);
	}
	return code;
}

static const char *and_more(struct hgx_plan *plan, const struct missing *missing)
{
	return missing->more ? arena_format(&plan->arena, " (so do %u more)", missing->more) : "";
}

static void note_ignored(struct hgx_plan *plan, const struct missing *missing)
{
	if (missing->first)
		plan_note(plan, RULE_PIN_IGNORED, HGX_WARNING, NULL, "correct its number",
			  "the domain's <%s> in line %u pins vCPU %u, which the domain does not "
			  "have%s: libvirt ignores it",
			  missing->first->name,
			  xml_line(plan->base->text, missing->first->whole.start), missing->number,
			  and_more(plan, missing));
}

static void note_absent(struct hgx_plan *plan, const struct missing *missing, enum named named)
{
	if (missing->first)
		plan_note(plan, named == NAMES_CPU ? RULE_HOST_CPU_MISSING : RULE_HOST_NODE_MISSING,
			  HGX_WARNING, NULL, "correct it, or give the host that the domain runs on",
			  "the domain's <%s> in line %u names %s %u, which this host does not "
			  "have%s%s: libvirt does not start it so",
			  missing->first->name,
			  xml_line(plan->base->text, missing->first->whole.start), words[named],
			  missing->number, named == NAMES_CPU ? " online" : "",
			  and_more(plan, missing));
}

static void find_host(struct tuning *tuning)
{
	const struct hgx_topo *host = tuning->plan->host;

	for (const struct hgx_node *n = host ? host->all : NULL; n; n = n->all) {
		if (n->cpu && n->cpu->online && n->cpu->id < BINDING_NUMBERS)
			tuning->cpus[n->cpu->id] = true;
		if (n->kind == HGX_NUMA && n->memory->id < BINDING_NUMBERS)
			tuning->nodes[n->memory->id] = true;
	}
}

int domain_tuning(struct hgx_plan *plan, unsigned vcpus, struct hgx_error *err)
{
	struct tuning *tuning = calloc(1, sizeof(*tuning));
	int code = tuning ? HGX_OK : fail_memory(err);

	if (!tuning)
		return code;
	tuning->plan = plan;
	tuning->err = err;
	tuning->vcpus = vcpus;
	find_host(tuning);
	for (size_t i = 0; !code && i < ARRAY_SIZE(rows); i++) {
		tuning->ignored = tuning->absent = (struct missing){ NULL, 0, 0 };
		code = check_row(tuning, &rows[i]);
		if (code)
			break;
		note_ignored(plan, &tuning->ignored);
		note_absent(plan, &tuning->absent, rows[i].each);
	}
	free(tuning);
	return code;
}
