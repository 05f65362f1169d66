// SPDX-License-Identifier: GPL-2.0-only
/*
 * mount-options.c - mount options: the argument of -o, in fstab as well.
 *
 * An option is looked up in this order: the tables of lklfuse's own options;
 * the program's long options; the table of options that are ignored.  All
 * others go to libfuse, which refuses those that it does not know.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "mount-options.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/cli/parse.h"
#include "common/error.h"

const char mount_options_help[] =
"Mount options (-o):\n"
"  any long option above, without its dashes: type=ext4,partition=1\n"
"  ro, rw                   read-only; for writing (the default)\n"
"  part=N, mb=N, opts=LIST  partition, memory in MiB, options of the file\n"
"                           system (with \\, for a comma)\n"
"  lock=FILE                lock FILE, and fail if it is locked\n"
"  max_threads=N            the same as --threads\n"
"  io_uring=auto|yes|no     get requests from io_uring if the host allows it;\n"
"                           from io_uring, or fail; from /dev/fuse\n"
"  allow_other, allow_root, fsname=, subtype=, nodev, nosuid\n"
"                           see mount.fuse3(8)\n"
"  umask=, fmask=, dmask=   permissions on vfat, exfat and ntfs\n"
"  noatime, relatime, strictatime, lazytime\n"
"                           see mount(8); the default is noatime\n"
"  remount,ro; remount,rw   with mount(8), by root only\n"
"These turn off features that are on by default:\n"
"  no_writeback_cache no_keep_cache no_cache_readdir no_cache_symlinks\n"
"  no_parallel_dirops no_atomic_o_trunc no_async_read no_posix_acl\n"
"  no_killpriv no_export; no_cache (everything that caches)\n"
"This turns on a feature that is off by default:\n"
"  async_dio                asynchronous direct I/O; not beside buffered reads\n"
"These tune the host's cache:\n"
"  readdirplus=yes|no|auto\n"
"  entry_timeout=, negative_timeout=, attr_timeout=   in seconds\n"
"  max_read=, max_write=, max_readahead=, max_background=,\n"
"  congestion_threshold=\n"
"\n"
"The exit status is 0 if the file system is mounted and answers (with -f:\n"
"if it was unmounted and everything is in the image), 1 if not, and 2 if the\n"
"command line is wrong.";

/*
 * Options for mount(8) and systemd, and options of other FUSE daemons for things
 * that lklfuse always does (clone the device, unmount when it dies) or never.
 */
static const char *const ignored_options[] = {
	"defaults", "auto", "noauto", "user", "users", "nouser", "owner",
	"group", "nofail", "_netdev", "user=", "uhelper=", "comment=", "loop",
	"diratime", "nodiratime", "norelatime", "silent", "loud", "mand",
	"nomand", "iversion", "noiversion",
	"clone_fd", "no_clone_fd", "max_idle_threads=", "auto_unmount",
	"default_permissions", "nonempty", "splice_read", "no_splice_read",
	"splice_write", "no_splice_write", "splice_move", "no_splice_move",
	"no_remote_lock", "no_remote_flock", "no_remote_posix_lock",
	"no_auto_inval_data", "sync_read", "subtype=fuse.",
};

static const char *mount_option_value(const char *option, const char *name)
{
	size_t len = strlen(name);

	if (strncmp(option, name, len))
		return NULL;
	if (name[len - 1] != '=' && option[len])
		return NULL;
	return option + len;
}

#define N(array) (sizeof(array) / sizeof(*(array)))

/* ---- Options of lklfuse ---- */

struct own_option {
	const char *name;	/* ends in '=' if it takes a value */
	int (*handle)(struct arguments *arguments, const char *value,
		      struct lkl_error *err);
};

static int set_partition(struct arguments *arguments, const char *value,
			 struct lkl_error *err)
{
	(void)err;
	arguments->common.partition = value;
	return 0;
}

static int set_mb(struct arguments *arguments, const char *value,
		  struct lkl_error *err)
{
	uint64_t mb;
	int ret = parse_number(value, UINT64_MAX >> 20, &mb, err);

	if (ret < 0)
		return ret;
	if (mb << 20 < LKL_MEMORY_MIN)
		return error_set(err, -ERANGE,
				 "%s is too little, the kernel needs %llu MiB",
				 value, LKL_MEMORY_MIN >> 20);
	arguments->common.memory = mb << 20;
	return 0;
}

static int set_opts(struct arguments *arguments, const char *value,
		    struct lkl_error *err)
{
	(void)err;
	arguments->common.mount_options = value;
	return 0;
}

/* Options of the file system that may be given without opts=. */
static int add_mount_option(struct arguments *arguments, const char *name,
			    const char *value, struct lkl_error *err)
{
	const char *old = arguments->common.mount_options;
	char *all;

	if (asprintf(&all, "%s%s%s=%s", old ? old : "", old && *old ? "," : "",
		     name, value) < 0)
		return error_no_memory(err);
	/* Lives as long as the arguments do. */
	arguments->common.mount_options = all;
	return 0;
}

static int set_umask(struct arguments *arguments, const char *value,
		     struct lkl_error *err)
{
	return add_mount_option(arguments, "umask", value, err);
}

static int set_fmask(struct arguments *arguments, const char *value,
		     struct lkl_error *err)
{
	return add_mount_option(arguments, "fmask", value, err);
}

static int set_dmask(struct arguments *arguments, const char *value,
		     struct lkl_error *err)
{
	return add_mount_option(arguments, "dmask", value, err);
}

static int set_noatime(struct arguments *arguments, const char *value,
		       struct lkl_error *err)
{
	(void)value;
	(void)err;
	arguments->common.atime_flags = LKL_MS_NOATIME;
	return 0;
}

static int set_relatime(struct arguments *arguments, const char *value,
			struct lkl_error *err)
{
	(void)value;
	(void)err;
	arguments->common.atime_flags = LKL_MS_RELATIME;
	return 0;
}

static int set_strictatime(struct arguments *arguments, const char *value,
			   struct lkl_error *err)
{
	(void)value;
	(void)err;
	arguments->common.atime_flags = LKL_MS_STRICTATIME;
	return 0;
}

static int set_lazytime(struct arguments *arguments, const char *value,
			struct lkl_error *err)
{
	(void)value;
	(void)err;
	arguments->common.atime_flags |= LKL_MS_LAZYTIME;
	return 0;
}

static int set_remount(struct arguments *arguments, const char *value,
		       struct lkl_error *err)
{
	(void)value;
	(void)err;
	arguments->remount = true;
	return 0;
}

static int set_lock(struct arguments *arguments, const char *value,
		    struct lkl_error *err)
{
	if (!*value)
		return error_set(err, -EINVAL, "empty name");
	arguments->lock = value;
	return 0;
}

static int set_ro(struct arguments *arguments, const char *value,
		  struct lkl_error *err)
{
	(void)value;
	(void)err;
	arguments->read_only = true;
	return 0;
}

static int set_rw(struct arguments *arguments, const char *value,
		  struct lkl_error *err)
{
	(void)value;
	(void)err;
	arguments->read_only = false;
	return 0;
}

static int set_threads(struct arguments *arguments, const char *value,
		       struct lkl_error *err)
{
	uint64_t n;
	int ret = parse_number(value, 64, &n, err);

	if (!ret)
		arguments->threads = n ? (unsigned int)n : 1;
	return ret;
}

static int set_readdirplus(struct arguments *arguments, const char *value,
			   struct lkl_error *err)
{
	struct caching *caching = &arguments->caching;

	if (strcmp(value, "no") && strcmp(value, "yes") &&
	    strcmp(value, "auto"))
		return error_set(err, -EINVAL, "not one of yes, no, auto: %s",
				 value);
	caching->readdirplus = strcmp(value, "no");
	caching->readdirplus_auto = !strcmp(value, "auto");
	return 0;
}

static int set_io_uring(struct arguments *arguments, const char *value,
			struct lkl_error *err)
{
	static const char *const modes[] = {
		[RINGS_AUTO] = "auto", [RINGS_YES] = "yes", [RINGS_NO] = "no",
	};
	unsigned int i;

	for (i = 0; i < N(modes); i++) {
		if (!strcmp(value, modes[i])) {
			arguments->io_uring = (enum rings_mode)i;
			return 0;
		}
	}
	return error_set(err, -EINVAL, "not one of auto, yes, no: %s", value);
}

static int set_no_cache(struct arguments *arguments, const char *value,
			struct lkl_error *err)
{
	struct caching *caching = &arguments->caching;

	(void)value;
	(void)err;
	caching->entry_timeout = 0;
	caching->attr_timeout = 0;
	caching->negative_timeout = 0;
	caching->writeback = false;
	caching->keep_data = false;
	caching->directories = false;
	caching->symlinks = false;
	return 0;
}

static const struct own_option own_options[] = {
	{ "part=", set_partition },
	{ "mb=", set_mb },
	{ "opts=", set_opts },
	{ "lock=", set_lock },
	{ "umask=", set_umask },
	{ "fmask=", set_fmask },
	{ "dmask=", set_dmask },
	{ "noatime", set_noatime },
	{ "relatime", set_relatime },
	{ "strictatime", set_strictatime },
	{ "lazytime", set_lazytime },
	{ "remount", set_remount },
	{ "ro", set_ro },
	{ "rw", set_rw },
	{ "max_threads=", set_threads },
	{ "io_uring=", set_io_uring },
	{ "readdirplus=", set_readdirplus },
	{ "no_cache", set_no_cache },
};

/* Each of these is an option NAME and an option no_NAME. */
static const struct {
	const char *name;
	size_t offset;
} cache_switches[] = {
	{ "writeback_cache", offsetof(struct caching, writeback) },
	{ "keep_cache", offsetof(struct caching, keep_data) },
	{ "cache_readdir", offsetof(struct caching, directories) },
	{ "cache_symlinks", offsetof(struct caching, symlinks) },
	{ "parallel_dirops", offsetof(struct caching, parallel_dirops) },
	{ "atomic_o_trunc", offsetof(struct caching, atomic_o_trunc) },
	{ "async_dio", offsetof(struct caching, async_dio) },
	{ "async_read", offsetof(struct caching, async_read) },
	{ "posix_acl", offsetof(struct caching, acl) },
	{ "killpriv", offsetof(struct caching, killpriv) },
	{ "export", offsetof(struct caching, export) },
};

static const struct {
	const char *name;
	size_t offset;
} cache_timeouts[] = {
	{ "entry_timeout=", offsetof(struct caching, entry_timeout) },
	{ "attr_timeout=", offsetof(struct caching, attr_timeout) },
	{ "negative_timeout=", offsetof(struct caching, negative_timeout) },
};

static const struct {
	const char *name;
	size_t offset;
} cache_limits[] = {
	{ "max_read=", offsetof(struct caching, max_read) },
	{ "max_write=", offsetof(struct caching, max_write) },
	{ "max_readahead=", offsetof(struct caching, max_readahead) },
	{ "max_background=", offsetof(struct caching, max_background) },
	{ "congestion_threshold=",
	  offsetof(struct caching, congestion_threshold) },
};

static int parse_seconds(const char *value, double *ret, struct lkl_error *err)
{
	char *end;
	double seconds = strtod(value, &end);

	if (end == value || *end || !(seconds >= 0))
		return error_set(err, -EINVAL, "not a number of seconds: %s",
				 value);
	*ret = seconds;
	return 0;
}


static int own_option_set(struct arguments *arguments, const char *option,
			  struct lkl_error *err)
{
	char *caching = (char *)&arguments->caching;
	const char *value, *name;
	uint64_t number;
	unsigned int i;
	bool on;
	int ret;

	for (i = 0; i < N(own_options); i++) {
		value = mount_option_value(option, own_options[i].name);
		if (!value)
			continue;
		ret = own_options[i].handle(arguments, value, err);
		return ret < 0 ? ret : 1;
	}
	on = strncmp(option, "no_", 3);
	name = on ? option : option + 3;
	for (i = 0; i < N(cache_switches); i++) {
		if (!mount_option_value(name, cache_switches[i].name))
			continue;
		*(bool *)(caching + cache_switches[i].offset) = on;
		return 1;
	}
	for (i = 0; i < N(cache_timeouts); i++) {
		value = mount_option_value(option, cache_timeouts[i].name);
		if (!value)
			continue;
		ret = parse_seconds(value, (double *)(void *)
				    (caching + cache_timeouts[i].offset), err);
		return ret < 0 ? ret : 1;
	}
	for (i = 0; i < N(cache_limits); i++) {
		value = mount_option_value(option, cache_limits[i].name);
		if (!value)
			continue;
		ret = parse_number(value, 1u << 30, &number, err);
		if (ret < 0)
			return ret;
		*(unsigned int *)(void *)(caching + cache_limits[i].offset) =
			(unsigned int)number;
		return 1;
	}
	return 0;
}

/* ---- The list of options ---- */

/* Can an option be given with or without an argument, as it was? */
static bool takes(const struct option_entry *entry, bool has_argument)
{
	if (!entry->argument)
		return !has_argument;
	return has_argument || entry->argument[0] == '[';
}

/* 1 if it is a long option, 0 if not, or -errno. */
static int parse_long_option(const char *option,
			     const struct option_group *groups,
			     unsigned int n_groups, struct lkl_error *err)
{
	const struct option_entry *entry;
	size_t len = strcspn(option, "=");
	unsigned int i;
	int ret;

	for (i = 0; i < n_groups; i++) {
		for (entry = groups[i].entries; entry->name; entry++) {
			if (strlen(entry->name) != len ||
			    strncmp(entry->name, option, len) ||
			    entry->key == 'o' ||
			    !takes(entry, option[len]))
				continue;
			ret = groups[i].handle(entry->key, option[len] ?
					       option + len + 1 : NULL,
					       groups[i].target, err);
			return ret < 0 ? ret : 1;
		}
	}
	return 0;
}

static bool is_ignored(const char *option)
{
	unsigned int i;

	for (i = 0; i < N(ignored_options); i++)
		if (mount_option_value(option, ignored_options[i]))
			return true;
	return !strncmp(option, "x-", 2) || !strncmp(option, "X-", 2);
}

/* @option still has its backslashes. */
static int pass_to_libfuse(struct arguments *arguments, const char *option,
			   struct lkl_error *err)
{
	char **options = realloc(arguments->fuse_options,
				 (arguments->n_fuse_options + 1) *
				 sizeof(*options));

	if (!options)
		return error_no_memory(err);
	arguments->fuse_options = options;
	options[arguments->n_fuse_options] = strdup(option);
	if (!options[arguments->n_fuse_options])
		return error_no_memory(err);
	arguments->n_fuse_options++;
	if (mount_option_value(option, "fsname="))
		arguments->names_source = true;
	if (mount_option_value(option, "subtype="))
		arguments->names_subtype = true;
	return 0;
}

/* The length up to the next comma without a backslash. */
static size_t mount_option_length(const char *list)
{
	size_t len = 0;

	while (list[len] && list[len] != ',')
		len += list[len] == '\\' && list[len + 1] ? 2 : 1;
	return len;
}

static void remove_backslashes(char *text)
{
	char *to = text;

	for (; *text; text++) {
		if (*text == '\\' && text[1])
			text++;
		*to++ = *text;
	}
	*to = '\0';
}

/* Values in struct arguments point into these copies. */
struct kept_option {
	struct kept_option *next;
	char text[];
};

static struct kept_option *kept_options;

static char *keep_copy(const char *list, size_t len)
{
	struct kept_option *kept_option =
		malloc(sizeof(*kept_option) + len + 1);

	if (!kept_option)
		return NULL;
	memcpy(kept_option->text, list, len);
	kept_option->text[len] = '\0';
	kept_option->next = kept_options;
	kept_options = kept_option;
	return kept_option->text;
}

static int parse_mount_option(struct arguments *arguments, const char *list,
			      size_t len, const struct option_group *groups,
			      unsigned int n_groups, struct lkl_error *err)
{
	cleanup_free char *written = strndup(list, len);
	char *option = keep_copy(list, len);
	int ret;

	if (!written || !option)
		return error_no_memory(err);
	remove_backslashes(option);
	ret = own_option_set(arguments, option, err);
	if (!ret)
		ret = parse_long_option(option, groups, n_groups, err);
	if (ret < 0)
		return error_prefix(err, ret, "%.*s",
				    (int)strcspn(written, "="), written);
	if (!ret && !is_ignored(option))
		return pass_to_libfuse(arguments, written, err);
	return 0;
}

int mount_options_parse(struct arguments *arguments, const char *list,
			const struct option_group *groups,
			unsigned int n_groups, struct lkl_error *err)
{
	size_t len;
	int ret;

	while (*list) {
		len = mount_option_length(list);
		if (len) {
			ret = parse_mount_option(arguments, list, len, groups,
						 n_groups, err);
			if (ret < 0)
				return ret;
		}
		list += len + (list[len] == ',');
	}
	return 0;
}
