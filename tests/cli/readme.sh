#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The README's examples print what the README says, and every option is documented everywhere
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh

top=$PWD
flags=${SANITIZE:+-fsanitize=address,undefined}
make --no-print-directory PREFIX="$work/installed" install >"$work/install.log" 2>&1 || cat "$work/install.log"
export PKG_CONFIG_PATH=$work/installed/lib/pkgconfig LD_LIBRARY_PATH=$work/installed/lib
# compile the README's example as this build is compiled: same compiler, same sanitizers
mkdir "$work/bin" "$work/empty"
printf '#!/bin/sh\nexec %s %s "$@"\n' "${CC:-cc}" "$flags" >"$work/bin/cc.tmp"
[ -z "$flags" ] || sed -i "s|^exec cc |exec $(command -v cc) |" "$work/bin/cc.tmp"
[ -z "$flags" ] || install -m 755 "$work/bin/cc.tmp" "$work/bin/cc"
ln -s "$hgxtopo" "$work/bin/hgxtopo"
run_readme() (cd "$work/empty" && PATH=$work/bin:$PATH python3 "$top/tests/cli/readme.py" "$1")
check "the README's examples print what it says" run_readme "$top/README.md"
check "the examples of the JSON page print what it says" run_readme "$top/docs/json-format.md"
sed 's/PIX$/PXB/' README.md >"$work/wrong.md"
if run_readme "$work/wrong.md" >/dev/null; then bad "a wrong README passes"; else ok "a wrong README fails"; fi

# Every option is in the help, the man page and the README; every finding is in the man page.
for option in $(grep -ohE '\{ "[a-z0-9-]+", (no_argument|required_argument|VALUE),' cli/*.c | cut -d'"' -f2 | sort -u); do
	check "--$option is in the help" sh -c "{ '$hgxtopo' dump --help; '$hgxtopo' emit --help; '$hgxtopo' check --help; '$hgxtopo' diff --help; '$hgxtopo' fingerprint --help; } | grep -q -e '--$option\($\|[^a-z-]\)'"
	check "--$option is in the man page" sh -c "sed 's/\\\\\\\\-/-/g; s/Fl -/--/g' docs/hgxtopo.1 | grep -q -e '--\?$option\($\|[^a-z-]\)'"
	check "--$option is in the README" grep -q -e "--$option\($\|[^a-z-]\)" README.md
done

# Every rule stands in the man page, those of errors with the code and the meaning of the table; those
# of hgxtopo check may stand in hgxtopo-rules(7) alone, which is written from the table.
# shellcheck disable=SC2046,SC2086
${CC:-cc} $flags -o "$work/list_rules" tests/consumer/list_rules.c $(pkg-config --cflags --libs libhgxtopo)
"$work/list_rules" >"$work/rules"
check "the library lists its rules" grep -q '^huge-pages-missing	refused	' "$work/rules"
told() { # MANPAGE ID CODE MEANING
	if [ "$3" = finding ]; then
		grep -qE "^\.It Sy (.* , )?$2( ,|$)" "$1"
	else
		awk -v item=".It Sy $2" '/^\./ { at = $0 == item; next } at { printf "%s ", $0 }' "$1" |
			grep -qxF "$3: $4 "
	fi
}
while IFS='	' read -r rule code meaning; do
	! told docs/hgxtopo-rules.7 "$rule" "$code" "$meaning" || continue
	check "the rule $rule is in the man page" told docs/hgxtopo.1 "$rule" "$code" "$meaning"
	grep -v "^\.It Sy.*$rule" docs/hgxtopo.1 >"$work/without.1"
	if told "$work/without.1" "$rule" "$code" "$meaning"; then bad "$rule is not missed in the man page"; fi
done <"$work/rules"
sed -n 's/^\.It Sy \([a-z-]*-[a-z-]*\)$/\1/p' docs/hgxtopo.1 | sort >"$work/told"
cut -f1 "$work/rules" | sort >"$work/ruled"
check "the man page tells of no rule that there is not" test -z "$(comm -23 "$work/told" "$work/ruled")"
check "its lines fit into 80 columns" test -z "$(awk 'length > 80' docs/hgxtopo.1)"
check "it refers to no page that no project has" diff - <(sed -n 's/^\.Xr \([^ ]*\) .*/\1/p' docs/hgxtopo.1 | sort -u) <<'END'
hgxtopo-rules
lspci
lstopo
qemu-system-x86_64
sh
virsh
END
if command -v mandoc >/dev/null; then
	# pages of programs that are not installed are not found
	mandoc -Tlint -Wstyle docs/hgxtopo.1 2>&1 | grep -vE 'referenced manual not found|outdated mandoc.db' >"$work/lint"
	check "the man page has no mistakes" diff /dev/null "$work/lint"
else
	missing "mistakes in the man page"
fi
finish
