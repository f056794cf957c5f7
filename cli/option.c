/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Options are exact: getopt_long() would take an abbreviation, which a later option could make
 * ambiguous, or mean something else with. */
#include <stdio.h>
#include <string.h>
#include "cli.h"

#define MAX_NAME 32

static const struct option *option_of(const struct option *options, const char *name, size_t length)
{
	for (; options->name; options++)
		if (!strncmp(options->name, name, length) && !options->name[length])
			return options;
	return NULL;
}

/* How many letters must be added, removed or replaced (Levenshtein's distance). */
static size_t distance(const char *a, size_t length, const char *b)
{
	size_t row[MAX_NAME + 1], columns = strlen(b);

	if (length > MAX_NAME || columns > MAX_NAME)
		return MAX_NAME;
	for (size_t j = 0; j <= columns; j++)
		row[j] = j;
	for (size_t i = 1; i <= length; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= columns; j++) {
			size_t best = corner + (a[i - 1] != b[j - 1]);

			corner = row[j];
			best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
			row[j] = row[j] + 1 < best ? row[j] + 1 : best;
		}
	}
	return row[columns];
}

/* Whether the user may have meant this option: the word is a beginning of it, or has a typo. */
static bool is_near(const struct option *option, const char *name, size_t length, bool beginning)
{
	if (beginning)
		return length && !strncmp(option->name, name, length);
	return distance(name, length, option->name) <= (length < 4 ? 1 : 2);
}

static size_t list_near(const struct option *options, const char *name, size_t length,
			bool beginning, char *list, size_t room)
{
	size_t count = 0, used = 0;

	*list = '\0';
	for (; options->name; options++)
		if (is_near(options, name, length, beginning) && used < room)
			used += (size_t)snprintf(list + used, room - used, "%s--%s",
						 count++ ? ", " : "", options->name);
	return count;
}

static int refuse_option(const struct command *command, const struct option *options, const char *word)
{
	size_t length = strcspn(word + 2, "=");
	char list[400];

	if (!list_near(options, word + 2, length, true, list, sizeof(list)) &&
	    !list_near(options, word + 2, length, false, list, sizeof(list)))
		return usage(command, "unknown option '%.*s'", (int)length + 2, word);
	return usage(command, "unknown option '%.*s'; did you mean %s?", (int)length + 2, word,
		     list);
}

/* Whether the last letter of a word of short options takes the next word. */
static bool takes_next(const char *letters, const char *word)
{
	for (word++; *word; word++) {
		const char *at = *word == ':' ? NULL : strchr(letters, *word);

		if (at && at[1] == ':')
			return !word[1];
	}
	return false;
}

int exact_options(const struct command *command, const struct option *options, const char *letters,
		  char **argv)
{
	for (char **word = argv + 1; *word && strcmp(*word, "--"); word++) {
		const char *name = *word + 2;
		const struct option *option;
		bool next;

		if (**word != '-' || !(*word)[1])
			continue;
		if (strncmp(*word, "--", 2)) {
			next = takes_next(letters, *word);
		} else {
			option = option_of(options, name, strcspn(name, "="));
			if (!option)
				return refuse_option(command, options, *word);
			next = option->has_arg == required_argument && !strchr(name, '=');
		}
		if (next && word[1])
			word++;
	}
	return EXIT_FINE;
}
