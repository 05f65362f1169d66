#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# host-race.sh - while somebody on the host replaces a folder of --bind by a link again
# and again, the program reaches nothing behind that link.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need mke2fs "$CC"

cat >swap.c <<'END'
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>

/* swap A B... - exchange each pair for ever */
int main(int argc, char **argv)
{
	int i;

	for (;;)
		for (i = 1; i + 1 < argc; i += 2)
			if (renameat2(AT_FDCWD, argv[i], AT_FDCWD, argv[i + 1],
				      RENAME_EXCHANGE)) {
				perror("swap");
				return 1;
			}
}
END
cat >job.c <<'END'
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#define OUTSIDE	"outside"	/* what is in the files there */

static unsigned int successes;

static int count(int ret)
{
	successes += ret >= 0;
	return ret;
}

static void check_file(const char *what, int fd)
{
	char text[sizeof(OUTSIDE)] = "";

	if (fd < 0)
		return;
	if (read(fd, text, sizeof(text) - 1) > 0 && !strcmp(text, OUTSIDE))
		printf("%s reaches a file outside\n", what);
	close(fd);
}

static void bind_socket(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(address.sun_path, path);
	count(bind(fd, (struct sockaddr *)&address, sizeof(address)));
	close(fd);
	unlink(path);
}

/* Calls on a file that is there, and may be outside. */
static void use_file(const char *path)
{
	const struct timespec times[2] = { { 1, 0 }, { 1, 0 } };
	char value[32];
	struct stat st;

	count(chmod(path, 0700));
	count(utimensat(AT_FDCWD, path, times, 0));
	count(truncate(path, 100));
	setxattr(path, "user.new", "x", 1, 0);
	if (getxattr(path, "user.outside", value, sizeof(value)) >= 0)
		puts("getxattr reaches a file outside");
	if (!count(stat(path, &st)) && st.st_size == sizeof(OUTSIDE) - 1)
		puts("stat reaches a file outside");
	check_file("open", count(open(path, O_RDONLY)));
	check_file("O_CREAT", open(path, O_RDWR | O_CREAT, 0600));
}

static void use_folder(const char *folder)
{
	char path[4][100];
	const char *const names[4] = { "new", "gone", "newer", "link" };
	char target[32];
	int i;

	for (i = 0; i < 4; i++)
		snprintf(path[i], sizeof(path[i]), "%s/%s", folder, names[i]);
	count(mkdir(path[0], 0755));
	rmdir(path[0]);
	/* A fifo may be left there. */
	close(open(path[0], O_RDWR | O_CREAT | O_NONBLOCK, 0600));
	count(rename(path[0], path[2]));
	unlink(path[0]);
	unlink(path[2]);
	count(symlink("nowhere", path[0]));
	unlink(path[0]);
	count(mkfifo(path[0], 0600));
	unlink(path[0]);
	bind_socket(path[0]);
	unlink(path[1]);
	if (!access(path[1], F_OK))
		puts("access reaches a file outside");
	if (readlink(path[3], target, sizeof(target)) > 0)
		puts("readlink reaches a link outside");
	snprintf(path[0], sizeof(path[0]), "%s/file", folder);
	snprintf(path[1], sizeof(path[1]), "%s/../linked", folder);
	if (!count(link(path[0], path[1])))
		check_file("link", open(path[1], O_RDONLY));
	unlink(path[1]);
}

int main(int argc, char **argv)
{
	char path[2][100];
	int i;

	if (argc != 2)
		return 2;
	snprintf(path[0], sizeof(path[0]), "%s/folder", argv[1]);
	snprintf(path[1], sizeof(path[1]), "%s/folder/file", argv[1]);
	for (i = 0; i < 2000; i++) {
		use_file(path[1]);
		use_folder(path[0]);
		snprintf(path[1], sizeof(path[1]), i % 2 ? "%s/folder/file" :
			 "%s/file", argv[1]);
	}
	return successes < 2000;
}
END
run_check $CC -O1 -o swap swap.c
run_check $CC -O1 -o job job.c
mkdir -p bound/folder outside
for file in bound/folder/file bound/file; do
	echo "a longer text" >$file
done
for file in file gone; do
	echo -n outside >outside/$file
	setfattr -n user.outside -v x outside/$file 2>/dev/null
done
ln -s nowhere outside/link
ln -s ../outside bound/trap
ln -s ../outside/file bound/trap-file
look() {
	(cd outside && stat -c '%n %a %s %y %h' * && cat file gone &&
		getfattr -d * 2>/dev/null)
}
look >before
make_user_image image 16M
./swap bound/folder bound/trap bound/file bound/trap-file 2>&3 &
swap=$!
trap 'kill $swap 2>/dev/null' EXIT
run_check timeout 300 lklrun -i image --at=/mnt --bind "$PWD/bound=/mnt/bound" -- \
	./job /mnt/bound >out
kill $swap || die "nobody swapped"
wait $swap
look >after
diff before after >&3 || die "files outside have changed"
sort out | uniq -c >&3
[ ! -s out ] || die "$(sort -u out)"
