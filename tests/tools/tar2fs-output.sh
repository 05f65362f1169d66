#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tar2fs-output.sh - tar2fs leaves nothing when it fails or is ended, replaces
# an image only by a complete one, and refuses mistakes with one sentence.

. "$top_srcdir/tests/helpers/lib-cp.sh"
need python3

mkdir tree out
echo text >tree/file
echo old >out/image.ext4

# check_untouched - the old image is there, and nothing else
check_untouched() {
	[ "$(ls -A out)" = image.ext4 ] || die "left behind: $(ls -A out)"
	[ "$(cat out/image.ext4)" = old ] || die "the old image was replaced"
}

head -c 5000 /dev/urandom >not.tar
run_mustfail 1 'not.tar: not a tar archive' tar2fs not.tar out/image.ext4
check_untouched
: >empty.tar
run_mustfail 1 'empty.tar: is empty' tar2fs empty.tar out/image.ext4
check_untouched
run_mustfail 1 'no-such: cannot open' tar2fs no-such out/image.ext4
check_untouched
run_mustfail 1 'no-such/image: cannot create' tar2fs tree no-such/image
run_mustfail 1 'not a regular file' tar2fs tree /dev/null
run_mustfail 1 'mke2fs: ' tar2fs --mkfs-options=-Z tree out/image.ext4
check_untouched
tar -C tree -cf tree.tar . && head -c 700 tree.tar >cut.tar
run_mustfail 1 'cut.tar: damaged or cut off' tar2fs cut.tar out/image.ext4
check_untouched

# The image has its own name in all messages.
for option in --size=1 '--size=1 --format=qcow2' '--size=64T --type=vfat'; do
	run_mustfail 1 'out/image.ext4: ' tar2fs $option tree out/image.ext4
	grep /proc/ stderr >&3 && die "$option: a path that nobody gave"
	check_untouched
done

run_mustfail 2 '--type: not one of ext4' tar2fs -t minix tree out/image
run_mustfail 2 'no image given after tree' tar2fs tree
run_mustfail 2 'no inputs and no image' tar2fs
run_mustfail 2 'an empty name is no input and no image' tar2fs tree ''
run_mustfail 2 'an empty name is no input and no image' tar2fs '' out/image
run_mustfail 2 'exclude each other' tar2fs --size=1G --free=1M tree out/image
run_mustfail 2 'only one of the inputs' tar2fs - - out/image
run_mustfail 2 'standard output' tar2fs tree -
run_mustfail 2 'not a UUID of ext4' tar2fs --uuid=1 tree out/image.ext4
run_mustfail 2 'cannot choose the UUID' tar2fs --uuid=1 tree out/image.ntfs
run_mustfail 2 'at most 16 bytes' tar2fs --label=12345678901234567 tree out/image
check_untouched

# Too small for it: each file that does not fit is named, and there is no image.
head -c 3M /dev/urandom >tree/large
run_any tar2fs --size=2M tree out/small.ext4
[ $? -eq 1 ] || die "does not fail"
grep -q 'large: cannot write: No space left on device' stderr ||
	die "does not say what is missing"
grep -q 'small.ext4: too small for the inputs, so no image is made' stderr ||
	die "does not say what becomes of the image"
[ ! -e out/small.ext4 ] || die "leaves an image that is not whole"

# It is ended while it waits for the archive: by a signal, and without a chance.
for signal in TERM INT KILL; do
	mkfifo pipe
	env --default-signal=INT tar2fs - out/image.ext4 <pipe 2>stderr &
	pid=$!
	exec 4>pipe
	head -c 700 tree.tar >&4
	wait_for 60 "the archive" is_drained 4
	kill -$signal $pid
	wait $pid
	status=$?
	exec 4>&-
	rm pipe
	[ $status -gt 128 ] || die "exit status $status after SIG$signal"
	wait_for 60 "the end of the guardian" \
		eval '[ "$(ls -A out)" = image.ext4 ]'
	check_untouched
done

# Another user who may write to the directory replaces the temporary files by
# links.  tar2fs works on its own files, and gives none of the links the name.
echo secret >victim
for suffix in ext4 btrfs qcow2; do
	mkfifo pipe
	tar2fs - out/new.$suffix <pipe 2>stderr &
	pid=$!
	exec 4>pipe
	head -c 700 tree.tar >&4
	wait_for 60 "the archive" is_drained 4
	n=0
	for file in out/.new.*; do
		[ -f "$file" ] || die "no temporary file"
		ln -sf ../victim "$file"
		n=$((n + 1))
	done
	[ $suffix != qcow2 ] || [ $n -eq 2 ] || die "no second file"
	tail -c +701 tree.tar >&4
	exec 4>&-
	wait $pid
	status=$?
	rm pipe
	[ "$(cat victim)" = secret ] || die "$suffix: wrote through a link"
	[ $status -eq 1 ] || die "$suffix: exit status $status"
	grep -q "out/new.$suffix: cannot create: its temporary file was removed" \
		stderr || die "$suffix: says: $(cat stderr)"
	check_untouched
done

# Only tar2fs itself speaks to the guardian of the output: a child that reads
# the inputs has no socket.
mkfifo pipe
tar2fs - out/image.ext4 <pipe 2>stderr &
pid=$!
exec 4>pipe
head -c 700 tree.tar >&4
wait_for 60 "the archive" is_drained 4
n=0
for child in $(pgrep -P $pid); do
	[ "$(cat /proc/$child/comm)" != guardian ] || continue
	n=$((n + 1))
	! ls -l /proc/$child/fd | grep socket: || die "a child has a socket"
done
[ $n -eq 1 ] || die "$n children read the inputs"
kill $pid
wait $pid
exec 4>&-
rm pipe
check_untouched

# The copy of a pipe is where the image is going to be, not where a link to it is.
mkdir readable
ln -s ../out/linked.ext4 readable/link.ext4
chmod 555 readable
if ! is_root; then
	run_check tar2fs - readable/link.ext4 < <(cat tree.tar)
	check_clean ext4 out/linked.ext4
	run_check tar2fs tree.tar readable/link.ext4
fi
chmod 755 readable
run_check tar2fs tree.tar /dev/stdout >out/linked.ext4
check_clean ext4 out/linked.ext4
rm -f out/linked.ext4

# Labels and the like reach mkfs.
run_check tar2fs --label=root --uuid=01234567-89ab-cdef-0123-456789abcdef \
	--mkfs-options='-O ^has_journal -m 1' tree out/image.ext4
dumpe2fs -h out/image.ext4 >super 2>/dev/null
grep -q 'volume name: *root$' super || die "no label"
grep -q 'UUID: *01234567-89ab-cdef-0123-456789abcdef$' super || die "no UUID"
! grep -q has_journal super || die "--mkfs-options"
run_check tar2fs --label=ESP --uuid=1234-ABCD tree out/image.vfat
[ "$(blkid -p -s UUID -o value out/image.vfat)" = 1234-ABCD ] || die "volume id"

# A signal leaves nothing, even as soon as there is a file.
cat >ended.py <<'END'
import os, signal, subprocess, sys
os.mkdir("signal")
for i in range(100):
    with open("signal.err", "w") as err:
        p = subprocess.Popen(["tar2fs", "tree", "signal/image.ext4"], stderr=err)
    while not os.listdir("signal") and p.poll() is None:
        pass
    p.send_signal(signal.SIGTERM)
    status = p.wait()
    left = os.listdir("signal")
    if left or status != -signal.SIGTERM:
        sys.exit(f"try {i}: exit status {status}, left behind: {left}")
END
run_check python3 ended.py
