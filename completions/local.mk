# SPDX-License-Identifier: GPL-2.0-only
#
# completions/local.mk - completion of command lines by bash

completiondir = $(datadir)/bash-completion/completions
tools_completion = %D%/cpfromfs %D%/cptofs %D%/fs2tar %D%/lklfs %D%/lklrun \
	%D%/tar2fs
dist_completion_DATA =
if TOOLS
dist_completion_DATA += $(tools_completion)
else
EXTRA_DIST += $(tools_completion)
endif
if LKLFUSE
dist_completion_DATA += %D%/lklfuse
else
EXTRA_DIST += %D%/lklfuse
endif
