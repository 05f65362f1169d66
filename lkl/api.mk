# SPDX-License-Identifier: GPL-2.0-only
#
# api.mk - the generated part of the interface, include/lkl/ in the build
#
# lkl/api makes the prefixed headers and the wrappers of system calls from files
# of the kernel's build.  Then they are compared with the kernel: kbuild
# compiles a list of sizes and offsets with the kernel's own headers, and this
# file compiles the same list with the generated ones.

api_run = PYTHONDONTWRITEBYTECODE=1 python3 $(srcdir)/lkl/api
api_generated = $(KERNEL_DIR)/obj/arch/lkl/include/generated
api_inputs = --object $(KERNEL_DIR)/obj/vmlinux.o \
	--numbers $(api_generated)/uapi/asm/unistd_64.h \
	--entries $(api_generated)/asm/syscall_table_64.h

# The generators' facts in one file: lkl/api/compare compares two of these.
.PHONY: api-report
api-report: api-report.json
api-report.json: include/layout.stamp $(srcdir)/lkl/api/report.py
	$(AM_V_GEN)$(api_run)/report.py $(api_inputs) --headers include/lkl \
		--names include/layout-names --layout include/layout-host.o \
		--cc '$(CC)' --work include/report \
		--release '$(LINUX_RELEASE)' --architecture @host_cpu@ \
		--output $@
CLEANFILES += api-report.json

# Everything that includes lkl.h is compiled after this.
api_headers = include/lkl.stamp

include/lkl.stamp: $(KERNEL_DIR)/obj/lkl.o \
		$(wildcard $(srcdir)/lkl/api/*.py $(srcdir)/lkl/api/include/*.h)
	$(AM_V_at)$(MKDIR_P) include/lkl
	$(AM_V_GEN)$(api_run)/headers.py --uapi $(KERNEL_DIR)/obj/usr/include \
		--extra $(srcdir)/lkl/api/include --output include/lkl
	$(AM_V_at)$(api_run)/syscalls.py $(api_inputs) --output include/lkl
	$(AM_V_at)$(api_run)/table.py $(api_inputs) \
		--output include/syscall-table.h
	$(AM_V_at)touch $@

# Another build's kernel has the object already; it must be of this list.
api_layout = arch/lkl/kernel/lkl-layout

include/layout.stamp: include/lkl.stamp
	$(AM_V_GEN)$(api_run)/layout.py generate $(api_inputs) \
		--headers include/lkl --cc '$(CC)' \
		--kernel include/layout-kernel.c \
		--host include/layout-host.c --names include/layout-names
if KERNEL_SHARED
	$(AM_V_at)cmp include/layout-kernel.c \
		$(KERNEL_DIR)/obj/$(api_layout).c
else
	$(AM_V_at)cp include/layout-kernel.c $(KERNEL_DIR)/obj/$(api_layout).c
	+$(AM_V_at)$(run_kernel) object $(api_layout).o
endif
	$(AM_V_at)$(CC) $(AM_CPPFLAGS) -c -o include/layout-host.o \
		include/layout-host.c
	$(AM_V_at)$(api_run)/layout.py compare \
		--kernel $(KERNEL_DIR)/obj/$(api_layout).o \
		--host include/layout-host.o --names include/layout-names
	$(AM_V_at)touch $@

all-local: include/layout.stamp

api_list = cd include && find lkl -name '*.h'

install-data-hook: install-api
uninstall-hook: uninstall-api
clean-local: clean-api
.PHONY: install-api uninstall-api clean-api
install-api:
	@$(api_list) -printf '%h\n' | sort -u | while read -r d; do \
		echo " $(INSTALL_DATA) $$d/*.h $(DESTDIR)$(includedir)/$$d"; \
		$(MKDIR_P) "$(DESTDIR)$(includedir)/$$d" && \
		$(INSTALL_DATA) $$d/*.h "$(DESTDIR)$(includedir)/$$d" || exit; \
	done
uninstall-api:
	@echo " rm -rf $(DESTDIR)$(includedir)/lkl/"
	@$(api_list) | (cd "$(DESTDIR)$(includedir)" && xargs rm -f)
	@-cd "$(DESTDIR)$(includedir)" && find lkl -depth -type d -empty -delete
clean-api:
	rm -rf include
