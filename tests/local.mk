# SPDX-License-Identifier: GPL-2.0-only
#
# tests/local.mk - what runs the tests
#
# A test is a file that is dropped in: an executable script, or a C file that
# becomes a program of its own, in one of these folders.  tests/run says what
# a test may expect.
#
#   unit/   C programs, linked with everything in the library but the kernel,
#           and with what the tools share
#   sandbox/ C programs that enter the sandbox of a tool, or speak for a process
#           in it, linked with what the tools share and with the library as
#           users have it
#   boot/   C programs, linked with the library as users have it
#   storage/ C programs that boot, linked with what the tools share: the
#           storage stack
#   lklrun/ scripts that run programs on images with lklrun, and C programs
#           about its parts, linked with these and with what the tools share
#   api/    scripts and C programs about the installed headers
#   build/  scripts about the build and what it makes
#   tools/  scripts that run the tools on images
#   fuse/   scripts that mount images with lklfuse
#   root/   scripts that need root (make check-root)
#   newest/ scripts about the newest kernel beside the default (make
#           check-newest)
#   kunit/  C programs with a kernel that has tests of its own (make
#           check-kunit)
#   packages/
#           scripts that build packages and install them in chroots (make
#           check-packages); they need root and Debian's package archive
#   fuzz/   C programs fuzz-NAME that replay corpus/NAME; make fuzzers makes
#           fuzzers of them
#
# Not tests, but what they use:
#
#   helpers/         what scripts source and programs include
#   helpers/images/  programs that make and compare images
#   arm64/           what runs tests in a virtual machine (make check-arm64)
#   helpers/fuse/    C programs that try out a mounted file system; they know
#                    nothing of the library

# Files that are there when make is run, not when automake was.
files_in = $(wildcard $(patsubst %,$(srcdir)/%,$(1)))
programs_in = $(patsubst $(srcdir)/%.c,%,$(call files_in,$(1)))
tests_in = $(call files_in,$(patsubst %,%D%/%,$(1)))
tests_programs = $(call programs_in,$(patsubst %,%D%/%,$(1)))

# What of the tools the fuzzer of partition tables is made of.
fuzz_tools = image/gpt image/partition image/probe image/probe-copy image/tag cli/parse \
	cli/quote cli/report error
# The same for the metadata of LVM.
fuzz_lvm = storage/lvm-group storage/lvm-label storage/lvm-text cli/quote error
# The same for the superblock of dm-verity.
fuzz_verity = storage/verity-superblock cli/quote error
# The same for /etc/fstab.
fuzz_fstab = system/fstab system/os-release cli/quote error
# The same for container images.
fuzz_container = $(filter-out %/unpack.c, \
	$(wildcard $(srcdir)/src/tar2fs/container/*.c)) \
	$(patsubst %,$(srcdir)/src/common/%.c,archive-library chunk-ring digest error \
		quiet-thread whole cli/quote copy/archive-decompress \
		copy/gzip-reader copy/archive-path copy/archive-size)
# And the same for the SFTP server, which has files of a kernel.
fuzz_sftp = $(filter-out %/serve.c %/sftp.c, \
	$(wildcard $(srcdir)/src/lklfs/sftp/*.c))
if TOOLS
fuzz_without =
else
fuzz_without = %D%/fuzz/fuzz-partition %D%/fuzz/fuzz-container \
	%D%/fuzz/fuzz-sftp %D%/fuzz/fuzz-lvm %D%/fuzz/fuzz-fstab \
	%D%/fuzz/fuzz-verity
endif

unit_programs := $(call tests_programs,unit/*.c)
sandbox_programs := $(call tests_programs,sandbox/*.c)
storage_programs := $(call tests_programs,storage/*.c)
lklrun_programs := $(call tests_programs,lklrun/*.c)
boot_programs := $(call tests_programs,boot/*.c api/*.c)
kunit_programs := $(call tests_programs,kunit/*.c)
image_programs := $(call tests_programs,helpers/images/*.c)
fuse_programs := $(call tests_programs,helpers/fuse/*.c)
fuzz_with_kernel = %D%/fuzz/fuzz-sftp
fuzz_programs := $(filter-out $(fuzz_without), \
	$(call tests_programs,fuzz/fuzz-*.c))

# Those that say "needs: root" are left to check-root.
tests_as_root := $(shell cd $(srcdir) && \
	grep -lsE '^[\# */]*needs: root$$' %D%/unit/* %D%/sandbox/* \
	%D%/storage/* %D%/lklrun/* %D%/boot/* %D%/api/* \
	%D%/build/* %D%/tools/* %D%/fuse/*)
tests_root_too = $(filter $(patsubst %.c,%,$(tests_as_root)), \
	$(unit_programs) $(sandbox_programs) $(storage_programs) \
	$(lklrun_programs) $(boot_programs)) \
	$(addprefix $(srcdir)/,$(filter %.sh,$(tests_as_root)))

check_tests = $(filter-out $(tests_root_too), \
	$(unit_programs) $(sandbox_programs) $(storage_programs) \
	$(lklrun_programs) $(boot_programs) $(fuzz_programs) \
	$(call tests_in,unit/*.sh api/*.sh build/*.sh tools/*.sh fuse/*.sh lklrun/*.sh))
root_tests = $(tests_root_too) $(call tests_in,root/*.sh)

# -no-install: a program that runs where it is, not a script that finds it.
tests_compile = $(AM_V_CC)$(MKDIR_P) $(@D) && \
	$(CC) $(DEFS) $(DEFAULT_INCLUDES) $(AM_CPPFLAGS) $(CPPFLAGS) \
		-iquote $(srcdir)/%D% -iquote $(srcdir)/src \
		-iquote $(srcdir)/lkl $(AM_CFLAGS) $(CFLAGS) -MMD -MP \
		-MF $@.d -MT $@ -c -o $@.o $<
tests_link = $(AM_V_CCLD)$(LIBTOOL) $(AM_V_lt) --tag=CC --mode=link \
	$(CC) $(AM_CFLAGS) $(CFLAGS) $(AM_LDFLAGS) $(LDFLAGS) -no-install \
	-o $@ $@.o

$(unit_programs) $(filter-out $(fuzz_with_kernel),$(fuzz_programs)): \
		%: $(srcdir)/%.c \
		lkl/liblkl-testing.la $(liblayout) $(libcontainer) $(libcommon) \
		| $(api_headers)
	$(tests_compile)
	$(tests_link) $(liblayout) $(libcontainer) $(libcommon) lkl/liblkl-testing.la \
		-pthread

$(sandbox_programs) $(storage_programs): %: $(srcdir)/%.c lkl/liblkl.la $(libcommon) \
		| $(api_headers)
	$(tests_compile)
	$(tests_link) $(libcommon) lkl/liblkl.la -pthread

$(lklrun_programs): %: $(srcdir)/%.c lkl/liblkl.la $(libcalls) $(libcommon) \
		| $(api_headers)
	$(tests_compile)
	$(tests_link) $(libcalls) $(libcommon) lkl/liblkl.la -pthread

$(filter $(fuzz_with_kernel),$(fuzz_programs)): %: $(srcdir)/%.c \
		lkl/liblkl.la $(libsftp) $(libcommon) | $(api_headers)
	$(tests_compile)
	$(tests_link) $(libsftp) $(libcommon) lkl/liblkl.la -pthread

$(boot_programs) $(kunit_programs) $(image_programs): \
		%: $(srcdir)/%.c lkl/liblkl.la | $(api_headers)
	$(tests_compile)
	$(tests_link) lkl/liblkl.la -pthread

$(fuse_programs): %: $(srcdir)/%.c
	$(tests_compile)
	$(tests_link) -pthread

# What scripts run besides the tools.
.PHONY: test-programs
test-programs: $(image_programs) $(fuse_programs)

-include $(wildcard %D%/*/*.d %D%/*/*/*.d)

# For tests that compile programs of their own.
tests_env = top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' \
	INSTRUMENT='$(INSTRUMENT)' CC='$(CC)' MAKE='$(MAKE)' \
	KERNEL_DIR='$(abspath $(KERNEL_DIR))' LINUX_SOURCE='$(LINUX_SOURCE)'

# TESTS= chooses some: make check TESTS='boot/threads-ext4 tools/plain-ext4.sh';
# a % stands for anything that the target runs: TESTS='unit/%'.  TESTS_WITHOUT=
# takes some of these out.
tests_pool = $(check_tests)
check-root: tests_pool = $(root_tests)
tests_without = $(foreach t,$(TESTS_WITHOUT),%D%/$(t) $(srcdir)/%D%/$(t))
tests_named = $(filter-out $(tests_without), \
	$(filter %D%/$(1) $(srcdir)/%D%/$(1),$(tests_pool)))
tests_chosen = $(foreach t,$(TESTS),$(if $(findstring %,$(t)), \
	$(call tests_named,$(t)), \
	$(firstword $(wildcard $(t) $(srcdir)/%D%/$(t) %D%/$(t)) $(t))))
TESTS_JOBS = $(shell nproc)
TESTS_FLAGS =
tests_run = $(tests_env) $(srcdir)/%D%/run -l test-logs $(TESTS_FLAGS)

# Further builds, each kept in a directory of its own.  $(1) is the name, the
# rest are arguments of configure.
variant = { test -e variant-$(1)/Makefile || { \
	$(MKDIR_P) variant-$(1) && cd variant-$(1) && \
	$(SHELL) $(realpath $(srcdir))/configure --quiet --disable-static \
		CC='$(CC)' KERNEL_MAKEFLAGS='$(KERNEL_MAKEFLAGS)' \
		--with-linux=$(firstword \
			$(wildcard $(abspath $(KERNEL_DIR))/linux) \
			$(LINUX_SOURCE)) $(2); }; }

# make check D=asan: the same tests with a sanitizer, and with this kernel.
variant_asan = address,undefined
variant_ubsan = undefined
variant_tsan = thread

check-local: check-$(if $(D),variant,here)
.PHONY: check-here check-variant
check-here: all-am $(unit_programs) $(sandbox_programs) $(storage_programs) $(lklrun_programs) $(boot_programs) $(image_programs) \
		$(fuse_programs) $(fuzz_programs)
	@$(tests_run) -j $(TESTS_JOBS) \
		$(if $(TESTS),$(tests_chosen),$(check_tests))

check-variant: kernel/stamp
	@$(if $(variant_$(D)),:,\
		echo 'check: D is one of asan, ubsan, tsan' >&2; exit 1)
	@$(call variant,$(D),--enable-sanitizer=$(variant_$(D)) \
		--with-kernel-builddir=$(abspath $(KERNEL_DIR)) \
		$(VARIANT_FLAGS))
	+@$(MAKE) --no-print-directory -C variant-$(D) check D=

# The kernel's own tests are in a kernel of their own.
.PHONY: check-kunit check-kunit-here
check-kunit:
	@$(call variant,kunit,--disable-tools \
		--with-kernel-config=lkl/arch/configs/kunit.config)
	+@$(MAKE) --no-print-directory -C variant-kunit check-kunit-here
check-kunit-here: all-am $(kunit_programs)
	@$(tests_run) -j 1 $(if $(TESTS),$(tests_chosen),\
		$(kunit_programs) $(call tests_in,kunit/*.sh))

# The whole boot part, and what tests fs2tar, with the newest kernel that
# Debian packages; NEWEST= names another tarball or directory.  Its interface
# is compared with that of the kernel here.  Tests of the other tools are left out, but
# for one: compression of btrfs depends on how it does direct I/O.
NEWEST =
newest_source = $(or $(abspath $(NEWEST)),\
	$(abspath $(firstword $(wildcard newest-linux/*.tar.xz))))
newest_tests = $(call tests_in,newest/*.sh) \
	$(filter-out $(addprefix $(srcdir)/%D%/tools/,cp-% tar2fs-% looping-%),\
		$(addprefix $(srcdir)/,\
		$(shell cd $(srcdir) && grep -ls fs2tar %D%/tools/*.sh))) \
	$(srcdir)/%D%/tools/tar2fs-btrfs.sh
.PHONY: check-newest check-newest-here newest-source
newest-source:
	@$(if $(NEWEST),:,$(srcdir)/contrib/newest-linux $(NEWEST_FLAGS) \
		newest-linux >/dev/null)
check-newest: api-report newest-source
	+@$(MAKE) --no-print-directory check-newest-variant
.PHONY: check-newest-variant
check-newest-variant:
	@grep -qsxF 'LINUX_SOURCE = $(newest_source)' \
		variant-newest/Makefile || rm -f variant-newest/Makefile
	@$(call variant,newest,--with-linux=$(newest_source) $(VARIANT_FLAGS))
	+@$(MAKE) --no-print-directory -C variant-newest api-report
	@$(srcdir)/lkl/api/compare api-report.json \
		variant-newest/api-report.json >api-differences.txt && \
		tail -n 1 api-differences.txt
	+@$(MAKE) --no-print-directory -C variant-newest check-newest-here \
		API_REPORT_BEFORE=$(abspath api-report.json)
check-newest-here: all-am $(boot_programs) $(image_programs) \
		$(fuse_programs)
	@API_REPORT_BEFORE='$(API_REPORT_BEFORE)' $(tests_run) \
		-j $(TESTS_JOBS) $(if $(TESTS),$(tests_chosen),\
		$(filter %D%/boot/%,$(filter-out $(tests_root_too),\
			$(boot_programs))) $(newest_tests))

.PHONY: check-root
check-root: all-am $(unit_programs) $(sandbox_programs) $(storage_programs) $(lklrun_programs) $(boot_programs) $(image_programs) \
		$(fuse_programs)
	@test "$$(id -u)" = 0 || { echo 'check-root: needs root' >&2; exit 1; }
	@$(tests_run) -j 1 $(if $(TESTS),$(tests_chosen),$(root_tests))

# A build for arm64, in a virtual machine: both make check and make check-root.  The
# tests of the build compile for hours there, and find on another host what they find
# here.  ARM64_FLAGS= are options of the script.
ARM64_FLAGS =
.PHONY: check-arm64
check-arm64: TESTS = %
check-arm64: TESTS_WITHOUT = build/%
check-arm64: tests_pool = $(check_tests) $(root_tests)
check-arm64: all-am $(unit_programs) $(sandbox_programs) $(storage_programs) $(lklrun_programs) $(boot_programs) $(image_programs) \
		$(fuse_programs) $(fuzz_programs)
	@$(srcdir)/%D%/arm64/machine $(ARM64_FLAGS) -r '$(TESTS_FLAGS)' \
		$(filter-out $(root_tests),$(tests_chosen)) \
		as-root $(filter $(root_tests),$(tests_chosen))

.PHONY: check-packages
check-packages: all-am
	@test "$$(id -u)" = 0 || { echo 'check-packages: needs root' >&2; exit 1; }
	@$(tests_run) -j 1 $(if $(TESTS),$(tests_chosen),\
		$(call tests_in,packages/*.sh))

# The same programs with libFuzzer and sanitizers: fuzzers/fuzz-NAME.
FUZZ_CC = clang
FUZZ_CFLAGS = -g -O1 -fsanitize=fuzzer,address,undefined \
	-fno-sanitize-recover=undefined
fuzz_sources = $(addprefix $(srcdir)/, \
	$(filter lkl/blk/%.c lkl/host/virtio%.c,$(lkl_sources)))
fuzzers = $(patsubst tests/fuzz/%,fuzzers/%,$(fuzz_programs))
.PHONY: fuzzers
fuzzers: $(fuzzers)
$(fuzzers): fuzzers/%: $(srcdir)/%D%/fuzz/%.c $(fuzz_sources) \
		$(wildcard $(srcdir)/%D%/fuzz/*.h) | $(api_headers)
	$(AM_V_CCLD)$(MKDIR_P) $(@D) && $(FUZZ_CC) -std=gnu11 $(DEFS) \
		$(DEFAULT_INCLUDES) $(AM_CPPFLAGS) $(CPPFLAGS) \
		-iquote $(srcdir)/%D% -iquote $(srcdir)/src \
		-iquote $(srcdir)/lkl $(lkl_cflags) -DLIBFUZZER $(FUZZ_CFLAGS) -o $@ $< $(fuzz_sources) \
		$(fuzz_more) $(lkl_libs) $(fuzz_libs) -pthread
fuzzers/fuzz-partition: fuzz_more = $(patsubst %,$(srcdir)/src/common/%.c,$(fuzz_tools))
fuzzers/fuzz-partition: fuzz_libs = $(LIBBLKID_LIBS)
fuzzers/fuzz-lvm: fuzz_more = $(patsubst %,$(srcdir)/src/common/%.c,$(fuzz_lvm))
fuzzers/fuzz-verity: fuzz_more = $(patsubst %,$(srcdir)/src/common/%.c,$(fuzz_verity))
fuzzers/fuzz-fstab: fuzz_more = $(patsubst %,$(srcdir)/src/common/%.c,$(fuzz_fstab))
fuzzers/fuzz-container: fuzz_more = $(fuzz_container)
# The library as it is, and what the tools share, without a sanitizer.
fuzzers/fuzz-sftp: lkl/liblkl.la $(libcommon)
fuzzers/fuzz-sftp: fuzz_sources = $(fuzz_sftp)
fuzzers/fuzz-sftp: fuzz_libs = src/common/.libs/libcommon.a $(LIBBLKID_LIBS) \
	-Llkl/.libs -llkl \
	-Wl,-rpath,$(abs_builddir)/lkl/.libs

# All that is here, but for what a build in the source directory made.
EXTRA_DIST += $(filter-out $(unit_programs) $(sandbox_programs) $(storage_programs) $(lklrun_programs) $(boot_programs) \
	$(kunit_programs) $(fuzz_programs) $(image_programs) \
	$(fuse_programs),$(shell cd $(srcdir) && find %D% -name '.?*' -prune \
	-o -name __pycache__ -prune -o -type f ! -name '*.[od]' -print))

clean-local: clean-tests
.PHONY: clean-tests
clean-tests:
	rm -rf test-logs machine variant-* newest-linux api-differences.txt fuzzers
	rm -f $(foreach p,$(unit_programs) $(sandbox_programs) $(storage_programs) $(lklrun_programs) $(boot_programs) $(fuzz_programs) \
		$(kunit_programs) \
		$(image_programs) $(fuse_programs),$(p) $(p).o $(p).d)
