#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# emit --all writes every output of a plan into a directory, either all files or none
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
cd "$work" || exit 1
suffixes='guest.json kernel-args map.json map.txt nccl.xml qemu xml'

all() { "$hgxtopo" emit --all --from example:hgx-h200 "$@" >out 2>err; }
names() { ls -A "$1" | tr '\n' ' '; }
expected_names() { for vm in "$@"; do for suffix in $suffixes; do printf '%s.%s ' "$vm" "$suffix"; done; done; }
# state DIR: names and contents, for a later comparison
state() { (cd "$1" && find . | LC_ALL=C sort && find . -type f -exec md5sum {} + | LC_ALL=C sort); }

check "--all writes into a new directory" all --dir new
check "the directory contains the seven files and no others" test "$(names new)" = "$(expected_names hgx-vm)"
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
sed '/^  "plan": {$/,/^  },$/d' new/hgx-vm.guest.json >guest.json
check "NAME.guest.json is a topology that can be read back" cmp one.txt guest.json
check "it says what the plan noticed, and what became of each function" \
	grep -q '"device": "0000:19:00.0", "kind": "gpu", "fate": "this-vm"' new/hgx-vm.guest.json
"$hgxtopo" emit --nccl --from new/hgx-vm.guest.json >one.txt
check "that topology's NCCL file is the guest's" cmp one.txt new/hgx-vm.nccl.xml
check "the files have the permissions of new files" test "$(stat -c %a new/hgx-vm.xml)" = "$(touch touched && stat -c %a touched)"

check "--all replaces existing files" all --dir new --name hgx-vm --reserve-cores 8
check "it leaves no other files behind" test "$(names new)" = "$(expected_names hgx-vm)"
one --libvirt --reserve-cores 8 >one.txt
check "the old content is replaced" cmp one.txt new/hgx-vm.xml
check "each of two VMs gets its seven files" all --dir two --vms all/2 --name half
check "the files are named after the VMs" test "$(names two)" = "$(expected_names half-1 half-2)"
check "the domain has the same name as its file" grep -q '<name>half-2</name>' two/half-2.xml
check "the same without --name" all --dir unnamed --vms all/2
check "the VMs get numbered names" test "$(names unnamed)" = "$(expected_names hgx-vm-1 hgx-vm-2)"
one --map --json --vms all/2 >one.txt
check "a map of two VMs contains both" test "$(grep -c '"name": "hgx-vm-[12]"' one.txt)" = 2
check "a finding about both is reported once" test "$(sort err | uniq -d | wc -l)" = 0

# fails WHAT SENTENCE DIR ARGS…: exit status 3, that sentence last, DIR unchanged
fails() {
	local what=$1 message=$2 dir=$3 before status
	shift 3
	before=$(state "$dir" 2>&1)
	"${run[@]}" "$hgxtopo" emit --all --from example:hgx-h200 --dir "$dir" "$@" >out 2>err
	status=$?
	check "$what: exit 3" test $status = 3
	check "$what: the message names the file" diff <(tail -n 1 err) <(echo "hgxtopo: $message; nothing was written [file-unwritable]")
	check "$what: nothing has changed" test "$(state "$dir" 2>&1)" = "$before"
}
run=(env)
echo file >plain
fails "DIR is a file" "plain: Not a directory" plain
check "DIR is a file: it keeps its content" grep -qx file plain
fails "the parent of DIR does not exist" "no/where: No such file or directory" no/where
ln -s nowhere dangling
fails "DIR is a dangling link" "dangling/hgx-vm.xml: No such file or directory" dangling

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

# the domain is larger than 8 KiB: a limit on file sizes acts like a full disk
small() { ulimit -f 8 && exec "$@"; }
export -f small
run=(bash -c 'small "$@"' small)
fails "no room for a file" "taken/hgx-vm.xml: File too large" taken
fails "no room for a file in a new directory" "fresh/hgx-vm.xml: File too large" fresh
check "the new directory is gone" test ! -e fresh
run=(env)

# A disk on which rename number $FAIL_RENAME fails, and which lacks hard links if $NO_LINKS is set.
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
# a sanitized program needs its sanitizers loaded first
if [ -n "${SANITIZE:-}" ]; then
	:
elif ${CC:-cc} -shared -fPIC -o disk.so disk.c -ldl; then
	disk=$PWD/disk.so
	run=(env LD_PRELOAD="$disk" FAIL_RENAME=4)
	fails "the fourth file cannot be put in place" "taken/hgx-vm.map.txt: Input/output error" taken
	fails "the fourth file cannot be put into a new directory" "fresh/hgx-vm.map.txt: Input/output error" fresh
	check "that new directory is gone" test ! -e fresh
	# two old files are renamed out of the way first
	run=(env LD_PRELOAD="$disk" FAIL_RENAME=6 NO_LINKS=1)
	fails "the same without hard links" "taken/hgx-vm.map.txt: Input/output error" taken
	run=(env LD_PRELOAD="$disk" FAIL_RENAME=2 NO_LINKS=1)
	fails "an old file cannot be kept" "taken/hgx-vm.kernel-args: Input/output error" taken
	mkdir linkless
	echo old >linkless/hgx-vm.xml
	LD_PRELOAD=$disk NO_LINKS=1 all --dir linkless --reserve-cores 8
	check "without hard links the files are written" test "$(names linkless)" = "$(expected_names hgx-vm)"
	check "they have the new content" cmp new/hgx-vm.xml linkless/hgx-vm.xml
	run=(env)
else
	bad "the failing disk could not be built"
fi
if [ "$(id -u)" = 0 ]; then
	run=(setpriv --reuid=65534 --clear-groups --)
	chmod 755 . taken
	if "${run[@]}" test -x "$hgxtopo"; then
		fails "a directory that is not writable" "taken/hgx-vm.xml: Permission denied" taken
	fi
	run=(env)
else
	chmod 555 taken
	fails "a directory that is not writable" "taken/hgx-vm.xml: Permission denied" taken
	chmod 755 taken
fi

echo linked >elsewhere
ln -s ../elsewhere taken/hgx-vm.xml
check "--all writes through a link to a file" all --dir taken
check "the link stays and leads to the new content" sh -c 'test -L taken/hgx-vm.xml && tail -n 1 elsewhere | grep -qx "</domain>"'
check "a file that is not part of the plan stays" grep -qx other taken/other
finish
