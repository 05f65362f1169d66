#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# readme.sh - the examples of fs2tar, cptofs, cpfromfs and the library in
# README.md work; fuse/readme.sh runs those of lklfuse.

. "$top_srcdir/tests/helpers/lib.sh"
need sfdisk mke2fs zstd

readme=$top_srcdir/README.md

# block LANGUAGE - the examples in it
block() {
	sed -n "/^\`\`\`$1\$/,/^\`\`\`\$/p" "$readme" | grep -v '^```'
}

mkdir -p tree/etc out
echo text >tree/etc/passwd
echo log >tree/some.log
make_image ext4 image.ext4 16M -d tree
make_image ext4 part 16M -d tree -L data
truncate -s 64M disk.img
printf 'label: gpt\nstart=2MiB, size=16MiB\nstart=20MiB, size=16MiB\n' |
	sfdisk -q disk.img || die sfdisk
dd if=part of=disk.img bs=1M seek=20 conv=notrunc status=none

(head -c 1M /dev/urandom && cat image.ext4) >dump

block sh >commands
if fs2tar --version | grep -qF +nbd && command -v nbdkit >/dev/null &&
	command -v qemu-nbd >/dev/null && command -v qemu-img >/dev/null
then
	qemu-img convert -O vmdk image.ext4 machine.vmdk || die qemu-img
	nbdkit -f -r -U "$PWD/sock" -P pid file image.ext4 &
	trap "kill $!" EXIT
	wait_for 60 nbdkit test -s pid
else
	skip_part "no libnbd, nbdkit or qemu-utils for the examples with NBD and VMDK"
	sed -i '/nbd+unix:/d; /machine.vmdk/d' commands
fi
for line in $(block sh | sed 's/ .*//' | sort -u); do
	[ "$line" = cat ] || command -v "$line" >/dev/null || die "no $line"
done
[ "$(grep -c '^fs2tar' commands)" -ge 8 ] || die "few examples in README.md"
while read -r command; do
	echo "+ $command"
	bash -c "set -o pipefail; $command" 2>stderr
	status=$?
	case $command in
	*'they are listed')
		[ $status -eq 1 ] && grep -q data stderr ||
			die "several partitions: status $status"
		;;
	*)
		[ $status -eq 0 ] || die "status $status: $(cat stderr)"
		;;
	esac
done <commands
[ "$(grep -c '^cp\|cptofs' commands)" -ge 6 ] || die "few of cptofs"
check_same out/etc/passwd tree/etc/passwd "the pipe"
run_check zstd -t image.tar.zst
tar -tf part.tar | grep -q etc/passwd || die "part.tar"
tar -tf etc.tar | grep -qx ./passwd || die "etc.tar"

block c >hello.c
# A library with a sanitizer needs a program with it.
flags=$(sed -n 's/^SANITIZER_FLAGS = //p' "$top_builddir/Makefile")
run_check ${CC:-cc} $flags -Wall -Werror -o hello hello.c \
	-I"$top_srcdir/lkl/include" -I"$top_builddir/include" \
	-L"$top_builddir/lkl/.libs" -llkl
run_check ./hello image.ext4
run_check fs2tar image.ext4 image.tar
[ "$(tar -xOf image.tar ./hello)" = hello ] || die "the C example"
