/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Comparing the hosts of a fleet. A first round over the files groups the hosts; it keeps no
 * topology. A second round reads those again that differ from the norm, and the norm. */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "diff.h"

#define MAX_MIB 64
#define MAX_LIST_MIB 256
#define MAX_WORKERS 16

struct host {
	char *file, *shown; /* the name, and the same for a terminal */
	char *broken;	    /* why it could not be read; NULL: it could */
	char rule[32];	    /* of that error */
	size_t like;	    /* of the first of a group: how many hosts of others are like it */
	bool quiet;	    /* of the first of a group: it does not differ from its norm */
};

struct fleet {
	struct host *hosts;
	size_t count, room;
	size_t next;	      /* to be read */
	pthread_mutex_t lock; /* of next and groups */
	struct hgx_fleet *groups;
	size_t odd, broken;
};

/* ------------------------------------------------------------------- names */

static bool add_host(struct fleet *fleet, const char *file)
{
	struct host *hosts = fleet->hosts;

	if (fleet->count == fleet->room) {
		fleet->room = fleet->room ? 2 * fleet->room : 64;
		hosts = realloc(hosts, fleet->room * sizeof(*hosts));
		if (!hosts)
			return false;
		fleet->hosts = hosts;
	}
	hosts[fleet->count] = (struct host){ .file = strdup(file), .shown = strdup(file) };
	if (hosts[fleet->count].shown)
		clean(hosts[fleet->count].shown);
	fleet->count++;
	return hosts[fleet->count - 1].file && hosts[fleet->count - 1].shown;
}

static int is_host(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return entry->d_name[0] != '.' && length > 5 &&
	       !strcmp(entry->d_name + length - 5, ".json");
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct host *)a)->file, ((const struct host *)b)->file);
}

static int no_memory(struct hgx_error *err)
{
	return input_failed(err, HGX_NO_MEMORY, "--fleet", "out of memory");
}

static int list_directory(struct fleet *fleet, const char *name, struct hgx_error *err)
{
	DIR *directory = opendir(name);
	struct dirent *entry;
	bool fine = true;
	char *file;

	if (!directory)
		return input_failed(err, errno == ENOENT ? HGX_MISSING : HGX_UNREADABLE, name,
				    strerror(errno));
	while (fine && (entry = readdir(directory)) != NULL) {
		if (!is_host(entry))
			continue;
		fine = asprintf(&file, "%s/%s", name, entry->d_name) >= 0;
		if (fine) {
			fine = add_host(fleet, file);
			free(file);
		}
	}
	closedir(directory);
	if (!fine)
		return no_memory(err);
	if (!fleet->count)
		return input_failed(err, HGX_MISSING, name,
				    "no FILE.json in it; 'hgxtopo dump --json -o DIR/NAME.json' "
				    "writes one on each host");
	qsort(fleet->hosts, fleet->count, sizeof(*fleet->hosts), by_name);
	return HGX_OK;
}

static int list_input(struct fleet *fleet, struct hgx_error *err)
{
	char *text, *next, *line;
	bool fine = true;
	size_t length;
	int code = read_input(&text, &length, "-", MAX_LIST_MIB, "give fewer names", err);

	if (code)
		return code;
	for (next = text; fine && (line = strsep(&next, "\n")) != NULL;)
		fine = !*line || add_host(fleet, line);
	free(text);
	if (!fine)
		return no_memory(err);
	return fleet->count ? HGX_OK :
			      input_failed(err, HGX_MISSING, "standard input", "it names no file");
}

/* ----------------------------------------------------------------- reading */

/* A pipe or a device could keep the whole fleet waiting. */
static bool is_other_file(const char *file)
{
	struct stat status;

	return !stat(file, &status) && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode);
}

static int load_host(struct hgx_topo **out, const char *file, struct hgx_error *err)
{
	size_t length;
	char *data;
	int code;

	*out = NULL;
	if (is_other_file(file))
		return input_failed(err, HGX_UNREADABLE, file, "not a regular file");
	code = read_input(&data, &length, file, MAX_MIB, "give the output of 'hgxtopo dump --json'",
			  err);
	if (code)
		return code;
	code = hgx_topo_from_json(out, data, length, file, err);
	free(data);
	return code;
}

static int add_to_group(struct fleet *fleet, size_t number, const struct hgx_topo *topo,
			struct hgx_error *err)
{
	int code;

	pthread_mutex_lock(&fleet->lock);
	code = hgx_fleet_add(fleet->groups, number, topo, err);
	pthread_mutex_unlock(&fleet->lock);
	return code;
}

/* Keeps why a host cannot be read. False: there is no memory for it. */
static bool is_broken(struct host *host, struct hgx_error *err)
{
	name_command(err);
	clean(err->text);
	snprintf(host->rule, sizeof(host->rule), "%s", err->rule);
	host->broken = strdup(err->text);
	return host->broken != NULL;
}

static void read_host(struct fleet *fleet, size_t number)
{
	struct host *host = &fleet->hosts[number];
	struct hgx_topo *topo;
	struct hgx_error err;
	int code = load_host(&topo, host->file, &err);

	if (!code)
		code = add_to_group(fleet, number, topo, &err);
	hgx_topo_free(topo);
	if (code)
		is_broken(host, &err);
}

static bool take_number(struct fleet *fleet, size_t *number)
{
	pthread_mutex_lock(&fleet->lock);
	*number = fleet->next;
	if (*number < fleet->count)
		fleet->next++;
	pthread_mutex_unlock(&fleet->lock);
	return *number < fleet->count;
}

static void *work(void *data)
{
	struct fleet *fleet = data;
	size_t number;

	while (take_number(fleet, &number))
		read_host(fleet, number);
	return NULL;
}

/* As many at once as there are processors; without further threads, one after the other. */
static void read_hosts(struct fleet *fleet)
{
	pthread_t workers[MAX_WORKERS];
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	long count = 0;

	while (count + 1 < processors && count < MAX_WORKERS &&
	       !pthread_create(&workers[count], NULL, work, fleet))
		count++;
	work(fleet);
	while (count)
		pthread_join(workers[--count], NULL);
}

/* ----------------------------------------------------------------- telling */

/* How the answer is written: text or JSON. */
struct form {
	void (*start)(FILE *stream);
	void (*group)(FILE *stream, const struct fleet *fleet, size_t host, bool first);
	int (*odd)(FILE *stream, const char *file, const char *expected,
		   struct hgx_findings *findings, bool first, struct hgx_error *err);
	void (*end)(FILE *stream, const struct fleet *fleet);
};

/* The last norm that was read: hosts of one model follow one another. */
struct norm {
	struct hgx_topo *topo;
	size_t host;
};

static int load_norm(struct norm *norm, const struct fleet *fleet, size_t host,
		     struct hgx_error *err)
{
	if (norm->topo && norm->host == host)
		return HGX_OK;
	hgx_topo_free(norm->topo);
	norm->host = host;
	return load_host(&norm->topo, fleet->hosts[host].file, err);
}

/* Whether a host is to be compared with its norm. Those of a group differ from it alike: where the
 * first does not, because one of both could read less, none does. */
static bool may_be_odd(const struct fleet *fleet, size_t host)
{
	size_t first = hgx_fleet_first(fleet->groups, host);

	return !fleet->hosts[host].broken && hgx_fleet_norm(fleet->groups, host) != first &&
	       !fleet->hosts[first].quiet;
}

static void is_like(struct fleet *fleet, size_t host, size_t expected)
{
	fleet->hosts[host].quiet = true;
	fleet->hosts[expected].like += hgx_fleet_alike(fleet->groups, host);
}

static int tell_findings(FILE *stream, struct fleet *fleet, size_t host,
			 struct hgx_findings *findings, const struct form *form,
			 struct hgx_error *err)
{
	size_t expected = hgx_fleet_norm(fleet->groups, host);

	if (!hgx_findings_count(findings)) {
		is_like(fleet, hgx_fleet_first(fleet->groups, host), expected);
		return HGX_OK;
	}
	return form->odd(stream, fleet->hosts[host].shown, fleet->hosts[expected].shown, findings,
			 !fleet->odd++, err);
}

static void say_left_out(struct fleet *fleet, const struct host *host)
{
	say(*host->rule ? "%s; left out [%s]" : "%s; left out", host->broken, host->rule);
	fleet->broken++;
}

/* A file may have gone, or have been written anew, since it was read the first time. */
static int leave_out(struct fleet *fleet, size_t number, struct hgx_error *err)
{
	struct host *host = &fleet->hosts[number];

	if (err->code == HGX_NO_MEMORY || !is_broken(host, err))
		return HGX_NO_MEMORY;
	say_left_out(fleet, host);
	return HGX_OK;
}

static int compare_odd(FILE *stream, struct fleet *fleet, size_t host, const struct hgx_topo *topo,
		       const struct form *form, struct norm *norm, struct hgx_error *err)
{
	struct hgx_findings *findings = NULL;
	int code = load_norm(norm, fleet, hgx_fleet_norm(fleet->groups, host), err);

	if (!code)
		code = hgx_compare(&findings, norm->topo, topo, err);
	if (!code)
		code = tell_findings(stream, fleet, host, findings, form, err);
	hgx_findings_free(findings);
	return code;
}

static int tell_odd(FILE *stream, struct fleet *fleet, size_t host, const struct form *form,
		    struct norm *norm, struct hgx_error *err)
{
	struct hgx_topo *topo;
	int code = load_host(&topo, fleet->hosts[host].file, err);

	if (code)
		return leave_out(fleet, host, err);
	code = compare_odd(stream, fleet, host, topo, form, norm, err);
	hgx_topo_free(topo);
	return code;
}

static void tell_groups(FILE *stream, const struct fleet *fleet, const struct form *form)
{
	bool first = true;

	for (size_t i = 0; i < fleet->count; i++) {
		if (fleet->hosts[i].broken || hgx_fleet_norm(fleet->groups, i) != i)
			continue;
		form->group(stream, fleet, i, first);
		first = false;
	}
}

static int tell_hosts(FILE *stream, struct fleet *fleet, const struct form *form,
		      struct hgx_error *err)
{
	struct norm norm = { NULL, 0 };
	int code = HGX_OK;

	for (size_t i = 0; !code && i < fleet->count; i++)
		if (may_be_odd(fleet, i))
			code = tell_odd(stream, fleet, i, form, &norm, err);
	if (!code)
		form->end(stream, fleet);
	hgx_topo_free(norm.topo);
	return code;
}

/* -------------------------------------------------------------------- text */

/* Hosts that are as a norm. */
static size_t alike(const struct fleet *fleet, size_t host)
{
	return hgx_fleet_alike(fleet->groups, host) + fleet->hosts[host].like;
}

static void text_start(FILE *stream)
{
	(void)stream;
}

/* The most that are alike of those that differ from a norm; 0: none does. */
static size_t most_others(const struct fleet *fleet, size_t norm)
{
	size_t most = 0;

	for (size_t i = 0; i < fleet->count; i++) {
		size_t first = hgx_fleet_first(fleet->groups, i);

		if (fleet->hosts[i].broken || hgx_fleet_norm(fleet->groups, i) != norm ||
		    first == norm || fleet->hosts[first].quiet)
			continue;
		if (hgx_fleet_alike(fleet->groups, i) > most)
			most = hgx_fleet_alike(fleet->groups, i);
	}
	return most;
}

/* Without a majority, which one is odd is not known. */
static void text_group(FILE *stream, const struct fleet *fleet, size_t host, bool first)
{
	size_t count = alike(fleet, host);

	(void)first;
	if (most_others(fleet, host) >= count) {
		fprintf(stream, "no norm: %s: %s; compared with %s\n",
			count == 1 ? "no two hosts alike" : "as many hosts are otherwise",
			hgx_fleet_model(fleet->groups, host), fleet->hosts[host].shown);
		return;
	}
	fprintf(stream, "%zu %s: %s, %s%s\n", count, count == 1 ? "host" : "hosts alike",
		hgx_fleet_model(fleet->groups, host), count == 1 ? "" : "such as ",
		fleet->hosts[host].shown);
}

static int text_odd(FILE *stream, const char *file, const char *expected,
		    struct hgx_findings *findings, bool first, struct hgx_error *err)
{
	(void)first;
	(void)err;
	for (size_t i = 0; i < hgx_findings_count(findings); i++) {
		const struct hgx_finding *finding = hgx_findings_at(findings, i);

		fprintf(stream, "%s: %s: %s", file, hgx_severity_name(finding->severity),
			finding->text);
		if (!strcmp(finding->rule, "diff-gone")) /* so it has no address here */
			fprintf(stream, " (numbered as in %s)", expected);
		fputc('\n', stream);
	}
	return HGX_OK;
}

static void text_end(FILE *stream, const struct fleet *fleet)
{
	fprintf(stream, "%zu %s: %zu as expected, %zu different, %zu unreadable\n", fleet->count,
		fleet->count == 1 ? "file" : "files", fleet->count - fleet->odd - fleet->broken,
		fleet->odd, fleet->broken);
}

static const struct form text_form = { text_start, text_group, text_odd, text_end };

/* -------------------------------------------------------------------- JSON */

/* Of a text without control characters. */
static void json_text(FILE *stream, const char *text)
{
	fputc('"', stream);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', stream);
		fputc(*text, stream);
	}
	fputc('"', stream);
}

static void json_start(FILE *stream)
{
	fputs("{\n  \"format\": \"hgxtopo-fleet\",\n  \"version\": 1,\n  \"alike\": [", stream);
}

static void json_group(FILE *stream, const struct fleet *fleet, size_t host, bool first)
{
	fprintf(stream, "%s\n    { \"hosts\": %zu, \"model\": ", first ? "" : ",",
		alike(fleet, host));
	json_text(stream, hgx_fleet_model(fleet->groups, host));
	fputs(", \"such_as\": ", stream);
	json_text(stream, fleet->hosts[host].shown);
	fputs(" }", stream);
}

static int json_odd(FILE *stream, const char *file, const char *expected,
		    struct hgx_findings *findings, bool first, struct hgx_error *err)
{
	char *text;
	int code = hgx_emit_findings_json(&findings, 1, &text, err);

	if (code)
		return code;
	fprintf(stream, "%s\n    { \"file\": ", first ? "\n  ],\n  \"different\": [" : ",");
	json_text(stream, file);
	fputs(", \"expected\": ", stream);
	json_text(stream, expected);
	/* as `diff --json` writes them; the text ends with a newline */
	fprintf(stream, ", \"differences\": %.*s }", (int)strlen(text) - 1, text);
	hgx_text_free(text);
	return HGX_OK;
}

static void json_end(FILE *stream, const struct fleet *fleet)
{
	bool first = true;

	if (!fleet->odd)
		fputs("\n  ],\n  \"different\": [", stream);
	fputs("\n  ],\n  \"unreadable\": [", stream);
	for (size_t i = 0; i < fleet->count; i++) {
		if (!fleet->hosts[i].broken)
			continue;
		fprintf(stream, "%s\n    { \"file\": ", first ? "" : ",");
		json_text(stream, fleet->hosts[i].shown);
		fputs(", \"error\": ", stream);
		json_text(stream, fleet->hosts[i].broken);
		fputs(" }", stream);
		first = false;
	}
	fputs("\n  ]\n}\n", stream);
}

static const struct form json_form = { json_start, json_group, json_odd, json_end };

/* ------------------------------------------------------------- the command */

/* Whether memory ran out where a host is neither in a group nor said to be broken. */
static bool lost_one(const struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->count; i++)
		if (!fleet->hosts[i].broken && !hgx_fleet_alike(fleet->groups, i))
			return true;
	return false;
}

static void say_broken(struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->count; i++)
		if (fleet->hosts[i].broken)
			say_left_out(fleet, &fleet->hosts[i]);
}

/* A text that is written bit by bit. */
struct part {
	FILE *stream;
	char *text;
	size_t size;
};

static bool part_open(struct part *part)
{
	part->stream = open_memstream(&part->text, &part->size);
	return part->stream != NULL;
}

static bool part_close(struct part *part)
{
	bool fine = part->stream && !ferror(part->stream);

	return part->stream && !fclose(part->stream) && fine;
}

/* Only the comparisons show how many hosts are as their norm, which is told first. */
static int tell_fleet(struct part *head, struct part *tail, struct fleet *fleet,
		      const struct form *form, struct hgx_error *err)
{
	bool open = part_open(head) && part_open(tail);
	int code = open ? tell_hosts(tail->stream, fleet, form, err) : no_memory(err);

	if (!code) {
		form->start(head->stream);
		tell_groups(head->stream, fleet, form);
	}
	if (!part_close(tail) && !code)
		code = no_memory(err);
	if (!code)
		fputs(tail->text, head->stream);
	if (!part_close(head) && !code)
		code = no_memory(err);
	return code;
}

static int answer(struct fleet *fleet, const struct diff_output *output, struct hgx_error *err)
{
	struct part head = { NULL, NULL, 0 }, tail = { NULL, NULL, 0 };
	int code = tell_fleet(&head, &tail, fleet, output->json ? &json_form : &text_form, err);
	int status = code ? report(err) : write_output(output->file, head.text);

	free(head.text);
	free(tail.text);
	return status;
}

static int compare_hosts(struct fleet *fleet, const struct diff_output *output)
{
	struct hgx_error err;
	int status;

	if (hgx_fleet_new(&fleet->groups, &err))
		return report(&err);
	read_hosts(fleet);
	if (lost_one(fleet)) {
		no_memory(&err);
		return report(&err);
	}
	say_broken(fleet);
	status = answer(fleet, output, &err);
	if (status)
		return status;
	return fleet->odd || fleet->broken ? EXIT_FINDINGS : EXIT_FINE;
}

static void fleet_free(struct fleet *fleet)
{
	for (size_t i = 0; i < fleet->count; i++) {
		free(fleet->hosts[i].file);
		free(fleet->hosts[i].shown);
		free(fleet->hosts[i].broken);
	}
	free(fleet->hosts);
	hgx_fleet_free(fleet->groups);
	pthread_mutex_destroy(&fleet->lock);
}

int diff_fleet(const char *names, const struct diff_output *output)
{
	struct fleet fleet = { .lock = PTHREAD_MUTEX_INITIALIZER };
	struct hgx_error err;
	int status;

	if (!strcmp(names, "-") ? list_input(&fleet, &err) : list_directory(&fleet, names, &err))
		status = report(&err);
	else
		status = compare_hosts(&fleet, output);
	fleet_free(&fleet);
	return status;
}
