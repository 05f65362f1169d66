# SPDX-License-Identifier: GPL-2.0-only
"""
The cost of an idle mount: the wake-ups of its threads per minute, and its
memory.  Measured for ten seconds, after ten seconds of rest.
"""

from lib.job import Job
from lib.mounts import mounted

WAKES = '''
wakes() { for p in $daemon $(cat /proc/$daemon/task/*/children); do
		cat /proc/$p/task/*/status; done |
	awk '/ctxt_switches/ { n += $2 } END { print n }'; }
ls -lR "$mnt" >/dev/null; sleep 10
a=$(wakes); sleep 10; b=$(wakes)
echo $(((b - a) * 6))
'''


def prepare(case):
    case.env["image"] = case.data.image(case["type"], case.data.tree(100))


def idlers():
    """The peers are the same whatever they serve: once is enough."""
    for variant in filter(lambda v: v.daemon, mounted(WAKES)):
        if not variant.ours:
            variant.only = lambda case: case["type"] == "ext4"
        yield variant


JOBS = [
    Job("idle", "Idle mount, wake-ups per minute", printed=True,
        unit="per minute", prepare=prepare, runs=1,
        cases=[{"type": t} for t in ("ext4", "xfs", "btrfs")],
        variants=list(idlers())),
]
