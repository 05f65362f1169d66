#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# slow-disk.sh - while one program waits for a slow disk in fsync(), the others work.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need nbdkit mke2fs e2fsck python3

cat >job.py <<'END'
import os, sys, time

folder = sys.argv[1]
done = folder + "/done"
syncs = (os.fsync, os.fdatasync, lambda fd: os.sync())
child = os.fork()
if not child:
    with open(folder + "/written", "wb") as file:
        for sync in syncs:
            file.write(b"data" * 1000)
            file.flush()
            begin = time.monotonic()
            sync(file.fileno())
            print("sync %.3f" % (time.monotonic() - begin), flush=True)
    os._exit(0)
longest = 0
n = 0
while os.waitpid(child, os.WNOHANG) == (0, 0):
    begin = time.monotonic()
    os.stat(folder)
    longest = max(longest, time.monotonic() - begin)
    n += 1
    time.sleep(0.002)
print("stat %.3f" % longest, n)
END
make_user_image image 32M
nbdkit -f -U "$PWD/socket" -P "$PWD/pid" --filter=delay file image wdelay=500ms \
	>&3 2>&1 &
server=$!
trap 'kill $server 2>/dev/null' EXIT
wait_for 60 nbdkit test -s pid
run_check lklrun -i "nbd+unix:///?socket=$PWD/socket" --at=/mnt -- \
	python3 "$PWD/job.py" /mnt >out
cat out >&3
[ "$(awk '/^sync/ && $2 >= 0.5' out | wc -l)" -ge 2 ] || die "the disk is not slow"
awk '/^stat/ && $2 < 0.45 { found = 1 } END { exit !found }' out ||
	die "stat() waits for fsync(): $(cat out)"
kill $server
wait $server
run_check e2fsck -fn image >&3
