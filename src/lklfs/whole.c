// SPDX-License-Identifier: GPL-2.0-only
/*
 * whole.c - lklfs label, trim and snapshot: change a file system as a whole.
 */
#include "commands.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <lkl.h>
#include <lkl/linux/btrfs.h>
#include <lkl/linux/fs.h>

#include "common/cli/parse.h"
#include "common/cli/quote.h"
#include "common/error.h"
#include "change.h"
#include "print.h"
#include "run.h"

static int open_root(void)
{
	return (int)lkl_sys_openat(LKL_AT_FDCWD, "/", LKL_O_RDONLY |
				   LKL_O_DIRECTORY | LKL_O_CLOEXEC, 0);
}

/* An ioctl on the root directory. */
static int call_root(unsigned int command, void *argument)
{
	int fd = open_root(), ret;

	if (fd < 0)
		return fd;
	ret = (int)lkl_sys_ioctl((unsigned int)fd, command,
				 (unsigned long)argument);
	lkl_sys_close((unsigned int)fd);
	return ret;
}

/* -ENOTTY and -EOPNOTSUPP say nothing to people. */
static int whole_error(const struct run *run, int code, const char *what,
		       struct lkl_error *err)
{
	if (code == -ENOTTY || code == -EOPNOTSUPP)
		return error_set(err, code,
				 "%s: %s: the kernel's %s does not support that",
				 quote_name(run->image), what,
				 session_type(run->session));
	return error_set(err, code, "%s: %s: %s", quote_name(run->image), what,
			 lkl_strerror(code));
}

/* ---- label ---- */

/* @change: "labelled", or NULL if the label is only shown */
static void print_label_line(struct run *run, const char *change, const char *label)
{
	json_line_begin(&run->writer);
	if (change)
		json_string(&run->writer, "change", change);
	json_name(&run->writer, "label", label);
	json_line_end(&run->writer);
}

static int print_label(struct run *run, struct lkl_error *err)
{
	char label[LKL_FSLABEL_MAX + 1] = "";
	int ret = call_root(LKL_FS_IOC_GETFSLABEL, label);

	if (ret < 0)
		return whole_error(run, ret, "cannot read the label", err);
	if (run->json) {
		print_label_line(run, NULL, label);
	} else {
		print_name(run, label);
		putchar('\n');
	}
	return 0;
}

static int run_label(struct run *run, struct lkl_error *err)
{
	char label[LKL_FSLABEL_MAX] = "";
	int ret;

	if (!run->n_operands)
		return print_label(run, err);
	if (strlen(run->operands[0]) >= sizeof(label))
		return whole_error(run, -ENAMETOOLONG, "cannot set the label",
				   err);
	strcpy(label, run->operands[0]);
	ret = call_root(LKL_FS_IOC_SETFSLABEL, label);
	/* ext4 and others return that for a label that is too long for them. */
	if (ret == -EINVAL)
		ret = -ENAMETOOLONG;
	if (ret < 0)
		return whole_error(run, ret, "cannot set the label", err);
	if (run->json)
		print_label_line(run, "labelled", run->operands[0]);
	else
		print_change(run, "labelled", run->operands[0]);
	return 0;
}

static int prepare_label(struct run *run, struct lkl_error *err)
{
	(void)err;
	run->read_only = !run->n_operands;
	return 0;
}

const struct command label_command = {
	.name = "label",
	.operands = "IMAGE [LABEL]",
	.summary = "show or set the label of the file system",
	.flags = COMMAND_WRITES,
	.max = 1,
	.prepare = prepare_label,
	.run = run_label,
};

/* ---- trim ---- */

/* @mount: NULL without --system */
static void print_trimmed(struct run *run, const char *mount, uint64_t bytes)
{
	char size[FORMAT_SIZE_MAX];

	if (run->json) {
		json_line_begin(&run->writer);
		if (mount)
			json_name(&run->writer, "mount", mount);
		json_unsigned(&run->writer, "trimmed", bytes);
		json_line_end(&run->writer);
	} else {
		print_name(run, mount ? mount : run->image);
		printf(": %s (%" PRIu64 " bytes) trimmed\n",
		       format_size(size, bytes), bytes);
	}
}

static int trim_image(struct run *run, struct lkl_error *err)
{
	struct lkl_fstrim_range range = { .len = UINT64_MAX };
	int ret = call_root(LKL_FITRIM, &range);

	if (ret < 0)
		return whole_error(run, ret, "cannot trim", err);
	print_trimmed(run, NULL, range.len);
	return 0;
}

/* 1: the kernel cannot do that for its file system. */
static int trim_mount(struct run *run, const struct session_mount *mount)
{
	struct lkl_fstrim_range range = { .len = UINT64_MAX };
	int fd = session_mount_open(mount), ret = fd;

	if (fd >= 0) {
		ret = (int)lkl_sys_ioctl((unsigned int)fd, LKL_FITRIM,
					 (unsigned long)&range);
		lkl_sys_close((unsigned int)fd);
	}
	if (ret == -ENOTTY || ret == -EOPNOTSUPP)
		return 1;
	if (ret < 0)
		return run_error(run, mount->path, ret, "cannot trim");
	print_trimmed(run, mount->path, range.len);
	return 0;
}

/* Trims only one of several mounts of a file system, as subvolumes have them. */
static bool is_to_trim(const struct session *session, unsigned int i)
{
	const struct session_mount *mount = session_mount_at(session, i), *other;

	while (i--) {
		other = session_mount_at(session, i);
		if (other->volume == mount->volume && !other->read_only)
			return false;
	}
	return !mount->read_only;
}

static int trim_system(struct run *run, struct lkl_error *err)
{
	unsigned int n = session_mount_count(run->session), i;
	bool tried = false;
	int ret = 0;

	for (i = 0; i < n && ret >= 0; i++) {
		if (!is_to_trim(run->session, i))
			continue;
		ret = trim_mount(run, session_mount_at(run->session, i));
		tried |= !ret;
	}
	if (ret < 0)
		return run_fatal(run, ret, err);
	return tried ? 0 : whole_error(run, -EOPNOTSUPP, "cannot trim", err);
}

static int run_trim(struct run *run, struct lkl_error *err)
{
	return session_mount_count(run->session) ? trim_system(run, err) :
		trim_image(run, err);
}

const struct command trim_command = {
	.name = "trim",
	.operands = "IMAGE",
	.summary = "give the space that is not in use back to the host",
	.flags = COMMAND_WRITES,
	.run = run_trim,
};

/* ---- snapshot ---- */

static const struct option_entry snapshot_entries[] = {
	{ 'r', "read-only", NULL, "make a snapshot that cannot be changed" },
	{ 0 }
};

struct snapshot {
	bool read_only;
};

static int handle_snapshot(int key, const char *argument, void *target,
			   struct lkl_error *err)
{
	(void)key;
	(void)argument;
	(void)err;
	((struct snapshot *)((struct run *)target)->options)->read_only = true;
	return 0;
}

static int make_snapshot(const struct snapshot *snapshot, const char *source,
			 char *dest)
{
	struct lkl_btrfs_ioctl_vol_args_v2 args = {
		.flags = snapshot->read_only ? LKL_BTRFS_SUBVOL_RDONLY : 0,
	};
	const char *name;
	int fd, dir, ret;

	fd = (int)lkl_sys_openat(LKL_AT_FDCWD, source, LKL_O_RDONLY |
				 LKL_O_DIRECTORY | LKL_O_CLOEXEC, 0);
	if (fd < 0)
		return fd;
	dir = ret = change_parent(dest, &name);
	if (ret >= 0 && strlen(name) >= sizeof(args.name))
		ret = -ENAMETOOLONG;
	if (ret >= 0) {
		args.fd = fd;
		strcpy(args.name, name);
		ret = (int)lkl_sys_ioctl((unsigned int)dir,
					 LKL_BTRFS_IOC_SNAP_CREATE_V2,
					 (unsigned long)&args);
	}
	if (dir >= 0)
		lkl_sys_close((unsigned int)dir);
	lkl_sys_close((unsigned int)fd);
	return ret;
}

static int run_snapshot(struct run *run, struct lkl_error *err)
{
	int ret;

	if (strcmp(session_type(run->session), "btrfs"))
		return error_set(err, -EINVAL,
				 "%s: only btrfs has snapshots, and this is %s",
				 quote_name(run->image),
				 session_type(run->session));
	ret = make_snapshot(run->options, run->operands[0], run->operands[1]);
	/* The kernel's code for a directory that is no subvolume. */
	if (ret == -EINVAL)
		return error_set(err, ret, "%s: is not a subvolume",
				 quote_name(run->operands[0]));
	ret = change_done(run, run->operands[1], ret, "cannot make a snapshot",
			  "created snapshot");
	return ret < 0 ? run_fatal(run, ret, err) : 0;
}

const struct command snapshot_command = {
	.name = "snapshot",
	.operands = "IMAGE SUBVOLUME DEST",
	.summary = "make a snapshot of a subvolume of btrfs",
	.flags = COMMAND_WRITES,
	.min = 2,
	.max = 2,
	.entries = snapshot_entries,
	.handle = handle_snapshot,
	.options_size = sizeof(struct snapshot),
	.run = run_snapshot,
};
