#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tar2fs-layout-confined.sh - libfdisk runs in a process that can open, make or remove
# no file.  Here it is another library that tries.

. "$top_srcdir/tests/helpers/lib.sh"
need "${CC:-gcc}"
is_sanitized && skip "a build with sanitizers has no sandbox"
soname=$(sed -n 's/^#define LIBFDISK_SONAME "\(.*\)"/\1/p' \
	"$top_builddir/config.h")
tar2fs --version | grep -qF +libfdisk || skip "built without libfdisk"
[ "$soname" ] || die "no soname of libfdisk"
tar2fs --version | grep -qF +seccomp || skip "built without seccomp"

# All functions that tar2fs looks for; they do nothing.
sed -n 's/^\tDO(\([a-z_]*\)).*/\1/p' "$top_srcdir/src/tar2fs/layout/table.c" |
	grep -v '^write_disklabel$' >names
[ "$(wc -l <names)" -gt 20 ] || die "few functions"
{
	echo '#include <errno.h>'
	echo '#include <fcntl.h>'
	echo '#include <unistd.h>'
	while read -r name; do
		case $name in
		new_* | get_label | label_*)
			echo "void *fdisk_$name(void) { static int x; return &x; }" ;;
		*)	echo "int fdisk_$name(void) { return 0; }" ;;
		esac
	done <names
	cat <<-EOF
		int fdisk_write_disklabel(void)
		{
			int n = 0;

			n += open("$PWD/secret", O_RDONLY) >= 0;
			n += open("$PWD/made", O_WRONLY | O_CREAT, 0600) >= 0;
			n += !unlink("$PWD/secret");
			n += fork() >= 0;
			/* ENOTNAM, EISNAM */
			return n ? -EISNAM : -ENOTNAM;
		}
	EOF
} >fake.c
mkdir fake
run_check ${CC:-gcc} -shared -fPIC -o "fake/$soname" fake.c
echo x >secret
printf '[Partition]\nType=home\nSizeMaxBytes=1M\n' >disk.conf

refused=$(python3 -c 'import os, errno; print(os.strerror(errno.ENOTNAM))')
done=$(python3 -c 'import os, errno; print(os.strerror(errno.EISNAM))')
run_mustfail 1 "cannot write the partition table: $refused" \
	env LD_LIBRARY_PATH="$PWD/fake:${LD_LIBRARY_PATH-}" tar2fs --layout=disk.conf disk.img
[ ! -e made ] && [ -e secret ] && [ ! -e disk.img ] || die "not confined"
# The library notices it if it is not.
run_mustfail 1 "cannot write the partition table: $done" \
	env LD_LIBRARY_PATH="$PWD/fake:${LD_LIBRARY_PATH-}" tar2fs --no-sandbox --layout=disk.conf \
	disk.img
[ -e made ] || die "the other library does nothing"
