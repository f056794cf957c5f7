#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The pages name files and headings that are there, and the floors name every file of the library
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
only_for release_build

# anchors PAGE: of its headings, as a site makes them: lower case, '-' for a blank, no signs
anchors() { sed -n 's/^#\+ //p' "$1" | tr 'A-Z ' 'a-z-' | tr -cd 'a-z0-9\n_-'; }

# astray PAGE: links to what is not there
astray() {
	local target file anchor
	grep -oE '\]\([^)]*\)' "$1" | sed 's/^](//; s/)$//' | grep -v '^https\?:' | while read -r target; do
		file=${target%%#*} anchor=${target#"${target%%#*}"}
		file=$(dirname "$1")/${file:-$(basename "$1")}
		[ -e "$file" ] || { echo "$target"; continue; }
		[ -z "$anchor" ] || anchors "$file" | grep -qx -e "${anchor#\#}" || echo "$target"
	done
}
# absent PAGE: files in `…` that are not there
absent() {
	grep -oE '`(libhgxtopo|cli|bindings|include|tests|docs|pkgconfig|\.ci)/[a-z0-9_./-]+`' "$1" | tr -d '`' | sort -u |
		while read -r file; do [ -e "$file" ] || echo "$file"; done
}
for page in *.md docs/*.md tests/hosts/README.md; do
	check "$page: its links lead somewhere" diff /dev/null <(astray "$page")
done
for page in README.md CONTRIBUTING.md SECURITY.md docs/packaging.md docs/c.md docs/python.md docs/go.md; do
	check "$page: the files that it names are there" diff /dev/null <(absent "$page")
done
check "docs/capture.sh --help says what it does" sh -c 'docs/capture.sh --help | grep -q "^  sudo docs/capture.sh DIR "'
check "and nothing of its code" sh -c '! docs/capture.sh --help | grep -q "^set\|^#"'
capture() { docs/capture.sh "$@" 2>"$work/usage"; test "$? $(cat "$work/usage")" = "2 usage: docs/capture.sh DIR"; }
check "without a directory it says how it is used" capture
check "with another option too" capture --version
# unnamed PAGE HOUSE: the files of a room that its row in the floors does not name; `use*` names several
unnamed() {
	python3 - "$1" "$2" <<'EOF'
import fnmatch, pathlib, re, sys
rows = {}
for line in open(sys.argv[1], encoding="utf-8"):
    cells = line.split("|")
    room = re.fullmatch(r" `(\w+)` ", cells[1]) if len(cells) == 4 else None
    if room:
        rows[room[1]] = re.findall(r"`([\w*]+)`", cells[2])
for file in sorted(pathlib.Path(sys.argv[2]).glob("*/*.[ch]")):
    if not any(fnmatch.fnmatchcase(file.stem, word) for word in rows.get(file.parent.name, ())):
        print(f"{file.parent.name}/{file.name}")
EOF
}
check "the floors name every file of the library" diff /dev/null <(unnamed docs/architecture.md libhgxtopo)
cp -r libhgxtopo "$work/house"
touch "$work/house/emit/planted.c"
check "a file that they do not name is found" diff <(unnamed docs/architecture.md "$work/house") <(echo emit/planted.c)
# floors_of PAGE: the rooms of its table, from the ground floor up
floors_of() { sed -n 's/^| `\([a-z]*\)` | [A-Za-z].*/\1/p' "$1" | sed -n '/^util$/,/^check$/p'; }
listed() { python3 -c 'import re, sys
print("\n".join(re.findall("\x27(\\w+)\x27", re.search(r"FLOORS = \[(.*?)\]", open("tests/house.py").read(), re.S)[1])))'; }
check "the page has the floors in the order of house.py" diff <(listed) <(floors_of docs/architecture.md)
check "so has CONTRIBUTING.md" diff <(listed) <(floors_of CONTRIBUTING.md)
# kinds PAGE HOUSE: the files that treat a kind in its own way and are not in the page's list for one
kinds() {
	sed -n '/^### A device kind$/,/^### A rule/p' "$1" >"$work/list"
	(cd "$2" && grep -rlE 'HGX_(GPU|NIC|NVME|NVSWITCH)\b' .) | sed 's|^\./||' | sort | while read -r file; do
		grep -qE "\`(libhgxtopo/)?$file\`" "$work/list" || echo "$file"
	done
}
check "the list for a kind names every file that treats one" diff /dev/null <(kinds docs/architecture.md libhgxtopo)
echo 'int planted = HGX_NIC;' >>"$work/house/emit/planted.c"
check "a file that it does not name is found" diff <(kinds docs/architecture.md "$work/house") <(echo emit/planted.c)
# unpackaged PAGE: libraries that the command is linked with and that the page's row for its package lacks
unpackaged() {
	readelf -d "$hgxtopo" | sed -n 's/.*(NEEDED).*\[\(lib\)\{0,1\}\([a-z0-9-]*\)\.so.*/\2/p' | grep -vxE 'c|ld-.*|asan|ubsan|gcc_s|m' |
		while read -r library; do grep '^| `hgxtopo` |' "$1" | grep -qE "\b(lib)?$library\b" || echo "$library"; done
}
if command -v readelf >/dev/null; then
	check "the package of the command needs what it is linked with" diff /dev/null <(unpackaged docs/packaging.md)
	sed 's/json-c//' docs/packaging.md >"$work/packaging.md"
	check "a library that the page lacks is found" diff <(unpackaged "$work/packaging.md") <(echo json-c)
fi
check "the table of hardware says what the library does" diff /dev/null <(python3 tests/hardware.py docs/hardware.md libhgxtopo)
# planted SENTENCE COMMAND LINE…: the fault that sed makes in the page (P) or in the library (L) is found
planted() {
	local sentence=$1 file=$2 script=$3
	shift 3
	cp docs/hardware.md "$work/hardware.md"
	cp -r libhgxtopo "$work/drift"
	sed -i "$script" "$work/$file"
	check "$sentence" diff <(python3 tests/hardware.py "$work/hardware.md" "$work/drift" | sed "s|$work/||") <(printf '%s\n' "$@")
	rm -r "$work/drift"
}
planted "an id that only the page has is found" hardware.md 's/a77f/a77e/' \
	'VMD controller a77f: not in hardware.md' 'VMD controller a77e: not in the library'
planted "a maker that only the library has is found" drift/model/classify.c 's/0x80ee/0x80ee, 0xbeef/' \
	'maker of consoles beef: not in hardware.md'
planted "another class is found" drift/model/classify.c 's/0x010800, 0xffff00/0x010900, 0xffff00/' \
	"rule ('0', '0109', False, False, 'nvme'): not in hardware.md" "rule ('0', '0108', False, False, 'nvme'): not in the library"
planted "another kind is found" hardware.md '/^| Gaudi/s/`accelerator`/`gpu`/' \
	"rule ('1da3', '12xx', False, False, 'accelerator'): not in hardware.md" "rule ('1da3', '12xx', False, False, 'gpu'): not in the library"
planted "another place is found" drift/model/classify.c '/0x1002, 0x038000/s/true, false/false, false/' \
	"rule ('1002', '0380', False, False, 'gpu'): not in hardware.md" "rule ('1002', '0380', True, False, 'gpu'): not in the library"
planted "a row that is missing is found" hardware.md '/^| management of a switch/d' \
	'management of switches 00b2: not in hardware.md' 'management of switches 02b0: not in hardware.md' \
	'management of switches 02b1: not in hardware.md' 'management of switches 02b2: not in hardware.md' \
	'subsystem of switches 2004: not in hardware.md' 'subsystem of switches 2005: not in hardware.md'
planted "a table that is gone is found" drift/source/use.c 's/devices\[\] = {/devices[4] = {/' \
	'management of switches: the library'"'"'s table was not found' 'management of switches 00b2: not in the library' \
	'management of switches 02b0: not in the library' 'management of switches 02b1: not in the library' 'management of switches 02b2: not in the library'
printf '%s\n' '[a](README.md#licence) [b](README.md#nothing) [c](nothing.md)' '`tests/lib.sh` `tests/nothing.sh`' >"$work/page.md"
ln -s "$PWD/README.md" "$work/README.md"
check "a link that leads nowhere is found" diff <(astray "$work/page.md") <(printf '%s\n' 'README.md#nothing' nothing.md)
check "so is a file that is not there" diff <(absent "$work/page.md") <(echo tests/nothing.sh)
finish
