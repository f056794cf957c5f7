#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The Python package: it has everything of hgxtopo.h, says what the command says, and nothing dangles or leaks
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
make_roots

top=$PWD package=$PWD/bindings/python/hgxtopo
export HGXTOPO=$hgxtopo HGX_TEST_ROOTS=$roots PYTHONDONTWRITEBYTECODE=1
unset HGXTOPO_LIBRARY PYTHONPATH
if ! make_python; then
	missing "Python with the sanitizers of this compiler"
	finish
	exit
fi
python=$work/bin/python3

# ------------------------------------------------------------- the header

header() { "$python" tests/python/header.py "$1" "${CC:-cc}" "${2:-$package}"; }
check "the package has everything of hgxtopo.h, as a C compiler sees it" header include/hgxtopo.h

# what is planted in a copy of the header is named
sed -e 's|^	HGX_MACHINE, .*|	HGX_PLANTED_KIND,\n&|' -e 's|^	HGX_NO_MEMORY = 9$|&, HGX_PLANTED = 10|' \
	-e 's|^	int uneven; .*|&\n	size_t planted_option;|' -e 's|^#define HGX_BARS 7$|&\n#define HGX_PLANTED_NUMBER 5|' \
	-e 's|^const char \*hgx_version(void);$|&\nint hgx_planted(int number);\nstruct hgx_planted_struct { int a; };|' \
	-e 's|^const char \*hgx_code_name(int code);|&\nint hgx_with_callback(int (*planted)(void));|' \
	-e 's|^unsigned hgx_version_number(void);|unsigned hgx_version_number(int number);|' \
	include/hgxtopo.h >"$work/planted.h"
header "$work/planted.h" >"$work/faults"
named() { check "$1 is named" grep -qxF "$2" "$work/faults"; }
named "a new function" 'hgx_planted() is not in FUNCTIONS of functions.py'
named "a function that header.py cannot read" 'hgx_with_callback() is declared in a way that tests/python/header.py does not read'
named "a new value of an enum" 'Code.PLANTED of enum hgx_code is None in Python and 10 in C'
named "a value in another place" 'Kind.MACHINE of enum hgx_kind is 0 in Python and 1 in C'
named "a new number" 'HGX_PLANTED_NUMBER is None in constants.py and 5 in C'
named "a new struct" 'struct hgx_planted_struct has no class'
named "a new member" 'planted_option of struct hgx_plan_options is not a member of its class'
named "a new option" 'planted_option of struct hgx_plan_options: no keyword of its function'
check "a member in another place is named" grep -q '^partition of struct hgx_plan_options: offset and size are ' "$work/faults"
check "another prototype is named" grep -q '^hgx_version_number() takes or returns something else' "$work/faults"
cp -r "$package" "$work/uncalled"
sed -i 's/lib\.hgx_node_numa/lib.hgx_nothing/' "$work/uncalled/topology.py"
check "a function that nothing calls is named" diff <(header include/hgxtopo.h "$work/uncalled") \
	<(echo 'hgx_node_numa() is not called by the package')

# ------------------------------------------------------- what it does

# claims SCRIPT: a line for each of its claims
claims() {
	local line last=
	"$python" "tests/python/$1" >"$work/claims" 2>&1 || last=failed
	while IFS= read -r line; do
		case $line in
		'ok '*) ok "${line#ok }" ;;
		'not ok '*) bad "${line#not ok }" ;;
		*) echo "    $line" ;;
		esac
	done <"$work/claims"
	grep -q '^ok ' "$work/claims" || bad "$1 claims nothing"
	[ -z "$last" ] || grep -q '^not ok ' "$work/claims" || bad "$1 ended early"
}
claims topology.py
claims plan.py
claims check.py
claims errors.py
claims lifetime.py

# complaints PLANT: what valgrind or the sanitizers say about the library
complaints() {
	if [ -n "${SANITIZE:-}" ]; then
		ASAN_OPTIONS=detect_leaks=1:exitcode=0 HGX_PLANT=$1 "$python" tests/python/lifetime.py 2>&1 >/dev/null
	else
		UNDER="valgrind -q --leak-check=full --num-callers=40 --fullpath-after= --suppressions=$top/tests/consumer/libpci.supp --log-file=$work/valgrind.%p" \
			PYTHONMALLOC=malloc HGX_PLANT=$1 "$python" tests/python/lifetime.py >/dev/null 2>&1
		cat "$work"/valgrind.* | sed 's/^==[0-9]*== \?//'
		rm "$work"/valgrind.*
	fi | awk -v RS= -v ORS='\n\n' '/libhgxtopo/'
}
if [ -n "${SANITIZE:-}" ] || command -v valgrind >/dev/null; then
	check "nothing dangles and nothing leaks" test -z "$(complaints '')"
	check "a leak is noticed" test -n "$(complaints leak)"
	check "a use after free is noticed" test -n "$(complaints early)"
else
	missing "leaks of the Python package"
fi

# ------------------------------------------- which library is loaded

library=$(realpath "$B/libhgxtopo.so")
soname=$(readelf -d "$library" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')
# loaded ROOM VARIABLE=…: which library the package below ROOM loads
loaded() { env ASAN_OPTIONS=detect_leaks=0 $preload "${@:2}" PYTHONPATH="$1" "$interpreter" -c 'import hgxtopo
print(hgxtopo.library.lib._name)' 2>&1 | tail -n 1; }
mkdir -p "$work/tree/build" "$work/lib/python3/site-packages" "$work/elsewhere"
cp -r bindings include "$work/tree"
cp -r "$package" "$work/lib/python3/site-packages"
cp -r "$package" "$work/elsewhere"
check "HGXTOPO_LIBRARY names it" test "$(loaded "$work/tree/bindings/python" HGXTOPO_LIBRARY="$library")" = "$library"
ln -s "$library" "$work/tree/build/$soname"
check "in the sources it is that of the build folder" \
	test "$(loaded "$work/tree/bindings/python" A=)" = "$work/tree/build/$soname"
ln -s "$library" "$work/lib/$soname"
check "below a library directory it is the one there" \
	test "$(loaded "$work/lib/python3/site-packages" A=)" = "$work/lib/$soname"
check "elsewhere it is the one that the loader finds" \
	test "$(loaded "$work/elsewhere" LD_LIBRARY_PATH="$work/lib")" = "$soname"
check "a file that is not there is refused in words" test "$(loaded "$work/elsewhere" HGXTOPO_LIBRARY=/nowhere.so)" = \
	"ImportError: /nowhere.so cannot be loaded as libhgxtopo (/nowhere.so: cannot open shared object file: No such file or directory); install libhgxtopo ${soname#libhgxtopo.so.}, or set HGXTOPO_LIBRARY to the path of its shared library"
# refused SENTENCE NUMBER VERSION: a library that says it has that version is not loaded
refused() {
	echo "unsigned hgx_version_number(void) { return $2; }" |
		"${CC:-cc}" -shared -fPIC -x c -o "$work/other.so" - || return
	check "$1 is refused in words" test "$(loaded "$work/elsewhere" HGXTOPO_LIBRARY="$work/other.so" | sed 's/;.*//')" = \
		"ImportError: $work/other.so is libhgxtopo $3"
}
version=$("$hgxtopo" --version | sed -n '1s/.* //p')
IFS=. read -r major minor patch <<<"$version"
refused "another major version" $(((major + 1) * 1000000)) $((major + 1)).0.0
[ "$major" != 0 ] || refused "below 1.0 another minor version" $(((minor + 1) * 1000)) 0.$((minor + 1)).0
refused "an older library" $((major * 1000000 + minor * 1000 + patch - 1)) \
	"$(printf '%d.%d.%d' $major $(((minor * 1000 + patch - 1) / 1000)) $(((minor * 1000 + patch - 1) % 1000)))"
echo "unsigned hgx_version_number(void) { return $major * 1000000 + $minor * 1000 + 999; } int hgx_error_size(void) { return 8; }" |
	"${CC:-cc}" -shared -fPIC -x c -o "$work/other.so" -
check "so is one whose error has another size" test "$(loaded "$work/elsewhere" HGXTOPO_LIBRARY="$work/other.so")" = \
	"ImportError: $work/other.so has another struct hgx_error than this package; install both anew"

# --------------------------------------------------- the page, the style

mkdir "$work/page"
page() (cd "$work/page" && PATH=$work/bin:$PATH "$interpreter" "$top/tests/cli/readme.py" "$top/docs/python.md")
check "the examples of the page print what it says" page
grammar() { "$interpreter" -c 'import ast, sys
for name in sys.argv[1:]:
    ast.parse(open(name, encoding="utf-8").read(), name, feature_version=(3, 9))' "$@"; }
check "Python 3.9 can read it" grammar "$package"/*.py bindings/python/*.py bindings/python/examples/*.py
if command -v mypy >/dev/null; then
	typed() (cd bindings/python && mypy --cache-dir="$work/mypy" backend.py hgxtopo "$@")
	check "mypy --strict finds nothing" typed
	printf 'import hgxtopo\nplan = hgxtopo.Plan(hgxtopo.Topology.from_host(), vm="2", gpu="0", words=1)\nprint(plan.guest.root.pci.vendor)\n' >"$work/typed.py"
	typed "$work/typed.py" >"$work/typed"
	check "it finds what a program does wrong" test "$(grep -c "^[^:]*typed.py:[23]: error" "$work/typed")" -ge 3
else
	missing "types of the Python package"
fi
if ! release_build; then
	finish
	exit
fi

# --------------------------------------------------------- installing it

unset MAKEFLAGS MFLAGS MAKELEVEL
make_python_in() { make --no-print-directory B="$work/b" DESTDIR= "$@"; }
if "$interpreter" -c 'import ensurepip' 2>/dev/null && "$interpreter" -m venv "$work/venv" >/dev/null; then
	pip() { "$work/venv/bin/pip" --no-cache-dir --disable-pip-version-check "$@"; }
	check "pip installs it without network" pip install --no-index ./bindings/python
	cp -r "$work/venv/lib"/python3*/site-packages/hgxtopo "$work/pip"
	rm -rf "$work/pip/__pycache__"
	check "every file is there" diff -r "$package" "$work/pip" --exclude=__pycache__
	check "it runs from there" env HGXTOPO_LIBRARY="$library" "$work/venv/bin/python" -c 'import hgxtopo; hgxtopo.Topology.from_example("hgx-h200")'
	check "pip knows its version" sh -c '"$1" show hgxtopo | grep -qx "Version: $2"' sh "$work/venv/bin/pip" "$version"
	check "pip removes it" pip uninstall --yes hgxtopo
	check "pip installs the sources as they are" pip install --no-index --editable ./bindings/python
	check "they run" env HGXTOPO_LIBRARY="$library" "$work/venv/bin/python" -c 'import hgxtopo'
	pip uninstall --yes hgxtopo >/dev/null 2>&1
	check "make install-python finds the directory of packages" make_python_in PYTHON="$work/venv/bin/python3" PREFIX="$work/venv" install-python
	check "it runs from there too" env HGXTOPO_LIBRARY="$library" "$work/venv/bin/python" -c 'import hgxtopo'
	check "its version is known" test "$("$work/venv/bin/python" -c 'import importlib.metadata as m; print(m.version("hgxtopo"))')" = "$version"
	make_python_in PYTHON="$work/venv/bin/python3" PREFIX="$work/venv" uninstall-python >/dev/null
	check "make uninstall-python removes it" test -z "$(find "$work/venv" -name '*hgxtopo*')"
else
	missing "pip and make install-python"
fi
check "nothing is built in the sources" test -z "$(find bindings -name build -o -name '*.egg-info' -o -name dist)"
# a whole prefix: command, library and package
installed() { make_python_in B="$B" PREFIX="$work/prefix" PYTHONDIR="$work/prefix/lib/python3/dist-packages" "$@"; }
check "both are installed into a prefix" installed install install-python
one_line='import hgxtopo; [print(g.name, g.nearest("nic").name) for g in hgxtopo.Topology.from_example("hgx-h200").nodes("gpu")]'
check "one line lists GPUs with their NICs there" test \
	"$(PYTHONPATH=$work/prefix/lib/python3/dist-packages "$interpreter" -c "$one_line" | sed -n 1p)" = '0000:19:00.0 0000:1a:00.0'
relative() { make_python_in PYTHONDIR=lib install-python 2>&1 | grep -qx 'PYTHONDIR is "lib"; it must be an absolute path'; }
check "a relative PYTHONDIR is refused" relative
wheel() (cd bindings/python && mkdir "$work/$1" && "$interpreter" -c 'import backend, sys
backend.build_wheel(sys.argv[1])
backend.build_sdist(sys.argv[1])' "$work/$1")
wheel first && wheel second
check "a wheel and a tarball have the same bytes each time" diff -r "$work/first" "$work/second"
tar -xzf "$work/first"/*.tar.gz -C "$work"
check "a wheel of the tarball has the same bytes as well" \
	sh -c 'cd "$1" && "$2" -c "import backend; backend.build_wheel(\".\")" && cmp ./*.whl "$3"/*.whl' sh "$work/hgxtopo-$version" "$interpreter" "$work/first"

# ------------------------------------------------- with libvirt's package

with_libvirt=
for candidate in /usr/bin/python3 "$interpreter"; do
	"$candidate" -c 'import libvirt' 2>/dev/null && with_libvirt=$candidate && break
done
if [ -n "$with_libvirt" ] && command -v virsh >/dev/null; then
	mkdir -p "$work/libvirt/etc" "$work/example"
	printf 'user = "root"\ngroup = "root"\n' >"$work/libvirt/etc/qemu.conf"
	example() (cd "$work/example" && HGXTOPO_LIBRARY=$library PYTHONPATH=$top/bindings/python "$with_libvirt" "$top/tests/python/libvirt_example.py" \
		"$top/bindings/python/examples/second_of_four.py" "$@" 2>"$work/example.err")
	example --root "$roots/hgx-h200" --uri "qemu:///embed?root=$work/libvirt" >"$work/example.out"
	check "the example defines the second of four VMs" diff "$work/example.out" - <<'END'
libvirt has 6 devices of hgx-vm-2
hgx-vm-2 is defined: 22 vCPUs
  0000:24:00.0 is the host's 0000:4c:00.0
  0000:29:00.0 is the host's 0000:5d:00.0
END
	"$hgxtopo" emit --nccl --vms 2/4 --from "$roots/hgx-h200" 2>/dev/null >"$work/example.nccl"
	check "and writes its NCCL file" cmp "$work/example/hgx-vm-2.nccl.xml" "$work/example.nccl"
	check "it prints the warnings" grep -q '^warning: the VM has 2 of the 8 GPUs of a board' "$work/example.err"
	example --root "$roots/made-no-gpu"
	check "a host without GPUs is refused in words" test "$? $(wc -l <"$work/example.err")" = "1 1"
else
	missing "the example with libvirt's Python package"
fi
finish
