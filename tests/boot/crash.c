// SPDX-License-Identifier: GPL-2.0-only
/*
 * crash.c - data that fsync() acknowledged is in the image after the process
 * was killed.
 */
#include <signal.h>

#include "boot.h"

#define SIZE 20000

/* The image that was made becomes one that grows. */
#define TO_QCOW2							\
	" && qemu-img convert -f raw -O qcow2 $IMAGE $IMAGE.new"	\
	" && mv $IMAGE.new $IMAGE"
/* Leaks are nothing that is lost. */
#define FROM_QCOW2							\
	"qemu-img check -q $IMAGE || [ $? = 3 ] && "			\
	"qemu-img convert -f qcow2 -O raw $IMAGE $IMAGE.new && "	\
	"mv $IMAGE.new $IMAGE && "

static const struct {
	const char *name;
	const char *type;
	off_t size;
	const char *mkfs;
	const char *fsck;
} list[] = {
	{ "ext4", "ext4", 64 * MIB, "mke2fs -q -t ext4 $IMAGE",
	  "e2fsck -fn $IMAGE" },
	{ "xfs", "xfs", 320 * MIB, "mkfs.xfs -q $IMAGE", "xfs_repair -n $IMAGE" },
	{ "btrfs", "btrfs", 128 * MIB, "mkfs.btrfs -q $IMAGE",
	  "btrfs check --readonly $IMAGE" },
	{ "ext4-qcow2", "ext4", 64 * MIB, "mke2fs -q -t ext4 $IMAGE" TO_QCOW2,
	  FROM_QCOW2 "e2fsck -fn $IMAGE" },
	{ "btrfs-qcow2", "btrfs", 128 * MIB, "mkfs.btrfs -q $IMAGE" TO_QCOW2,
	  FROM_QCOW2 "btrfs check --readonly $IMAGE" },
};

#define N	(sizeof(list) / sizeof(*list))

static void file_name(const struct mounted *m, unsigned int i, char name[96])
{
	snprintf(name, 96, "%s/file-%u", m->path, i);
}

/* Files, for ever; the number of each goes to @report once it is safe. */
static void write_files(const char *image, const char *type, int report)
{
	static char buf[SIZE];
	struct mounted m;
	char name[96];
	unsigned int i;
	int fd, dir;

	boot(0);
	mount_image(image, type, 0, NULL, &m);
	dir = (int)MUST(open_file(m.path, LKL_O_RDONLY | LKL_O_DIRECTORY));
	for (i = 0;; i++) {
		file_name(&m, i, name);
		fd = (int)MUST(open_file(name, LKL_O_WRONLY | LKL_O_CREAT));
		pattern_fill(buf, sizeof(buf), i, 0);
		IS(lkl_sys_write((unsigned int)fd, buf, sizeof(buf)),
		   sizeof(buf));
		MUST(lkl_sys_fsync((unsigned int)fd));
		MUST(lkl_sys_fsync((unsigned int)dir));
		OK(lkl_sys_close((unsigned int)fd));
		if (write(report, &i, sizeof(i)) != sizeof(i))
			exit(1);
	}
}

/* How many files a process came to write before it was killed. */
static unsigned int run_and_kill(const char *image, const char *type)
{
	unsigned int number, count = 0, wanted;
	int fds[2];
	pid_t pid;

	fflush(stdout);
	REQUIRE(!pipe(fds));
	pid = fork();
	REQUIRE(pid >= 0);
	if (!pid)
		write_files(image, type, fds[1]);
	close(fds[1]);
	/* Anywhere in its work, after some of it. */
	wanted = 2 + (unsigned int)(pattern_word((uint64_t)pid, 0) % 40);
	while (count < wanted &&
	       read(fds[0], &number, sizeof(number)) == sizeof(number))
		CHECK(number == count++);
	CHECK(count == wanted);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	while (read(fds[0], &number, sizeof(number)) == sizeof(number))
		CHECK(number == count++);
	close(fds[0]);
	printf("# %s: %u files\n", image, count);
	return count;
}

int main(void)
{
	unsigned int counts[N], i, j;
	struct mounted m;
	char name[96];

	for (i = 0; i < N; i++) {
		make_image(list[i].name, list[i].size, list[i].mkfs);
		need_program(list[i].fsck);
		counts[i] = run_and_kill(list[i].name, list[i].type);
		/* Or nothing was tested. */
		CHECK(counts[i] > 1);
	}
	boot(0);
	for (i = 0; i < N; i++) {
		mount_image(list[i].name, list[i].type, 0, NULL, &m);
		for (j = 0; j < counts[i]; j++) {
			file_name(&m, j, name);
			check_pattern(name, SIZE, j);
		}
		unmount(&m);
	}
	OK(lkl_halt());
	for (i = 0; i < N; i++)
		check_image(list[i].name, list[i].fsck);
	return check_exit();
}
