# SPDX-License-Identifier: GPL-2.0-only
#
# src/local.mk - the tools

include %D%/common/local.mk
include %D%/fs2tar/local.mk
include %D%/tar2fs/container/local.mk
include %D%/tar2fs/layout/local.mk
include %D%/cptofs/local.mk
include %D%/lklfs/local.mk
include %D%/lklfs/sftp/local.mk
include %D%/lklfuse/local.mk
include %D%/lklrun/local.mk
include %D%/luks-key/local.mk
include %D%/mkfs-fixed/local.mk
include %D%/tar2fs/local.mk

if TOOLS

# mount(8) and umount(8) look for helpers in /sbin.
if LKLFUSE
install_mount_helper = install-mount-helper
endif
install-exec-hook: $(install_mount_helper)
	rm -f $(DESTDIR)$(bindir)/cpfromfs
	cd $(DESTDIR)$(bindir) && $(LN_S) cptofs cpfromfs

install-mount-helper:
	$(MKDIR_P) $(DESTDIR)$(sbindir)
	for helper in mount umount; do \
		rm -f $(DESTDIR)$(sbindir)/$$helper.fuse.lklfuse && \
		(cd $(DESTDIR)$(sbindir) && \
		 $(LN_S) $(bindir)/lklfuse $$helper.fuse.lklfuse) || exit 1; \
	done

uninstall-local:
	rm -f $(DESTDIR)$(bindir)/cpfromfs
	rm -f $(DESTDIR)$(sbindir)/mount.fuse.lklfuse \
		$(DESTDIR)$(sbindir)/umount.fuse.lklfuse

endif
