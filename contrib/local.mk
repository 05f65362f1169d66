# SPDX-License-Identifier: GPL-2.0-only
#
# contrib/local.mk - what is shipped but not installed

EXTRA_DIST += %D%/fstab %D%/kernel-update %D%/newest-linux %D%/packages \
	%D%/quickstart %D%/sysroot

# What changed where images are parsed: OLD= and NEW= are packages, tarballs or
# directories.
NEW = $(LINUX_SOURCE)
.PHONY: kernel-update
kernel-update:
	@test -n "$(OLD)" || { echo "kernel-update: give OLD=, the source before" >&2; exit 1; }
	@$(srcdir)/%D%/kernel-update "$(OLD)" "$(NEW)"
