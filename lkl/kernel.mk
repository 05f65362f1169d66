# SPDX-License-Identifier: GPL-2.0-only
#
# kernel.mk - the kernel object, $(KERNEL_DIR)/obj/lkl.o
#
# This file decides when to run build-aux/kernel, which does the work: after a
# change of the overlay or of a choice of configure.  kbuild then finds out what
# to compile.  After a change in a --with-linux directory, run "make kernel".

kernel_host = @host_cpu@
kernel_fragments := $(foreach f,@LINUX_FRAGMENTS@,$(if \
	$(filter /%,$(f)),$(f),$(realpath $(top_srcdir))/$(f)))

# A tarball is known by size and date: a package brings its own, older than
# what was made from the package before.
kernel_source_stat := $(shell stat -L -c '%s %Y' \
	$(firstword $(wildcard $(LINUX_SOURCE)/Makefile) $(LINUX_SOURCE)))
kernel_inputs := $(strip $(LINUX_SOURCE) $(kernel_source_stat) \
	$(realpath $(top_srcdir)) $(kernel_fragments) $(kernel_host) \
	$(KERNEL_CROSS_COMPILE) $(KERNEL_MAKEFLAGS))

kernel_env = MAKE='$(MAKE)' top_srcdir='$(realpath $(top_srcdir))' \
	LINUX_SOURCE='$(LINUX_SOURCE)' LINUX_RELEASE='$(LINUX_RELEASE)' \
	LINUX_FRAGMENTS='$(kernel_fragments)' KERNEL_DIR='$(abspath $(KERNEL_DIR))' \
	KERNEL_HOST='$(kernel_host)' KERNEL_INPUTS='$(kernel_inputs)' \
	KERNEL_CROSS_COMPILE='$(KERNEL_CROSS_COMPILE)' \
	KERNEL_MAKEFLAGS='$(KERNEL_MAKEFLAGS)'
run_kernel = $(kernel_env) $(SHELL) $(top_srcdir)/build-aux/kernel

.PHONY: kernel kernel-changed
kernel-changed:

if KERNEL_SHARED

kernel:
	$(AM_V_at)$(run_kernel) check-shared
$(KERNEL_DIR)/obj/lkl.o $(KERNEL_DIR)/id: ;
kernel/stamp: $(KERNEL_DIR)/id
	$(AM_V_at)$(run_kernel) check-shared
	$(AM_V_at)$(MKDIR_P) kernel && touch $@

else

kernel_files := $(shell find $(srcdir)/lkl/arch -name '.?*' -prune -o -print)
kernel_changed := $(shell test -e kernel/obj/lkl.o && \
	test '$(kernel_inputs)' = "$$(cat kernel/inputs 2>&1)" || \
	echo kernel-changed)

kernel/stamp: $(kernel_files) $(kernel_fragments) $(kernel_changed) \
		$(srcdir)/build-aux/kernel
	+$(AM_V_at)$(run_kernel) build
kernel:
	+$(AM_V_at)$(run_kernel) build

# Re-entering kbuild need not change the object: then nothing is linked again.
kernel/obj/lkl.o kernel/id: kernel/stamp ;

endif

clean-local: clean-kernel
.PHONY: clean-kernel
clean-kernel:
	rm -rf kernel
