#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# option-mistakes.sh - an option that is unknown, unclear, or with an argument too few
# or too many, and an empty name: every tool names it in one sentence.

. "$top_srcdir/tests/helpers/lib.sh"
need mke2fs

make_image ext4 image 16M

# check_refused SENTENCE COMMAND... - on the first of two lines
check_refused() {
	local text=$1
	shift
	run_mustfail 2 "$text" "$@"
	[ "$(head -n 1 stderr)" = "$text" ] || die "says more: $(cat stderr)"
	[ "$(wc -l <stderr)" -eq 2 ] || die "not one sentence and a hint"
}

for tool in fs2tar tar2fs cptofs cpfromfs lklfuse; do
	check_refused "$tool: unknown option: --nonsense=x" \
		$tool --nonsense=x image
	check_refused "$tool: unknown option: -%" $tool image -%
	check_refused "$tool: unknown option: -%, in -%%" $tool -%% image
	check_refused "$tool: --type: missing argument: TYPE" $tool image --type
	check_refused "$tool: --verbose takes no argument: --verbose=2" \
		$tool --verbose=2 image
	# Control characters stay in the file.
	check_refused "$tool: unknown option: --a\\033" $tool "--a$(printf '\033')"
	check_refused "$tool: unknown option: --=x" $tool --=x image
done
check_refused 'fs2tar: -t: missing argument: TYPE' fs2tar image -t
check_refused 'fs2tar: -t: missing argument: TYPE' fs2tar image -vt
check_refused 'fs2tar: unknown option: -%, in -v%q' fs2tar image -v%q
check_refused 'fs2tar: --image- is not clear, it can be one of --image-snapshot --image-key-file --image-key-fd' \
	fs2tar --image-=x image
lklrun --nonsense -i image true 2>stderr
[ $? -eq 125 ] || die "lklrun: exit status $?"
grep -qx 'lklrun: unknown option: --nonsense' stderr || die "lklrun: no sentence"
# Those of the program are not lklrun's.
lklrun -i none.img ls --nonsense 2>stderr
[ $? -eq 125 ] || die "lklrun: exit status $?"
grep -q '^lklrun: none.img: ' stderr || die "takes an option of the program"

check_refused 'lklfs: unknown option: -n, in -nme' lklfs find image / -nme x
check_refused 'lklfs: --name: missing argument: PATTERN' lklfs find image -name
check_refused 'lklfs: unknown option: --json; the options of a command go behind its name' \
	lklfs --json ls image

# In the shell, which goes on.
printf 'ls --none\nls -%%\nls -d /\n' | run_check lklfs shell image >got
check_text stderr 'lklfs: unknown option: --none
lklfs: unknown option: -%'
check_text got /

# umount(8) passes these on.
ln -s "$(command -v lklfuse)" umount.fuse.lklfuse
check_refused 'lklfuse: umount(8) gave an option that is not known, or one without its argument: -q' \
	./umount.fuse.lklfuse mnt -q

# Names that are empty, as of a variable of a script that has no value.
for command in 'fs2tar @' 'fs2tar @ out.tar' 'fs2tar image @' 'lklfuse @ mnt' \
		'lklfuse image @' 'lklfs ls @' 'tar2fs @ new.ext4' \
		'tar2fs image @' 'cptofs -i @ image /' 'cptofs -i image --tar=@ /' \
		'cptofs -i image @ /' 'cptofs -i image image @' \
		'cpfromfs -i image / @' 'lklfuse --unmount @' \
		'tar2fs --verity-hash=@ image new.ext4' \
		'fs2tar --disk=@ image' 'fs2tar --image-snapshot=@ image'; do
	words=($command)
	run_any "${words[@]//@/}" </dev/null
	status=$?
	[ $status -eq 2 ] && [ "$(grep -c empty stderr)" -eq 1 ] ||
		die "$command: status $status, $(cat stderr)"
done
