#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# lklfs-sftp-paramiko.sh - a client library that knows nothing of our extensions
# reads and writes an image through a socket.

. "$top_srcdir/tests/helpers/lib.sh"
need mke2fs e2fsck mkfs.xfs python3
python3 -c 'import paramiko' 2>/dev/null || skip "python3-paramiko is not installed"

cat >client.py <<'END'
import os
import select
import socket
import stat
import subprocess
import sys

import paramiko

image = sys.argv[1]


class Channel(socket.socket):
    """What paramiko asks of a channel of SSH besides."""

    def get_name(self):
        return "lklfs"

    def recv_ready(self):
        return bool(select.select([self], [], [], 0)[0])


def connect(*options):
    ours, theirs = socket.socketpair()
    server = subprocess.Popen(["lklfs", "sftp", *options, image],
                              stdin=theirs, stdout=theirs)
    theirs.close()
    return server, paramiko.SFTPClient(Channel(fileno=ours.detach()))


def fails(error, call, *args):
    try:
        call(*args)
    except error as caught:
        return caught
    sys.exit(f"FAIL: succeeded: {call} {args}")


def check(condition, what):
    if not condition:
        sys.exit(f"FAIL: {what}")


server, sftp = connect()
check(sftp.normalize(".") == "/", "normalize")

# Large reads and writes, with many requests under way.
data = os.urandom(20_000_000)
with sftp.open("large", "wb") as file:
    file.set_pipelined(True)
    file.write(data)
with sftp.open("large", "rb") as file:
    file.prefetch()
    check(file.read() == data, "prefetch")
with sftp.open("large", "rb") as file:
    chunks = [(i * 999_983 % 19_000_000, 70_001) for i in range(40)]
    for (at, size), got in zip(chunks, file.readv(chunks)):
        check(got == data[at:at + size], f"readv {at}")

# Beyond 4 GiB.
with sftp.open("sparse", "wb") as file:
    file.seek(6 << 30)
    file.write(b"end")
check(sftp.stat("sparse").st_size == (6 << 30) + 3, "size beyond 4 GiB")
with sftp.open("sparse", "rb") as file:
    file.seek((6 << 30) - 2)
    check(file.read() == b"\0\0end", "data beyond 4 GiB")
sftp.truncate("sparse", 5 << 30)
check(sftp.stat("sparse").st_size == 5 << 30, "truncate")

# Thousands of names, some of odd bytes.
sftp.mkdir("many")
names = [f"name {i}" for i in range(2000)] + ["☃", "new\nline", "-", "x" * 250]
for name in names:
    sftp.symlink(name, "many/" + name)
check(sorted(sftp.listdir("many")) == sorted(names), "names")
check(all(sftp.readlink("many/" + name) == name for name in names[-9:]), "links")
for attributes in sftp.listdir_iter("many"):
    check(stat.S_ISLNK(attributes.st_mode), "attributes of names")
    check(attributes.longname.startswith("lrwxrwxrwx   1 0 "), attributes.longname)

# Renames, with and without an existing target.
sftp.open("one", "w").close()
sftp.open("two", "wx").close()
fails(OSError, sftp.open, "two", "wx")
fails(OSError, sftp.rename, "one", "two")
sftp.posix_rename("one", "two")
sftp.rename("two", "three")
fails(FileNotFoundError, sftp.stat, "two")
sftp.rename("many", "more")
check(len(sftp.listdir("more")) == len(names), "a renamed directory")

# Attributes.
sftp.chmod("three", 0o4751)
sftp.chown("three", 1000, 2000)
sftp.utime("three", (1_000_000_000, 4_000_000_000))
got = sftp.stat("three")
check((got.st_uid, got.st_gid) == (1000, 2000), "owner")
check((got.st_atime, got.st_mtime) == (1_000_000_000, 4_000_000_000), "times")
sftp.chmod("three", 0o4751)
check(sftp.stat("three").st_mode == stat.S_IFREG | 0o4751, "mode")
fails(FileNotFoundError, sftp.chmod, "nowhere", 0o600)

# Appending, and what is not there.
with sftp.open("three", "a") as file:
    file.write("a")
with sftp.open("three", "a") as file:
    file.write("b")
with sftp.open("three") as file:
    check(file.read() == b"ab", "append")
fails(FileNotFoundError, sftp.open, "nowhere/file", "w")
fails(OSError, sftp.rmdir, "more")
fails(OSError, sftp.remove, "more")
fails(FileNotFoundError, sftp.listdir, "three")
sftp.close()
check(server.wait() == 0, "exit status")

# More handles than there may be: an error, and the rest works.
server, sftp = connect("--read-only")
handles = []
error = None
while error is None and len(handles) < 5000:
    try:
        handles.append(sftp.open("three"))
    except OSError as caught:
        error = caught
check(len(handles) == 1024, f"{len(handles)} handles")
check(handles[-1].read() == b"ab", "the last handle")
handles.pop().close()
check(sftp.open("three").read() == b"ab", "a handle again")
fails(PermissionError, sftp.mkdir, "new")
fails(PermissionError, sftp.open, "three", "w")
sftp.close()
check(server.wait() == 0, "exit status with open handles")
END

for type in ext4 xfs; do
	make_image $type image 512M
	run_check python3 client.py image
	case $type in
	ext4) run_check e2fsck -fn image ;;
	xfs) run_check xfs_repair -n image ;;
	esac
done
