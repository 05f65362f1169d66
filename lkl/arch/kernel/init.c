// SPDX-License-Identifier: GPL-2.0-only
/*
 * init.c - process 1 without a program.
 *
 * The root file system starts with an empty executable file, /init.  The
 * binary format in this file "loads" it: like any exec, that turns the kernel
 * thread into a process with an address space.  No program is loaded.  In place
 * of user mode, process 1 then runs lkl_serve_threads().
 */
#include <linux/binfmts.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/init_syscalls.h>
#include <linux/kdev_t.h>
#include <linux/major.h>
#include <linux/sched.h>
#include <linux/sched/task.h>

static bool init_loaded;

static int load_init(struct linux_binprm *bprm)
{
	int err;

	if (init_loaded || !is_global_init(current))
		return -ENOEXEC;

	err = begin_new_exec(bprm);
	if (err)
		return err;
	setup_new_exec(bprm);
	set_binfmt(NULL);
	finalize_exec(bprm);
	init_loaded = true;
	return 0;
}

static struct linux_binfmt init_format = {
	.load_binary = load_init,
};

static int __init make_init(void)
{
	struct file *file;

	register_binfmt(&init_format);
	file = filp_open("/init", O_CREAT | O_WRONLY, 0700);
	if (IS_ERR(file))
		panic("cannot make /init: %ld", PTR_ERR(file));
	/* Close it now, as a file that is open for writing cannot be executed. */
	__fput_sync(file);
	return 0;
}
rootfs_initcall(make_init);

/*
 * Process 1 opens the console as its first three files.  There is no terminal,
 * so the console is the null device.  The three numbers stay taken: a caller
 * would mistake another file with such a number for its own standard output.
 */
static int __init make_console(void)
{
	init_unlink("/dev/console");
	return init_mknod("/dev/console", S_IFCHR | 0600,
			  new_encode_dev(MKDEV(MEM_MAJOR, 3)));
}
device_initcall(make_console);
