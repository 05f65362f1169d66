# SPDX-License-Identifier: GPL-2.0-only
#
# systemd/local.mk - units that mount with lklfuse

EXTRA_DIST += %D%/lklfuse-image@.service %D%/lklfuse.sysusers \
	%D%/lklfuse@.service
