#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# confine-host.sh - with --confine, a program connects to no socket of the host and changes
# no attributes there, but in the folders of --bind.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need mke2fs python3
lklrun --version | grep -q '+landlock' || skip "built without Landlock"

cat >job.py <<'END'
import os, socket, sys

def attempt(name, what, *args):
    try:
        what(*args)
        print(name, "done")
    except OSError as e:
        print(name, type(e).__name__)

def connect(path):
    socket.socket(socket.AF_UNIX).connect(path)

def attributes(name, folder):
    file = folder + "/file"
    attempt(name + " connect", connect, folder + "/socket")
    attempt(name + " chmod", os.chmod, file, 0o751)
    attempt(name + " chown", os.chown, file, -1, -1)
    attempt(name + " utime", os.utime, file, (5, 5))
    attempt(name + " lutime", lambda: os.utime(file, (6, 6), follow_symlinks=False))
    attempt(name + " setxattr", os.setxattr, file, "user.new", b"value")

host = sys.argv[1]
attributes("host", host)
attempt("host O_PATH", lambda: os.chmod("/proc/self/fd/%d" %
    os.open(host + "/file", os.O_PATH), 0o751))
attributes("bound", "bound")
os.symlink(host + "/socket", "bound/out")
attempt("symlink", connect, "bound/out")
attempt("datagrams", socket.socket, socket.AF_UNIX, socket.SOCK_DGRAM)
attempt("raw", socket.socket, socket.AF_UNIX, socket.SOCK_RAW)
attempt("pair", socket.socketpair, socket.AF_UNIX, socket.SOCK_DGRAM)
attempt("streams", socket.socketpair, socket.AF_UNIX, socket.SOCK_STREAM)
attempt("abstract", connect, "\0" + sys.argv[2])
server = socket.create_server(("127.0.0.1", 0))
attempt("network", socket.create_connection, server.getsockname())
END
cat >listen.py <<'END'
import socket, sys, time
servers = []
for address in sys.argv[2] + "/socket", "bound/socket", "\0" + sys.argv[1]:
    server = socket.socket(socket.AF_UNIX)
    server.bind(address)
    server.listen(9)
    servers.append(server)
print("ready", flush=True)
time.sleep(600)
END
name=lklrun-test-$$
# A folder of the host that programs see by its own path.
secret=$(mktemp -d /dev/shm/lklrun-XXXXXX) || skip "no /dev/shm"
reset() {
	rm -rf "$secret"/* bound
	mkdir bound
	touch -d @1 "$secret/file" bound/file
	chmod 640 "$secret/file" bound/file
	rm -f ready
	python3 listen.py $name "$secret" >ready &
	listener=$!
	wait_for 60 "the listener" grep -q ready ready
}
trap 'kill $listener 2>/dev/null; rm -r "$secret"' EXIT
# /usr is at another path: programs there are executed by the loader.
mkdir -p root/{etc,proc,dev,tmp,host} "root$PWD/bound"
ln -s host root/usr
ln -s usr/bin usr/lib usr/lib64 root
make_image ext4 image 16M -d root -E root_owner=0:0
runs() {
	cp job.py bound
	timeout 60 lklrun -i image --root -C "$PWD" --bind "$PWD/bound" \
		--bind-read-only /usr=/host "$@" -- \
		/usr/bin/python3 bound/job.py "$secret" $name >out 2>err || die "$(cat err)"
	sed 's/^/  /' out >&3
}

echo "without --confine" >&3
reset
runs
! grep -E '^(host|bound|symlink|abstract|network|pair)' out | grep -vE 'done|host setxattr' ||
	die "an attack does not work at all"
kill $listener
reset

echo "with --confine" >&3
runs --confine
! grep -E '^(host|symlink|datagrams|raw|pair|abstract).*done' out ||
	die "the program reaches the host"
[ "$(grep -cE '^(bound .*|streams|network) done' out)" -eq 8 ] ||
	die "too much is refused"
[ "$(stat -c '%a %Y' "$secret/file" bound/file)" = $'640 1\n751 6' ] ||
	die "attributes: $(stat -c '%a %Y' "$secret/file" bound/file)"
exit 0
