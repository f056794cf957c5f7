#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The Go binding: it is formatted, vetted, reaches the whole header, and is safe from many goroutines and after
# Close; its page shows what is printed
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh

top=$PWD
if ! release_build; then
	finish
	exit
fi
if ! command -v go >/dev/null || ! command -v gofmt >/dev/null; then
	missing "the Go binding"
	finish
	exit
fi
make_roots
export HGX_TEST_ROOTS=$roots
check "make install works" make --no-print-directory B="$B" DESTDIR= PREFIX="$work/prefix" install
export PKG_CONFIG_PATH=$work/prefix/lib/pkgconfig LD_LIBRARY_PATH=$work/prefix/lib
# Nothing of the user's and nothing from the network.
export GOENV=off GOFLAGS=-buildvcs=false GOPROXY=off GOSUMDB=off GOTOOLCHAIN=local GOWORK=off CGO_ENABLED=1
# by this name, Go knows that the compiler is gcc
export CC=gcc
GOCACHE=$(realpath "$B")/go
export GOCACHE GOPATH=$work/gopath XDG_CONFIG_HOME=$work/config

# Go's own packages stay in the cache. This one must not: Go does not see that the header and the library are others
# than the last time, so a copy of it has a comment that it had never before.
tree=$work/page/libhgxtopo
mkdir -p "$tree/bindings" "$work/page/near" "$GOPATH/src"
cp -r bindings/go "$tree/bindings/go"
ln -s "$top/include" "$top/tests" "$tree"
printf 'package hgxtopo\n\n// %s\n' "$work" >"$tree/bindings/go/run.go"
cp -r "$tree/bindings/go" "$GOPATH/src/hgxtopo"
within() (cd "$tree/bindings/go" && "$@")

check "gofmt changes nothing" diff /dev/null <(gofmt -l bindings/go)
check "go vet finds nothing" within go vet ./...

# tested NAME FLAG…: each test of the binding counts as one here
tested() {
	local name=$1 status result test
	shift
	within go test -v -count=1 "$@" . >"$work/tests" 2>&1
	status=$?
	while read -r result test; do
		case $result in
		PASS) ok "$name: $test" ;;
		# what -short leaves out has run before
		SKIP) [[ " $* " = *" -short "* ]] || skip "$name: $test" ;;
		FAIL) bad "$name: $test" ;;
		esac
	done < <(sed -n 's/^--- \(PASS\|SKIP\|FAIL\): \([^ ]*\).*/\1 \2/p' "$work/tests")
	check "$name: the tests build, run and pass" test $status = 0
	[ $status = 0 ] || grep -v '^=== \|^--- PASS' "$work/tests" | tail -n 40
}
tested "no races" -race
# Here the reads of the library's memory in Go are looked at too. Freed memory is held back for that, which the
# test that -short leaves out would take for a leak. Newer releases of Go look for leaks too; libpci has one, see
# tests/consumer/libpci.supp.
echo leak:libpci.so >"$work/suppressions"
if echo 'int main(void) { return 0; }' | gcc -fsanitize=address -x c -o /dev/null - 2>/dev/null; then
	ASAN_OPTIONS=quarantine_size_mb=16 LSAN_OPTIONS=suppressions=$work/suppressions:print_suppressions=0 \
		tested "no use after free" -asan -short
else
	missing "use after free in the Go binding"
fi

# The program of the example does what the command does.
mirror=$work/mirror
check "the example builds" within go build -o "$mirror" ./examples/mirror
"$hgxtopo" dump --json --from example:hgx-h200 >"$work/host.json"
mirrored() { "$1" -from "$work/host.json" <tests/bases/flat.xml 2>"$work/notes"; }
check "it mirrors a domain as the command does" diff <(mirrored "$mirror") \
	<("$hgxtopo" emit --libvirt --from example:hgx-h200 --base tests/bases/flat.xml 2>/dev/null)
check "it says what the operator should know" grep -q '^mirror: warning: the id 10de:2335 also matches' "$work/notes"
echo '<domain>' | "$mirror" -from "$work/host.json" >"$work/out" 2>"$work/notes"
check "what is no domain is refused" test "$? $(wc -c <"$work/out")" = "1 0"
check "with the sentence of the library" diff "$work/notes" - <<'END'
mirror: standard input:2: the text ends before </domain>; give a domain as virsh dumpxml writes it
mirror: rule xml-syntax, option "base"
END

# As the page says: a module beside the sources, and a directory of GOPATH.
page() (cd "$work/page/near" && python3 "$top/tests/cli/readme.py" "$top/docs/go.md")
check "the examples of the page print what it says" page
check "the package is found in GOPATH" env GO111MODULE=off go build -o "$work/gopath-mirror" hgxtopo/examples/mirror
check "and is the same there" cmp <(mirrored "$mirror") <(mirrored "$work/gopath-mirror")
finish
