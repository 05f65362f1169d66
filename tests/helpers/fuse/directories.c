// SPDX-License-Identifier: GPL-2.0-only
/*
 * directories.c - reading large directories and directories that change.
 *
 * Usage: directories DIRECTORY [ENTRIES]
 */
#include "semantics.h"

#include <dirent.h>

static int entries = 5000;

static void make_entries(const char *dir, int n)
{
	char path[64];
	int i;

	MUST(mkdir(dir, 0755));
	for (i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/entry-%d", dir, i);
		close((int)MUST(open(path, O_WRONLY | O_CREAT | O_EXCL,
				     0644)));
	}
}

/* Number of an entry, -1 for dot and dot dot, -2 for what is not ours. */
static int number(const char *name)
{
	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return -1;
	return strncmp(name, "entry-", 6) ? -2 : atoi(name + 6);
}

static void types(void)
{
	struct dirent *entry;
	int wrong_type = 0, wrong_ino = 0, n = 0;
	struct stat st;
	DIR *dir;

	MUST(mkdir("d", 0755) | mkdir("d/dir", 0755));
	touch("d/reg");
	MUST(symlink("x", "d/lnk") | mkfifo("d/fifo", 0600));
	dir = opendir("d");
	while ((entry = readdir(dir))) {
		n++;
		MUST(fstatat(dirfd(dir), entry->d_name, &st,
			     AT_SYMLINK_NOFOLLOW));
		if (entry->d_type != DT_UNKNOWN &&
		    entry->d_type != IFTODT(st.st_mode))
			wrong_type++;
		if (strcmp(entry->d_name, "..") && entry->d_ino != st.st_ino)
			wrong_ino++;
	}
	closedir(dir);
	TRY("readdir: entries", n);
	TRY("readdir: wrong types", wrong_type);
	TRY("readdir: wrong inode numbers", wrong_ino);
	MUST(system("rm -rf d"));
}

/* Each entry once, whatever else happens to others of them. */
static void all_once(const char *name, DIR *dir, const char *removed)
{
	int missing = 0, twice = 0, other = 0, i;
	char *seen = calloc(1, (size_t)entries);
	struct dirent *entry;

	while ((entry = readdir(dir))) {
		i = number(entry->d_name);
		if (i == -1)
			continue;
		if (i < 0 || i >= entries)
			other++;
		else if (seen[i]++)
			twice++;
	}
	for (i = 0; i < entries; i++)
		if (!seen[i] && !(removed && removed[i]))
			missing++;
	printf("%s: %d missing, %d twice, %d others\n", name, missing, twice,
	       other);
	free(seen);
}

static void large(void)
{
	DIR *dir;

	make_entries("many", entries);
	dir = opendir("many");
	all_once("large", dir, NULL);
	rewinddir(dir);
	all_once("large: again", dir, NULL);
	closedir(dir);
}

/* Positions stay good while other entries come and go. */
static void positions(void)
{
	char *removed = calloc(1, (size_t)entries), path[64];
	int at_first = 0, at_middle = -1, i, got;
	long first, middle = 0;
	struct dirent *entry;
	DIR *dir = opendir("many");

	first = telldir(dir);
	for (i = 0; i < entries / 2; i++)
		MUST(readdir(dir) ? 0 : -1);
	middle = telldir(dir);
	while ((entry = readdir(dir)) && (at_middle = number(entry->d_name)) < 0)
		middle = telldir(dir);
	/* All but that one entry. */
	for (i = 0; i < entries; i += 2) {
		if (i == at_middle)
			continue;
		snprintf(path, sizeof(path), "many/entry-%d", i);
		MUST(unlink(path));
		removed[i] = 1;
	}
	for (i = 0; i < 100; i++) {
		snprintf(path, sizeof(path), "many/entry-%d", entries + i);
		close((int)MUST(open(path, O_WRONLY | O_CREAT, 0644)));
		MUST(unlink(path));
	}
	seekdir(dir, middle);
	entry = readdir(dir);
	got = entry ? number(entry->d_name) : -3;
	TRY("position: the same entry", got == at_middle);
	seekdir(dir, first);
	at_first = 0;
	while (readdir(dir))
		at_first++;
	/*
	 * Entries that were removed since the first reading may turn up once
	 * more; all others must.
	 */
	TRY("position: all that is left", at_first >= entries / 2);
	closedir(dir);
	dir = opendir("many");
	all_once("half removed", dir, removed);
	closedir(dir);
	free(removed);
}

/* rm -rf in the way of some: removing while reading. */
static void removing(void)
{
	struct dirent *entry;
	int n = 0;
	DIR *dir = opendir("many");

	while ((entry = readdir(dir)))
		if (number(entry->d_name) >= 0 &&
		    !unlinkat(dirfd(dir), entry->d_name, 0))
			n++;
	closedir(dir);
	TRY("remove while reading", rmdir("many"));
	TRY("removed", n >= entries / 2 && n <= entries);
}

static void changes(void)
{
	DIR *dir;
	int n = 0;

	make_entries("d", 10);
	dir = opendir("d");
	while (readdir(dir))
		n++;
	TRY("changes: before", n);
	touch("d/another");
	MUST(unlink("d/entry-3") | unlink("d/entry-4"));
	rewinddir(dir);
	n = 0;
	while (readdir(dir))
		n++;
	TRY("changes: after rewinddir", n);
	closedir(dir);
	MUST(system("rm -rf d"));
}

static void deep(void)
{
	int i, n = 0;

	for (i = 0; i < 200; i++)
		if (mkdir("down", 0755) || chdir("down"))
			break;
		else
			n++;
	TRY("deep: down", n);
	touch("bottom");
	for (i = 0; i < n; i++)
		MUST(chdir(".."));
	TRY("deep: removed", WEXITSTATUS(system("rm -rf down")));
}

int main(int argc, char **argv)
{
	semantics_begin(argc, argv);
	if (argc > 2)
		entries = atoi(argv[2]);
	types();
	large();
	positions();
	removing();
	changes();
	deep();
	return semantics_end();
}
