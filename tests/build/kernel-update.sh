#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# kernel-update.sh - contrib/kernel-update tells which files changed between two
# sources (folders, tarballs or packages), only those that parse images, and what a
# package's changelog says of them.

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

# ---- Packages, and what they install ----

mkdir -p package/usr/src package/usr/share/doc/linux-source-6.12 package/DEBIAN
mv new linux-source-6.12
tar -cJf package/usr/src/linux-source-6.12.tar.xz linux-source-6.12
gzip -c >package/usr/share/doc/linux-source-6.12/changelog.gz <<'END'
linux (6.12.2-1) unstable; urgency=medium

    - ext4: fix a thing
    - net: fix another thing

linux (6.12.1-1) unstable; urgency=medium

    - xfs: fix an old thing
END
cat >package/DEBIAN/control <<'END'
Package: linux-source-6.12
Version: 6.12.2-1
Architecture: all
Maintainer: nobody <nobody@localhost>
Description: test
END
cat >want.changelog <<'END'

The package's changelog, until Linux 6.12.1:
linux (6.12.2-1) unstable; urgency=medium
    - ext4: fix a thing
END
run_check "$update" old package/usr/src/linux-source-6.12.tar.xz >got
diff -u <(cat want want.changelog) got >&3 || die "another result of an installed package"
if command -v dpkg-deb >/dev/null; then
	run_check dpkg-deb --root-owner-group -b package new.deb >/dev/null
	run_check "$update" old new.deb >got
	diff -u <(cat want want.changelog) got >&3 || die "another result of a package"
fi
