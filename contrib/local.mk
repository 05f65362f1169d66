# SPDX-License-Identifier: GPL-2.0-only
#
# contrib/local.mk - what is shipped beside the programs

EXTRA_DIST += %D%/packages %D%/quickstart
