#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# -o FILE: all of it or nothing, through links, with the owner and permissions of what it replaces
set -u
cd "$(dirname "$0")/../.."
. tests/lib.sh
cd "$work" || exit 1

"$hgxtopo" dump --json --from example:hgx-h200 >good.json
"$hgxtopo" dump --matrix --from good.json >whole.txt
into() { "$hgxtopo" dump --matrix --from good.json -o "$@" >out 2>err; }
written() { into "$1" && cmp whole.txt "${2:-$1}"; }
# refused FILE SENTENCE
refused() { into "$1"; [ $? = 3 ] && diff <(without_rules err) <(echo "hgxtopo: $2"); }
left() { find . -name '*.??????' ! -name err -o -name '.hgxtopo-*'; }

# ---- links
mkdir -p there/deep
ln -s there/new.txt dangling
check "the target of a dangling link is created" written dangling there/new.txt
check "the link stays" test "$(readlink dangling)" = there/new.txt
ln -s ../second there/deep/first
ln -s ../third there/second
check "links are followed from where they are" written there/deep/first third
ln -s "$PWD/fourth" absolute
check "a link may lead anywhere" written absolute fourth
ln -s nowhere/file lost
check "a link into a missing directory is refused" refused lost "lost: No such file or directory; nothing was written"
ln -s round-2 round-1
ln -s round-1 round-2
check "a circle of links is refused" refused round-1 "round-1: Too many levels of symbolic links; nothing was written"
ln -s round-1 into-round
check "a link into a circle is refused" refused into-round "into-round: Too many levels of symbolic links; nothing was written"
check "the circle stays" test "$(readlink round-1) $(readlink round-2)" = "round-2 round-1"
check "a link to standard output is standard output" sh -c "'$hgxtopo' dump --matrix --from good.json -o /dev/stdout | cmp - whole.txt"

# ---- names
for length in 249 250 255; do
	check "a name may have $length bytes" written "$(printf "%${length}s" | tr ' ' n)"
done
mkdir directory
check "a directory is refused" refused directory "directory: Is a directory; give the name of a file in it"
check "so is the current one" refused . ".: Is a directory; give the name of a file in it"
mkfifo fifo
if [ "$(id -u)" = 0 ] && setpriv --reuid=65534 --clear-groups -- test -x "$hgxtopo"; then
	chmod 755 . && chmod 600 fifo
	setpriv --reuid=65534 --clear-groups -- "$hgxtopo" dump --matrix --from example:hgx-h200 -o fifo 2>err
	check "nothing is written to a pipe that cannot be opened" \
		diff <(without_rules err) <(echo "hgxtopo: fifo: Permission denied; nothing was written")
fi

# ---- owner and permissions
echo old >old && chmod 6640 old
[ "$(id -u)" != 0 ] || { chown 1234:5678 old && chmod 6640 old; }
owner=$(stat -c %u:%g old)
check "a file is replaced" written old
check "it keeps its permissions, but no setuid and setgid" test "$(stat -c %a old)" = 640
check "it keeps its owner and group" test "$(stat -c %u:%g old)" = "$owner"

# ---- interrupts and power cuts
# A disk on which SIGTERM comes while a file is written to it; the directories that are written go
# to the file $SYNCED.
cat >disk.c <<'EOT'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int fsync(int fd)
{
	int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
	struct stat status;

	if (!fstat(fd, &status) && S_ISDIR(status.st_mode))
		close(open(getenv("SYNCED"), O_CREAT | O_WRONLY, 0644));
	else if (getenv("INTERRUPT"))
		kill(getpid(), SIGTERM);
	return real(fd);
}
EOT
# a sanitized program needs its sanitizers loaded first
if [ -n "${SANITIZE:-}" ]; then
	:
elif ${CC:-cc} -shared -fPIC -o disk.so disk.c -ldl; then
	mkdir cut
	echo old >cut/out.txt
	on_disk() { env LD_PRELOAD="$PWD/disk.so" SYNCED="$PWD/synced" "$@" >out 2>err; }
	on_disk "$hgxtopo" dump --matrix --from good.json -o cut/out.txt
	check "the name is written to the disk as well" test -e synced
	echo old >cut/out.txt
	(on_disk env INTERRUPT=1 "$hgxtopo" dump --matrix --from good.json -o cut/out.txt) 2>/dev/null
	check "an interrupt comes when the file is complete" cmp whole.txt cut/out.txt
	check "it leaves no other file" test "$(ls -A cut)" = out.txt
else
	bad "the slow disk could not be built"
fi
check "nothing else is left" test -z "$(left)"

# ---- several files
mkdir all
all() { "$hgxtopo" emit --all --from good.json --dir all >out 2>err; }
ln -s hgx-vm.nccl.xml all/hgx-vm.xml
all
check "two outputs in one file are refused" test $? = 3
check "the sentence names both" diff <(tail -n 1 err | without_rules) \
	<(echo "hgxtopo: all/hgx-vm.nccl.xml: it is the same file as all/hgx-vm.xml; nothing was written")
check "nothing was written" test "$(ls -A all)" = hgx-vm.xml
ln -sf ../all/../other.xml all/hgx-vm.xml
ln -s "$PWD/other.xml" all/hgx-vm.map.txt
all
check "so are two links to one new file" test "$? $(ls -A all | wc -l)" = "3 2"
rm all/hgx-vm.map.txt
check "a dangling link gets its target" all
check "which has the content" grep -q '^</domain>' other.xml

# ---- an output and its findings
# beside WHAT STATUS FINDINGS [OPTION...]: that exit status, and nothing is left in the directory
beside() {
	local what="$1" status="$2" findings="$3"
	shift 3
	rm -rf pair && mkdir pair
	(cd pair && exec "$hgxtopo" emit --from ../good.json --quiet --findings "$findings" "$@") >out 2>err
	check "$what is an error" test $? = "$status"
	check "$what leaves no file" test -z "$(ls -A pair)"
}
# told SENTENCE: the last line of standard error
told() { diff <(tail -n 1 err | without_rules) <(echo "hgxtopo: $1"); }
directory=".: Is a directory; give the name of a file in it"
full="/dev/full: No space left on device; the output is incomplete"
beside "a directory for the findings" 3 . --libvirt -o w.xml
check "the directory is named" told "$directory"
beside "a directory for the output" 3 w.json --libvirt -o .
check "the directory is named here too" told "$directory"
beside "a directory beside standard output" 3 . --libvirt
check "standard output got nothing" test ! -s out
beside "a full device for the findings" 3 /dev/full --libvirt -o w.xml
check "the device is named" told "$full"
beside "a full device for the output" 3 w.json --libvirt -o /dev/full
beside "a missing directory beside a device" 3 /dev/null --libvirt -o no/w.xml
beside "a directory for the findings of all" 3 . --all --dir all
beside "a full device for the findings of all" 3 /dev/full --all --dir all
check "it is named for all" told "$full"
beside "one file for both" 3 f.json --libvirt -o f.json
check "no link is blamed" told "f.json: two outputs cannot be one file; nothing was written"
beside "one file under two names" 3 f.json --libvirt -o ./f.json
check "both names are told" told "f.json: it is the same file as ./f.json; nothing was written"
both() { "$hgxtopo" emit --libvirt --from good.json --quiet "$@" 2>err; }
both --findings f.json -o w.xml
check "a file and its findings" test -s w.xml -a -s f.json
both --findings g.json >out
check "findings beside standard output" cmp f.json g.json
check "whose content is the same" cmp out w.xml
echo old >w.xml
both --findings /dev/full -o w.xml
check "what was there before stays" test "$(cat w.xml)" = old
mkfifo one two
timeout 20 cat one two >read &
reader=$!
both -o one --findings two
wait $reader
check "two pipes may be read one after the other" cmp read <(cat out f.json)
timeout 20 cat one >read &
reader=$!
both -o one --findings g.json
wait $reader
check "a pipe beside a file gets everything" cmp read out
check "nothing else is left of them" test -z "$(left)"
finish
