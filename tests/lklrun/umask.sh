#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# umask.sh - the program has the umask of the user who starts it, in the image and
# for files of the host.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need mke2fs

cat >job.sh <<'END'
umask
>"$1/file"
mkdir "$1/deep" "$1/deep/folder"
umask 077
umask
>"$1/private"
stat -c '%a %n' "$1/file" "$1/deep" "$1/deep/folder" "$1/private"
umask 007
sh -c umask
END
make_user_image image 16M
mkdir host bound
umask 027
run_check lklrun -i image --at=/mnt -- mkdir /mnt/bound
for at in host /mnt /mnt/bound; do
	sh job.sh host >expected
	sed -i "s,host,$at," expected
	rm -rf host/*
	run_check lklrun -i image --at=/mnt --bind="$PWD/bound=/mnt/bound" -- \
		sh job.sh $at >out
	check_text out "$(<expected)"
	rm -rf host/* bound/*
done
grep -qx '640 /mnt/bound/file' out ||
	die "other modes than the umask gives: $(<out)"
