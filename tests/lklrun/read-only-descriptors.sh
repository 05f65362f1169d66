#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# read-only-descriptors.sh - files of --bind-read-only cannot be changed through
# descriptors of them, either.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need busybox mke2fs gcc

make_applets
mkdir host root/host
echo host >host/file
chmod 644 host/file
cat >change.c <<'END'
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#define TRY(call) do {						\
	errno = 0;						\
	if ((call) >= 0 || errno != EROFS)			\
		printf("%s: %d\n", #call, errno);		\
} while (0)

int main(int argc, char **argv)
{
	const struct timespec times[2] = { { 1, 0 }, { 1, 0 } };
	int fd = open("/host/file", O_RDONLY), dir = open("/host", O_RDONLY);
	int flags = FS_NODUMP_FL;
	char path[64];

	if (fd < 0 || dir < 0)
		return 1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	TRY(open(path, O_WRONLY | O_TRUNC));
	TRY(truncate(path, 0));
	TRY(chmod(path, 0600));
	TRY(fchmod(fd, 0600));
	TRY(fchown(fd, getuid(), getgid()));
	TRY(fchownat(fd, "", getuid(), getgid(), AT_EMPTY_PATH));
	TRY(futimens(fd, times));
	TRY(fsetxattr(fd, "user.x", "1", 1, 0));
	TRY(fremovexattr(fd, "user.x"));
	TRY(ioctl(fd, FS_IOC_SETFLAGS, &flags));
	TRY(fchmod(dir, 0700));
	TRY(openat(dir, "new", O_CREAT | O_WRONLY, 0600));
	snprintf(path, sizeof(path), "/proc/self/fd/%d/new", dir);
	TRY(open(path, O_CREAT | O_WRONLY, 0600));
	TRY(mkdir(path, 0700));
	snprintf(path, sizeof(path), "/proc/self/fd/%d/file", dir);
	TRY(open(path, O_WRONLY | O_TRUNC));
	TRY(unlink(path));
	fd = open(path, O_RDONLY);
	if (fd < 0)
		puts("the file cannot be read through the folder");
	/* What was opened for writing before is written; not with Landlock. */
	if (argc > 1 && argv[1][2] == 'v' && write(
		open("/proc/self/fd/1", O_WRONLY | O_APPEND), "end\n", 4) != 4)
		puts("standard output cannot be opened");
	return 0;
}
END
gcc -static -o root/bin/change change.c || skip "no static libc"
make_image ext4 image 32M -d root
stat -c '%a %Y %Z %s' host host/file >before
for mode in --verbose --confine; do
	run_check lklrun -i image $mode --bind-read-only "$PWD/host=/host" -- \
		/bin/change $mode >host.out
	[ $mode = --confine ] || grep -qx end host.out || die "no end"
	! grep -v end host.out >&3 || die "$mode: a call was allowed"
	stat -c '%a %Y %Z %s' host host/file | diff before - >&3 ||
		die "$mode: the host's files have changed"
done

# So are those below the root directory of the host.
run_check lklrun -i image --bind-read-only /=/host -- /bin/sh -c \
	"exec 2>&1; cd /host$PWD/host && exec 5<file 6</host$PWD/host
	echo bad >/proc/self/fd/5; echo bad >/proc/self/fd/6/new; true" >out
[ "$(grep -c 'Read-only file system' out)" = 2 ] || die "$(cat out)"
[ "$(ls host)" = file ] && [ "$(cat host/file)" = host ] || die "it wrote to the host"
# And with --bind they are written.
run_check lklrun -i image --bind "$PWD/host=/host" -- /bin/sh -c \
	'exec 5</host/file 6</host; echo new >/proc/self/fd/5
	echo new >/proc/self/fd/6/new; cat /proc/self/fd/6/file'
[ "$(cat host/new host/file)" = "$(printf 'new\nnew')" ] || die "--bind is not written"
