#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The library does not know its command: only util/words.c spells options of it
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
only_for release_build

check "no text of the library names an option, a sub-command or a source" python3 tests/words.py libhgxtopo

# planted SENTENCE FILE LINE: what is added to a file is found
planted() {
	rm -rf "$work/house"
	cp -r libhgxtopo "$work/house"
	printf '%s\n' "$3" >>"$work/house/$2"
	python3 tests/words.py "$work/house" >"$work/faults"
	status=$?
	check "$1: it is found" test "$status $(wc -l <"$work/faults")" = "1 1"
	check "$1: it is named" grep -q "^$2:" "$work/faults"
}
planted "an option" plan/plan.c 'const char *text = "use --uneven";'
planted "an option behind an escape" plan/plan.h 'const char *text = "\"\\" "--uneven";'
planted "an option in two halves" emit/qemu.c 'const char *text = "use -" /* and */
	"-uneven";'
planted "a sub-command" source/json.c "const char *text = \"give what 'hgxtopo dump' writes\";"
planted "a sub-command without quotes" source/json.c 'const char *text = "with hgxtopo " "emit";'
planted "a source" source/example.c 'const char *text = "example:" "%s: no such example";'
planted "a source by its name" source/host.c 'const char *text = "there is example:hgx-h200";'
mkdir "$work/empty"
check "a directory without sources is not accepted as good" sh -c "! python3 tests/words.py '$work/empty'"
cp -r libhgxtopo "$work/comments"
echo '/* "--uneven" */' >>"$work/comments/plan/plan.c"
check "a comment may" python3 tests/words.py "$work/comments"

# What util/words.c spells is what the command takes.
for option in $(grep -oE '"--[a-z0-9-]+' libhgxtopo/util/words.c | cut -c4- | sort -u); do
	check "--$option is an option of the command" grep -qE "\\{ \"$option\", (no_argument|required_argument|VALUE|CHOICE|FLAG|TEXT)," cli/*.c
done
for member in $(sed -n 's/^	\[OPTION_[A-Z0-9_]*\] = { "\([a-z0-9_]\{1,\}\)", .*/\1/p' libhgxtopo/util/words.c); do
	check "$member is a member of an options struct" grep -qE "^	[^*]*[ *]$member[,;]" include/hgxtopo.h
done
finish
