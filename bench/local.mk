# SPDX-License-Identifier: GPL-2.0-only
#
# bench/local.mk - benchmarks (make bench)
#
# tests/local.mk has the rules that compile a program.

# With the library as users have it, with its image layer, and with neither.
bench_layer_programs := $(call programs_in,%D%/blk*.c)
bench_programs := $(filter-out $(bench_layer_programs),\
	$(call programs_in,%D%/*.c))
bench_host_programs := $(call programs_in,%D%/host/*.c)

$(bench_layer_programs): %: $(srcdir)/%.c lkl/liblkl-testing.la | $(api_headers)
	$(tests_compile)
	$(tests_link) lkl/liblkl-testing.la -pthread

$(bench_programs): %: $(srcdir)/%.c lkl/liblkl.la | $(api_headers)
	$(tests_compile)
	$(tests_link) lkl/liblkl.la -pthread

# What a benchmark's peers are measured with must not load the library.
$(bench_host_programs): %: $(srcdir)/%.c
	$(AM_V_CC)$(MKDIR_P) $(@D) && $(CC) $(AM_CFLAGS) $(CFLAGS) \
		$(AM_LDFLAGS) $(LDFLAGS) -o $@ $<

-include $(wildcard %D%/*.d)

# BENCH= chooses jobs and options: make bench BENCH='tar -n 3'.  All results go
# to bench.json and bench.md in the build directory.
.PHONY: bench bench-quick bench-report bench-programs
bench_run = $(tests_env) $(srcdir)/%D%/run -C .
bench-programs: all-am $(bench_programs) $(bench_layer_programs) \
		$(bench_host_programs)
bench: bench-programs
	@$(bench_run) --json bench.json --document bench.md $(BENCH)
bench-quick: bench-programs
	@$(bench_run) --quick
# The same, and docs/ gets the ratios and the figures of bench-quick.
bench-report: bench-programs
	@$(bench_run) --quick --write-baseline || :
	@$(bench_run) --json bench.json --document bench.md \
		--summary $(srcdir)/docs/performance.md $(BENCH)

# All that is here, but for what a build in the source directory made.
EXTRA_DIST += $(filter-out $(bench_programs) $(bench_layer_programs) \
	$(bench_host_programs),$(shell cd $(srcdir) && find %D% -name '.?*' \
	-prune -o -name __pycache__ -prune -o -type f ! -name '*.[od]' -print))

clean-local: clean-bench
.PHONY: clean-bench
clean-bench:
	rm -rf bench.json bench.md
	rm -f $(foreach p,$(bench_programs) $(bench_layer_programs) \
		$(bench_host_programs),$(p) $(p).o $(p).d)
