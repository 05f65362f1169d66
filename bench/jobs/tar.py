# SPDX-License-Identifier: GPL-2.0-only
"""
An image to a tar archive.

Archives go through a pipe, since GNU tar does not read what it would write to
/dev/null.  "all it knows" is GNU tar with what fs2tar does as well: holes,
attributes, ACLs, times with nanoseconds.
"""

from lib import needs
from lib.job import Job, Variant
from lib.mounts import few_files, fuse2fs

GUESTFISH = ('guestfish --ro -a "$image" -m /dev/sda tar-out / - '
             '| cat >/dev/null')


def tree(case):
    return case.data.tree(case.settings.files)


def large(case):
    return case.data.large(case.settings.large)


def prepare(of):
    def make(case):
        case.env["tree"] = of(case)
        case.env["image"] = case.data.image(case["type"], case.env["tree"])
    return make


def to_archive(name, run, **options):
    """A variant that looks at its archive once."""
    return Variant(name, run, verify=run.replace(
        "cat >/dev/null", '"$verify" archive "$tree"'), **options)


def loop_and_tar(options=""):
    return ('mount -o loop,ro "$image" "$mnt"; '
            f'tar {options} -C "$mnt" -cf - . | cat >/dev/null; '
            'umount "$mnt"')


VARIANTS = [
    to_archive("fs2tar", 'fs2tar "$image" - | cat >/dev/null', ours=True,
            needs=[needs.tool("fs2tar")]),
    to_archive("loop mount, tar", loop_and_tar(), needs=[needs.loop]),
    to_archive("loop mount, tar: all it knows",
            loop_and_tar("--format=pax --sparse --xattrs --xattrs-include='*' "
                         "--acls"), needs=[needs.loop]),
    to_archive("fuse2fs, tar",
            fuse2fs('"$image"', "ro,fakeroot",
                    'tar -C "$mnt" -cf - . | cat >/dev/null'),
            needs=[needs.program("fuse2fs"), needs.root, needs.fuse], runs=1,
            only=few_files),
    to_archive("guestfish with KVM", GUESTFISH, runs=1,
            needs=[needs.guestfish_kvm]),
    to_archive("guestfish without KVM",
            "export LIBGUESTFS_BACKEND_SETTINGS=force_tcg; " + GUESTFISH,
            runs=1, needs=[needs.guestfish_tcg],
            only=lambda case: case["cache"] == "warm"
            and case["type"] == "ext4"),
]

CASES = [{"type": t, "cache": c} for t in ("ext4", "xfs", "btrfs")
         for c in ("warm", "cold")]

JOBS = [
    Job("tar-tree", "Image to tar, many small files", VARIANTS, CASES,
        prepare(tree)),
    Job("tar-large", "Image to tar, one large file", VARIANTS, CASES,
        prepare(large)),
]
