# SPDX-License-Identifier: GPL-2.0-only
#
# src/lklfs/local.mk - lklfs: looks at the files of an image, and changes them

if TOOLS

bin_PROGRAMS += bin/lklfs

bin_lklfs_SOURCES = \
	%D%/arguments.c \
	%D%/arguments.h \
	%D%/cat.c \
	%D%/change.c \
	%D%/change.h \
	%D%/chmod.c \
	%D%/commands.c \
	%D%/commands.h \
	%D%/copy-options.c \
	%D%/copy.c \
	%D%/copy.h \
	%D%/cp.c \
	%D%/df.c \
	%D%/diff-archive.c \
	%D%/diff-side.c \
	%D%/diff-side.h \
	%D%/diff.c \
	%D%/du.c \
	%D%/edit.c \
	%D%/file-digest.c \
	%D%/file-digest.h \
	%D%/find-expression.c \
	%D%/find-test.c \
	%D%/find.c \
	%D%/find.h \
	%D%/hash.c \
	%D%/line-editor.c \
	%D%/line-editor.h \
	%D%/list.c \
	%D%/lklfs.c \
	%D%/ln.c \
	%D%/ls-format.c \
	%D%/ls.c \
	%D%/ls.h \
	%D%/manifest-walk.c \
	%D%/manifest.c \
	%D%/manifest.h \
	%D%/mkdir.c \
	%D%/mtree.c \
	%D%/mv.c \
	%D%/os-packages.c \
	%D%/os.c \
	%D%/os.h \
	%D%/print.c \
	%D%/print.h \
	%D%/replace.c \
	%D%/replace.h \
	%D%/rm.c \
	%D%/rpm-sqlite.c \
	%D%/run.c \
	%D%/run.h \
	%D%/sftp/sftp.c \
	%D%/shell-channel.c \
	%D%/shell-engine.c \
	%D%/shell.c \
	%D%/shell.h \
	%D%/stat.c \
	%D%/touch.c \
	%D%/traverse.c \
	%D%/traverse.h \
	%D%/tree.c \
	%D%/whole.c \
	%D%/write.c
bin_lklfs_CPPFLAGS = $(tools_cppflags) $(LIBARCHIVE_CFLAGS) $(NETTLE_CFLAGS)
bin_lklfs_LDADD = $(libsftp) $(libcommon) lkl/liblkl.la
bin_lklfs_LDFLAGS = $(AM_LDFLAGS) -pthread

$(bin_lklfs_OBJECTS): | $(api_headers)

endif
