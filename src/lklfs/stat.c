// SPDX-License-Identifier: GPL-2.0-only
/*
 * stat.c - lklfs stat: shows all attributes of files.
 */
#include "commands.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <lkl.h>

#include "common/cli/mode.h"
#include "common/cli/quote.h"
#include "common/error.h"
#include "print.h"
#include "run.h"

struct stat_options {
	bool follow;
	const char *format;		/* NULL: all, in lines */
};

static const struct option_entry entries[] = {
	{ 'L', "dereference", NULL, "describe the files that links lead to" },
	{ 'c', "", "FORMAT",
	  "print this, where %n is the name, %s the size, ..." },
	{ 0 }
};

static const char directives[] = "%aAbBdDfFgGhiNnsuUtTwWxXyYzZ";

static int handle(int key, const char *argument, void *target,
		  struct lkl_error *err)
{
	struct stat_options *options = ((struct run *)target)->options;
	const char *s;

	if (key == 'L') {
		options->follow = true;
		return 0;
	}
	for (s = strchr(argument, '%'); s; s = strchr(s + 1, '%'))
		if (!*++s || !strchr(directives, *s))
			return error_set(err, -EINVAL,
					 "unknown directive %%%c", *s);
	options->format = argument;
	return 0;
}

/* One file, with all that is known of it. */
struct file {
	const char *path;
	struct lkl_statx st;
	char *target;			/* of a link; NULL: none */
	char *names;			/* of its attributes, zero-separated */
	size_t names_len;
};

static void free_file(struct file *file)
{
	free(file->target);
	free(file->names);
}

/* The kernel allows 64 KiB of names. */
static int read_attribute_names(struct file *file, bool follow)
{
	long len;

	file->names = malloc(65536);
	if (!file->names)
		return -ENOMEM;
	len = follow ? lkl_sys_listxattr(file->path, file->names, 65536) :
		lkl_sys_llistxattr(file->path, file->names, 65536);
	/* vfat and others have none. */
	if (len == -EOPNOTSUPP)
		len = 0;
	if (len < 0)
		return (int)len;
	file->names_len = (size_t)len;
	return 0;
}

static int read_file(struct run *run, struct file *file)
{
	const struct stat_options *options = run->options;
	const char *what = "cannot stat";
	int ret = stat_file(LKL_AT_FDCWD, file->path, options->follow,
			    &file->st);

	if (!ret && S_ISLNK(file->st.stx_mode)) {
		what = "cannot read link";
		ret = read_link(LKL_AT_FDCWD, file->path, &file->target);
	}
	if (!ret && !options->format) {
		what = "cannot list attributes";
		ret = read_attribute_names(file, options->follow);
	}
	if (ret < 0)
		return run_error(run, file->path, ret, what);
	return 1;
}

static void print_time(char letter, const struct lkl_statx *st)
{
	const struct lkl_statx_timestamp none = { 0 }, *time =
		letter == 'w' ? &st->stx_btime : letter == 'x' ?
		&st->stx_atime : letter == 'y' ? &st->stx_mtime :
		&st->stx_ctime;
	char buf[PRINT_TIME_MAX];

	if (letter == 'w' && !(st->stx_mask & LKL_STATX_BTIME))
		time = &none;
	fputs(time == &none ? "-" : format_local_time(time, true, buf),
	      stdout);
}

static const char *owner_name(const char *name)
{
	return name ? quote_name(name) : "UNKNOWN";
}

/* The type, as stat(1) calls it. */
static const char *type_name(const struct lkl_statx *st)
{
	if (S_ISREG(st->stx_mode))
		return st->stx_size ? "regular file" : "regular empty file";
	if (S_ISLNK(st->stx_mode))
		return "symbolic link";
	return mode_type_name(st->stx_mode);
}

static void print_quoted(struct run *run, const struct file *file)
{
	print_name(run, file->path);
	if (!file->target)
		return;
	fputs(" -> ", stdout);
	print_name(run, file->target);
}

static void print_directive(struct run *run, const struct file *file, char c)
{
	const struct lkl_statx *st = &file->st;
	uint64_t value = 0;
	char mode[MODE_TEXT_MAX];

	switch (c) {
	case '%':
		putchar('%');
		return;
	case 'n':
		print_name(run, file->path);
		return;
	case 'N':
		print_quoted(run, file);
		return;
	case 'a':
		printf("%o", st->stx_mode & 07777u);
		return;
	case 'A':
		fputs(mode_format(st->stx_mode, mode), stdout);
		return;
	case 'f':
		printf("%x", st->stx_mode);
		return;
	case 'F':
		fputs(type_name(st), stdout);
		return;
	case 'U':
		fputs(owner_name(accounts_user(&run->accounts, st->stx_uid)),
		      stdout);
		return;
	case 'G':
		fputs(owner_name(accounts_group(&run->accounts, st->stx_gid)),
		      stdout);
		return;
	case 't':
		printf("%x", st->stx_rdev_major);
		return;
	case 'T':
		printf("%x", st->stx_rdev_minor);
		return;
	case 'D':
		printf("%x", st->stx_dev_major << 8 | st->stx_dev_minor);
		return;
	case 'w':
	case 'x':
	case 'y':
	case 'z':
		print_time(c, st);
		return;
	case 'W':
		printf("%" PRId64, (int64_t)st->stx_btime.tv_sec);
		return;
	case 'X':
		printf("%" PRId64, (int64_t)st->stx_atime.tv_sec);
		return;
	case 'Y':
		printf("%" PRId64, (int64_t)st->stx_mtime.tv_sec);
		return;
	case 'Z':
		printf("%" PRId64, (int64_t)st->stx_ctime.tv_sec);
		return;
	case 's':
		value = st->stx_size;
		break;
	case 'b':
		value = st->stx_blocks;
		break;
	case 'B':
		value = 512;
		break;
	case 'd':
		value = (uint64_t)st->stx_dev_major << 8 | st->stx_dev_minor;
		break;
	case 'g':
		value = st->stx_gid;
		break;
	case 'u':
		value = st->stx_uid;
		break;
	case 'h':
		value = st->stx_nlink;
		break;
	case 'i':
		value = st->stx_ino;
		break;
	}
	printf("%" PRIu64, value);
}

static void print_formatted(struct run *run, const struct file *file,
			    const char *format)
{
	for (; *format; format++) {
		if (*format == '%')
			print_directive(run, file, *++format);
		else
			putchar(*format);
	}
}

static void print_attributes(const struct file *file)
{
	const char *name = file->names;

	for (; name < file->names + file->names_len; name += strlen(name) + 1)
		printf("  Attr: %s\n", quote_name(name));
}

static void print_lines(struct run *run, const struct file *file)
{
	print_formatted(run, file, "  File: %N\n"
			"  Size: %s\tBlocks: %b\t%F\n"
			" Inode: %i\tLinks: %h\n");
	if (S_ISBLK(file->st.stx_mode) || S_ISCHR(file->st.stx_mode))
		printf("Device: %" PRIu32 ",%" PRIu32 "\n",
		       file->st.stx_rdev_major, file->st.stx_rdev_minor);
	printf("Access: (%04o/", file->st.stx_mode & 07777u);
	print_formatted(run, file, "%A)  Uid: (%u/%U)   Gid: (%g/%G)\n"
			"Access: %x\nModify: %y\nChange: %z\n Birth: %w\n");
	print_attributes(file);
}

static void print_json(struct run *run, const struct file *file)
{
	const char *name = file->names;

	json_line_begin(&run->writer);
	json_file(run, file->path, &file->st, file->target);
	if (accounts_user(&run->accounts, file->st.stx_uid))
		json_string(&run->writer, "user",
			    accounts_user(&run->accounts, file->st.stx_uid));
	if (accounts_group(&run->accounts, file->st.stx_gid))
		json_string(&run->writer, "group",
			    accounts_group(&run->accounts, file->st.stx_gid));
	json_array_begin(&run->writer, "attributes");
	for (; name && name < file->names + file->names_len;
	     name += strlen(name) + 1) {
		json_object_begin(&run->writer, NULL);
		json_name(&run->writer, "name", name);
		json_object_end(&run->writer);
	}
	json_array_end(&run->writer);
	json_line_end(&run->writer);
}

static int run_stat(struct run *run, struct lkl_error *err)
{
	const struct stat_options *options = run->options;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < run->n_operands && ret >= 0; i++) {
		struct file file = { .path = run->operands[i] };

		ret = read_file(run, &file);
		if (ret > 0 && options->format) {
			print_formatted(run, &file, options->format);
			putchar('\n');
		} else if (ret > 0 && run->json) {
			print_json(run, &file);
		} else if (ret > 0) {
			print_lines(run, &file);
		}
		free_file(&file);
	}
	return ret < 0 ? run_fatal(run, ret, err) : 0;
}

const struct command stat_command = {
	.name = "stat",
	.operands = "IMAGE FILE...",
	.summary = "show all attributes of files",
	.min = 1,
	.max = OPERANDS_ANY,
	.entries = entries,
	.handle = handle,
	.options_size = sizeof(struct stat_options),
	.run = run_stat,
};
