#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# errors.sh - if an image cannot be mounted, the command prints one sentence and
# fails, and leaves no mount and no process.

. "$top_srcdir/tests/helpers/lib-fuse.sh"
fuse_begin

# refused TEXT ARGUMENT...
refused() {
	local text=$1

	shift
	run_any lklfuse "$@" && die "exit status 0: lklfuse $*"
	[ "$(wc -l <stderr)" -eq 1 ] || die "not one line: lklfuse $*"
	grep -q '^lklfuse: ' stderr || die "does not say who speaks"
	grep -qF -e "$text" stderr || die "does not say '$text'"
	! grep -q '\.$' stderr || die "ends in a full stop"
	is_unmounted mnt || die "mounted nevertheless"
	[ -z "$(pgrep -f "lklfuse.* $PWD/")" ] || die "a process is left"
}

mkdir mnt
make_fuse_image ext4 image
here=$PWD

refused 'No such file' $here/nothing $here/mnt
refused "$here/nothing" $here/nothing $here/mnt
refused 'No such file' $here/image $here/no-such-directory
touch a-file
refused '' $here/image $here/a-file
truncate -s 10M zeroes
refused 'no file system' $here/zeroes $here/mnt
head -c 3000000 /dev/urandom >noise
refused '' $here/noise $here/mnt
refused '' $here/mnt $here/mnt
: >empty
refused 'empty' $here/empty $here/mnt
refused 'xfs' -o type=xfs $here/image $here/mnt
refused '' -o type=nothing $here/image $here/mnt
refused '' -o opts=no-such-option $here/image $here/mnt
# The kernel's own reason.
refused 'no-such-option' -o opts=no-such-option $here/image $here/mnt
if ! is_root; then
	chmod 400 image
	refused 'Permission denied' $here/image $here/mnt
	chmod 000 image
	refused 'Permission denied' $here/image $here/mnt
	chmod 644 image
	refused '' $here/image /usr
fi

# Too little, too much.
for arguments in '' "$here/image" "$here/image $here/mnt more" \
		"--no-such-option $here/image $here/mnt"; do
	run_any lklfuse $arguments && die "exit status 0: lklfuse $arguments"
	grep -q '^lklfuse: ' stderr || die "does not say what is wrong"
done

# Once is enough, for writing; several may read.
fuse_mount image mnt
mkdir second
refused_second() {
	run_any lklfuse "$@" && die "mounted twice"
	grep -q 'in use' stderr || die "does not say that it is in use"
	is_unmounted second || die "mounted twice"
	echo alive >mnt/alive || die "the first one is broken"
}
refused_second $here/image $here/second
refused_second -o ro $here/image $here/second
fuse_unmount image mnt
check_clean ext4 image
fuse_mount image mnt -o ro
[ "$(cat mnt/alive)" = alive ] || die "cannot read"
(: >mnt/new) 2>/dev/null && die "wrote to what is read-only"
lklfuse -o ro $here/image $here/second || die "two readers"
[ "$(cat second/alive)" = alive ] || die "cannot read"
before=$(digest image)
if is_root; then umount second; else fusermount3 -u second; fi
if is_root; then umount mnt; else fusermount3 -u mnt; fi
wait_for 120 "the daemons to end" has_ended image
[ "$(digest image)" = "$before" ] || die "reading has changed the image"
