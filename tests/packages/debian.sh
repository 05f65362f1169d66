#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 5400
#
# debian.sh - the tarball of "make dist" and debian/ make packages in a clean
# chroot, and lintian does not complain.  In another chroot they are installed, an
# ordinary user runs the tools, and nothing is left after removal.

. "$top_srcdir/tests/helpers/lib.sh"
need mmdebstrap dpkg-source
is_root || skip "needs root"

release=$(. /etc/os-release && echo "$VERSION_CODENAME")
sources=/etc/apt/sources.list.d/debian.sources
[ -e "$sources" ] || sources=/etc/apt/sources.list

# chroot_make DIRECTORY [PACKAGE...]
chroot_make() {
	local directory=$1

	shift
	run_check mmdebstrap --quiet --variant="$variant" --mode=root \
		--include="$(printf '%s,' "$@" | sed 's/,$//')" \
		"$release" "$directory" "$sources"
}

# in_chroot DIRECTORY COMMAND - in namespaces that end with it
in_chroot() {
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
		DEBIAN_FRONTEND=noninteractive \
		unshare --mount --pid --fork --kill-child sh -c '
		mount -t proc proc "$0/proc" &&
		mount --bind /dev "$0/dev" &&
		exec chroot "$0" sh -c "$1"' "$1" "$2"
}

# ---- Build ----

version=$(sed -n '1s/.*(\(.*\)-.*/\1/p' "$top_srcdir/debian/changelog")
run_check make -C "$top_builddir" dist distdir="liblkl-$version"
mv "$top_builddir/liblkl-$version.tar.xz" . || die "no tarball"

build_depends=$(sed -n '/^Build-Depends:/,/^[^ ]*: *[^ ]/p' \
	"$top_srcdir/debian/control" | sed '1s/^[^:]*://; /^[A-Z]/d' |
	tr -d '\n' | sed 's/([^)]*)//g; s/<[^>]*>//g; s/:any//g; s/ //g' |
	sed 's/debhelper-compat/debhelper/; s/dh-sequence-installsysusers,//;
		s/dh-sequence-python3/dh-python/')
variant=buildd
chroot_make builder $(echo "$build_depends" | tr ',' ' ')
mkdir -p builder/build
mv "liblkl-$version.tar.xz" "builder/build/liblkl_$version.orig.tar.xz"
tar -C builder/build -xf "builder/build/liblkl_$version.orig.tar.xz" ||
	die "cannot unpack"
cp -a "$top_srcdir/debian" "builder/build/liblkl-$version/"
in_chroot builder "useradd -m builder && chown -R builder: /build &&
	cd /build/liblkl-$version &&
	su builder -c 'DEB_BUILD_OPTIONS=parallel=$(nproc) dpkg-buildpackage -us -uc'" \
	>build.log 2>&1 || { tail -n 30 build.log; die "cannot build"; }

# ---- Complaints ----

# Whoever uploads the packages puts in a mail address, which the project does not
# have, and the number of the bug that announces them.
if command -v lintian >/dev/null; then
	mkdir complaints && cp builder/build/*.deb builder/build/*.changes \
		builder/build/*.dsc builder/build/*.tar.xz builder/build/*.buildinfo \
		complaints/
	chmod -R a+rX . complaints
	tags=bogus-mail-host,bogus-mail-host-in-debian-changelog
	tags=$tags,initial-upload-closes-no-bugs
	lintian --pedantic --allow-root --suppress-tags "$tags" \
		--fail-on error,warning complaints/*.changes \
		>complaints.txt 2>&1 ||
		{ cat complaints.txt; die "lintian complains, or did not run"; }
	cat complaints.txt
else
	echo "skip: no lintian"
fi

# ---- Use ----

variant=minbase
chroot_make system fuse3 e2fsprogs
# Installed systems have it, from systemd or the installer; fusermount3 needs it.
[ -e system/etc/mtab ] || ln -s /proc/self/mounts system/etc/mtab
find system -xdev ! -type d ! -path '*/var/*' | sort >before
mkdir system/debs
cp builder/build/*.deb system/debs/
in_chroot system 'apt-get update -q && apt-get install -y \
	/debs/liblkl0_*.deb /debs/lkl-common_*.deb /debs/lkl-tools_*.deb /debs/lkl-luks_*.deb \
	/debs/lklfuse_*.deb \
	/debs/python3-lkl_*.deb' \
	>install.log 2>&1 || { tail -n 20 install.log; die "cannot install"; }
in_chroot system 'getent passwd lklfuse' >&3 ||
	die "lklfuse@.service has no account"
in_chroot system 'useradd -m somebody && su - somebody -c "
	set -e
	mkdir tree mnt && echo hello >tree/file
	/sbin/mke2fs -q -t ext4 -d tree image 16M
	fs2tar image - | tar -xOf - ./file | grep -qx hello
	echo there >other && cptofs -i image other /
	cpfromfs -i image /other copy && cmp other copy
	lklfuse image mnt && cmp mnt/other other && lklfuse --unmount mnt
	lklrun -i image -- cat /mnt/other | cmp - other
	SOURCE_DATE_EPOCH=1 tar2fs tree one.ext4
	SOURCE_DATE_EPOCH=1 tar2fs tree two.ext4 && cmp one.ext4 two.ext4
	python3 -c \"import lkl, sys; print(lkl.Image(sys.argv[1]).listdir())\" image
	fs2tar --version && lklfuse --version"' >use.log 2>&1 ||
	{ cat use.log; die "the tools do not work"; }
cat use.log

in_chroot system 'apt-get purge -y liblkl0 lkl-common lkl-tools lkl-luks lklfuse python3-lkl && userdel -r somebody &&
	apt-get autoremove -y --purge' >remove.log 2>&1 ||
	{ tail -n 20 remove.log; die "cannot remove"; }
rm -rf system/debs
# Other packages, which came with them, may stay.
find system -xdev ! -type d ! -path '*/var/*' | sort | comm -13 before - |
	grep -iE 'lkl' >left || :
[ ! -s left ] || die "left behind: $(cat left)"
