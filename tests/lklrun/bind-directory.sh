#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# bind-directory.sh - with --at, a folder of the host that is shown in the image, and
# /proc, can be the working directory.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need mke2fs

mkdir -p root/folder host/inner
echo text >host/inner/file
echo image >root/file
make_image ext4 image 32M -d root
cat >job <<'EOF'
set -e
cd /mnt/shared/inner
pwd -P
cat file ../../file
cd /mnt/folder
cd /mnt/shared/
cat inner/file
cd ..
cat file
cd /proc/self
pwd -P | sed 's/[0-9]\+/N/'
grep -c . comm
cd /proc
head -c 5 version
echo
EOF
run_check lklrun -i image --at=/mnt --bind "$PWD/host=/mnt/shared" -- \
	bash "$PWD/job" >out
check_text out "$(printf '%s\n' /mnt/shared/inner text image text image \
	/proc/N 1 Linux)"
