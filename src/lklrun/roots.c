// SPDX-License-Identifier: GPL-2.0-only
/*
 * roots.c - root directories: of the image, of each process, and where the image is
 * in what the program sees.
 */
#include "roots.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

#include "common/error.h"
#include "common/path-below.h"
#include "process.h"

static int image = -1, proc = -1;
static const char *image_at;	/* without a slash at the end; NULL: the root */
static bool at_image = true;	/* the kernel's root is the image's */

int roots_init(int root, const char *at, struct lkl_error *err)
{
	long fs, ret;

	image = root;
	image_at = at && at[1] ? at : NULL;
	ret = lkl_sys_fchdir((unsigned int)root);
	if (ret == 0)
		ret = lkl_sys_chroot(".");
	if (ret < 0)
		return error_set(err, (int)ret, "cannot enter the image: %s",
				 lkl_strerror((int)ret));
	fs = lkl_sys_fsopen("proc", LKL_FSOPEN_CLOEXEC);
	if (fs >= 0) {
		ret = lkl_sys_fsconfig((int)fs, LKL_FSCONFIG_CMD_CREATE, NULL,
				       NULL, 0);
		if (ret == 0)
			ret = lkl_sys_fsmount((int)fs, LKL_FSMOUNT_CLOEXEC, 0);
		lkl_sys_close((unsigned int)fs);
	} else {
		ret = fs;
	}
	if (ret < 0)
		return error_set(err, (int)ret,
				 "cannot mount /proc of the kernel: %s",
				 lkl_strerror((int)ret));
	proc = (int)ret;
	return 0;
}

void roots_end(void)
{
	if (!at_image && lkl_sys_fchdir((unsigned int)image) == 0 &&
	    lkl_sys_chroot(".") == 0)
		at_image = true;
	lkl_sys_close((unsigned int)proc);
	proc = image = -1;
}

int roots_image(void)
{
	return image;
}

int roots_proc(void)
{
	return proc;
}

const char *roots_proc_name(int inside, char buf[ROOTS_PROC_NAME_SIZE])
{
	snprintf(buf, ROOTS_PROC_NAME_SIZE, "self/fd/%d", inside);
	return buf;
}

long roots_enter(const struct process *process)
{
	const struct place *root = &process->directories->root;
	long ret;

	if (root->fd == image && at_image)
		return 0;
	/* chroot() takes a privilege that the process may not have. */
	process_act_as(NULL);
	ret = lkl_sys_fchdir((unsigned int)root->fd);
	if (ret == 0)
		ret = lkl_sys_chroot(".");
	at_image = ret == 0 && root->fd == image;
	process_act_as(process);
	return ret;
}

bool roots_are_image(int inside)
{
	const unsigned int mask = LKL_STATX_INO | LKL_STATX_MNT_ID;
	struct lkl_statx root, st;

	return lkl_sys_statx(image, "", LKL_AT_EMPTY_PATH, mask, &root) == 0 &&
	       lkl_sys_statx(inside, "", LKL_AT_EMPTY_PATH, mask, &st) == 0 &&
	       root.stx_ino == st.stx_ino && root.stx_mnt_id == st.stx_mnt_id &&
	       root.stx_dev_minor == st.stx_dev_minor;
}

const char *roots_place(void)
{
	return image_at;
}

bool roots_are_of_host(void)
{
	return image_at != NULL;
}

const char *roots_find(const char *path)
{
	const char *rest = image_at ? path_below(path, image_at) : path;

	return rest && !*rest ? "/" : rest;
}

long roots_add_prefix(const char *path, char *buf)
{
	if (!image_at) {
		snprintf(buf, PATH_MAX, "%s", path);
		return 0;
	}
	if (snprintf(buf, PATH_MAX, "%s%s", image_at, path[1] ? path : "") >=
	    PATH_MAX)
		return -ENAMETOOLONG;
	return 0;
}
