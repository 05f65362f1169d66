// SPDX-License-Identifier: GPL-2.0-only
/*
 * mount-options.c - mount options: what is behind -o, and in fstab.
 *
 * In this order: those of suboptions-own.c; any long option of the program;
 * those that only mount(8) and systemd care about; the rest goes to libfuse,
 * which refuses what it does not know.
 */
#include "mount-options.h"

#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/error.h"

const char suboptions_help[] =
"Mount options (-o):\n"
"  any long option above, without its dashes: type=ext4,partition=1\n"
"  ro                       the image is not written to\n"
"  part=N, mb=N, opts=LIST  partition, MiB of memory, options of the file\n"
"                           system (commas in them as \\,)\n"
"  lock=FILE                refuse unless FILE can be locked\n"
"  allow_other, allow_root, fsname=, subtype=, nodev, nosuid, ...\n"
"                           as with all FUSE file systems\n"
"What the host caches and asks for is on by default; turn it off with\n"
"  no_writeback_cache no_keep_cache no_cache_readdir no_cache_symlinks\n"
"  no_parallel_dirops no_atomic_o_trunc no_async_dio no_async_read\n"
"  no_posix_acl no_killpriv no_export, readdirplus=no (or yes, auto),\n"
"  or no_cache for all that is cached; and\n"
"  entry_timeout=, negative_timeout=, attr_timeout=   in seconds\n"
"  max_write=, max_readahead=, max_background=, congestion_threshold=\n"
"\n"
"The exit status is 0 if the file system is mounted and answers (with -f:\n"
"if it was unmounted and all is in the image), 1 if not, 2 if the command\n"
"line is wrong.";

/*
 * For mount(8) and systemd; and what other daemons offer and we do anyway
 * (clones of the device, unmounting when it dies), or never.
 */
static const char *const ignored[] = {
	"defaults", "auto", "noauto", "user", "users", "nouser", "owner",
	"group", "nofail", "_netdev", "user=", "comment=", "x-", "loop",
	"clone_fd", "no_clone_fd", "max_idle_threads=", "auto_unmount",
	"default_permissions", "nonempty", "splice_read", "no_splice_read",
	"splice_write", "no_splice_write", "splice_move", "no_splice_move",
	"no_remote_lock", "no_remote_flock", "no_remote_posix_lock",
	"no_auto_inval_data", "sync_read", "subtype=fuse.",
};

const char *suboption_match(const char *option, const char *name)
{
	size_t len = strlen(name);

	if (strncmp(option, name, len))
		return NULL;
	if (name[len - 1] != '=' && option[len])
		return NULL;
	return option + len;
}

#define N(array) (sizeof(array) / sizeof(*(array)))

/* 1 if it is the name of a long option, 0 if not. */
static int parse_long(const char *option, const struct option_group *groups,
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
			    !entry->argument != !option[len])
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

	for (i = 0; i < N(ignored); i++)
		if (suboption_match(option, ignored[i]) ||
		    !strncmp(option, "x-", 2))
			return true;
	return false;
}

/* @option is as it was written, with its backslashes. */
static int give_libfuse(struct arguments *arguments, const char *option,
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
	if (suboption_match(option, "fsname="))
		arguments->names_source = true;
	if (suboption_match(option, "subtype="))
		arguments->names_subtype = true;
	return 0;
}

/* Up to the next comma that has no backslash in front of it. */
static size_t option_length(const char *list)
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

/* What is remembered of options points into them. */
struct kept {
	struct kept *next;
	char text[];
};

static struct kept *all_kept;

static char *keep(const char *list, size_t len)
{
	struct kept *kept = malloc(sizeof(*kept) + len + 1);

	if (!kept)
		return NULL;
	memcpy(kept->text, list, len);
	kept->text[len] = '\0';
	kept->next = all_kept;
	all_kept = kept;
	return kept->text;
}

static int parse_one(struct arguments *arguments, const char *list,
		     size_t len, const struct option_group *groups,
		     unsigned int n_groups, struct lkl_error *err)
{
	cleanup_free char *written = strndup(list, len);
	char *option = keep(list, len);
	int ret;

	if (!written || !option)
		return error_no_memory(err);
	remove_backslashes(option);
	ret = suboption_set(arguments, option, err);
	if (!ret)
		ret = parse_long(option, groups, n_groups, err);
	if (ret < 0)
		return error_prefix(err, ret, "%.*s",
				    (int)strcspn(written, "="), written);
	if (!ret && !is_ignored(option))
		return give_libfuse(arguments, written, err);
	return 0;
}

int suboptions_parse(struct arguments *arguments, const char *list,
		     const struct option_group *groups, unsigned int n_groups,
		     struct lkl_error *err)
{
	size_t len;
	int ret;

	while (*list) {
		len = option_length(list);
		if (len) {
			ret = parse_one(arguments, list, len, groups, n_groups,
					err);
			if (ret < 0)
				return ret;
		}
		list += len + (list[len] == ',');
	}
	return 0;
}
