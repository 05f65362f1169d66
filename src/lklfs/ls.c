// SPDX-License-Identifier: GPL-2.0-only
/*
 * ls.c - lklfs ls: lists directories.
 *
 * The order of names is that of their bytes.  ls-format.c prints.
 */
#include "ls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <lkl.h>

#include "common/copy/job.h"
#include "common/error.h"
#include "common/tree/device.h"
#include "common/tree/directory.h"
#include "common/tree/file-calls.h"
#include "common/tree/path.h"
#include "common/tree/visited.h"
#include "print.h"
#include "run.h"

/* No path of this depth can be used by anyone. */
#define DEPTH_MAX 2000

static const struct option_entry entries[] = {
	{ 'l', "long", NULL, "with permissions, owners, sizes and times" },
	{ 'a', "all", NULL, "also names that begin with a dot" },
	{ 'A', "almost-all", NULL, "the same without . and .." },
	{ 'R', "recursive", NULL, "list subdirectories, too" },
	{ '1', "", NULL, "one name on each line" },
	{ 'd', "directory", NULL, "directories themselves, not their contents" },
	{ 't', "", NULL, "newest first" },
	{ 'S', "", NULL, "largest first" },
	{ 'r', "reverse", NULL, "in the opposite order" },
	{ 'U', "", NULL, "in the order of the directory" },
	{ 'i', "inode", NULL, "with inode numbers" },
	{ 'n', "numeric-uid-gid", NULL, "as -l, with numbers of owners" },
	{ 'h', "human-readable", NULL, "with -l: sizes as 1.5K, 12M" },
	{ 0 }
};

static int handle(int key, const char *argument, void *target,
		  struct lkl_error *err)
{
	struct ls *ls = ((struct run *)target)->options;

	(void)argument;
	(void)err;
	switch (key) {
	case 'n':
		ls->numeric = true;
		ls->is_long = true;
		break;
	case 'l':
		ls->is_long = true;
		break;
	case 'a':
		ls->all = ls->dots = true;
		break;
	case 'A':
		ls->all = true;
		ls->dots = false;
		break;
	case 'R':
		ls->recursive = true;
		break;
	case '1':
		ls->one_per_line = true;
		break;
	case 'd':
		ls->directory = true;
		break;
	case 't':
	case 'S':
	case 'U':
		ls->sort = (char)key;
		break;
	case 'r':
		ls->reverse = true;
		break;
	case 'i':
		ls->inode = true;
		break;
	case 'h':
		ls->human = true;
		break;
	}
	return 0;
}

void ls_list_free(struct ls_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		free(list->at[i].name);
		free(list->at[i].target);
	}
	free(list->at);
	memset(list, 0, sizeof(*list));
}

/* Add an entry.  If there is a problem with it, report that and leave it out. */
static int add_entry(struct run *run, struct ls_list *list, int dir,
		     const char *name, const char *path, bool follow)
{
	struct ls_entry *entry;
	size_t size;
	int ret;

	if (list->n == list->size) {
		size = 2 * list->size + 64;
		entry = realloc(list->at, size * sizeof(*entry));
		if (!entry)
			return -ENOMEM;
		list->at = entry;
		list->size = size;
	}
	entry = &list->at[list->n];
	memset(entry, 0, sizeof(*entry));
	ret = stat_file(dir, name, follow, &entry->st);
	/* A link that leads nowhere is a file, too. */
	if (ret == -ENOENT && follow)
		ret = stat_file(dir, name, false, &entry->st);
	if (ret < 0)
		return run_error(run, path, ret, "cannot stat");
	if (S_ISLNK(entry->st.stx_mode)) {
		ret = read_link(dir, name, &entry->target);
		if (ret < 0)
			ret = run_error(run, path, ret, "cannot read link");
		if (ret < 0)
			return ret;
	}
	entry->name = strdup(name);
	if (!entry->name) {
		free(entry->target);
		return -ENOMEM;
	}
	list->n++;
	return 0;
}

/* qsort() takes no argument. */
static const struct ls *sorted_for;

static int compare_entries(const void *a, const void *b)
{
	const struct ls_entry *x = a, *y = b;
	const struct lkl_statx_timestamp *t = &x->st.stx_mtime,
		*u = &y->st.stx_mtime;
	int ret = 0;

	if (sorted_for->sort == 't')
		ret = t->tv_sec != u->tv_sec ?
			(t->tv_sec < u->tv_sec) - (t->tv_sec > u->tv_sec) :
			(t->tv_nsec < u->tv_nsec) - (t->tv_nsec > u->tv_nsec);
	else if (sorted_for->sort == 'S')
		ret = (x->st.stx_size < y->st.stx_size) -
			(x->st.stx_size > y->st.stx_size);
	if (!ret)
		ret = strcmp(x->name, y->name);
	return sorted_for->reverse ? -ret : ret;
}

static void sort_list(const struct ls *ls, struct ls_list *list)
{
	sorted_for = ls;
	if (ls->sort != 'U' && list->n)
		qsort(list->at, list->n, sizeof(*list->at), compare_entries);
}

/* Takes @fd. */
static int read_directory(struct run *run, int fd, struct path *path,
			  struct ls_list *list)
{
	const struct ls *ls = run->options;
	size_t len = path->len;
	struct directory directory;
	const char *name;
	int ret = 0;

	directory_init(&directory, &image_calls.directory, fd, SORT_NONE);
	if (ls->dots)
		ret = add_entry(run, list, fd, ".", path->text, false);
	if (ls->dots && !ret)
		ret = add_entry(run, list, fd, "..", path->text, false);
	while (!ret) {
		ret = directory_next(&directory, &name);
		if (ret == 0)
			break;
		if (ret < 0) {
			ret = ret == -ENOMEM ? ret :
				run_error(run, path->text, ret,
					  "cannot read directory");
			continue;
		}
		if (*name == '.' && !ls->all) {
			ret = 0;
			continue;
		}
		ret = path_push(path, name);
		if (!ret)
			ret = add_entry(run, list, fd, name, path->text, false);
		path_cut(path, len);
		if (!ret)
			ret = job_interrupted();
	}
	directory_close(&directory);
	return ret;
}

struct listing {
	struct run *run;
	struct path path;
	struct visited visited;
	unsigned int depth;
	bool headers;			/* several directories */
	bool printed;			/* something */
};

static int list_directory(struct listing *listing, int dir, const char *name);

static int list_subdirectories(struct listing *listing, int fd,
			       const struct ls_list *list)
{
	size_t i, len = listing->path.len;
	const struct ls_entry *entry;
	int ret = 0;

	for (i = 0; i < list->n && !ret; i++) {
		entry = &list->at[i];
		if (!S_ISDIR(entry->st.stx_mode) ||
		    !strcmp(entry->name, ".") || !strcmp(entry->name, ".."))
			continue;
		ret = path_push(&listing->path, entry->name);
		if (ret < 0)
			return ret;
		if (listing->depth == DEPTH_MAX)
			ret = run_error(listing->run, listing->path.text, 0,
					"directories are nested too deep");
		else if (!visited_enter(&listing->visited,
					device_of(&entry->st),
					entry->st.stx_ino, false))
			ret = run_error(listing->run, listing->path.text, 0,
					"directory was entered before");
		else
			ret = list_directory(listing, fd, entry->name);
		path_cut(&listing->path, len);
	}
	return ret;
}

/* One directory, and with -R those below it. */
static int list_directory(struct listing *listing, int dir, const char *name)
{
	struct run *run = listing->run;
	const struct ls *ls = run->options;
	struct ls_list list = { 0 };
	int fd, copy, ret;

	fd = (int)lkl_sys_openat(dir, name, LKL_O_RDONLY | LKL_O_DIRECTORY |
				 LKL_O_CLOEXEC, 0);
	if (fd < 0)
		return run_error(run, listing->path.text, fd,
				 "cannot open directory");
	/* The reader closes its descriptor. */
	copy = (int)lkl_sys_fcntl((unsigned int)fd, LKL_F_DUPFD_CLOEXEC, 0);
	ret = copy < 0 ? copy :
		read_directory(run, copy, &listing->path, &list);
	if (!ret) {
		sort_list(ls, &list);
		if (listing->headers)
			ls_print_header(run, listing->path.text,
					listing->printed);
		listing->printed = true;
		ls_print_list(run, listing->path.text, &list, true);
	}
	listing->depth++;
	if (!ret && ls->recursive)
		ret = list_subdirectories(listing, fd, &list);
	listing->depth--;
	ls_list_free(&list);
	lkl_sys_close((unsigned int)fd);
	return ret;
}

/* Like ls: -l and -d show a link, otherwise the file that it leads to. */
static int sort_operands(struct run *run, struct ls_list *files,
			 struct ls_list *directories)
{
	const struct ls *ls = run->options;
	bool follow = !ls->directory && !ls->is_long;
	struct ls_list all = { 0 };
	const char *path;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < run->n_operands && !ret; i++)
		ret = add_entry(run, &all, LKL_AT_FDCWD, run->operands[i],
				run->operands[i], follow);
	if (!ret && !run->n_operands) {
		path = run->in_shell ? "." : "/";
		ret = add_entry(run, &all, LKL_AT_FDCWD, path, path, false);
	}
	sort_list(ls, &all);
	for (i = 0; i < all.n && !ret; i++) {
		struct ls_list *list = !ls->directory &&
			S_ISDIR(all.at[i].st.stx_mode) ? directories : files;

		ret = add_entry(run, list, LKL_AT_FDCWD, all.at[i].name,
				all.at[i].name, follow);
	}
	ls_list_free(&all);
	return ret;
}

static int list_operands(struct run *run, const struct ls_list *files,
			 const struct ls_list *directories)
{
	const struct ls *ls = run->options;
	struct listing listing = {
		.run = run,
		.headers = ls->recursive || run->n_operands > 1,
		.printed = files->n,
	};
	size_t i;
	int ret = 0;

	if (files->n)
		ls_print_list(run, NULL, files, false);
	for (i = 0; i < directories->n && !ret; i++) {
		if (listing.path.text)
			path_cut(&listing.path, 0);
		ret = path_push(&listing.path, directories->at[i].name);
		if (!ret)
			ret = list_directory(&listing, LKL_AT_FDCWD,
					     directories->at[i].name);
	}
	path_free(&listing.path);
	visited_free(&listing.visited);
	return ret;
}

static int run_ls(struct run *run, struct lkl_error *err)
{
	struct ls_list files = { 0 }, directories = { 0 };
	int ret = sort_operands(run, &files, &directories);

	if (!ret)
		ret = list_operands(run, &files, &directories);
	ls_list_free(&files);
	ls_list_free(&directories);
	return ret < 0 ? run_fatal(run, ret, err) : 0;
}

const struct command ls_command = {
	.name = "ls",
	.operands = "IMAGE [PATH]...",
	.summary = "list directories",
	.max = OPERANDS_ANY,
	.entries = entries,
	.handle = handle,
	.options_size = sizeof(struct ls),
	.run = run_ls,
};
