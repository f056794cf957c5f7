#!/bin/bash
# The README's examples, run again, and the options in every place where they are told
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh

top=$PWD
flags=${SANITIZE:+-fsanitize=address,undefined}
make --no-print-directory PREFIX="$work/installed" install >"$work/install.log" 2>&1 || cat "$work/install.log"
export PKG_CONFIG_PATH=$work/installed/lib/pkgconfig LD_LIBRARY_PATH=$work/installed/lib
# the compiler of the README's example is the one of this build, with its sanitizers
mkdir "$work/bin" "$work/empty"
printf '#!/bin/sh\nexec %s %s "$@"\n' "${CC:-cc}" "$flags" >"$work/bin/cc.tmp"
[ -z "$flags" ] || sed -i "s|^exec cc |exec $(command -v cc) |" "$work/bin/cc.tmp"
[ -z "$flags" ] || install -m 755 "$work/bin/cc.tmp" "$work/bin/cc"
ln -s "$hgxtopo" "$work/bin/hgxtopo"
run_readme() (cd "$work/empty" && PATH=$work/bin:$PATH python3 "$top/tests/readme.py" "$1")
check "the README's examples print what it says" run_readme "$top/README.md"
sed 's/PIX$/PXB/' README.md >"$work/wrong.md"
if run_readme "$work/wrong.md" >/dev/null; then bad "a wrong README is not noticed"; else ok "a wrong README is noticed"; fi

# Every option of the command stands in its help, the man page and, for emit, the README.
for option in $(grep -ohE '\{ "[a-z0-9-]+", (no_argument|required_argument|VALUE),' cli/*.c | cut -d'"' -f2 | sort -u); do
	check "--$option is in the help" sh -c "{ '$hgxtopo' dump --help; '$hgxtopo' emit --help; } | grep -q -e '--$option\b' || [ $option = help ]"
	check "--$option is in the man page" sh -c "sed 's/\\\\\\\\-/-/g; s/Fl -/--/g' docs/hgxtopo.1 | grep -q -e '--\?$option\b'"
done
for rule in $(grep -ohE '"[a-z]+(-[a-z]+)+", HGX_(NOTE|WARNING|PROBLEM)' libhgxtopo/*/*.c | cut -d'"' -f2 | sort -u); do
	check "the finding $rule is in the man page" sh -c "sed 's/\\\\\\\\-/-/g' docs/hgxtopo.1 | grep -q -e '$rule'"
done
if command -v mandoc >/dev/null; then
	check "the man page has no mistakes" mandoc -Tlint -Wwarning docs/hgxtopo.1
else
	missing "mistakes in the man page"
fi
finish
