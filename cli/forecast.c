/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The forecasts of a topology file, a host, a planned guest or a domain, side by side. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "forecast.h"

#define MAX_MIB 64
#define MAX_VIEWS 3

/* In the order in which they are shown; they are made from the last on. */
struct views {
	struct hgx_nccl_forecast *items[MAX_VIEWS];
	const char *titles[MAX_VIEWS];
	size_t count;
};

static int add_view(struct views *views, const char *title, const struct hgx_topo *topo,
		    const struct hgx_topo *guest, int view, const struct forecast_request *request,
		    struct hgx_error *err)
{
	struct hgx_forecast_options options = request->options;
	size_t place = MAX_VIEWS - 1 - views->count;
	int code;

	options.view = view;
	options.guest = guest;
	code = hgx_forecast(&views->items[place], topo, &options, err);
	views->titles[place] = title;
	views->count += !code;
	return code;
}

static void tell_forecast(const struct hgx_nccl_forecast *forecast,
			  const struct forecast_request *request)
{
	struct hgx_findings *findings;
	struct hgx_error err;

	if (hgx_findings_of_forecast(&findings, forecast, &err)) {
		say("the findings are not shown: %s", err.text);
		return;
	}
	tell(&findings, 1, &request->telling);
	hgx_findings_free(findings);
}

/* The last one has assumed whatever the others have. */
static int print(const struct views *views, const struct forecast_request *request)
{
	const struct hgx_nccl_forecast *last = views->items[MAX_VIEWS - 1];
	size_t first = MAX_VIEWS - views->count;
	struct hgx_error err;
	char *text = NULL;
	int status, code;

	tell_forecast(last, request);
	code = request->json ? hgx_emit_forecast_json(last, &text, &err) :
			       hgx_emit_forecast(views->items + first, views->titles + first,
						 views->count, &text, &err);
	status = code ? report(&err) : write_output(request->file, text);
	hgx_text_free(text);
	return status;
}

static void free_views(struct views *views)
{
	for (size_t i = 0; i < MAX_VIEWS; i++)
		hgx_forecast_free(views->items[i]);
}

static int finish(struct views *views, const struct forecast_request *request, int code,
		  const struct hgx_error *err)
{
	int status = code ? refuse(&command_forecast, err) : print(views, request);

	free_views(views);
	return status;
}

/* What is wrong with a guest is said best where its file is written, so that comes first. @host is
 * NULL where it was not given. */
static int forecast_guest(const struct hgx_topo *guest, const struct hgx_topo *host,
			  const struct forecast_request *request)
{
	struct views views = { .count = 0 };
	struct hgx_error err;
	int code = add_view(&views, "guest with our file", guest, NULL, HGX_FORECAST_FILE, request,
			    &err);

	if (!code)
		code = add_view(&views, "guest without a file", guest, NULL, HGX_FORECAST_SYSFS,
				request, &err);
	if (!code && host)
		code = add_view(&views, "bare host", host, guest, HGX_FORECAST_SYSFS, request,
				&err);
	return finish(&views, request, code, &err);
}

static int forecast_host(const struct hgx_topo *host, const struct forecast_request *request)
{
	struct views views = { .count = 0 };
	struct hgx_error err;
	int code = add_view(&views, "bare host with our file", host, NULL, HGX_FORECAST_FILE,
			    request, &err);

	if (!code)
		code = add_view(&views, "bare host", host, NULL, HGX_FORECAST_SYSFS, request, &err);
	return finish(&views, request, code, &err);
}

/* Of what was noticed about a machine, what may matter for a forecast. */
static void tell_serious(const struct hgx_topo *topo, const struct forecast_request *request)
{
	struct telling telling = request->telling;

	telling.least = HGX_WARNING;
	tell_topo(topo, &telling);
}

static int forecast_plan(const struct hgx_topo *host, struct forecast_request *request)
{
	struct hgx_error err;
	struct plans plans;
	int status;

	if (plans_make(&plans, host, &request->vm, &err))
		return refuse(&command_forecast, &err);
	status = forecast_guest(hgx_plan_guest(plans.items[0]), host, request);
	plans_free(&plans);
	return status;
}

static int forecast_domain(const struct hgx_topo *guest, struct forecast_request *request)
{
	struct hgx_topo *host = NULL;
	struct hgx_error err;
	int status;

	if (request->host && load_source(&host, request->host, NULL, &err))
		return report(&err);
	status = forecast_guest(guest, host, request);
	hgx_topo_free(host);
	return status;
}

static int forecast_topo(struct hgx_topo *topo, struct forecast_request *request)
{
	if (request->host && !hgx_topo_is_guest(topo))
		return usage(
			&command_forecast,
			"--host is only valid with a libvirt domain or the topology of a guest "
			"in --from");
	tell_serious(topo, request);
	if (hgx_topo_is_guest(topo) && !request->vm.only)
		return forecast_domain(topo, request);
	return request->vm.given ? forecast_plan(topo, request) : forecast_host(topo, request);
}

/* A file without GPUs has no forecast; what is wrong in it may be why. */
static void tell_file(const char *data, size_t length, const struct forecast_request *request)
{
	const struct hgx_check_options options = { .size = sizeof(options),
						   .words = HGX_WORDS_OPTIONS };
	struct telling telling = request->telling;
	struct hgx_findings *findings;
	struct hgx_error err;

	if (hgx_check_nccl(&findings, data, length, input_name(request->from), NULL, NULL, &options,
			   &err))
		return;
	telling.least = HGX_WARNING;
	tell(&findings, 1, &telling);
	hgx_findings_free(findings);
}

static int forecast_file(const char *data, size_t length, struct forecast_request *request)
{
	struct views views = { .titles[MAX_VIEWS - 1] = input_name(request->from) };
	struct hgx_error err;
	int code = hgx_forecast_file(&views.items[MAX_VIEWS - 1], data, length,
				     input_name(request->from), &request->options, &err);

	views.count = !code;
	if (code && !strcmp(err.rule, "no-gpu"))
		tell_file(data, length, request);
	return finish(&views, request, code, &err);
}

/* Where the markup after @at ends, a comment or a declaration; @end if it does not. */
static const char *after_markup(const char *at, const char *end)
{
	bool comment = end - at >= 4 && !memcmp(at, "<!--", 4);
	const char *close = comment ? "-->" : ">";
	const char *found = memmem(at, (size_t)(end - at), close, strlen(close));

	return found ? found + strlen(close) : end;
}

/* Whether the first element is <system>: what NCCL reads, or would if nothing stood before it. */
static bool is_nccl_file(const char *data, size_t length)
{
	static const char name[] = "<system";
	const char *at = data, *end = data + length;

	while ((at = memchr(at, '<', (size_t)(end - at))) != NULL) {
		if (end - at > 1 && at[1] != '!' && at[1] != '?')
			return (size_t)(end - at) > strlen(name) && !memcmp(at, name, strlen(name));
		at = after_markup(at, end);
	}
	return false;
}

static bool is_a_file(const char *from)
{
	struct stat status;

	if (!from || !strcmp(from, "live") || !strncmp(from, "example:", 8))
		return false;
	return !strcmp(from, "-") || (!stat(from, &status) && !S_ISDIR(status.st_mode));
}

static int forecast_text(const char *data, size_t length, const struct domain_options *domain,
			 struct forecast_request *request)
{
	struct hgx_error err;
	struct hgx_topo *topo;
	int status;

	if (is_nccl_file(data, length)) {
		if (request->vm.given || request->host)
			return usage(&command_forecast,
				     "an NCCL topology file stands for itself; --%s does not apply "
				     "to it",
				     request->host ? "host" : request->vm.given);
		return forecast_file(data, length, request);
	}
	if (load_text(&topo, data, length, request->from, domain, &err))
		return report(&err);
	status = forecast_topo(topo, request);
	hgx_topo_free(topo);
	return status;
}

int forecast_print(struct forecast_request *request)
{
	size_t domains = 0;
	const struct domain_options domain = { request->host, request->vm.plan.libvirt_version,
					       true, &domains };
	struct hgx_error err;
	struct hgx_topo *topo;
	char *data;
	size_t length;
	int status;

	if (load_base(&request->vm, &err))
		return report(&err);
	if (is_a_file(request->from)) {
		if (read_input(&data, &length, request->from, MAX_MIB,
			       "give the output of 'hgxtopo dump --json'", &err))
			return report(&err);
		status = forecast_text(data, length, &domain, request);
		free(data);
		return status;
	}
	if (load_source(&topo, request->from, &domain, &err))
		return report(&err);
	status = forecast_topo(topo, request);
	hgx_topo_free(topo);
	return status;
}
