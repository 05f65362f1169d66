#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# metadata-options.sh - --sort, --mtime, --clamp-mtime, --owner, --group and
# --numeric-owner have the meaning of GNU tar.

. "$top_srcdir/tests/helpers/lib.sh"
need mke2fs

mkdir -p tree/dir
for n in m a z c y; do
	echo $n >tree/dir/$n
done
find tree -depth -exec touch -d '2010-01-01 UTC' {} +
touch -d '2020-01-01 UTC' tree/dir/z
make_image ext4 image 64M -d tree -E root_owner=5:6

run_check fs2tar --sort=name image out.tar
tar -tf out.tar >got
check_text got './
./dir/
./dir/a
./dir/c
./dir/m
./dir/y
./dir/z
./lost+found/'
run_check fs2tar --sort=inode -C dir image inode.tar
run_check fs2tar --sort=none -C dir image none.tar
names inode.tar >want
names none.tar >got
check_same want got "--sort changes what is there"

# times NAME OPTION... - the time that a member has, in seconds
times() {
	local name=$1

	shift
	run_check fs2tar "$@" image out.tar
	tar -tvf out.tar --utc --full-time "$name" | awk '{ print $4 "T" $5 }'
}
[ "$(times ./dir/a)" = 2010-01-01T00:00:00 ] || die "time without --mtime"
for date in @1500000000 '2017-07-14 02:40:00 UTC' 2017-07-14T02:40:00Z; do
	[ "$(times ./dir/a --mtime="$date")" = 2017-07-14T02:40:00 ] ||
		die "--mtime=$date"
done
[ "$(times ./dir/a --mtime=@1500000000 --clamp-mtime)" = \
	2010-01-01T00:00:00 ] || die "clamped an old time"
[ "$(times ./dir/z --mtime=@1500000000 --clamp-mtime)" = \
	2017-07-14T02:40:00 ] || die "did not clamp a new time"
touch -d '2011-11-11 11:11:11 UTC' reference
[ "$(times ./dir/a --mtime=./reference)" = 2011-11-11T11:11:11 ] ||
	die "--mtime=FILE"

# owner OPTION... - owner and group of the first member
owner() {
	run_check fs2tar "$@" image out.tar
	tar -tvf out.tar | awk 'NR == 1 { print $2 }'
}
[ "$(owner)" = 5/6 ] || die "owner without options: $(owner)"
[ "$(owner --owner=joe:77 --group=staff:88)" = joe/staff ] ||
	die "owner and group by name"
[ "$(tar --numeric-owner -tvf out.tar | awk 'NR == 1 { print $2 }')" = \
	77/88 ] || die "owner and group by number"
[ "$(owner --owner=joe:77 --group=staff:88 --numeric-owner)" = 77/88 ] ||
	die "--numeric-owner"
[ "$(owner --owner=:77)" = 77/6 ] || die "--owner=:77"
[ "$(owner --owner=0 --group=0 --numeric-owner)" = 0/0 ] ||
	die "--owner=0"
tar -tvf out.tar | awk '$2 != "0/0" { exit 1 }' || die "not for all"
