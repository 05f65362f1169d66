// SPDX-License-Identifier: GPL-2.0-only
/*
 * suboptions-own.c - the mount options that are lklfuse's own.
 */
#include "mount-options.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/cli/parse.h"

struct suboption {
	const char *name;	/* with '=' if it takes a value */
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

static int set_debug(struct arguments *arguments, const char *value,
		     struct lkl_error *err)
{
	(void)value;
	(void)err;
	arguments->foreground = arguments->debug = true;
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

static const struct suboption suboptions[] = {
	{ "part=", set_partition },
	{ "mb=", set_mb },
	{ "opts=", set_opts },
	{ "lock=", set_lock },
	{ "ro", set_ro },
	{ "rw", set_rw },
	{ "debug", set_debug },
	{ "max_threads=", set_threads },
	{ "readdirplus=", set_readdirplus },
	{ "no_cache", set_no_cache },
};

/* NAME and no_NAME. */
static const struct {
	const char *name;
	size_t offset;
} switches[] = {
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
} timeouts[] = {
	{ "entry_timeout=", offsetof(struct caching, entry_timeout) },
	{ "attr_timeout=", offsetof(struct caching, attr_timeout) },
	{ "negative_timeout=", offsetof(struct caching, negative_timeout) },
};

static const struct {
	const char *name;
	size_t offset;
} sizes[] = {
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

#define N(array) (sizeof(array) / sizeof(*(array)))

int suboption_set(struct arguments *arguments, const char *option,
		  struct lkl_error *err)
{
	char *caching = (char *)&arguments->caching;
	const char *value, *name;
	uint64_t number;
	unsigned int i;
	bool on;
	int ret;

	for (i = 0; i < N(suboptions); i++) {
		value = suboption_match(option, suboptions[i].name);
		if (!value)
			continue;
		ret = suboptions[i].handle(arguments, value, err);
		return ret < 0 ? ret : 1;
	}
	on = strncmp(option, "no_", 3);
	name = on ? option : option + 3;
	for (i = 0; i < N(switches); i++) {
		if (!suboption_match(name, switches[i].name))
			continue;
		*(bool *)(caching + switches[i].offset) = on;
		return 1;
	}
	for (i = 0; i < N(timeouts); i++) {
		value = suboption_match(option, timeouts[i].name);
		if (!value)
			continue;
		ret = parse_seconds(value, (double *)(void *)
				    (caching + timeouts[i].offset), err);
		return ret < 0 ? ret : 1;
	}
	for (i = 0; i < N(sizes); i++) {
		value = suboption_match(option, sizes[i].name);
		if (!value)
			continue;
		ret = parse_number(value, 1u << 30, &number, err);
		if (ret < 0)
			return ret;
		*(unsigned int *)(void *)(caching + sizes[i].offset) =
			(unsigned int)number;
		return 1;
	}
	return 0;
}
