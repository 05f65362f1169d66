# SPDX-License-Identifier: GPL-2.0-only
"""
mounts.py - the ways to mount an image that the jobs compare.
"""

import resource

from . import needs, peers
from .job import Variant

# As lklfuse does by default: all is cached until it is forgotten.  Without xattr,
# it would refuse requests that lklfuse answers.
PASSTHROUGH = ('"$peers/passthrough_ll" -f -o source="$under",cache=always,'
               'writeback,timeout=86400,xattr "$mnt"')


# With more files, fuse2fs takes minutes.
FUSE2FS_FILES = 10000


def fuse2fs(image, options, run):
    """Mount, run and unmount with fuse2fs, in one snippet."""
    return (f'fuse2fs -f -o {options} {image} "$mnt" & '
            'until mountpoint -q "$mnt"; do '
            '[ -e /proc/$! ] || { wait $!; exit 1; }; sleep 0.01; done; '
            f'{run}; umount "$mnt"; wait $!')


def few_files(case):
    return case["type"] == "ext4" and \
        case.params.get("files", case.settings.files) <= FUSE2FS_FILES


def too_many_files(case):
    """passthrough_ll has a descriptor open for each inode that is cached."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    # Directories are inodes, too.
    if case.env.get("files", 0) * 11 // 10 + 100 > limit:
        return f"no more than {limit} files may be open here"
    return None


def mounted(run, before="", ours_only=False, extra=(), **common):
    """Variants that run the same on each mount."""
    common["before"] = before
    beneath = dict(common)
    beneath["before"] = "; ".join(filter(None, [
        before, 'mount -o loop "$image" "$under"']))
    variants = [
        Variant("lklfuse", run, ours=True,
                daemon='lklfuse -f -o io_uring=no "$image" "$mnt"',
                needs=[needs.tool("lklfuse"), needs.fuse, *extra], **common)]
    if ours_only:
        return variants
    return variants + [
        Variant("lklfuse over io_uring", run,
                daemon='lklfuse -f -o io_uring=yes "$image" "$mnt"',
                needs=[needs.tool("lklfuse"), needs.fuse, needs.rings, *extra],
                **common),
        Variant("loop mount", run, mount='mount -o loop "$image" "$mnt"',
                needs=[needs.loop, *extra], **common),
        Variant("passthrough_ll over it", run,
                setup='mkdir -p "$under"',
                daemon=PASSTHROUGH,
                unmounted='umount "$under"',
                cleanup='! mountpoint -q "$under" || umount "$under"',
                needs=[needs.loop, needs.fuse, peers.passthrough, *extra],
                unless=too_many_files,
                **beneath),
        Variant("fuse2fs", run,
                daemon='fuse2fs -f "$image" "$mnt" -o fakeroot',
                needs=[needs.program("fuse2fs"), needs.fuse, *extra],
                runs=1, only=few_files, **common),
    ]
