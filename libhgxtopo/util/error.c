/* Error codes and sentences. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "util/error.h"
#include "util/utf8.h"

#define STRING2(x) #x
#define STRING(x) STRING2(x)

const char *hgx_version(void)
{
	return STRING(HGX_VERSION_MAJOR) "." STRING(HGX_VERSION_MINOR) "." STRING(
		HGX_VERSION_PATCH);
}

unsigned hgx_version_number(void)
{
	return HGX_VERSION_NUMBER;
}

size_t hgx_error_size(void)
{
	return sizeof(struct hgx_error);
}

int fail(struct hgx_error *err, enum hgx_code code, const char *format, ...)
{
	va_list args;

	if (!err)
		return code;
	err->code = code;
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	text_clean(err->text); /* also of a letter that was cut in the middle */
	return code;
}

int fail_memory(struct hgx_error *err)
{
	return fail(err, HGX_NO_MEMORY, "out of memory");
}
