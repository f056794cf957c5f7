/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copying the options structs of callers, whatever version they were built against. */
#include <string.h>
#include "util/options.h"
#include "util/error.h"

size_t hgx_host_options_size(void)
{
	return sizeof(struct hgx_host_options);
}

size_t hgx_domain_options_size(void)
{
	return sizeof(struct hgx_domain_options);
}

size_t hgx_plan_options_size(void)
{
	return sizeof(struct hgx_plan_options);
}

size_t hgx_nccl_options_size(void)
{
	return sizeof(struct hgx_nccl_options);
}

size_t hgx_qemu_options_size(void)
{
	return sizeof(struct hgx_qemu_options);
}

size_t hgx_kernel_options_size(void)
{
	return sizeof(struct hgx_kernel_options);
}

size_t hgx_check_options_size(void)
{
	return sizeof(struct hgx_check_options);
}

size_t hgx_forecast_options_size(void)
{
	return sizeof(struct hgx_forecast_options);
}

static int unknown(struct hgx_error *err)
{
	return fail(err, RULE_OPTION_UNKNOWN,
		    "an option is set that libhgxtopo %s does not know; use a newer library",
		    hgx_version());
}

int options_reserved(int reserved, struct hgx_error *err)
{
	return reserved ? unknown(err) : HGX_OK;
}

/* What members are made of; the size of each options struct is a multiple of it. */
union member {
	size_t size;
	uint64_t number;
	const char *text;
};

int options_copy(void *own, const void *theirs, size_t first, struct hgx_error *err)
{
	size_t own_size = *(const size_t *)own, size;

	if (!theirs)
		return HGX_OK;
	size = *(const size_t *)theirs;
	if (size <= first || size % _Alignof(union member))
		return fail_option(err, RULE_OPTIONS_SIZE, OPTION_SIZE,
				   "the size of an options struct is %zu; set it to sizeof the "
				   "struct",
				   size);
	for (size_t i = own_size; i < size; i++)
		if (((const char *)theirs)[i])
			return unknown(err);
	memcpy(own, theirs, size < own_size ? size : own_size);
	*(size_t *)own = own_size;
	return HGX_OK;
}

int options_words(int words, struct hgx_error *err)
{
	if (words == HGX_WORDS_MEMBERS || words == HGX_WORDS_OPTIONS)
		return HGX_OK;
	return fail_option(err, RULE_OPTION_VALUE, OPTION_WORDS, "words: %d is not a valid value",
			   words);
}
