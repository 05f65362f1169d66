# SPDX-License-Identifier: GPL-2.0-only
#
# contrib/local.mk - what is shipped but not installed

EXTRA_DIST += %D%/fstab %D%/newest-linux %D%/packages %D%/quickstart
