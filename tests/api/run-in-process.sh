#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run-in-process.sh - the example for lkl_vsyscall runs a program on an image, with
# the same result as on the host.

. "$top_srcdir/tests/helpers/lib.sh"
need mke2fs debugfs dumpe2fs

[ "$(uname -m)" = x86_64 ] || skip "the example is for x86-64"
example=$top_srcdir/docs/run-in-process
flags=$(sed -n 's/^SANITIZER_FLAGS = //p' "$top_builddir/Makefile")
run_check ${CC:-cc} -O2 -Wall -Wextra -Werror -static -no-pie -nostdlib \
	-ffreestanding -fno-stack-protector -mno-red-zone -fcf-protection=none \
	-o program "$example/program.c"
run_check ${CC:-cc} $flags -O2 -Wall -Wextra -Werror -o run-in-process \
	"$example/run-in-process.c" -I"$top_srcdir/lkl/include" \
	-I"$top_builddir/include" -L"$top_builddir/lkl/.libs" -llkl

mkdir -p tree/dir
touch tree/dir/{one,two,three,four}
make_image ext4 image.ext4 16M -d tree

# On the host, and then on the image.
run_check ./program tree/dir list >number
[ "$(cat number)" = 6 ] || die "the host's number: $(cat number)"
run_check ./run-in-process image.ext4 ./program dir list >number-inside
check_same number-inside number "the number of names"
run_check debugfs -R 'cat /list' image.ext4 >list-inside
sort list >sorted
sort list-inside | check_same - sorted "the names"
[ ! -e dir ] || die "it made files on the host"
# The image is the root directory, too.
run_check ./run-in-process image.ext4 ./program /dir /absolute >number-inside
check_same number-inside number "the number of names below /"
run_check debugfs -R 'cat /absolute' image.ext4 >list-inside
sort list-inside | check_same - sorted "the names below /"
run_check e2fsck -fn image.ext4 >&3

# Its exit status, and what it cannot do.
run_mustfail 1 'open failed' ./run-in-process image.ext4 ./program missing list
run_mustfail 1 'not a static program' ./run-in-process image.ext4 /bin/true
run_mustfail 1 usage ./run-in-process image.ext4
echo text >no-program
run_mustfail 1 'not a static program' ./run-in-process image.ext4 ./no-program
run_mustfail 1 'no-file: No such file' ./run-in-process image.ext4 ./no-file
run_mustfail 1 'run-in-process: no-image: cannot open' \
	./run-in-process no-image ./program dir list
run_mustfail 1 'printing failed' ./run-in-process image.ext4 ./program dir list \
	>/dev/full

# The lines in the comments build both, once the library is installed.
sed -n 's/^ \*\t\(cc \|\t\)/\1/p' "$example/program.c" >line
grep -qx '.*program.c -o program' line || die "no line: $(cat line)"
cp "$example/program.c" .
rm program
run_check sh -e line
run_check ./program tree/dir list >number-again
check_same number-again number "the number"

# A full image is no success.
full=(-b 1024 -m 0 -N 32 -O ^has_journal -d tree)
make_image ext4 full.ext4 1M "${full[@]}"
free=$(dumpe2fs -h full.ext4 2>/dev/null | sed -n 's/^Free blocks: *//p')
yes | head -c "${free}K" >tree/fill
make_image ext4 full.ext4 1M "${full[@]}"
run_mustfail 1 'writing failed' ./run-in-process full.ext4 ./program dir list
run_check e2fsck -fn full.ext4 >&3
