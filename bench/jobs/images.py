# SPDX-License-Identifier: GPL-2.0-only
"""
Images of a tree, of a tar archive and of a container image.  The time includes
mkfs.  All variants end with the image on stable storage.

"to fit" is the smallest image, for which tar2fs looks at the input first; the
others are told a size.  Most peers cannot find one.
"""

import os
import subprocess

from lib import needs
from lib.data import sh
from lib.job import Job, Variant

TYPES = ("ext4", "ext2", "xfs", "btrfs")
CACHES = ("warm", "cold")
LAYERS = 10
CONTAINER_BYTES = 550 << 20
# GNU tar's, from $input to $mnt.
UNPACK_LAYERS = (
    'tar -xOf "$input" manifest.json | python3 -c "import json, sys; '
    "print(*json.load(sys.stdin)[0]['Layers'], sep='\\n')\" "
    '| while read -r layer; do tar -xOf "$input" "$layer" '
    '| tar -C "$mnt" -xpzf -; done; '
    # What a whiteout hides, and the whiteout.
    'find "$mnt" -name ".wh.*" | while read -r wh; do '
    'rm -rf "$wh" "${wh%/*}/${wh##*/.wh.}"; done; ')
LARGE_PER_FILE = 18000          # so that 50,000 files and the rest are 1.3 GB

NEW = 'rm -f new; truncate -s "$size" new; '
MAKE = NEW + ('case $type in ext[24]) mke2fs -q -F -t $type new;; '
              'xfs) mkfs.xfs -q -f new;; '
              'btrfs) mkfs.btrfs -q new >/dev/null;; esac; ')


def mixed_tree(case):
    """Sources, and large files: 1.3 GB with 50,000 files."""
    files = case.settings.files
    small = case.data.tree(files)
    return case.data.made(f"mixed-{files}", lambda new: sh(
        'cp -a "$2" "$1"; for n in 1 2 3 4 5 6 7 8; do '
        'head -c "$(($3 / 8))" /dev/urandom >"$1/large-$n"; done',
        new, small, files * LARGE_PER_FILE))


def image_size(case):
    return (case.settings.files * 60000 + (1 << 30)) >> 20 << 20


def prepare_tree(case):
    case.env["tree"] = case.env["input"] = mixed_tree(case)
    case.env["size"] = image_size(case)


def prepare_tar(case):
    case.env["tree"] = mixed_tree(case)
    case.env["input"] = case.data.tar(case.env["tree"])
    case.env["size"] = image_size(case)


def prepare_container(case):
    files = case.settings.files
    size = CONTAINER_BYTES * files // 50000
    tree = case.data.tree(files)
    case.env["input"] = container = case.data.made(
        f"container-{files}.tar", lambda new: subprocess.check_call(
            [os.path.join(os.path.dirname(__file__), "..", "make-container"),
             new, tree, str(LAYERS), str(size)]))
    case.env["tree"] = case.data.made(
        f"container-{files}-tree", lambda new: sh(
            'mkdir "$2"; input=$1; mnt=$2; ' + UNPACK_LAYERS,
            container, new))
    case.env["size"] = image_size(case)


def of(*types):
    return lambda case: case["type"] in types


def mke2fs_reads_tar():
    """Since 1.47.1, if it finds libarchive."""
    version = subprocess.run(["mke2fs", "-V"], capture_output=True, text=True,
                             check=False).stderr.split()[1:2]
    numbers = tuple(int(n) for n in version[0].split(".")) if version else ()
    return None if numbers >= (1, 47, 1) else \
        "mke2fs before 1.47.1 reads no archives"


def tar2fs(verify):
    return [
        Variant("tar2fs", 'tar2fs --sync -q -t $type --size="$size" "$input" '
                'new', ours=True, verify=verify, needs=[needs.tool("tar2fs")]),
        Variant("tar2fs, to fit", 'tar2fs --sync -q -t $type "$input" new',
                ours=True, verify=verify, needs=[needs.tool("tar2fs")]),
    ]


IMAGE = '"$verify" image "$type" "$tree" new'
# Later layers and whiteouts change the times of folders, or do not.  An ordinary
# user's tar does not unpack what belongs to root.
CONTAINER = ('"$verify" -x folder-times' + (",owner" if needs.root() else "")
             + ' image "$type" "$tree" new')

JOBS = [
    Job("image-of-tree", "A tree to an image", prepare=prepare_tree,
        cache_of="input",
        cases=[{"type": t, "cache": c} for t in TYPES for c in CACHES],
        variants=tar2fs(IMAGE) + [
            Variant("loop mount, cp -a", MAKE + 'mount -o loop new "$mnt"; '
                    'cp -a "$input/." "$mnt"; umount "$mnt"; sync new',
                    verify=IMAGE, needs=[needs.loop]),
            Variant("mke2fs -d", NEW + 'mke2fs -q -F -t $type -d "$input" new; '
                    'sync new', verify=IMAGE,
                    only=of("ext4", "ext2")),
            Variant("mkfs.btrfs --rootdir", NEW + 'mkfs.btrfs -q '
                    '--rootdir "$input" new >/dev/null; sync new',
                    verify=IMAGE, needs=[needs.program("mkfs.btrfs")],
                    only=of("btrfs")),
            Variant("mkfs.xfs -p", NEW + 'xfs_protofile "$input" >proto; '
                    'mkfs.xfs -q -f -p proto new; sync new',
                    verify=IMAGE, needs=[needs.program("xfs_protofile")],
                    only=of("xfs")),
            Variant("genext2fs", 'rm -f new; genext2fs -B 4096 '
                    '-b $((size / 4096)) -N 200000 -d "$input" new; sync new',
                    verify=IMAGE, needs=[needs.program("genext2fs")],
                    only=of("ext2")),
        ]),
    Job("image-of-tar", "A tar archive to an image", prepare=prepare_tar,
        cache_of="input",
        cases=[{"type": t, "cache": c} for t in TYPES for c in CACHES],
        variants=tar2fs(IMAGE) + [
            Variant("loop mount, tar -x", MAKE + 'mount -o loop new "$mnt"; '
                    'tar -C "$mnt" -xf "$input"; umount "$mnt"; sync new',
                    verify=IMAGE, needs=[needs.loop]),
            Variant("mke2fs -d", NEW + 'mke2fs -q -F -t $type -d "$input" new; '
                    'sync new', verify=IMAGE, needs=[mke2fs_reads_tar],
                    only=of("ext4", "ext2")),
            Variant("genext2fs", 'rm -f new; genext2fs -B 4096 '
                    '-b $((size / 4096)) -N 200000 -a "$input" new; sync new',
                    verify=IMAGE, needs=[needs.program("genext2fs")],
                    only=of("ext2")),
        ]),
    Job("image-of-container", "A container image of ten layers to an image",
        prepare=prepare_container, cache_of="input",
        cases=[{"type": t, "cache": c} for t in ("ext4", "btrfs")
               for c in CACHES],
        variants=tar2fs(CONTAINER) + [
            Variant("loop mount, tar -x of each layer",
                    MAKE + 'mount -o loop new "$mnt"; ' + UNPACK_LAYERS
                    + 'umount "$mnt"; sync new', verify=CONTAINER,
                    needs=[needs.loop]),
        ]),
]
