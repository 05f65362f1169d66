# SPDX-License-Identifier: GPL-2.0-only
#
# contrib/local.mk - what is shipped beside the programs

EXTRA_DIST += %D%/fstab %D%/packages %D%/quickstart %D%/systemd %D%/udev

completiondir = $(datadir)/bash-completion/completions
tools_completion = %D%/completion/cpfromfs %D%/completion/cptofs \
	%D%/completion/fs2tar %D%/completion/lklfuse
if TOOLS
dist_completion_DATA = $(tools_completion)
else
EXTRA_DIST += $(tools_completion)
endif
