#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# again: LKLRUN_TESTS_CATCH=ptrace
#
# audit.sh - a program gets no socket for the audit log of the host, which takes nothing
# from it, but all other sockets of that family; so root's programs do not complain.

. "$top_srcdir/tests/helpers/lib.sh"
. "$top_srcdir/tests/helpers/lib-run.sh"
need mke2fs python3

cat >job.py <<'END'
import errno, os, socket

NETLINK_ROUTE, NETLINK_AUDIT = 0, 9

def result(*args):
    try:
        socket.socket(*args).close()
        return "made"
    except OSError as e:
        return errno.errorcode[e.errno]

for kind in socket.SOCK_RAW, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC:
    print(result(socket.AF_NETLINK, kind, NETLINK_AUDIT),
          result(socket.AF_NETLINK, kind, NETLINK_ROUTE))
print(result(socket.AF_UNIX, socket.SOCK_STREAM, 0), os.getuid())
END
make_user_image image 16M
run_check lklrun -i image --at=/mnt --fake-root -- python3 "$PWD/job.py" >out
check_text out $'EPROTONOSUPPORT made\nEPROTONOSUPPORT made\nmade 0'
