# SPDX-License-Identifier: GPL-2.0-only
#
# src/local.mk - the tools

include %D%/common/local.mk
include %D%/fs2tar/local.mk
include %D%/cptofs/local.mk
include %D%/lklfuse/local.mk

if TOOLS

# mount(8) looks for the other one, in /sbin.
if LKLFUSE
install_mount_helper = install-mount-helper
endif
install-exec-hook: $(install_mount_helper)
	rm -f $(DESTDIR)$(bindir)/cpfromfs
	cd $(DESTDIR)$(bindir) && $(LN_S) cptofs cpfromfs

install-mount-helper:
	$(MKDIR_P) $(DESTDIR)$(sbindir)
	rm -f $(DESTDIR)$(sbindir)/mount.fuse.lklfuse
	cd $(DESTDIR)$(sbindir) && \
		$(LN_S) $(bindir)/lklfuse mount.fuse.lklfuse

uninstall-local:
	rm -f $(DESTDIR)$(bindir)/cpfromfs
	rm -f $(DESTDIR)$(sbindir)/mount.fuse.lklfuse

endif
