#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# plain-tree.sh - makes a tree of files that an ordinary user can make.
#
# Usage: plain-tree.sh DIRECTORY
#
# Attributes and ACLs that the host's file system cannot hold are left out.

set -eu
mkdir "$1"
cd "$1"
umask 022

mkdir -p dir/sub/sub empty-dir many names 'dir with space'
for n in 0 1 511 512 513 4096 100000; do
	head -c $n /dev/urandom >"dir/size-$n"
done
seq 100000 >dir/text
for n in $(seq 400); do
	echo "$n" >many/file-$n
done

ln dir/text dir/sub/hard-link
ln dir/text second-link
ln -s dir/text symbolic-link
ln -s /no/such/file dir/dangling
ln -s "$(printf 'x%.0s' $(seq 200))" long-symbolic-link
mkfifo dir/fifo

printf 'begin' >sparse
truncate -s 1M sparse
printf 'end' >>sparse
truncate -s 3M all-hole

printf 'one' >names/$'new\nline'
printf 'two' >names/$'\xe4\xf6\xfc'
printf 'three' >names/$'\xc3\xa4'
printf 'four' >names/"$(printf 'n%.0s' $(seq 255))"
printf 'five' >names/'back\slash "quotes'

deep=dir/sub
for n in $(seq 12); do
	deep=$deep/$(printf 'd%.0s' $(seq 20))$n
done
mkdir -p "$deep"
echo deep >"$deep/file"

chmod 600 dir/size-1
chmod 4755 dir/size-511
chmod 2750 dir/sub
chmod 1777 empty-dir
chmod 000 dir/size-512 && chmod 400 dir/size-512

touch -d '1985-10-26 01:21:00.123456789 UTC' dir/text
touch -d '2040-01-02 03:04:05.5 UTC' dir/size-0
touch -h -d '2001-02-03 04:05:06 UTC' symbolic-link
touch -d '1999-12-31 23:59:59 UTC' empty-dir

if command -v setfattr >/dev/null &&
	setfattr -n user.test -v value dir/text 2>/dev/null; then
	setfattr -n user.empty dir/text
	setfattr -n user.dir -v 'of a directory' dir
fi
if command -v setfacl >/dev/null; then
	setfacl -m u:12345:rw dir/size-4096 2>/dev/null || :
	setfacl -d -m g:54321:rx dir 2>/dev/null || :
fi
