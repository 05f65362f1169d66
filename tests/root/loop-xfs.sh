#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# loop-xfs.sh - fs2tar and GNU tar on a loop mount make the same archive of
# xfs; and the host's kernel reads what the library wrote.

. "$top_srcdir/tests/helpers/lib-root.sh"

make_image xfs image 320M
make_odd xfs image
host_mount xfs image mnt
host_tar mnt host.tar
check_odd --gnu image host.tar
run_check fs2tar --sort=name image archive.tar
check_as_host archive.tar mnt
check_odd image archive.tar
