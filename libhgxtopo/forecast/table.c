/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Forecasts as text for people: a line for each, then its GPUs. */
#include <stdbool.h>
#include <string.h>
#include "forecast/decimal.h"
#include "forecast/forecast.h"
#include "util/error.h"
#include "util/text.h"

#define ADDRESS 14
#define PATH 6
#define BANDWIDTH 8
#define SIDE 9

static bool is_alike(const struct hgx_gpu_forecast *a, const struct hgx_gpu_forecast *b)
{
	return !strcmp(a->path, b->path) && a->gdr_receive == b->gdr_receive &&
	       a->gdr_send == b->gdr_send &&
	       !strcmp(decimal_text(a->bandwidth).text, decimal_text(b->bandwidth).text);
}

/* "8 × PIX, 48 GB/s, GPUDirect RDMA on", unless an earlier GPU is alike. */
static void write_group(struct text *text, const struct hgx_nccl_forecast *forecast, size_t first)
{
	const struct hgx_gpu_forecast *gpu = &forecast->gpus[first];
	size_t count = 0;

	for (size_t i = 0; i < forecast->count; i++) {
		if (!is_alike(gpu, &forecast->gpus[i]))
			continue;
		if (i < first)
			return;
		count++;
	}
	fprintf(text->stream, "%s%zu × ", first ? "; " : "", count);
	if (!gpu->nic)
		fputs("no NIC", text->stream);
	else
		fprintf(text->stream, "%s, %s GB/s, GPUDirect RDMA %s", gpu->path,
			decimal_text(gpu->bandwidth).text, gpu->gdr_receive ? "on" : "off");
}

static void write_summary(struct text *text, const struct hgx_nccl_forecast *forecast,
			  const char *title, int width)
{
	text_cell(text, width, title);
	for (size_t i = 0; i < forecast->count; i++)
		write_group(text, forecast, i);
	if (forecast->bound > 0)
		fprintf(text->stream, "; %s GB/s together", decimal_text(forecast->bound).text);
	fputc('\n', text->stream);
}

static void write_gpu(struct text *text, const struct hgx_gpu_forecast *gpu)
{
	text_cell(text, ADDRESS, gpu->address);
	text_cell(text, ADDRESS, gpu->nic ? gpu->nic : "-");
	text_cell(text, PATH, gpu->path);
	text_cell(text, BANDWIDTH, decimal_text(gpu->bandwidth).text);
	text_cell(text, SIDE, gpu->gdr_receive ? "on" : "off");
	text_cell(text, SIDE, gpu->gdr_send ? "on" : "off");
	fprintf(text->stream, "%s\n", gpu->reason);
}

static void write_gpus(struct text *text, const struct hgx_nccl_forecast *forecast,
		       const char *title)
{
	fprintf(text->stream, "\n%s\n", title);
	text_cell(text, ADDRESS, "GPU");
	text_cell(text, ADDRESS, "NIC");
	text_cell(text, PATH, "path");
	text_cell(text, BANDWIDTH, "GB/s");
	text_cell(text, SIDE, "receive");
	text_cell(text, SIDE, "send");
	fputs("reason\n", text->stream);
	for (size_t i = 0; i < forecast->count; i++)
		write_gpu(text, &forecast->gpus[i]);
}

static void write_all(struct text *text, struct hgx_nccl_forecast *const *forecasts,
		      const char *const *titles, size_t count)
{
	size_t width = 0;

	fputs("what NCCL 2.28 to 2.30 decides by its model of what it is told; this is not a "
	      "measurement\n",
	      text->stream);
	if (forecasts[0]->rccl)
		fputs("RCCL has the same reader and the same limit for GPUDirect RDMA; which of "
		      "several equal NICs it takes was not compared\n",
		      text->stream);
	fputc('\n', text->stream);
	for (size_t i = 0; i < count; i++)
		width = strlen(titles[i]) > width ? strlen(titles[i]) : width;
	for (size_t i = 0; i < count; i++)
		write_summary(text, forecasts[i], titles[i], (int)width + 2);
	for (size_t i = 0; i < count; i++)
		write_gpus(text, forecasts[i], titles[i]);
}

int hgx_emit_forecast(struct hgx_nccl_forecast *const *forecasts, const char *const *titles,
		      size_t count, char **out, struct hgx_error *err)
{
	struct text text;
	int code;

	*out = NULL;
	if (!count)
		return fail(err, RULE_FORECASTS_NONE, "no forecast given");
	code = text_open(&text, err);
	if (code)
		return code;
	write_all(&text, forecasts, titles, count);
	return text_close(&text, out, err);
}
