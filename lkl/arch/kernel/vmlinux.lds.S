/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmlinux.lds.S - linker script for a relocatable link (ld -r) of the kernel.
 *
 * The result becomes a part of a shared library.  Each output section here is
 * one contiguous input section of that final link.  Hence every symbol that
 * marks a place is defined inside an output section, relative to it.
 */
#define EMITS_PT_NOTE
#define RO_EXCEPTION_TABLE

#include <asm-generic/vmlinux.lds.h>
#include <asm/cache.h>
#include <asm/thread_info.h>

jiffies = jiffies_64;

SECTIONS
{
	.text : {
		_text = .;
		_stext = .;
		HEAD_TEXT
		_sinittext = .;
		INIT_TEXT
		_einittext = .;
		EXIT_TEXT
		TEXT_TEXT
		IRQENTRY_TEXT
		SOFTIRQENTRY_TEXT
		SCHED_TEXT
		LOCK_TEXT
		KPROBES_TEXT
		ENTRY_TEXT
		*(.fixup)
		*(.text .text.*)
		_etext = .;
	}

	/*
	 * Pure constants: no relocations, shared between processes.  The range
	 * from __start_rodata to __end_rodata tells kfree_const() what not to
	 * free.  It begins here, as string literals are in it, and ends in .data
	 * behind this; the library's own constants are in between.
	 */
	.rodata : {
		__start_rodata = .;
		*(.rodata.str* .rodata.cst*)
		*(.init.rodata.str*)
		/* Relative, see asm/fixup.h. */
		. = ALIGN(4);
		BOUNDED_SECTION_PRE_LABEL(.lkl_fixups, lkl_fixups, __start_, __stop_)
	}

	/*
	 * Everything that may hold addresses and so needs relocation.  .data and
	 * .bss have their pages to themselves: the host library replaces these
	 * before the kernel starts again.
	 */
	.data : ALIGN(PAGE_SIZE) {
		lkl_data_start = .;
		_sdata = .;
		*(.rodata) *(.rodata.*) *(.data.rel.ro*)
		SCHED_DATA
		RO_AFTER_INIT_DATA
		*(.ref.rodata)
		. = ALIGN(8);
		BOUNDED_SECTION_BY(__param, ___param)
		BOUNDED_SECTION_BY(__modver, ___modver)
		BOUNDED_SECTION_BY(__ex_table, ___ex_table)
		BOUNDED_SECTION_PRE_LABEL(.builtin_fw, _builtin_fw, __start, __end)
		/* There is no build ID in a relocatable object. */
		__start_notes = .;
		__stop_notes = .;
		__end_rodata = .;

		. = ALIGN(PAGE_SIZE);
		__init_begin = .;
		INIT_DATA
		. = ALIGN(16);
		INIT_SETUP(16)
		INIT_CALLS
		CON_INITCALL
		INIT_RAM_FS
		EXIT_DATA
		EXIT_CALL
		. = ALIGN(PAGE_SIZE);
		__init_end = .;

		NOSAVE_DATA
		PAGE_ALIGNED_DATA(PAGE_SIZE)
		CACHELINE_ALIGNED_DATA(L1_CACHE_BYTES)
		READ_MOSTLY_DATA(L1_CACHE_BYTES)
		DATA_DATA
		CONSTRUCTORS
		. = ALIGN(L1_CACHE_BYTES);
		PERCPU_INPUT(L1_CACHE_BYTES)
		__per_cpu_load = __per_cpu_start;
		*(.data .data.*)
		. = ALIGN(8);
		BOUNDED_SECTION_BY(__bug_table, ___bug_table)
		KEEP(*(.data..init_task))
		KEEP(*(.data..init_thread_info))
		_edata = .;
		. = ALIGN(PAGE_SIZE);
		lkl_data_end = .;
	}

	.bss : ALIGN(PAGE_SIZE) {
		lkl_bss_start = .;
		__bss_start = .;
		*(.bss..page_aligned)
		/* The boot task's stack, used by the idle task from then on. */
		. = ALIGN(PAGE_SIZE);
		init_thread_union = .;
		init_stack = .;
		. += THREAD_SIZE;
		*(.dynbss)
		*(.bss .bss.* .sbss .scommon)
		*(COMMON)
		. = ALIGN(8);
		__bss_stop = .;
		_end = .;
		. = ALIGN(PAGE_SIZE);
		lkl_bss_end = .;
	}

	DWARF_DEBUG

	/* Empty, and says that no stack need be executable. */
	.note.GNU-stack : {
		*(.note.GNU-stack)
	}

	/DISCARD/ : {
		*(.discard)
		*(.discard.*)
		*(.export_symbol)
		*(.modinfo)
		*(.comment)
		*(.note.Linux)
		*(.lkl_syscalls)
		*(.gnu.version*)
		*(__ksymtab_strings)
	}
}
