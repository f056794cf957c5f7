/* Options structs of callers that were built against another version. */
#include <string.h>
#include "util/options.h"
#include "util/error.h"

/* Copies what both know of @theirs into @own, whose size is set. Theirs has to reach past
 * its first member, at @first; what is longer than ours has to be zero. */
int options_copy(void *own, const void *theirs, size_t first, struct hgx_error *err)
{
	size_t own_size = *(const size_t *)own, size;

	if (!theirs)
		return HGX_OK;
	size = *(const size_t *)theirs;
	if (size <= first)
		return fail_option(err, RULE_OPTIONS_SIZE, OPTION_SIZE,
				   "the size of an options struct is %zu; set it to sizeof the "
				   "struct",
				   size);
	for (size_t i = own_size; i < size; i++)
		if (((const char *)theirs)[i])
			return fail(err, RULE_OPTION_UNKNOWN,
				    "an option is set that libhgxtopo %s does not know; "
				    "use a newer library",
				    hgx_version());
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
