# SPDX-License-Identifier: GPL-2.0-only
"""
Copies a tree into a new image, and out of it.  The time includes mkfs, since
some peers make the file system and fill it in one step.

Every variant ends with the copies on stable storage, as our tools do.  Copies
out of a mount are synced.
"""

from lib import needs
from lib.data import MKFS
from lib.job import Job, Variant
from lib.mounts import few_files, fuse2fs

# $1 the image, $2 the tree, as data.py has them.
MAKE = ('rm -f new; truncate -s "$size" new; '
        'case $type in ext4) mke2fs -q -F -t ext4 new;; '
        'xfs) mkfs.xfs -q -f new;; btrfs) mkfs.btrfs -q new >/dev/null;; '
        'esac; ')
MAKE_QCOW2 = (MAKE + 'qemu-img convert -O qcow2 new new.qcow2; rm new; ')
MAKE_FILLED = 'rm -f new; truncate -s "$size" new; set -- new "$tree"; '


def raw(case):
    return case["format"] == "raw"


def raw_of(fstype):
    return lambda case: raw(case) and case["type"] == fstype


def prepare_in(case):
    case.env["tree"] = case.data.tree(case.settings.files)
    case.env["size"] = max(1 << 30, case.settings.files * 20000 * 2)


def prepare_out(case):
    case.env["tree"] = case.data.tree(case.settings.files)
    case.env["image"] = case.data.image(case["type"], case.env["tree"])


def prepare_large_in(case):
    # A directory with nothing else in it, as the trees are.
    case.env["tree"] = case.data.large(case.settings.large)
    case.env["size"] = 2 << 30


def prepare_large_out(case):
    case.env["tree"] = case.data.large(case.settings.large)
    case.env["image"] = case.data.image(case["type"], case.env["tree"])


IMAGE = '"$verify" image "$type" "$tree" new'
QCOW2 = IMAGE + ".qcow2"
COPY = '"$verify" directory "$tree" copy'
TYPES = ("ext4", "xfs", "btrfs")

CPTOFS = Variant("cptofs", MAKE + 'cptofs -i new "$tree"/* /',
                 ours=True, verify=IMAGE, needs=[needs.tool("cptofs")], only=raw)
LOOP_IN = Variant("loop mount, cp -a", MAKE + 'mount -o loop new "$mnt"; '
                  'cp -a "$tree"/* "$mnt"; umount "$mnt"; sync new',
                  verify=IMAGE, needs=[needs.loop], only=raw)
CPFROMFS = Variant("cpfromfs", 'cpfromfs -i "$image" / copy', ours=True,
                   verify=COPY, after="rm -rf copy",
                   needs=[needs.tool("cpfromfs")])
LOOP_OUT = Variant("loop mount, cp -a", 'mount -o loop,ro "$image" "$mnt"; '
                   'cp -a "$mnt" copy; umount "$mnt"; sync -f copy',
                   verify=COPY, after="rm -rf copy", needs=[needs.loop])

JOBS = [
    Job("copy-in", "A tree into a new image", prepare=prepare_in,
        cases=[{"type": t, "format": f} for t in TYPES
               for f in ("raw", "qcow2")],
        variants=[
            CPTOFS,
            Variant("cptofs", MAKE_QCOW2
                    + 'cptofs --format=qcow2 -i new.qcow2 "$tree"/* /',
                    ours=True,
                    verify=QCOW2,
                    needs=[needs.tool("cptofs"), needs.feature("qcow2"),
                           needs.program("qemu-img")],
                    only=lambda case: not raw(case)),
            LOOP_IN,
            Variant("loop mount, cp -a, qemu-img convert",
                    MAKE + 'mount -o loop new "$mnt"; cp -a "$tree"/* "$mnt"; '
                    'umount "$mnt"; qemu-img convert -O qcow2 new new.qcow2; '
                    'sync new.qcow2', verify=QCOW2,
                    needs=[needs.loop, needs.program("qemu-img")],
                    only=lambda case: not raw(case)),
            Variant("mke2fs -d", MAKE_FILLED + MKFS["ext4"] + "; sync new",
                    verify=IMAGE,
                    only=raw_of("ext4")),
            Variant("mkfs.btrfs --rootdir",
                    MAKE_FILLED + MKFS["btrfs"] + "; sync new",
                    verify=IMAGE,
                    needs=[needs.program("mkfs.btrfs")],
                    only=raw_of("btrfs")),
            Variant("fuse2fs, cp -a",
                    MAKE + fuse2fs("new", "fakeroot",
                                   'cp -a "$tree"/* "$mnt"') + '; sync new',
                    verify=IMAGE, runs=1,
                    needs=[needs.program("fuse2fs"), needs.root,
                                   needs.fuse],
                    only=lambda case: raw(case) and few_files(case)),
            # Two processes for each directory: not for many.
            Variant("e2tools", MAKE + 'cd "$tree"; new=$OLDPWD/new; '
                    'find . -type d ! -name . -printf "%P\\n" | while read d; '
                    'do e2mkdir "$new:$d"; e2cp "$d"/*.c "$new:$d"; done; '
                    'sync "$new"', verify=IMAGE,
                    runs=1, needs=[needs.program("e2cp")],
                    only=lambda case: raw_of("ext4")(case)
                    and case.settings.files <= 1000),
            Variant("guestfish with KVM",
                    'tar -C "$tree" -cf all.tar .; ' + MAKE +
                    'guestfish --rw -a new -m /dev/sda tar-in all.tar /; '
                    'sync new', verify=IMAGE,
                    runs=1, only=raw,
                    needs=[needs.guestfish_kvm]),
        ]),
    Job("copy-out", "A tree out of an image", prepare=prepare_out,
        cases=[{"type": t, "cache": c} for t in TYPES
               for c in ("warm", "cold")],
        variants=[
            CPFROMFS,
            LOOP_OUT,
            Variant("fuse2fs, cp -a",
                    fuse2fs('"$image"', "ro,fakeroot", 'cp -a "$mnt" copy')
                    + '; sync -f copy',
                    verify=COPY, after="rm -rf copy", runs=1,
                    needs=[needs.program("fuse2fs"), needs.root, needs.fuse],
                    only=few_files),
            Variant("guestfish with KVM", 'mkdir copy; guestfish --ro '
                    '-a "$image" -m /dev/sda copy-out / copy; sync -f copy',
                    verify=COPY, after="rm -rf copy", runs=1,
                    needs=[needs.guestfish_kvm]),
        ]),
    Job("copy-in-large", "A large file into a new image",
        [CPTOFS, LOOP_IN], [{"type": t, "format": "raw"} for t in TYPES],
        prepare_large_in),
    Job("copy-out-large", "A large file out of an image",
        [CPFROMFS, LOOP_OUT], [{"type": t, "cache": "warm"} for t in TYPES],
        prepare_large_out),
]
