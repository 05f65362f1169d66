# SPDX-License-Identifier: GPL-2.0-only
"""
Programs work on a mounted image.

Each run has its own mount, so the file system's cache is cold.  The image is in
the host's cache unless the case says otherwise.  If a job writes, its time ends
with the unmount, when all data are in the image.
"""

import os

from lib.job import Job
from lib.mounts import mounted

TYPES = [{"type": t} for t in ("ext4", "xfs", "btrfs")]
BLOCKS = (4096, 1 << 20)
# Unpacked and deleted is a tree so many times smaller than those that are read.
PART = 5


def with_large(case):
    size = case.settings.large
    large = case.data.large(size)
    case.env["expected"] = large + "/file"
    case.env["image"] = case.data.image(case["type"], large)
    case.env["bytes"] = size


def with_large_at_random(case):
    """Blocks of 4 KiB: a part of the file, or it takes for ever."""
    with_large(case)
    if case["block"] == 4096:
        case.env["bytes"] = case.settings.large // 8


def with_tree(case):
    case.env["files"] = case.settings.files
    case.env["tree"] = case.data.tree(case.settings.files)
    case.env["image"] = case.data.image(case["type"], case.env["tree"])


def to_write_on(case, image):
    """A copy for this case; FRESH makes it as it was."""
    case.env["fresh"] = image
    case.env["image"] = os.path.join(case.work, "image")
    case.data.copy(image, case.env["image"])


FRESH = 'cp --sparse=always "$fresh" "$image"; sync "$image"'


def with_room(case):
    """Empty, and archives to unpack."""
    files = max(case.settings.files // PART, 10)
    case.env["files"] = files * 4           # unpacked by four at once
    case.env["tree"] = case.data.tree(files)
    case.env["tar"] = case.data.tar(case.env["tree"])
    case.env["bytes"] = case.settings.large
    case.env["count"] = max(case.settings.files // 20, 10)
    to_write_on(case, case.data.image(case["type"], size=4 << 30))


def with_tree_to_delete(case):
    case.env["files"] = max(case.settings.files // PART, 10)
    tree = case.data.tree(case.env["files"])
    to_write_on(case, case.data.image(case["type"], tree))


def with_large_to_overwrite(case):
    with_large_at_random(case)
    to_write_on(case, case.env["image"])


def wrote(make):
    """The image has the same as a new folder, where @make does the same."""
    return (f'rm -rf wanted; mkdir wanted; {make}; '
            '"$verify" -x times,folder-times image "$type" wanted "$image"')


# The same file as it was made, or made by the same program beside the image.
SAME_FILE = {
    "read": 'cmp "$mnt/file" "$expected"',
    "randread": 'cmp "$mnt/file" "$expected"',
    "write": wrote('"$bench/host/io" write wanted/new "$block" "$bytes"'),
    "randwrite": wrote('cp -p "$expected" wanted/file; "$bench/host/io" '
                       'randwrite wanted/file "$block" "$bytes"'),
    "fsync": wrote('"$bench/host/io" fsync wanted/log 4096 "$count"'),
}
SAME_TREE = '"$verify" directory "$tree" "$mnt"'
SAME_IMAGE = '"$verify" image "$type" "$tree" "$image"'
SAME_FOUR = SAME_IMAGE + " 1 2 3 4"


def io(name, title, mode, target, prepare, before=""):
    caches = [{}] if "write" in mode else [{"cache": "warm"},
                                           {"cache": "cold"}]
    return Job(
        f"mounted-{name}", f"Mounted: {title}", prepare=prepare,
        verify_unmounted="write" in mode,
        cases=[{**t, "block": block, **cache} for t in TYPES
               for block in BLOCKS for cache in caches],
        variants=mounted(f'"$bench/host/io" {mode} "$mnt/{target}" "$block" '
                         '"$bytes"', before=before,
                         verify=SAME_FILE[mode]))


JOBS = [
    io("read", "sequential read", "read", "file", with_large),
    io("randread", "random read", "randread", "file",
       with_large_at_random),
    io("write", "sequential write of a new file, fsync", "write", "new",
       with_room, FRESH),
    io("randwrite", "random overwriting, fsync", "randwrite", "file",
       with_large_to_overwrite),
    Job("mounted-walk", "Mounted: find -ls of a tree", prepare=with_tree,
        cases=TYPES, variants=mounted('find "$mnt" -ls >/dev/null',
                                      verify=SAME_TREE)),
    Job("mounted-stat", "Mounted: stat storm, ten rounds after a walk",
        prepare=with_tree, cases=TYPES,
        variants=mounted('find "$mnt" -print0 | "$bench/host/stat-storm" 10',
                         verify=SAME_TREE)),
    Job("mounted-tar", "Mounted: tar of a tree into a pipe",
        prepare=with_tree, cases=TYPES,
        variants=mounted(
            'tar -C "$mnt" -cf - . | cat >/dev/null',
            verify='tar -C "$mnt" -cf - . | "$verify" archive "$tree"')),
    Job("mounted-untar", "Mounted: untar, unmount", prepare=with_room,
        cases=TYPES, with_unmount=True, verify_unmounted=True,
        variants=mounted('tar -C "$mnt" -xf "$tar"', before=FRESH,
                         verify=SAME_IMAGE)),
    Job("mounted-untar4", "Mounted: untar by four processes at once, unmount",
        prepare=with_room, cases=TYPES, with_unmount=True, verify_unmounted=True,
        variants=mounted(
            'pids=; for i in 1 2 3 4; do mkdir "$mnt/$i"; '
            'tar -C "$mnt/$i" -xf "$tar" & pids+=" $!"; done; '
            'for pid in $pids; do wait $pid; done', before=FRESH,
            verify=SAME_FOUR)),
    Job("mounted-delete", "Mounted: delete a tree, unmount",
        prepare=with_tree_to_delete, cases=TYPES, with_unmount=True,
        verify_unmounted=True,
        variants=mounted(
            'rm -rf "$mnt"/*', before=FRESH, verify='mkdir -p nothing; '
            '"$verify" image "$type" nothing "$image"')),
    Job("mounted-fsync", "Mounted: appending 4 KiB with an fsync",
        prepare=with_room, cases=TYPES, verify_unmounted=True,
        per=lambda case: int(case.env["count"]), per_what="write",
        variants=mounted('"$bench/host/io" fsync "$mnt/log" 4096 "$count"',
                         before=FRESH, verify=SAME_FILE["fsync"])),
]
