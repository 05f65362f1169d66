#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# inotify.sh - programs are told of changes to files of the image and of the host, by
# the same events as on the host.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need mke2fs e2fsck python3

cat >inotify.py <<'END'
import ctypes, os, select, struct

libc = ctypes.CDLL(None, use_errno=True)
names = {0x1: "ACCESS", 0x2: "MODIFY", 0x4: "ATTRIB", 0x8: "CLOSE_WRITE",
         0x10: "CLOSE_NOWRITE", 0x20: "OPEN", 0x40: "MOVED_FROM", 0x80: "MOVED_TO",
         0x100: "CREATE", 0x200: "DELETE", 0x400: "DELETE_SELF", 0x800: "MOVE_SELF",
         0x4000: "Q_OVERFLOW", 0x8000: "IGNORED", 0x40000000: "ISDIR"}
ALL = 0xffe                    # but for ACCESS

def check(ret):
    if ret < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return ret

class Inotify:
    def __init__(self, flags=os.O_NONBLOCK | os.O_CLOEXEC):
        self.fd = check(libc.inotify_init1(flags))
        self.watches = {}

    def add(self, path, mask=ALL):
        number = check(libc.inotify_add_watch(self.fd, os.fsencode(path), mask))
        self.watches.setdefault(number, path)
        return number

    def remove(self, number):
        check(libc.inotify_rm_watch(self.fd, number))

    # The events until none comes for a while.
    def events(self, wait=0.15):
        while select.select([self.fd], [], [], wait)[0]:
            data = os.read(self.fd, 4096)
            while data:
                number, mask, cookie, length = struct.unpack("iIII", data[:16])
                name = data[16:16 + length].rstrip(b"\0").decode()
                data = data[16 + length:]
                words = [names[1 << i] for i in range(31) if mask & 1 << i]
                yield self.watches.get(number), "|".join(words), name, cookie != 0

    # Not all kernels have one order, and equal events may count once.
    def show(self, title):
        print(title + ":")
        for event in sorted(set(self.events())):
            print("   ", *event, flush=True)
END
cat >job.py <<'END'
import os, sys, time
from inotify import *

os.makedirs(sys.argv[1])
os.chdir(sys.argv[1])
os.mkdir("folder")
os.mkdir("other")
with open("folder/old", "w") as file:
    file.write("old")
watch = Inotify()
number = watch.add("folder")

def step(title, what, *args):
    what(*args)
    watch.show(title)

def write(name, mode, text):
    with open(name, mode) as file:
        file.write(text)

def child(what, *args):
    pid = os.fork()
    if not pid:
        what(*args)
        os._exit(0)
    os.waitpid(pid, 0)

step("create", write, "folder/a", "w", "text")
step("write again", write, "folder/a", "w", "other text")
step("append", child, write, "folder/a", "a", "more")
step("read", lambda: open("folder/a").read())
step("chmod", os.chmod, "folder/a", 0o600)
step("utime", os.utime, "folder/a", (1, 2))
step("truncate", os.truncate, "folder/a", 3)
step("rename", os.rename, "folder/a", "folder/b")
step("link", os.link, "folder/b", "folder/c")
step("symlink", os.symlink, "b", "folder/link")
step("out", os.rename, "folder/b", "other/b")
step("in", os.rename, "other/b", "folder/d")
step("mkdir", os.mkdir, "folder/sub")
step("rmdir", os.rmdir, "folder/sub")
step("list", os.listdir, "folder")
step("unlink", os.unlink, "folder/c")
step("long", write, "folder/" + "n" * 200, "w", "x")
with open("folder/open", "w") as file:
    step("opened", lambda: None)
    step("flush", lambda: (file.write("x"), file.flush(), os.fsync(file.fileno())))
step("closed", lambda: None)

second = Inotify()
second.add("folder/old", 0x8 | 0x400)
both = Inotify()
both.add("folder")
both.add("folder/old")
print(number == watch.add("folder", 0x100))
step("only CREATE", write, "folder/old", "a", "x")
second.show("of the file")
both.show("of both")
os.unlink("folder/old")
second.show("deleted")
both.show("deleted")
watch.remove(number)
watch.show("removed")
step("nobody", write, "folder/unseen", "w", "x")

def refused(what, *args):
    try:
        what(*args)
    except OSError as e:
        return e.errno
print(refused(watch.add, "missing"), refused(watch.remove, number),
      refused(os.read, watch.fd, 4096), refused(watch.add, "folder/d", 0))
print(refused(watch.add, "folder/d", ALL | 0x1000000))

# Many at once, and nobody reads meanwhile.
many = Inotify()
many.add("other", 0x100 | 0x200)
for i in range(700):
    write("other/%d" % i, "w", "")
print(len(list(many.events(0.5))))
for i in range(700):
    os.unlink("other/%d" % i)
print(len(list(many.events(0.5))))
os.close(many.fd)
write("other/last", "w", "")

# One who waits.
wait = Inotify(0)
wait.add("other", 0x100)
pid = os.fork()
if not pid:
    time.sleep(0.2)
    write("other/new", "w", "")
    os._exit(0)
print(os.read(wait.fd, 4096)[16:].rstrip(b"\0"))
os.waitpid(pid, 0)
END
mkdir host
run_check python3 job.py host/work >host.out
make_user_image image 64M
run_check timeout 300 lklrun -i image --at=/mnt -- python3 "$PWD/job.py" /mnt/work >image.out
diff host.out image.out >&3 || die "other events than on the host"
grep -q CLOSE_WRITE host.out || die "no events at all"
run_check e2fsck -fn image >&3

# Files of the host, which others change, in one instance with files of the image.
mkdir bound
cat >watch.py <<'END'
import sys
from inotify import *
watch = Inotify()
watch.add(sys.argv[1], 0x108)
watch.add("/mnt", 0x108)
open("/mnt/ready", "w").close()
open(sys.argv[1] + "/seen", "w").close()
for event in watch.events(2):
    print(*event, flush=True)
END
for folder in /mnt/bound "$PWD/bound"; do
	rm -f bound/* out
	make_user_image image 16M
	timeout 60 lklrun -i image --at=/mnt --bind "$PWD/bound=/mnt/bound" -- \
		python3 "$PWD/watch.py" "$folder" >out 2>err &
	program=$!
	wait_for 60 "the program" grep -q seen out
	touch bound/touched
	wait $program || die "$(cat err)"
	sort out >sorted
	check_text sorted "$(printf '%s\n' "$folder CLOSE_WRITE seen False" \
		"$folder CLOSE_WRITE touched False" "$folder CREATE seen False" \
		"$folder CREATE touched False" '/mnt CLOSE_WRITE ready False' \
		'/mnt CREATE ready False' | sort)"
done
