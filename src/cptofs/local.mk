# SPDX-License-Identifier: GPL-2.0-only
#
# src/cptofs/local.mk - copies into images, and out of them

if TOOLS

bin_PROGRAMS += bin/cptofs

bin_cptofs_SOURCES = \
	%D%/archive.c \
	%D%/archive.h \
	%D%/arguments.c \
	%D%/arguments.h \
	%D%/attributes.c \
	%D%/attributes.h \
	%D%/below.c \
	%D%/below.h \
	%D%/calls.h \
	%D%/confine.c \
	%D%/confine.h \
	%D%/cp.c \
	%D%/data.c \
	%D%/data.h \
	%D%/early.c \
	%D%/early.h \
	%D%/expand.c \
	%D%/expand.h \
	%D%/file.c \
	%D%/file.h \
	%D%/host.c \
	%D%/image.c \
	%D%/interrupt.c \
	%D%/interrupt.h \
	%D%/job.c \
	%D%/job.h \
	%D%/limits.c \
	%D%/limits.h \
	%D%/make-link.c \
	%D%/make.c \
	%D%/make.h \
	%D%/member-data.c \
	%D%/member-data.h \
	%D%/member.c \
	%D%/member.h \
	%D%/operands.c \
	%D%/operands.h \
	%D%/owners.c \
	%D%/owners.h \
	%D%/parents.c \
	%D%/parents.h \
	%D%/pending.c \
	%D%/pending.h \
	%D%/stream.c \
	%D%/stream.h \
	%D%/tree.c \
	%D%/tree.h \
	%D%/way.c \
	%D%/way.h \
	%D%/xattrs.c \
	%D%/xattrs.h
bin_cptofs_CPPFLAGS = $(tools_cppflags) $(LIBARCHIVE_CFLAGS)
bin_cptofs_LDADD = $(libcommon) lkl/liblkl.la
bin_cptofs_LDFLAGS = $(AM_LDFLAGS) -pthread

$(bin_cptofs_OBJECTS): | $(api_headers)

# The same program by another name.  Before installation a program may be a
# script of libtool's, which finds the library.
noinst_SCRIPTS = bin/cpfromfs
CLEANFILES += bin/cpfromfs bin/.libs/cpfromfs
bin/cpfromfs: bin/cptofs$(EXEEXT)
	$(AM_V_GEN)if test -x bin/.libs/cptofs; then \
		$(LN_S) -f cptofs bin/.libs/cpfromfs && \
		sed "s/^\( *program=\)'cptofs'/\1'cpfromfs'/" bin/cptofs >$@ && \
		chmod +x $@; \
	else \
		$(LN_S) -f cptofs $@; \
	fi

endif
