#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# sockets.sh - programs in an image find each other by sockets with a path, of streams
# and of datagrams.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need python3 mke2fs e2fsck

cat >job.py <<'EOF'
import os, socket, stat, sys

os.chdir(sys.argv[1])
os.umask(0o022)

def refused(what, *args):
    try:
        what(*args)
    except OSError as e:
        return type(e).__name__
    return "success"

server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
server.bind("stream")
print(server.getsockname(), oct(os.stat("stream").st_mode))
print(refused(socket.socket(socket.AF_UNIX).connect, "stream"), "before listen()")
server.listen(1)
os.mkdir("folder")
os.symlink("../stream", "folder/link")

child = os.fork()
if not child:
    client = socket.socket(socket.AF_UNIX)
    client.connect("folder/link")
    print(client.getpeername(), flush=True)
    client.sendall(b"hello")
    print(client.recv(100).decode(), flush=True)
    os._exit(0)
connection, _ = server.accept()
print(connection.recv(100).decode(), flush=True)
connection.sendall(b"welcome")
os.waitpid(child, 0)

print(refused(socket.socket(socket.AF_UNIX).bind, "stream"), "twice")
print(refused(socket.socket(socket.AF_UNIX).connect, "missing"))
open("file", "w").close()
print(refused(socket.socket(socket.AF_UNIX).connect, "file"), "no socket")
print(refused(open, "stream"), "opened")
server.close()
print(refused(socket.socket(socket.AF_UNIX).connect, "stream"), "closed")
os.rename("stream", "old")
again = socket.socket(socket.AF_UNIX)
again.bind("stream")
again.listen(1)
print(refused(socket.socket(socket.AF_UNIX).connect, "stream"), "another one")
print(refused(socket.socket(socket.AF_UNIX).connect, "old"))

receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind("datagrams")
sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
sender.connect("datagrams")
sender.send(b"one")
print(receiver.recv(100).decode())

abstract = socket.socket(socket.AF_UNIX)
abstract.bind("\0lklrun-test-%d" % os.getpid())
abstract.listen(1)
socket.socket(socket.AF_UNIX).connect(abstract.getsockname())
print(sorted(os.listdir()))
EOF

mkdir host
run_check python3 job.py host >host.out
make_user_image image 64M
run_check lklrun -i image --at=/mnt -- mkdir /mnt/work
run_check lklrun -i image --at=/mnt -- python3 "$PWD/job.py" /mnt/work >image.out
diff host.out image.out >&3 || die "another result than on the host"
run_check e2fsck -fn image >&3

# The program's root is the image, and its programs are the host's: a socket in a folder
# that both see leads to the other.
mkdir -p shared root/{etc,proc,dev,tmp,usr,shared}
ln -s usr/bin usr/lib usr/lib64 root
make_image ext4 root.img 16M -d root
cat >listen.py <<'EOF'
import socket
server = socket.socket(socket.AF_UNIX)
server.bind("shared/socket")
server.listen(1)
print("ready", flush=True)
connection, _ = server.accept()
print(connection.recv(100).decode(), flush=True)
EOF
cat >shared/connect.py <<'EOF'
import socket
client = socket.socket(socket.AF_UNIX)
client.connect("/shared/socket")
client.sendall(b"from the image")
server = socket.socket(socket.AF_UNIX)
server.bind("/shared/made")
EOF
python3 listen.py >heard &
listener=$!
trap "kill $listener 2>/dev/null" EXIT
wait_for 60 "the listener" grep -q ready heard
run_check lklrun -i root.img --root --bind "$PWD/shared=/shared" \
	--bind-read-only /usr -- /usr/bin/python3 /shared/connect.py
wait $listener || die "the listener failed"
grep -q 'from the image' heard || die "the host heard: $(cat heard)"
[ -S shared/made ] || die "no socket on the host"
