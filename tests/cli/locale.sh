#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# In the program of a caller that has set a locale, values are read and written as without one:
# where the decimal point is a comma, and where the small letter of I is not i
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh

type -P localedef >/dev/null && [ -d /usr/share/i18n/locales ] || { missing "locales"; finish; exit; }
for locale in de_DE tr_TR; do
	localedef -i $locale -f UTF-8 "$work/$locale.UTF-8" || bad "localedef $locale"
done
point=$(LOCPATH=$work LC_ALL=de_DE.UTF-8 bash -c 'printf %.1f 0,5' 2>&1)
check "the locale is used" [ "$point" = 0,5 ]
# glibc does not free the list that setlocale() makes of LOCPATH: not a leak of ours
echo leak:__argz_add_sep >"$work/suppressions"
for locale in de_DE tr_TR; do
	check "values are the same in $locale" \
		env LSAN_OPTIONS="suppressions=$work/suppressions:print_suppressions=0" \
		LOCPATH="$work" LC_ALL=$locale.UTF-8 "$B/tests/unit/util/values"
done
finish
