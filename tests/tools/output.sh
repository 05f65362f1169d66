#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# output.sh - fs2tar writes to files, pipes and standard output; if it fails or
# is interrupted, it leaves no part of an archive.

. "$top_srcdir/tests/helpers/lib.sh"
need mke2fs script python3

mkdir tree dir
head -c 5000000 /dev/urandom >tree/large
seq 10000 >tree/text
make_image ext4 image 64M -d tree
run_check fs2tar image archive.tar

# Standard output, asked for or not; a file, a pipe, a symbolic link.
run_check fs2tar image >out.tar
check_same archive.tar out.tar "standard output"
run_check fs2tar --sync image - >out.tar
check_same archive.tar out.tar "-"
(set -o pipefail; fs2tar image | cat >out.tar) || die "a pipe"
check_same archive.tar out.tar "a pipe"
echo old >dir/target
ln -s target dir/link
run_check fs2tar --sync image dir/link
[ -L dir/link ] || die "the symbolic link is gone"
check_same archive.tar dir/target "through a symbolic link"
# Links to a file that is not there yet, as tar writes through them.
mkdir dir/sub
ln -s sub/second dir/first
ln -s ../new dir/sub/second
run_check fs2tar image dir/first
[ -L dir/first ] && [ -L dir/sub/second ] || die "a dangling link is gone"
[ ! -L dir/new ] || die "the target of links is a link"
check_same archive.tar dir/new "through two links to nothing"
rm dir/new
ln -sfn "$PWD/dir/absolute" dir/first
(cd dir && run_check fs2tar ../image first) || exit 1
check_same archive.tar dir/absolute "through an absolute link to nothing"
ln -sfn missing/file dir/first
run_mustfail 1 'dir/first: cannot create: No such file or directory' \
	fs2tar image dir/first
ln -sfn first dir/first
run_mustfail 1 'dir/first: cannot create: Too many levels of symbolic links' \
	fs2tar image dir/first
[ "$(readlink dir/first)" = first ] || die "a link to itself is gone"
rm -rf dir/sub
mkfifo dir/fifo
cat dir/fifo >out.tar &
run_check fs2tar image dir/fifo
wait
check_same archive.tar out.tar "a fifo"
rm -f dir/*
(umask 027 && run_check fs2tar image dir/archive.tar) || exit 1
[ "$(stat -c %a dir/archive.tar)" = 640 ] ||
	die "mode $(stat -c %a dir/archive.tar)"
rm -f dir/*

# Not on a terminal.
script -qec 'fs2tar image' typescript >/dev/null 2>&1 </dev/null
[ $? -eq 2 ] || die "wrote to a terminal"
grep -q terminal typescript || die "does not say why not"
[ "$(wc -c <typescript)" -lt 2000 ] || die "wrote to the terminal"

# Full, gone, too large, not allowed.
run_mustfail 1 'No space left' fs2tar image /dev/full
run_mustfail 1 'No space left' fs2tar image >/dev/full
run_mustfail 1 'No space left' fs2tar -z image /dev/full
(
	fs2tar image 2>stderr
	echo $? >status
) | head -c 1000 >/dev/null
[ "$(cat status)" -eq 1 ] || die "a broken pipe: status $(cat status)"
grep -q 'Broken pipe' stderr || die "does not tell of the broken pipe"
echo keep >dir/archive.tar
(
	trap '' XFSZ
	ulimit -f 1000
	run_mustfail 1 'File too large' fs2tar image dir/archive.tar
) || exit 1
[ "$(cat dir/archive.tar)" = keep ] || die "the old file is not kept"
(
	trap '' XFSZ
	ulimit -f 1000
	run_mustfail 1 'File too large' fs2tar image dir/new.tar
) || exit 1
[ "$(ls -A dir)" = archive.tar ] || die "left behind: $(ls -A dir)"
run_mustfail 1 'No such' fs2tar image no/such/dir/archive.tar
run_mustfail 1 'directory' fs2tar image dir
if ! is_root; then
	chmod a-w dir
	run_mustfail 1 'Permission denied' fs2tar image dir/new.tar
	chmod u+w dir
fi

# Not over the image itself, whatever its name.
before=$(digest image)
ln image other-name
ln -s image symbolic
for name in image ./image other-name symbolic; do
	run_mustfail 1 'itself' fs2tar image $name
done
run_mustfail 1 'itself' fs2tar image 1<>image
[ "$(digest image)" = "$before" ] || die "the image was changed"

# An output that is not complete has no name, however the tool ends, and an old
# file stays.
mkdir -p many
long=$(printf 'n%.0s' {1..100})
for f in {1..900}; do
	echo $f >many/$f-$long
done
make_image ext4 many.image 64M -d many
run_check fs2tar many.image many.tar
RANDOM=$TEST_SEED
for pair in TERM:143 INT:130 HUP:129 KILL:137; do
	rm -rf dir
	mkdir dir
	echo old >dir/old.tar
	for name in new.tar old.tar; do
		echo "+ SIG${pair%:*}, $name" >&3
		"$helpers/interrupt-after" $((RANDOM % 600 + 1)) ${pair%:*} \
			fs2tar -v many.image dir/$name 2>stderr
		status=$?
		[ $status -eq ${pair#*:} ] ||
			die "SIG${pair%:*}: status $status: $(cat stderr)"
		# The guardian clears up after a process that was killed.
		wait_for 60 "SIG${pair%:*} leaves nothing" \
			eval '[ "$(ls -A dir)" = old.tar ]'
		[ "$(cat dir/old.tar)" = old ] ||
			die "SIG${pair%:*}: the old file is gone"
	done
done
# Otherwise all of it is there.
run_check fs2tar -v many.image dir/old.tar >list
check_same many.tar dir/old.tar "after that"
