# SPDX-License-Identifier: GPL-2.0-only
"""Programs of the host work on an image: below lklrun, and on mounts of it."""

from lib import needs
from lib.job import Job, Variant
from lib.mounts import mounted

from .mounted import FRESH, to_write_on, with_room

CALLS = {"stat": 20000, "open": 20000, "read": 50000, "getdents": 10000}

SYNC = '; sync -f "$mnt"'

# As configure scripts do: small programs, one after another, and small files.
SCRIPT = ('for i in $(seq 100); do echo "int f$i;" >"$mnt/f$i.c"; '
          'cp "$mnt/f$i.c" "$mnt/copy"; grep -q int "$mnt/copy"; '
          'rm "$mnt/copy"; done')


def below(run, before="", end="", **common):
    """
    The same command below lklrun, and on mounts.  When lklrun ends, the image has
    everything; on a mount, the command @end does that.
    """
    return [
        Variant("lklrun", f"lklrun -i \"$image\" --at=\"$mnt\" -- "
                f"bash -euo pipefail -c '{run}'", ours=True, before=before,
                needs=[needs.tool("lklrun")], **common),
        *mounted(run + end, before=before, **common)]


def with_calls(case):
    case.env["count"] = CALLS[case["call"]]
    to_write_on(case, case.data.image("ext4", size=512 << 20))


def with_script(case):
    to_write_on(case, case.data.image(case["type"], size=512 << 20))


JOBS = [
    Job("run-calls", "A call of a program on a file of an image", unit="ns",
        printed=True, prepare=with_calls,
        unverified="the program fails if a call does",
        cases=[{"call": call, "type": "ext4"} for call in CALLS],
        variants=below('exec "$bench/host/file-calls" $call "$mnt" $count')),
    Job("run-untar", "Untar into an image: start, work, end",
        prepare=with_room, cases=[{"type": "ext4"}],
        unverified="mounted-untar and the tests of lklrun look at what is there",
        variants=below('tar -C "$mnt" -xf "$tar"', before=FRESH, end=SYNC)),
    Job("run-script", "A script of small programs on an image: start, work, end",
        prepare=with_script, cases=[{"type": "ext4"}],
        unverified="the script fails if one of its programs does",
        variants=below(SCRIPT, before=FRESH, end=SYNC)),
]
