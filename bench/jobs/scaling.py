# SPDX-License-Identifier: GPL-2.0-only
"""
The cost per file as the number of files grows, and the cost of an image as its
size grows.  Both should stay the same.
"""

from lib import needs
from lib.job import Job, Variant
from lib.mounts import mounted

COPY_IN = ('rm -f new; cp --sparse=always "$image" new; '
           'cptofs -i new "$tree"/* /')
TAR = 'fs2tar "$image" - | cat >/dev/null'
LOOP_TAR = ('mount -o loop,ro "$image" "$mnt"; '
            'tar -C "$mnt" -cf - . | cat >/dev/null; umount "$mnt"')
ARCHIVE = '"$verify" archive "$tree"'
IMAGE = '"$verify" image "$type" "$tree" new'
SINK = "cat >/dev/null"
TYPES = ("ext4", "xfs", "btrfs")


def counts(settings):
    return [{"type": t, "files": n} for t in TYPES
            for n in (1000, 10000, 100000, 1000000) if n <= settings.most]


def with_tree(case):
    case.env["files"] = case["files"]
    case.env["tree"] = case.data.tree(case["files"])
    case.env["image"] = case.data.image(case["type"], case.env["tree"])


def with_empty(case):
    case.env["tree"] = case.data.tree(case["files"])
    case.env["image"] = case.data.image(
        case["type"], size=max(1 << 30, case["files"] * 40000))


def with_size(case):
    size = {"1G": 1 << 30, "64G": 64 << 30, "1T": 1 << 40,
            # The largest file that ext4 can hold.
            "16T": (16 << 40) - (1 << 20)}[case["size"]]
    case.env["tree"] = case.data.tree(1000)
    case.env["image"] = case.data.image(case["type"], case.env["tree"],
                                        size=size)


def of_files(name, title, prepare, variants):
    return Job(f"scaling-{name}", title, variants, cases=counts,
               prepare=prepare, per=lambda case: case["files"],
               per_what="file", scales_with="files",
               runs=lambda case: 0 if case["files"] < 100000 else 1)


JOBS = [
    of_files("tar", "Scaling: image to tar", with_tree, [
        Variant("fs2tar", TAR, ours=True, needs=[needs.tool("fs2tar")],
                verify=TAR.replace(SINK, ARCHIVE)),
        Variant("loop mount, tar", LOOP_TAR, needs=[needs.loop],
                verify=LOOP_TAR.replace(SINK, ARCHIVE))]),
    of_files("copy-in", "Scaling: a tree into an image", with_empty, [
        Variant("cptofs", COPY_IN, ours=True, after="rm new", verify=IMAGE,
                needs=[needs.tool("cptofs")]),
        Variant("loop mount, cp -a",
                'cp --sparse=always "$image" new; mount -o loop new "$mnt"; '
                'cp -a "$tree"/* "$mnt"; umount "$mnt"',
                after="rm new", verify=IMAGE,
                needs=[needs.loop])]),
    of_files("walk", "Scaling: find -ls of a mounted tree", with_tree,
             mounted('find "$mnt" -ls >/dev/null',
                     verify='"$verify" directory "$tree" "$mnt"')),
    Job("scaling-size", "Scaling: 1000 files to tar from larger images",
        cases=[{"type": t, "size": s} for t in TYPES
               for s in ("1G", "64G", "1T", "16T")],
        prepare=with_size, scales_with="size", variants=[
            Variant("fs2tar", TAR, ours=True, needs=[needs.tool("fs2tar")],
                    verify=TAR.replace(SINK, ARCHIVE)),
            Variant("loop mount, tar", LOOP_TAR, needs=[needs.loop],
                    verify=LOOP_TAR.replace(SINK, ARCHIVE))]),
]
