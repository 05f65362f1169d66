// SPDX-License-Identifier: GPL-2.0-only
/*
 * xfs-large-directories.c - vmalloc and vm_map_ram in anger: xfs with
 * directory blocks of 64 KiB, tens of thousands of long names, and extended
 * attributes of 64 KiB, with the default memory and with more.
 */
#include "boot.h"

#define ENTRIES	30000
#define VALUE	65536

static void entry_name(unsigned int i, char name[256])
{
	int n = snprintf(name, 256, "entry-%05u-", i);

	/* Lengths from 100 to 250. */
	memset(name + n, 'a' + (int)(i % 26), 256 - (size_t)n);
	name[100 + i % 151] = '\0';
}

static void make_entries(void)
{
	char name[256];
	unsigned int i;

	for (i = 0; i < ENTRIES; i++) {
		entry_name(i, name);
		if (MUST(lkl_sys_mknodat(LKL_AT_FDCWD, name,
					 LKL_S_IFREG | 0644, 0)) < 0)
			return;
	}
}

static void list_entries(unsigned int step)
{
	static unsigned char seen[ENTRIES];
	static char buf[65536];
	char name[256];
	unsigned int i, found = 0;
	long n, at;
	int fd;

	memset(seen, 0, sizeof(seen));
	fd = (int)MUST(open_file(".", LKL_O_RDONLY | LKL_O_DIRECTORY));
	while ((n = MUST(lkl_sys_getdents64((unsigned int)fd, (void *)buf,
					    sizeof(buf)))) > 0) {
		for (at = 0; at < n;) {
			struct lkl_linux_dirent64 *d = (void *)(buf + at);

			at += d->d_reclen;
			if (d->d_name[0] == '.')
				continue;
			REQUIRE(sscanf(d->d_name, "entry-%u-", &i) == 1 &&
				i < ENTRIES);
			entry_name(i, name);
			CHECK_THAT(!strcmp(name, d->d_name) && !seen[i],
				   "%s is not to be here", d->d_name);
			seen[i] = 1;
			found++;
		}
	}
	OK(lkl_sys_close((unsigned int)fd));
	IS(found, (ENTRIES + step - 1) / step);
	for (i = 0; i < ENTRIES; i++)
		CHECK_THAT(seen[i] == (i % step == 0), "entry %u: %d", i,
			   seen[i]);
}

static void remove_entries(void)
{
	char name[256];
	unsigned int i;

	for (i = 0; i < ENTRIES; i++) {
		entry_name(i, name);
		if (i % 3)
			OK(remove_file(name));
	}
}

static void check_attributes(bool set)
{
	static char value[VALUE], got[VALUE];
	char file[16], name[32];
	unsigned int i, j;

	for (i = 0; i < 8; i++) {
		snprintf(file, sizeof(file), "file-%u", i);
		if (set)
			write_pattern(file, 100, i);
		for (j = 0; j < 3; j++) {
			snprintf(name, sizeof(name), "user.large-%u", j);
			pattern_fill(value, VALUE, i, j * VALUE);
			if (set)
				OK(lkl_sys_setxattr(file, name, value, VALUE,
						    0));
			IS(lkl_sys_getxattr(file, name, got, VALUE), VALUE);
			CHECK_THAT(!memcmp(value, got, VALUE),
				   "%s: %s differs", file, name);
		}
	}
}

static void run(uint64_t memory)
{
	struct mounted m;

	boot(memory);
	mount_image("image", "xfs", 0, NULL, &m);
	MUST(lkl_sys_chdir(m.path));
	MUST(make_dir("directory"));
	MUST(make_dir("attributes"));
	MUST(lkl_sys_chdir("directory"));
	make_entries();
	list_entries(1);
	MUST(lkl_sys_chdir("../attributes"));
	check_attributes(true);
	MUST(lkl_sys_chdir("/"));
	unmount(&m);

	mount_image("image", "xfs", 0, NULL, &m);
	MUST(lkl_sys_chdir(m.path));
	MUST(lkl_sys_chdir("directory"));
	list_entries(1);
	remove_entries();
	list_entries(3);
	MUST(lkl_sys_chdir("../attributes"));
	check_attributes(false);
	MUST(lkl_sys_chdir("/"));
	unmount(&m);
	OK(lkl_halt());
	exit(check_exit());
}

int main(void)
{
	static const uint64_t sizes[] = { 0, 512 * MIB };
	unsigned int i;
	int status;
	pid_t pid;

	need_program("xfs_repair");
	for (i = 0; i < 2; i++) {
		make_image("image", 600 * MIB, "mkfs.xfs -q -n size=65536 $IMAGE");
		fflush(stdout);
		pid = fork();
		REQUIRE(pid >= 0);
		if (!pid)
			run(sizes[i]);
		REQUIRE(waitpid(pid, &status, 0) == pid);
		CHECK_THAT(status == 0, "with %" PRIu64
			   " bytes of memory: status %x", sizes[i], status);
		check_image("image", "xfs_repair -n $IMAGE");
	}
	return check_exit();
}
