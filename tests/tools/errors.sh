#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# errors.sh - fs2tar refuses an image that it cannot use with one sentence that
# names the image; it exits with 1 and leaves no archive.

. "$top_srcdir/tests/helpers/lib.sh"

# refused TEXT IMAGE - and nothing more is said
refused() {
	rm -rf dir/archive.tar
	run_mustfail 1 "$1" fs2tar "$2" dir/archive.tar
	[ "$(wc -l <stderr)" -eq 1 ] || die "more than one line"
	grep -q "^fs2tar: .*$2" stderr || die "does not name the image"
	! grep -q '\.$' stderr || die "ends in a full stop"
	[ -z "$(ls -A dir)" ] || die "left something behind: $(ls -A dir)"
}

mkdir dir a-directory
refused 'No such file' nothing-here
refused '' a-directory
mkfifo a-fifo
refused '' a-fifo
: >empty
refused '' empty
head -c 1000000 /dev/urandom >noise
refused '' noise
truncate -s 10M zeroes
refused 'no file system' zeroes
echo 'text' >text
refused '' text

make_image ext4 image 64M
cp --sparse=always image truncated
truncate -s 20M truncated
refused 'ext4' truncated
cp --sparse=always image header-only
truncate -s 4096 header-only
refused 'header-only' header-only

# Needs what this kernel does not know.
cp --sparse=always image too-new
printf '\377' | dd of=too-new bs=1 seek=$((1024 + 0x63)) conv=notrunc \
	status=none
refused 'too-new' too-new

if ! is_root; then
	chmod 000 image
	refused 'Permission denied' image
	chmod 644 image
fi

# In use: something of QEMU's has it open for writing.
hold_image image
refused 'in use: another program writes to it' image
release_image

# One line of the command line that is wrong.
for arguments in '' '--nonsense image' 'image a b' '--memory 1K image' \
	'--memory x image' '--sort size image' '--compress none-such image' \
	'--mtime yesterday-or-so image' '--clamp-mtime image' \
	'--threads x image' '--progress-fd 77 image' '--owner : image'; do
	run_mustfail 2 'fs2tar: ' fs2tar $arguments >out
	[ ! -s out ] || die "output although the command line is wrong"
done
