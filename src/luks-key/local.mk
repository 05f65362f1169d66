# SPDX-License-Identifier: GPL-2.0-only
#
# src/luks-key/local.mk - the program that finds the key of a LUKS volume

if LIBCRYPTSETUP

# Beside liblkl, as liblkl-mkfs.so: people do not start it.  It contains nothing
# of the kernel, and runs without liblkl.
luks_keydir = $(pkglibdir)
luks_key_PROGRAMS = lkl/lkl-luks-key
lkl_lkl_luks_key_SOURCES = \
	%D%/confine.c \
	%D%/confine.h \
	%D%/library-message.c \
	%D%/library-message.h \
	%D%/luks-key.c \
	%D%/no-kernel-ciphers.c \
	%D%/result.c \
	%D%/result.h \
	%D%/segment.c \
	%D%/segment.h \
	%D%/veracrypt.c \
	%D%/veracrypt.h
lkl_lkl_luks_key_CPPFLAGS = $(tools_cppflags) $(LIBCRYPTSETUP_CFLAGS) \
	$(JANSSON_CFLAGS)
lkl_lkl_luks_key_LDADD = $(libcommon) $(LIBCRYPTSETUP_LIBS) $(JANSSON_LIBS)

$(lkl_lkl_luks_key_OBJECTS): | $(api_headers)

endif
