# SPDX-License-Identifier: GPL-2.0-only
#
# completions/local.mk - completion of command lines by bash

completiondir = $(datadir)/bash-completion/completions
tools_completion = %D%/cpfromfs %D%/cptofs %D%/fs2tar %D%/lklfs %D%/lklfuse \
	%D%/lklrun %D%/tar2fs
if TOOLS
dist_completion_DATA = $(tools_completion)
else
EXTRA_DIST += $(tools_completion)
endif
