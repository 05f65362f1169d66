#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# fuse-release.sh - another user cannot read how a daemon has ended.  If one takes
# all names of its sockets, the daemon warns, and lklfuse --unmount fails.

. "$top_srcdir/tests/helpers/lib-root.sh"
. "$top_srcdir/tests/helpers/lib-fuse.sh"
fuse_begin
need python3
become_nobody='import os, resource, socket, sys; os.setgroups([]); os.setgid(65534); os.setuid(65534)'

device_of() {
	awk -v dir="$PWD/$1" '$5 == dir { print $3 }' /proc/self/mountinfo
}

cat >listen.py <<'END'
# A daemon that is ending may have the first name still.
daemons = []
for number in range(8):
    s = socket.socket(socket.AF_UNIX)
    try:
        s.connect(f"\0lklfuse/mount/{sys.argv[1]}/{number}")
        daemons.append(s)
    except ConnectionRefusedError:
        pass
print("connected", flush=True)
heard = [s.recv(4096) for s in daemons]
print("heard 1" if b"1" in heard and all(len(h) < 2 for h in heard) else heard)
END
# The host lets nothing be written beyond the middle of the file.
make_fuse_image ext4 image 64M
fuse_mount image mnt
device=$(device_of mnt)
python3 -c "$become_nobody; $(cat listen.py)" "$device" >heard &
listener=$!
wait_for 20 "the other user" grep -q connected heard
run_check prlimit --pid "$(fuse_pids image)" --fsize=$((32 << 20))
head -c 50000000 /dev/urandom >mnt/data 2>/dev/null
run_mustfail 1 'mnt is unmounted, but: ' lklfuse --unmount mnt
wait $listener || die "the other user was not served"
grep -qx "heard 1" heard || die "another user hears: $(cat heard)"

# The host takes the lowest free device number.
cat >take.py <<'END'
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
major, minor = map(int, sys.argv[1].split(":"))
taken = []
for i in range(max(1, minor - 40), minor + 40):
    before = len(taken)
    for number in range(8):
        s = socket.socket(socket.AF_UNIX)
        try:
            s.bind(f"\0lklfuse/mount/{major}:{i}/{number}")
            s.listen()
        except OSError:
            continue        # a daemon of another test has it
        taken.append(s)
    if len(taken) == before + 8:
        print(f"{major}:{i}")
print("taken", flush=True)
sys.stdin.read()
END
make_fuse_image ext4 image 64M
mkfifo hold
python3 -c "$become_nobody; $(cat take.py)" "$device" <hold >taken &
exec 6>hold
wait_for 20 "the names to be taken" grep -q taken taken
mkdir -p mnt
fuse_mounts+=(image)
lklfuse -f "$PWD/image" "$PWD/mnt" 2>log &
daemon=$!
wait_for 20 "the mount" is_mounted mnt
wait_for 20 "the mount to answer" ls mnt
if grep -qx "$(device_of mnt)" taken; then
	run_mustfail 1 'whether the image is complete is unknown' \
		lklfuse --unmount mnt
	wait $daemon || die "the daemon fails"
	grep -q 'will not learn whether the image is complete' log ||
		die "no warning: $(cat log)"
else
	run_check lklfuse --unmount mnt
	skip_part "the mount has an unexpected device number"
fi
exec 6>&-
check_clean ext4 image
