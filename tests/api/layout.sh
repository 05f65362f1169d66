#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The build's comparison of structure layouts passes for the headers that are
# installed, and fails, with the member's name, for headers that were changed.

set -eu
cc=${CC:-gcc}
include=$top_builddir/include
obj=${KERNEL_DIR:-$top_builddir/kernel}/obj
generated=$obj/arch/lkl/include/generated
kernel=$obj/arch/lkl/kernel/lkl-layout.o
layout=$top_srcdir/lkl/api/layout.py
export PYTHONDONTWRITEBYTECODE=1

python3 "$layout" generate --object "$obj/vmlinux.o" \
	--numbers "$generated/uapi/asm/unistd_64.h" \
	--entries "$generated/asm/syscall_table_64.h" \
	--headers "$include/lkl" --cc "$cc" \
	--kernel kernel.c --host host.c --names names

# Entries that every configuration of the kernel has.
for what in 'offset of stx_btime in struct lkl_statx' \
	'size of f_type in struct lkl_statfs' \
	'offset of lkl_st_atime in struct lkl_stat' \
	'offset of d_name in struct lkl_linux_dirent64' \
	'size of struct lkl_fiemap_extent' \
	'size of fsx_xflags in struct lkl_fsxattr' \
	'offset of stx_btime in struct lkl_nothing' \
	'size of lkl_umode_t' 'value of LKL_DT_REG'; do
	case $what in
	*nothing) expected=1 ;;		# the loop itself can fail
	*) expected=0 ;;
	esac
	found=0
	grep -qxF "$what" names || found=1
	[ $found = $expected ] || { echo "not compared: $what"; exit 1; }
done

compare() {
	python3 "$layout" compare --kernel "$kernel" --host host.o \
		--names names
}
$cc -c -I"$include" -o host.o host.c
compare || { echo 'the installed headers fail'; exit 1; }

# refuse FILE SED EXPECTED... - change a header; that must be noticed
refuse() {
	local file=$1 edit=$2 what

	shift 2
	rm -rf changed
	mkdir changed
	cp -R -L "$include/lkl" changed/
	sed -i "$edit" "changed/lkl/$file"
	! cmp -s "$include/lkl/$file" "changed/lkl/$file" || {
		echo "$file: the edit does nothing: $edit"
		exit 1
	}
	$cc -c -Ichanged -o host.o host.c
	! compare >out 2>&1 || { echo "accepted: $edit"; exit 1; }
	for what; do
		grep -qF "$what:" out || {
			cat out
			echo "not named: $what"
			exit 1
		}
	done
	echo "noticed: $file, $edit"
}
refuse linux/fs.h 's/__u32\([ \t]*fsx_projid\)/__u64\1/' \
	'size of fsx_projid in struct lkl_fsxattr' \
	'offset of fsx_cowextsize in struct lkl_fsxattr'
refuse linux/stat.h 's/lkl___u16[ \t]*stx_mode;/lkl___u16 added;\n&/' \
	'offset of stx_mode in struct lkl_statx'
refuse asm-generic/stat.h 's/^struct lkl_stat {/&\n\tchar added;/' \
	'size of struct lkl_stat' 'offset of st_dev in struct lkl_stat'
refuse linux/mount.h 's/__u64 attr_set;/__u64 x;/;
	s/__u64 attr_clr;/__u64 attr_set;/; s/__u64 x;/__u64 attr_clr;/' \
	'offset of attr_set in struct lkl_mount_attr'
refuse unexported.h 's/lkl___s64 d_off/lkl___s32 d_off/' \
	'size of d_off in struct lkl_linux_dirent64'
refuse unexported.h 's/\(LKL_DT_LNK[ \t]*\)10/\111/' 'value of LKL_DT_LNK'
refuse syscalls.h 's/^typedef unsigned short lkl_umode_t/typedef int lkl_umode_t/' \
	'size of lkl_umode_t'

# Objects that were made with different lists are not compared at all.
sed 's/0x[0-9a-f]*,/0x1,/' host.c >other.c
$cc -c -I"$include" -o other.o other.c
! python3 "$layout" compare --kernel "$kernel" --host other.o --names names \
	>out 2>&1 || { echo 'accepted: another list'; exit 1; }
grep -qF 'not made with the same list' out
