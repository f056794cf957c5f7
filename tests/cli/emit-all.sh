#!/bin/bash
# emit --all: every output of a plan in a directory, all files or none
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
cd "$work" || exit 1
suffixes='guest.json kernel-args map.json map.txt nccl.xml qemu xml'

all() { "$hgxtopo" emit --all --from example:hgx-h200 "$@" >out 2>err; }
names() { ls -A "$1" | tr '\n' ' '; }
expected_names() { for vm in "$@"; do for suffix in $suffixes; do printf '%s.%s ' "$vm" "$suffix"; done; done; }
# state DIR: names and contents, to compare with later
state() { (cd "$1" && find . | LC_ALL=C sort && find . -type f -exec md5sum {} + | LC_ALL=C sort); }

check "--all writes into a new directory" all --dir new
check "it holds the seven files and no other" test "$(names new)" = "$(expected_names hgx-vm)"
check "nothing goes to standard output" test ! -s out
one() { "$hgxtopo" emit --from example:hgx-h200 "$@" 2>/dev/null; }
while read -r suffix args; do
	# shellcheck disable=SC2086
	one $args >one.txt
	check "NAME.$suffix is what 'emit $args' writes" cmp one.txt "new/hgx-vm.$suffix"
done <<EOT
xml --libvirt
nccl.xml --nccl
kernel-args --kernel-args
map.txt --map
map.json --map --json
qemu --qemu
EOT
"$hgxtopo" dump --json --from new/hgx-vm.guest.json >one.txt
check "NAME.guest.json is a topology that is read back" cmp one.txt new/hgx-vm.guest.json
"$hgxtopo" emit --nccl --profile host --from new/hgx-vm.guest.json >one.txt
check "its NCCL file is that of the guest" cmp one.txt new/hgx-vm.nccl.xml
check "the files have the rights of new files" test "$(stat -c %a new/hgx-vm.xml)" = "$(touch touched && stat -c %a touched)"

check "again, over what is there" all --dir new --name hgx-vm --reserve-cores 8
check "no other file is left" test "$(names new)" = "$(expected_names hgx-vm)"
one --libvirt --reserve-cores 8 >one.txt
check "the old files are replaced" cmp one.txt new/hgx-vm.xml
check "each of two VMs gets its seven files" all --dir two --vms all/2 --name half
check "named after it" test "$(names two)" = "$(expected_names half-1 half-2)"
check "the domain has the name of the file" grep -q '<name>half-2</name>' two/half-2.xml
check "without a name too" all --dir unnamed --vms all/2
check "named by number" test "$(names unnamed)" = "$(expected_names hgx-vm-1 hgx-vm-2)"
one --map --json --vms all/2 >one.txt
check "a map of two VMs has both" test "$(grep -c '"name": "hgx-vm-[12]"' one.txt)" = 2
check "what was noticed of both is told once" test "$(sort err | uniq -d | wc -l)" = 0

# fails WHAT SENTENCE DIR ARGS…: exit status 3, that sentence last, DIR as it was before
fails() {
	local what=$1 message=$2 dir=$3 before status
	shift 3
	before=$(state "$dir" 2>&1)
	"${run[@]}" "$hgxtopo" emit --all --from example:hgx-h200 --dir "$dir" "$@" >out 2>err
	status=$?
	check "$what: exit 3" test $status = 3
	check "$what: the message names the file" diff <(tail -n 1 err) <(echo "hgxtopo: $message; nothing was written")
	check "$what: everything is as it was" test "$(state "$dir" 2>&1)" = "$before"
}
run=(env)
echo file >plain
fails "DIR is a file" "plain: Not a directory" plain
check "DIR is a file: it has its content" grep -qx file plain
fails "DIR is in no directory" "no/where: No such file or directory" no/where
ln -s nowhere dangling
fails "DIR is a link to nothing" "dangling/hgx-vm.xml: No such file or directory" dangling

mkdir taken
echo old >taken/hgx-vm.kernel-args
echo old >taken/hgx-vm.nccl.xml
echo other >taken/other
mkdir taken/hgx-vm.map.txt
fails "a directory has the name of a file" "taken/hgx-vm.map.txt: Is a directory" taken
rmdir taken/hgx-vm.map.txt
mkfifo taken/hgx-vm.map.txt
fails "a pipe has the name of a file" "taken/hgx-vm.map.txt: File exists" taken
rm taken/hgx-vm.map.txt

# the domain is larger than 8 KiB: a limit on file sizes, as a disk that is full
small() { ulimit -f 8 && exec "$@"; }
export -f small
run=(bash -c 'small "$@"' small)
fails "no room for a file" "taken/hgx-vm.xml: File too large" taken
fails "no room for a file in a new directory" "fresh/hgx-vm.xml: File too large" fresh
check "the new directory is gone" test ! -e fresh
run=(env)

# A disk on which the rename number $FAIL_RENAME fails, and that has no hard links if $NO_LINKS.
cat >disk.c <<'EOT'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>

int rename(const char *from, const char *to)
{
	static int calls;
	int (*real)(const char *, const char *) = (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "rename");

	errno = EIO;
	return getenv("FAIL_RENAME") && ++calls == atoi(getenv("FAIL_RENAME")) ? -1 : real(from, to);
}

int link(const char *from, const char *to)
{
	int (*real)(const char *, const char *) = (int (*)(const char *, const char *))dlsym(RTLD_NEXT, "link");

	errno = EPERM;
	return getenv("NO_LINKS") ? -1 : real(from, to);
}
EOT
# a sanitized program wants its sanitizers loaded first
if [ -n "${SANITIZE:-}" ]; then
	:
elif ${CC:-cc} -shared -fPIC -o disk.so disk.c -ldl; then
	disk=$PWD/disk.so
	run=(env LD_PRELOAD="$disk" FAIL_RENAME=4)
	fails "the fourth file cannot be put in place" "taken/hgx-vm.map.txt: Input/output error" taken
	fails "nor in a new directory" "fresh/hgx-vm.map.txt: Input/output error" fresh
	check "and that one is gone" test ! -e fresh
	# two old files are renamed away first
	run=(env LD_PRELOAD="$disk" FAIL_RENAME=6 NO_LINKS=1)
	fails "the same without hard links" "taken/hgx-vm.map.txt: Input/output error" taken
	run=(env LD_PRELOAD="$disk" FAIL_RENAME=2 NO_LINKS=1)
	fails "an old file cannot be kept" "taken/hgx-vm.kernel-args: Input/output error" taken
	mkdir linkless
	echo old >linkless/hgx-vm.xml
	LD_PRELOAD=$disk NO_LINKS=1 all --dir linkless --reserve-cores 8
	check "without hard links the files are written" test "$(names linkless)" = "$(expected_names hgx-vm)"
	check "and are the new ones" cmp new/hgx-vm.xml linkless/hgx-vm.xml
	run=(env)
else
	bad "a disk that fails is built"
fi
if [ "$(id -u)" = 0 ]; then
	run=(setpriv --reuid=65534 --clear-groups --)
	chmod 755 . taken
	if "${run[@]}" test -x "$hgxtopo"; then
		fails "a directory without the right to write" "taken/hgx-vm.xml: Permission denied" taken
	fi
	run=(env)
else
	chmod 555 taken
	fails "a directory without the right to write" "taken/hgx-vm.xml: Permission denied" taken
	chmod 755 taken
fi

echo linked >elsewhere
ln -s ../elsewhere taken/hgx-vm.xml
check "a link to a file stays one" all --dir taken
check "and leads to what was written" sh -c 'test -L taken/hgx-vm.xml && tail -n 1 elsewhere | grep -qx "</domain>"'
check "what does not belong to the plan stays" grep -qx other taken/other
finish
