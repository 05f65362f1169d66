# SPDX-License-Identifier: GPL-2.0-only
#
# src/cptofs/local.mk - cptofs and cpfromfs: copies files into images and out of them

if TOOLS

bin_PROGRAMS += bin/cptofs

bin_cptofs_SOURCES = \
	%D%/arguments.c \
	%D%/arguments.h \
	%D%/confine.c \
	%D%/confine.h \
	%D%/cptofs.c \
	%D%/link-targets.c \
	%D%/link-targets.h
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
