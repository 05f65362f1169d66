#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# loop-btrfs.sh - fs2tar and GNU tar on a loop mount make the same archive of
# btrfs; and the host's kernel reads what the library wrote.

. "$top_srcdir/tests/helpers/lib-root.sh"

make_image btrfs image 128M
make_odd btrfs image
host_mount btrfs image mnt
host_tar mnt host.tar
check_odd --gnu image host.tar
run_check fs2tar --sort=name image archive.tar
check_as_host archive.tar mnt
check_odd image archive.tar
