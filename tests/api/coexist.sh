#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# All installed headers live in one file with the host's: with those of the C
# library and with the host's own copies of the same kernel headers (which do
# not all live with each other), before and after them.

set -eu
cc=${CC:-gcc}
cxx=${CXX:-g++}
include=$top_builddir/include

command -v ${cxx%% *} >/dev/null || {
	echo "skip: no C++ compiler: $cxx"
	exit 77
}

(cd "$include" && find lkl -name '*.h' ! -path 'lkl/asm-generic/*') |
	sort | sed 's/.*/#include <&>/' >ours
# This one includes headers of the C library, which do not live with the
# host's kernel headers.
echo '#include <lkl.h>' >main

cat >libc <<'END'
#include <aio.h>
#include <arpa/inet.h>
#include <assert.h>
#include <byteswap.h>
#include <ctype.h>
#include <dirent.h>
#include <dlfcn.h>
#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <getopt.h>
#include <glob.h>
#include <grp.h>
#include <inttypes.h>
#include <langinfo.h>
#include <limits.h>
#include <linux/limits.h>
#include <locale.h>
#include <math.h>
#include <mntent.h>
#include <mqueue.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <regex.h>
#include <sched.h>
#include <search.h>
#include <semaphore.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/acct.h>
#include <sys/auxv.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/mtio.h>
#include <sys/param.h>
#include <sys/personality.h>
#include <sys/poll.h>
#include <sys/prctl.h>
#include <sys/procfs.h>
#include <sys/ptrace.h>
#include <sys/quota.h>
#include <sys/random.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/times.h>
#include <sys/timex.h>
#include <sys/types.h>
#include <sys/ucontext.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/user.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <syslog.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>
#include <wchar.h>
END

flags=(-D_GNU_SOURCE -Wall -Werror -fsyntax-only -I"$include"
	-I"$top_srcdir/lkl/include")

# compile LANGUAGE FILE - c or c++
compile() {
	case $1 in
	c) $cc -std=gnu11 "${flags[@]}" -x c "$2" ;;
	c++) $cxx -std=gnu++17 "${flags[@]}" -x c++ "$2" ;;
	esac
}

# The headers that the host's kernel and ours have in common, as the compiler
# finds them.  On some of them <sys/ioctl.h> and <linux/termios.h> meet.
# Some releases use __always_inline without <linux/stddef.h>: it goes first.
# Some have a header that is no C++: the parameter "class" of 6.1.192's ioprio.h.
{ echo linux/stddef.h; sed -n 's|^#include <lkl/\(.*\)>|\1|p' ours; } |
	grep '^\(linux\|asm\)/' >names
for language in c c++; do
	while read -r name; do
		printf '#include <%s>\n' linux/stddef.h "$name" >source
		if compile $language source 2>/dev/null; then
			echo "#include <$name>"
		fi
	done <names >kernel-$language
	echo "$(wc -l <kernel-$language) of $(wc -l <names) headers of the host are $language"
	[ "$(wc -l <kernel-$language)" -gt $(($(wc -l <names) * 3 / 4)) ]
done

# Both sides can be used, and are different things.
cat >use <<'END'
int use(struct stat *host, struct lkl_stat *ours);
int use(struct stat *host, struct lkl_stat *ours)
{
	host->st_mtime = O_RDONLY | S_IFDIR;
	ours->lkl_st_mtime = LKL_O_RDONLY | LKL_S_IFDIR;
	return lkl_sys_newfstatat(LKL_AT_FDCWD, "/", ours, 0) ||
		lkl_libc_fstat(0, ours);
}
END

check() {
	local what=$1 language

	shift
	for language in c c++; do
		cat "${@/%kernel/kernel-$language}" >source
		compile $language source || {
			echo "failed: $what"
			exit 1
		}
	done
	echo "passed: $what"
}

check 'C library, then ours' libc main ours use
check 'ours, then C library' main ours libc use
check "host's kernel headers, then ours" kernel ours
check "ours, then host's kernel headers" ours kernel
