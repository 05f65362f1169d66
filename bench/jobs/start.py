# SPDX-License-Identifier: GPL-2.0-only
"""Start, mount, first bytes, halt: what every run of a tool pays once."""

from lib import needs
from lib.job import Job, Variant


def prepare(case):
    case.env["image"] = case.data.image(case["type"], size=512 << 20)


JOBS = [
    Job("start", "Start and halt", runs=21,
        unverified="it has no output but the exit status", variants=[
        Variant("library", 'exec "$bench/start" halt', ours=True),
        Variant("a process that does nothing", 'exec "$bench/start" nothing'),
    ]),
    Job("start-mount", "Start, mount an empty image, first bytes, halt",
        prepare=prepare, runs=11,
        unverified="the first bytes are those of an empty directory",
        cases=[{"type": t} for t in ("ext4", "xfs", "btrfs")],
        # Peers stand beside the first of ours.
        variants=[
            Variant("fs2tar, first 512 bytes",
                    '{ fs2tar "$image" - || true; } | head -c 512 | wc -c',
                    ours=True, needs=[needs.tool("fs2tar")]),
            Variant("library, root directory",
                    'exec "$bench/start" mount "$image" "$type"', ours=True),
            Variant("loop mount, first 512 bytes of tar",
                    'mount -o loop,ro "$image" "$mnt"; '
                    'tar -C "$mnt" -cf - . | head -c 512 | wc -c; '
                    'umount "$mnt"', needs=[needs.loop]),
            Variant("guestfish with KVM",
                    'guestfish --ro -a "$image" -m /dev/sda ls / >/dev/null',
                    needs=[needs.guestfish_kvm], runs=1),
            Variant("guestfish without KVM",
                    'LIBGUESTFS_BACKEND_SETTINGS=force_tcg guestfish --ro '
                    '-a "$image" -m /dev/sda ls / >/dev/null',
                    needs=[needs.guestfish_tcg], runs=1),
        ]),
]
