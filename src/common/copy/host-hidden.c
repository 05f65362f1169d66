// SPDX-License-Identifier: GPL-2.0-only
/*
 * host-hidden.c - which files have attributes that only the administrator sees.
 *
 * An answer of the guardian consists of records, one for a directory.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "host-hidden.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "host-guardian.h"

/* The kernel's limit for a list. */
#define LIST_MAX	65536

#define ANSWER_MAX	65536
/* Bytes of the names of one directory. */
#define NAMES_MAX	4096
/* Files that the guardian looks at below the directory of the question. */
#define LOOK_AHEAD_MAX	4096
#define DEPTH_MAX	32

/* @len bytes of names follow, each with a zero byte; "." is the directory. */
struct hidden_record {
	uint64_t device, inode;
	uint32_t len;
	uint32_t unknown;		/* any file may have hidden attributes */
};

/* ---- In the guardian ---- */

struct look {
	uint64_t device;
	unsigned int files;		/* looked at so far */
	size_t len;			/* of the answer */
	char answer[ANSWER_MAX];
	char list[LIST_MAX + 1];	/* the attributes of one file */
};

/* Names of subdirectories, each with a zero byte. */
struct subdirectories {
	char *names;
	size_t len, size;
};

/* Namespaces that everybody may list. */
static bool is_listed_for_all(const char *attribute)
{
	return !strncmp(attribute, "user.", strlen("user.")) ||
		!strncmp(attribute, "security.", strlen("security.")) ||
		!strncmp(attribute, "system.", strlen("system."));
}

/* An entry of the current directory. */
static bool has_hidden(struct look *look, const char *name)
{
	ssize_t len = llistxattr(name, look->list, LIST_MAX);
	const char *at;

	look->files++;
	/* Whoever asks for the whole list gets the error. */
	if (len < 0)
		return errno != EOPNOTSUPP && errno != ENOENT;
	look->list[len] = '\0';
	for (at = look->list; at < look->list + len; at += strlen(at) + 1)
		if (!is_listed_for_all(at))
			return true;
	return false;
}

/* Whether it is a directory of the same file system; mounts nothing. */
static bool is_directory(const struct look *look, int dir,
			 const struct dirent *entry)
{
	struct stat st;

	return (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN) &&
		strcmp(entry->d_name, ".") &&
		!fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW |
			 AT_NO_AUTOMOUNT) &&
		S_ISDIR(st.st_mode) && st.st_dev == look->device;
}

/* Without memory the guardian does not look into the directory: no harm. */
static void subdirectories_add(struct subdirectories *below, const char *name)
{
	size_t size = strlen(name) + 1, need = below->len + size;
	char *names;

	if (need > below->size) {
		names = realloc(below->names, 2 * need);
		if (!names)
			return;
		below->names = names;
		below->size = 2 * need;
	}
	memcpy(below->names + below->len, name, size);
	below->len = need;
}

/* Adds the record of @dir, which is the current directory. */
static int look_at_entries(struct look *look, DIR *entries,
			   struct hidden_record *record, bool first,
			   struct subdirectories *below)
{
	char *names = look->answer + look->len + sizeof(*record);
	size_t room = ANSWER_MAX - look->len - sizeof(*record), size;
	const struct dirent *entry;

	if (room > NAMES_MAX)
		room = NAMES_MAX;
	while (errno = 0, (entry = readdir(entries))) {
		if (!strcmp(entry->d_name, ".."))
			continue;
		if (!first && look->files >= LOOK_AHEAD_MAX)
			return -E2BIG;
		if (is_directory(look, dirfd(entries), entry))
			subdirectories_add(below, entry->d_name);
		size = strlen(entry->d_name) + 1;
		if (record->unknown || !has_hidden(look, entry->d_name))
			continue;
		record->unknown = size > room - record->len;
		if (record->unknown)
			continue;
		memcpy(names + record->len, entry->d_name, size);
		record->len += (uint32_t)size;
	}
	if (errno)
		return -errno;
	if (record->unknown)
		record->len = 0;
	memcpy(look->answer + look->len, record, sizeof(*record));
	look->len += sizeof(*record) + record->len;
	return 0;
}

static int look_at_directory(struct look *look, int fd, bool first,
			     struct subdirectories *below)
{
	struct hidden_record record = { 0 };
	struct stat st;
	DIR *entries;
	int ret;

	if (ANSWER_MAX - look->len < sizeof(record) + NAME_MAX) {
		close(fd);
		return -E2BIG;
	}
	entries = fdopendir(fd);
	if (!entries) {
		close(fd);
		return -ENOMEM;
	}
	ret = fstat(fd, &st) < 0 || fchdir(fd) < 0 ? -errno : 0;
	if (!ret) {
		look->device = st.st_dev;
		record.device = st.st_dev;
		record.inode = st.st_ino;
		ret = look_at_entries(look, entries, &record, first, below);
	}
	closedir(entries);
	return ret;
}

/* The first error ends it: the copy asks for the rest when it gets there. */
static int look_into(struct look *look, int dir, const char *name,
		     unsigned int depth)
{
	cleanup_close int here = openat(dir, name, O_RDONLY | O_DIRECTORY |
					O_NOFOLLOW | O_CLOEXEC);
	struct subdirectories below = { 0 };
	int fd, ret;
	size_t at;

	/* The position of @dir may be the asker's. */
	fd = here < 0 ? -1 : openat(here, ".", O_RDONLY | O_DIRECTORY |
				    O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = look_at_directory(look, fd, !depth, &below);
	for (at = 0; !ret && depth < DEPTH_MAX && at < below.len;
	     at += strlen(below.names + at) + 1)
		ret = look_into(look, here, below.names + at, depth + 1);
	free(below.names);
	return ret;
}

int hidden_names_list(int dir, struct guardian_answer *ret_answer)
{
	cleanup_free struct look *look = malloc(sizeof(*look));
	int ret;

	if (!look)
		return -ENOMEM;
	look->files = 0;
	look->len = 0;
	ret = look_into(look, dir, ".", 0);
	if (!look->len)
		return ret < 0 ? ret : -EIO;
	ret_answer->data = malloc(look->len);
	if (!ret_answer->data)
		return -ENOMEM;
	memcpy(ret_answer->data, look->answer, look->len);
	ret_answer->size = look->len;
	return 0;
}

/* ---- In the process that asks ---- */

struct known_directory {
	uint64_t device, inode;
	bool used, unknown;
	size_t len;
	char *names;			/* NULL if @len is 0 */
};

/* More directories than this are forgotten, and asked for again. */
#define KNOWN_MAX 32768

/* A hash table with open addressing, of @known_size, a power of two. */
static struct known_directory *known;
static size_t known_size, known_count;

/* The slot of the directory, or the free one where it belongs. */
static struct known_directory *known_slot(uint64_t device, uint64_t inode)
{
	size_t at = (size_t)((inode ^ device << 32) * 0x9e3779b97f4a7c15ull >>
			     20) & (known_size - 1);

	while (known[at].used && (known[at].inode != inode ||
				  known[at].device != device))
		at = (at + 1) & (known_size - 1);
	return &known[at];
}

static void forget_all(void)
{
	size_t i;

	for (i = 0; i < known_size; i++)
		free(known[i].names);
	if (known)
		memset(known, 0, known_size * sizeof(*known));
	known_count = 0;
}

static bool known_prepare(void)
{
	if (!known) {
		known = calloc(2 * KNOWN_MAX, sizeof(*known));
		known_size = known ? 2 * KNOWN_MAX : 0;
	}
	if (known_count == KNOWN_MAX)
		forget_all();
	return known;
}

static void remember(const struct hidden_record *record, const char *names)
{
	struct known_directory *directory;

	if (!known_prepare())
		return;
	directory = known_slot(record->device, record->inode);
	known_count += !directory->used;
	free(directory->names);
	*directory = (struct known_directory){
		.device = record->device, .inode = record->inode,
		.used = true, .unknown = record->unknown,
	};
	if (!record->len)
		return;
	directory->names = malloc(record->len);
	directory->unknown = !directory->names;
	if (directory->unknown)
		return;
	memcpy(directory->names, names, record->len);
	directory->len = record->len;
}

static const struct known_directory *find_known(const struct stat *st)
{
	const struct known_directory *directory = !known ? NULL :
		known_slot(st->st_dev, st->st_ino);

	return directory && directory->used ? directory : NULL;
}

static void ask_about(int dir, const struct stat *st)
{
	const struct host_request request = {
		.call = HOST_HIDDEN_NAMES, .file = { .fd = dir },
	};
	struct hidden_record record = {
		.device = st->st_dev, .inode = st->st_ino, .unknown = true,
	};
	cleanup_free char *answer = malloc(ANSWER_MAX);
	long len = !answer ? -ENOMEM :
		host_guardian_call(&request, answer, ANSWER_MAX);
	const char *at = answer;

	/* It has an answer in any case: nobody asks for it again. */
	remember(&record, NULL);
	while (len >= (long)sizeof(record)) {
		memcpy(&record, at, sizeof(record));
		at += sizeof(record);
		len -= (long)sizeof(record);
		if (record.len > len || (record.len && at[record.len - 1]))
			return;
		remember(&record, at);
		at += record.len;
		len -= record.len;
	}
}

static bool is_among(const struct known_directory *directory, const char *name)
{
	const char *at;

	if (directory->unknown)
		return true;
	for (at = directory->names; at < directory->names + directory->len;
	     at += strlen(at) + 1)
		if (!strcmp(at, name))
			return true;
	return false;
}

bool hidden_may_be_in(int dir, const char *name)
{
	const struct known_directory *directory;
	struct stat st;

	if (fstat(dir, &st) < 0)
		return true;
	directory = find_known(&st);
	if (!directory) {
		ask_about(dir, &st);
		directory = find_known(&st);
	}
	return !directory || is_among(directory, name);
}

bool hidden_may_be_of(int fd)
{
	const struct known_directory *directory;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return true;
	directory = find_known(&st);
	return !directory || is_among(directory, ".");
}
