# SPDX-License-Identifier: GPL-2.0-only
#
# man/local.mk - one page per tool, one for the library, and one for the
# options that the tools share

dist_man_MANS += %D%/liblkl.3

tools_man = %D%/cpfromfs.1 %D%/cptofs.1 %D%/fs2tar.1 \
	%D%/lkl-common-options.7 %D%/lklfs.1 %D%/lklrun.1 %D%/tar2fs.1 \
	%D%/tar2fs-layout.5
if TOOLS
dist_man_MANS += $(tools_man)
else
EXTRA_DIST += $(tools_man)
endif
if LKLFUSE
dist_man_MANS += %D%/lklfuse.1
else
EXTRA_DIST += %D%/lklfuse.1
endif

# The pages for a web site, in html/.
.PHONY: html-local clean-html
html-local:
	@command -v mandoc >/dev/null || \
		{ echo 'html: needs mandoc' >&2; exit 1; }
	$(AM_V_GEN)$(SHELL) $(srcdir)/%D%/make-html $(srcdir)/%D% html
clean-local: clean-html
clean-html:
	rm -rf html
EXTRA_DIST += %D%/make-html %D%/html.css
