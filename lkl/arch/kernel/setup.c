// SPDX-License-Identifier: GPL-2.0-only
/*
 * setup.c - sets the machine up as the host describes it, and starts the
 * kernel.
 */
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/init.h>
#include <linux/memblock.h>
#include <linux/mm.h>
#include <linux/sched/task_stack.h>
#include <linux/seq_file.h>
#include <linux/start_kernel.h>
#include <linux/string.h>
#include <linux/utsname.h>
#include <generated/utsrelease.h>
#include <asm/params.h>
#include <asm/setup.h>
#include <asm/thread.h>
#include <asm/vcpu.h>

struct lkl_vcpu lkl_boot_vcpu = {
	.current_task = &init_task,
};

const struct lkl_host_ops *lkl_ops;
const char lkl_kernel_release[] = UTS_RELEASE;
/* The file systems that this kernel mounts from a disk. */
const char lkl_kernel_features[] =
#ifdef CONFIG_EXT4_FS
	" +ext4"
#endif
#ifdef CONFIG_XFS_FS
	" +xfs"
#endif
#ifdef CONFIG_BTRFS_FS
	" +btrfs"
#endif
#ifdef CONFIG_BCACHEFS_FS
	" +bcachefs"
#endif
#ifdef CONFIG_F2FS_FS
	" +f2fs"
#endif
#ifdef CONFIG_VFAT_FS
	" +vfat"
#endif
#ifdef CONFIG_EXFAT_FS
	" +exfat"
#endif
#ifdef CONFIG_NTFS3_FS
	" +ntfs3"
#endif
#ifdef CONFIG_HFSPLUS_FS
	" +hfsplus"
#endif
#ifdef CONFIG_EROFS_FS
	" +erofs"
#endif
#ifdef CONFIG_SQUASHFS
	" +squashfs"
#endif
#ifdef CONFIG_ISO9660_FS
	" +iso9660"
#endif
#ifdef CONFIG_UDF_FS
	" +udf"
#endif
	;

struct pt_regs lkl_pt_regs;
struct lkl_thread *lkl_boot_thread;

unsigned long lkl_memory_base;
unsigned long lkl_memory_size;
unsigned long lkl_vmalloc_start;
unsigned long lkl_vmalloc_end;
EXPORT_SYMBOL(lkl_memory_base);

static char command_line[COMMAND_LINE_SIZE];

/*
 * The port's own boot parameters; the caller's follow and override them.
 *
 * - Watermark boosting keeps some megabytes free against fragmentation.  That
 *   is too much of a small memory, and users of large blocks fall back to
 *   vmalloc here.
 * - The threads that write dirty metadata need memory to free memory.  The
 *   kernel reserves some by the square root of all memory, as most of it would
 *   be data elsewhere.  Here most of it is metadata, so the reserve is a part
 *   of all memory.
 * - The number of tasks is not bound to a part of memory here: kernel/thread.c
 *   looks at the memory that is left.
 */
#define BOOT_PARAMS	"sysctl.vm.watermark_boost_factor=0 " \
			"sysctl.kernel.threads-max=1000000 " \
			"sysctl.vm.min_free_kbytes=%lu %s"
#define RESERVED_PART	32

/* With the digits of the number. */
static_assert(sizeof(BOOT_PARAMS) + 20 + LKL_PARAMS_MAX <= COMMAND_LINE_SIZE);

void lkl_boot_entry(void);

unsigned int lkl_kernel_prepare(const struct lkl_boot *boot,
				struct lkl_vcpu **ret_vcpu)
{
	if (boot->ops->version != LKL_HOST_OPS_VERSION)
		return LKL_HOST_OPS_VERSION;

	lkl_ops = boot->ops;
	lkl_memory_base = (unsigned long)boot->memory;
	lkl_memory_size = boot->memory_size;
	lkl_vmalloc_start = boot->vmalloc_start;
	lkl_vmalloc_end = boot->vmalloc_start + boot->vmalloc_size;
	lkl_boot_thread = boot->thread;
	snprintf(boot_command_line, COMMAND_LINE_SIZE, BOOT_PARAMS,
		 lkl_memory_size / RESERVED_PART / 1024, boot->params);

	this_vcpu()->task_sp = lkl_fiber_init(init_stack, lkl_boot_entry);
	*ret_vcpu = this_vcpu();
	return 0;
}

/* The first thing that runs on the stack of the boot (and idle) task. */
void lkl_boot_entry(void)
{
	start_kernel();
}

void __init setup_arch(char **cmdline_p)
{
	lkl_panic_init();
	/* Every line goes to the host, which filters for itself. */
	console_loglevel = CONSOLE_LOGLEVEL_MOTORMOUTH;

	strscpy(command_line, boot_command_line, COMMAND_LINE_SIZE);
	*cmdline_p = command_line;
	parse_early_param();

	memblock_add(0, lkl_memory_size);
	/* The zero page.  Besides, an allocation at 0 looks like a failure. */
	memblock_reserve(0, PAGE_SIZE);
	lkl_paging_init();
}

void calibrate_delay(void)
{
	/* Delays read the clock: see lib/delay.c. */
	loops_per_jiffy = NSEC_PER_SEC / HZ;
}

static int show_cpuinfo(struct seq_file *m, void *v)
{
	seq_puts(m, "processor\t: 0\nmodel name\t: lkl virtual CPU\n");
	return 0;
}

static void *c_start(struct seq_file *m, loff_t *pos)
{
	return *pos == 0 ? (void *)1 : NULL;
}

static void *c_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return c_start(m, pos);
}

static void c_stop(struct seq_file *m, void *v)
{
}

const struct seq_operations cpuinfo_op = {
	.start	= c_start,
	.next	= c_next,
	.stop	= c_stop,
	.show	= show_cpuinfo,
};
