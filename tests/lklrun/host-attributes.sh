#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# host-attributes.sh - extended attributes of files and folders of the host.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need getfattr setfattr mke2fs python3

mkdir -p root host/folder host/hidden
echo text >host/file
ln -s file host/link
ln -s nowhere host/broken
mkfifo host/fifo
setfattr -n user.color -v red host/file 2>stderr ||
	skip "no extended attributes here: $(cat stderr)"
setfattr -n user.color -v blue host/folder
setfattr -n user.color -v grey host/hidden
setfattr -n user.color -v black host
chmod 300 host/hidden
make_image ext4 image 32M -d root

cat >job.py <<'EOF'
import errno, os

def result(call, *args, **kwargs):
    try:
        return call(*args, **kwargs)
    except OSError as error:
        return errno.errorcode[error.errno]

for path in ".", "file", "link", "folder":
    print(path, result(os.listxattr, path),
          result(os.getxattr, path, "user.color"))
print(result(os.getxattr, "folder/", "user.color"))
print(result(os.getxattr, "file/", "user.color"))
print(result(os.listxattr, "hidden"))
print(result(os.listxattr, "link", follow_symlinks=False))
print(result(os.listxattr, "broken", follow_symlinks=False))
print(result(os.listxattr, "broken"))
print(result(os.listxattr, "fifo"))
print(result(os.setxattr, "file", "user.size", b"5"))
print(result(os.setxattr, ".", "user.size", b"6"))
print(result(os.removexattr, "link", "user.color"))
EOF
sed -i "1i import os; os.chdir('/mnt/shared')" job.py

# expect SET REMOVE
expect() {
	printf '%s\n' ". ['user.color'] b'black'" "file ['user.color'] b'red'" \
		"link ['user.color'] b'red'" "folder ['user.color'] b'blue'" \
		"b'blue'" ENOTDIR "['user.color']" '[]' '[]' ENOENT '[]' \
		"$1" "$1" "$2"
}

run_check lklrun -i image --at=/mnt --bind-read-only "$PWD/host=/mnt/shared" \
	-- python3 "$PWD/job.py" >out
check_text out "$(expect EROFS EROFS)"
run_check lklrun -i image --at=/mnt --bind "$PWD/host=/mnt/shared" -- \
	python3 "$PWD/job.py" >out
check_text out "$(expect None None)"
getfattr -d host host/file | grep -v '^#' | sed '/^$/d' >out
check_text out "$(printf '%s\n' 'user.color="black"' 'user.size="6"' \
	'user.size="5"')"

# ls asks for them.
run_check lklrun -i image --at=/mnt --bind "$PWD/host=/mnt/shared" -- \
	ls -l /mnt/shared >out 2>stderr
[ ! -s stderr ] || die "$(cat stderr)"
