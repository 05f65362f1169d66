# SPDX-License-Identifier: GPL-2.0-only
#
# man/local.mk - one page per tool, one for the options they share, one for
# the library

dist_man_MANS += %D%/liblkl.3

if TOOLS
dist_man_MANS += %D%/fs2tar.1 %D%/lkl-common-options.7
else
EXTRA_DIST += %D%/fs2tar.1 %D%/lkl-common-options.7
endif
