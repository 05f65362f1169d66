# SPDX-License-Identifier: GPL-2.0-only
#
# packaging/local.mk - packages and downloads

EXTRA_DIST += %D%/bundle %D%/nix %D%/rpm

.PHONY: static-bundle
static-bundle: all
	$(AM_V_GEN)MAKE='$(MAKE)' CC='$(CC)' STRIP='$(STRIP)' \
		top_srcdir='$(abs_top_srcdir)' VERSION='$(VERSION)' \
		HOST_CPU='@host_cpu@' PREFIX='$(prefix)' LIBDIR='$(libdir)' \
		LINUX_RELEASE='$(LINUX_RELEASE)' LINUX_SOURCE='$(LINUX_SOURCE)' \
		bash $(srcdir)/%D%/bundle/make-bundle

clean-local: clean-bundle
.PHONY: clean-bundle
clean-bundle:
	rm -rf bundle
