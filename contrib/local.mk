# SPDX-License-Identifier: GPL-2.0-only
#
# contrib/local.mk - what is shipped beside the programs

EXTRA_DIST += %D%/packages %D%/quickstart

completiondir = $(datadir)/bash-completion/completions
tools_completion = %D%/completion/cpfromfs %D%/completion/cptofs \
	%D%/completion/fs2tar
if TOOLS
dist_completion_DATA = $(tools_completion)
else
EXTRA_DIST += $(tools_completion)
endif
