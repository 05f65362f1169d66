# SPDX-License-Identifier: GPL-2.0-only
#
# udev/local.mk - a rule that has removable drives mounted by lklfuse

EXTRA_DIST += %D%/90-lklfuse.rules
if LKLFUSE
if UDEVDIR
udevrulesdir = $(udevdir)/rules.d
udevrules_DATA = %D%/90-lklfuse.rules
endif
endif
