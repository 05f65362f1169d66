#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# kernel-update.sh - contrib/kernel-update tells which files changed between two
# sources, folders or tarballs, and only those that parse images.

. "$top_srcdir/tests/helpers/lib.sh"
update=$top_srcdir/contrib/kernel-update

# make_source FOLDER SUBLEVEL
make_source() {
	mkdir -p "$1"/{fs/ext4,block,drivers/md,drivers/net}
	printf 'VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = %s\nEXTRAVERSION =\n' \
		"$2" >"$1/Makefile"
	seq 10 >"$1/fs/ext4/super.c"
	seq 10 >"$1/block/bio.c"
	seq 10 >"$1/drivers/md/dm.c"
	seq 10 >"$1/drivers/net/card.c"
}
make_source old 1
make_source new 2
sed -i '3d' new/fs/ext4/super.c
printf 'a\nb\n' >>new/drivers/md/dm.c
echo more >>new/drivers/net/card.c
echo new >new/block/other.c
cat >want <<'END'
Linux 6.12.1 to 6.12.2: fs block drivers/md
     1 +      0 -  block/other.c
     2 +      0 -  drivers/md/dm.c
     0 +      1 -  fs/ext4/super.c
3 files, 3 lines added, 1 removed
END
run_check "$update" old new >got
diff -u want got >&3 || die "another result of folders"
tar -cJf old.tar.xz old && tar -cf new.tar new
run_check "$update" old.tar.xz new.tar >got
diff -u want got >&3 || die "another result of tarballs"
run_check "$update" --diff old new.tar >got
grep -q '^-3$' got || die "no changes with --diff"
run_mustfail 1 'none: no such file' "$update" old none
run_mustfail 1 'not a tarball' "$update" old "$update"
run_mustfail 2 'Usage' "$update" old
