#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# timeout: 900
#
# without.sh - a build without all optional libraries, on a machine that has them,
# needs none of them.  Its tools work, and say what is missing.

. "$top_srcdir/tests/helpers/lib.sh"
need qemu-img cryptsetup

[ ! -e "$top_srcdir/config.status" ] ||
	skip "the source directory is configured itself"
case $(sed -n 's/^LINUX_FRAGMENTS = //p' "$top_builddir/Makefile") in
*' '*) skip "the kernel has more than the default configuration" ;;
esac
[ -e "$top_builddir/bin/tar2fs" ] || skip "the build has no tools"

mkdir build && cd build || die "cannot make a directory"
without='liburing libnbd zlib libzstd libarchive nettle jansson libfdisk libcryptsetup python'
run_check "$top_srcdir/configure" --quiet --disable-static --enable-werror \
	--disable-fuse --disable-seccomp --disable-landlock CC="${CC:-gcc}" \
	$(printf -- '--without-%s ' $without) --with-linux="$LINUX_SOURCE" \
	--with-kernel-builddir="$KERNEL_DIR" >configure.log
run_check make -j4 run_kernel=: >make.log
run_check make install-dist_completionDATA install-man run_kernel=: \
	DESTDIR="$PWD/installed" >install.log
cd ..
find build/installed -name 'lklfuse*' | grep . >&3 && die "files of lklfuse, without it"
find build/installed -name 'lklfs*' | grep -q . || die "no files of lklfs"

# Nothing is found by accident: neither linked nor loaded.
for file in build/lkl/.libs/liblkl.so build/bin/.libs/{fs2tar,cptofs,tar2fs}; do
	readelf -d "$file" | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p' |
		grep -vE '^(libc\.so\.6|ld-linux-.*|liblkl\.so\.0|libblkid\.so\.1)$' &&
		die "$file is linked with another library"
	LC_ALL=C grep -aoE 'lib(uring|nbd|z|zstd|archive|nettle|jansson|fdisk|fuse3|seccomp)\.so\.[0-9]+' \
		"$file" && die "$file names another library"
done

tools=build/bin
mkdir tree
seq 1000 >tree/numbers
run_check mke2fs -q -t ext4 -d tree image 16M
options=--no-sandbox
run_check $tools/fs2tar $options image image.tar
tar -xOf image.tar ./numbers | cmp - tree/numbers || die "another file"
run_check $tools/cptofs $options -i image tree/numbers /again
run_check $tools/cpfromfs $options -i image /again .
cmp again tree/numbers || die "another file"
run_check $tools/tar2fs $options tree made.ext4
run_check e2fsck -fn made.ext4 >&3
run_mustfail 1 'for lack of libarchive' $tools/fs2tar $options image image.tar.gz
run_mustfail 1 'for lack of libarchive' \
	$tools/cptofs $options -i image --tar image.tar /
run_mustfail 1 'for lack of libarchive' $tools/tar2fs $options image.tar no.ext4
run_mustfail 1 'copy needs libarchive' \
	$tools/lklfs copy $options image:/again made.ext4:/again
run_mustfail 1 'for lack of libfdisk' \
	$tools/tar2fs $options --layout=none --size=64M tree no.disk
for command in 'hash image numbers' 'mtree image'; do
	run_mustfail 1 'for lack of nettle' $tools/lklfs $command $options
	! grep 'Try ' stderr >&3 || die "the command line is not wrong: $command"
done
run_mustfail 2 'for lack of nettle' $tools/lklfs diff $options image tree
qemu-img convert -c -O qcow2 image packed.qcow2
run_mustfail 1 'compression with zlib was not built in' \
	$tools/fs2tar $options packed.qcow2 no.tar
truncate -s 32M luks
echo -n secret >key
cryptsetup luksFormat -q --pbkdf pbkdf2 \
	--pbkdf-force-iterations 1000 luks key || die "cannot make an encrypted volume"
run_mustfail 1 'for lack of libcryptsetup' $tools/lklfs ls $options luks
run_mustfail 1 'for lack of libcryptsetup' \
	$tools/lklfs ls $options --key-file=key luks
run_mustfail 1 'for lack of libnbd' \
	$tools/fs2tar $options 'nbd+unix:///?socket=none' no.tar
