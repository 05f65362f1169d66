# SPDX-License-Identifier: GPL-2.0-only
#
# src/lklrun/local.mk - lklrun: runs a program on the files of an image

if TOOLS

# Where paths lead, calls that need no more than that, and the filter: tests link them,
# too.
noinst_LTLIBRARIES += %D%/libcalls.la
%C%_libcalls_la_SOURCES = \
	%D%/binds.c \
	%D%/binds.h \
	%D%/calls-attributes.c \
	%D%/calls-directories.c \
	%D%/calls-links.c \
	%D%/calls-names.c \
	%D%/calls-stat.c \
	%D%/calls-xattr.c \
	%D%/confined.c \
	%D%/confined.h \
	%D%/due.c \
	%D%/due.h \
	%D%/filter.c \
	%D%/filter.h \
	%D%/host-open.c \
	%D%/host-open.h \
	%D%/place.c \
	%D%/proc-link.c \
	%D%/resolve.c \
	%D%/resolve.h \
	%D%/roots.c \
	%D%/roots.h \
	%D%/walk.c \
	%D%/walk.h
%C%_libcalls_la_CPPFLAGS = $(tools_cppflags)

$(%C%_libcalls_la_OBJECTS): | $(api_headers)

libcalls = %D%/libcalls.la

bin_PROGRAMS += bin/lklrun

bin_lklrun_SOURCES = \
	%D%/arguments.c \
	%D%/arguments.h \
	%D%/call.c \
	%D%/call.h \
	%D%/calls-open.c \
	%D%/calls-privileges.c \
	%D%/calls-process.c \
	%D%/calls-refused.c \
	%D%/calls-flags.c \
	%D%/calls-inotify.c \
	%D%/calls-messages.c \
	%D%/calls-sockets.c \
	%D%/exec-find.c \
	%D%/exec-find.h \
	%D%/exec.c \
	%D%/exec.h \
	%D%/file-memory.h \
	%D%/file-table.c \
	%D%/file-table.h \
	%D%/files.c \
	%D%/files.h \
	%D%/inotify-instance.c \
	%D%/inotify-instance.h \
	%D%/inotify-queue.c \
	%D%/inotify-queue.h \
	%D%/inotify.h \
	%D%/flags.h \
	%D%/guest.c \
	%D%/guest.h \
	%D%/lklrun.c \
	%D%/memory-limit.c \
	%D%/memory-limit.h \
	%D%/nameless.c \
	%D%/nameless.h \
	%D%/object.c \
	%D%/object.h \
	%D%/privileges.h \
	%D%/process.c \
	%D%/process.h \
	%D%/registers.h \
	%D%/sandbox-run.c \
	%D%/sandbox-run.h \
	%D%/serve.c \
	%D%/serve.h \
	%D%/signals.c \
	%D%/signals.h \
	%D%/special.c \
	%D%/special.h \
	%D%/start.c \
	%D%/start.h \
	%D%/sync-later.c \
	%D%/sync-later.h \
	%D%/table.c \
	%D%/table.h \
	%D%/trace.c \
	%D%/trace.h \
	%D%/transport.c \
	%D%/transport.h \
	%D%/transport-notify.c \
	%D%/transport-ptrace.c \
	%D%/unix-sockets.c \
	%D%/unix-sockets.h \
	%D%/writeback.c \
	%D%/loader/protocol.h
bin_lklrun_CPPFLAGS = $(tools_cppflags)
bin_lklrun_LDADD = $(libcalls) $(libcommon) lkl/liblkl.la
bin_lklrun_LDFLAGS = $(AM_LDFLAGS) -pthread

$(bin_lklrun_OBJECTS): | $(api_headers)

# The loader: static, without libc, at an address that no program has.  It is beside
# liblkl, as people do not start it.
lklrun_execdir = $(pkglibdir)
lklrun_exec_PROGRAMS = lkl/lklrun-exec
lkl_lklrun_exec_SOURCES = %D%/loader/loader.c %D%/loader/protocol.h
lkl_lklrun_exec_CFLAGS = $(PREFIX_MAP_CFLAGS) $(WARN_CFLAGS) -O2 -ffreestanding -fPIE \
	-fvisibility=hidden -fno-builtin -fno-asynchronous-unwind-tables
# Distributions set CFLAGS that need a libc; these come behind them.
$(lkl_lklrun_exec_OBJECTS): override CFLAGS += -fno-stack-protector -U_FORTIFY_SOURCE
lkl_lklrun_exec_LDFLAGS = -all-static -nostdlib \
	-Wl,-Ttext-segment=0x5000000000 -Wl,-z,noexecstack -Wl,--build-id=sha1
lkl_lklrun_exec_LDADD =

endif
