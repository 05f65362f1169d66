# SPDX-License-Identifier: GPL-2.0-only
"""
lklfs sftp beside OpenSSH's sftp-server on a loop mount, both driven by sftp(1).

A run begins with the start of the server: lklfs opens and mounts the image, and
the loop mount is made.  If it writes, it ends when all data are in the image.
"""

import os

from lib import needs
from lib.job import Job, Variant

# Without -p, files get the time of the copy.
VERIFY = '"$verify" -x times,folder-times '
SERVERS = ("/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server",
           "/usr/lib/ssh/sftp-server")
TYPES = [{"type": t} for t in ("ext4", "xfs", "btrfs")]
FRESH = 'cp --sparse=always "$fresh" "$image"; sync "$image"'


def has_server():
    return None if any(map(os.path.exists, SERVERS)) else \
        "sftp-server is not installed"


def variants(commands, verify, fresh="", options=""):
    """The same commands for both servers, in a new directory."""
    run = f'printf "%s\\n" {commands} | sftp -q -b - -D '
    clean = "; ".join(filter(None, ["rm -rf got", fresh]))
    sftp = needs.program("sftp")
    return [
        Variant("lklfs sftp", f'{run} "lklfs sftp {options} $image" >/dev/null',
                ours=True, before=clean, verify=verify,
                needs=[needs.tool("lklfs"), sftp]),
        Variant("sftp-server on a loop mount",
                'mount -o loop "$image" "$mnt"; '
                f'{run} "$server -d $mnt" >/dev/null; umount "$mnt"; '
                'sync "$image"',
                before=clean, verify=verify,
                needs=[needs.loop, has_server, sftp],
                cleanup='! mountpoint -q "$mnt" || umount "$mnt"'),
    ]


def with_server(case):
    case.env["server"] = next(filter(os.path.exists, SERVERS), "")


def with_large(case):
    with_server(case)
    case.env["large"] = case.data.large(case.settings.large)
    case.env["image"] = case.data.image(case["type"], case.env["large"])


def with_tree(case):
    with_server(case)
    case.env["files"] = max(case.settings.files // 5, 10)
    case.env["tree"] = case.data.tree(case.env["files"])
    case.env["image"] = case.data.image(case["type"], case.env["tree"])


def with_room(case):
    with_server(case)
    case.env["large"] = case.data.large(case.settings.large)
    case.env["fresh"] = case.data.image(case["type"], size=4 << 30)
    case.env["image"] = os.path.join(case.work, "image")
    case.data.copy(case.env["fresh"], case.env["image"])


JOBS = [
    Job("sftp-get", "SFTP: get a large file", prepare=with_large, cases=TYPES,
        variants=variants('"get file got"', 'cmp got "$large/file"',
                          options="-R")),
    Job("sftp-put", "SFTP: put a large file", prepare=with_room, cases=TYPES,
        variants=variants('"put $large/file"', VERIFY + 'image "$type" '
                          '"$large" "$image"', FRESH)),
    Job("sftp-get-tree", "SFTP: get a tree", prepare=with_tree, cases=TYPES,
        variants=variants('"get -r . got"', VERIFY + 'directory "$tree" got',
                          options="-R")),
]
