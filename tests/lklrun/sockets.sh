#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# sockets.sh - programs in an image find each other by sockets with a path, of streams
# and of datagrams.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need python3 mke2fs e2fsck

cat >job.py <<'EOF'
import array, ctypes, os, socket, stat, struct, sys, time

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

# Each message has its address; the receiver answers, and gets a file.
other = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
other.bind("folder/other")
other.sendto(b"two", "datagrams")
text, address = receiver.recvfrom(100)
receiver.sendto(text + b" again", address)
print(other.recv(100).decode())
other.sendmsg([b"thr", b"ee"], [], 0, "folder/../datagrams")
print(receiver.recv(100).decode())
with open("file", "r+") as file:
    file.write("content")
    file.flush()
    other.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                            array.array("i", [file.fileno()] * 2)),
                           (socket.SOL_SOCKET, socket.SCM_CREDENTIALS,
                            struct.pack("3i", os.getpid(), os.getuid(), os.getgid()))],
                  0, "datagrams")
_, control, _, _ = receiver.recvmsg(100, 1000)
fds = array.array("i")
fds.frombytes(control[0][2])
print(len(fds), os.pread(fds[1], 100, 0).decode())

libc = ctypes.CDLL(None, use_errno=True)
class Part(ctypes.Structure):
    _fields_ = [("base", ctypes.c_char_p), ("len", ctypes.c_size_t)]
class Message(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("name_len", ctypes.c_uint),
                ("parts", ctypes.POINTER(Part)), ("n_parts", ctypes.c_size_t),
                ("control", ctypes.c_void_p), ("control_len", ctypes.c_size_t),
                ("flags", ctypes.c_int), ("padding", ctypes.c_int),
                ("sent", ctypes.c_uint)]
to = struct.pack("H", socket.AF_UNIX) + b"datagrams"
messages = (Message * 2)(*(Message(to, len(to),
    ctypes.pointer(Part(text, len(text))), 1) for text in (b"four", b"fives")))
print(libc.sendmmsg(other.fileno(), messages, 2, 0), [m.sent for m in messages])
print(receiver.recv(100).decode(), receiver.recv(100).decode())

print(refused(other.sendto, b"x", "missing"), refused(other.sendto, b"x", "stream"))
print(refused(other.sendto, bytes(1 << 24), "datagrams"))
print(refused(other.sendto, b"x", "old"), refused(other.sendto, b"x", "file"))

# A sender whose receiver does not keep up waits, or does not if it asks for that.
other.setblocking(False)
sent = 0
while refused(other.sendto, b"filling", "datagrams") == "success":
    sent += 1
print(sent > 0, refused(other.sendto, b"x", "datagrams"))
other.setblocking(True)
child = os.fork()
if not child:
    other.sendto(b"late", "datagrams")
    os._exit(0)
time.sleep(0.1)
print(os.waitpid(child, os.WNOHANG), len(os.listdir()) > 0)
for i in range(sent):
    receiver.recv(100)
print(receiver.recv(100).decode(), os.waitpid(child, 0)[1])

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
datagrams = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
datagrams.bind("shared/datagrams")
print("ready", flush=True)
connection, _ = server.accept()
print(connection.recv(100).decode(), flush=True)
print(datagrams.recv(100).decode(), flush=True)
EOF
cat >shared/connect.py <<'EOF'
import socket
client = socket.socket(socket.AF_UNIX)
client.connect("/shared/socket")
client.sendall(b"from the image")
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"message", "/shared/datagrams")
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
grep -q 'from the image' heard && grep -q message heard || die "the host heard: $(cat heard)"
[ -S shared/made ] || die "no socket on the host"
