# SPDX-License-Identifier: GPL-2.0-only
#
# systemd/local.mk - units that mount with lklfuse, and the account of one

systemd_units = %D%/lklfuse@.service %D%/lklfuse-image@.service
EXTRA_DIST += %D%/lklfuse@.service.in %D%/lklfuse-image@.service.in \
	%D%/lklfuse.conf

# Tests read the units, wherever they are installed.
if LKLFUSE
noinst_DATA = $(systemd_units)
CLEANFILES += $(systemd_units)
%D%/%.service: %D%/%.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && \
		sed 's|[@]bindir@|$(bindir)|g' $< >$@.tmp && mv $@.tmp $@
if SYSTEMDSYSTEMUNITDIR
systemdsystemunit_DATA = %D%/lklfuse@.service
endif
if SYSTEMDUSERUNITDIR
systemduserunit_DATA = %D%/lklfuse-image@.service
endif
if SYSUSERSDIR
sysusers_DATA = %D%/lklfuse.conf
endif
endif
