# SPDX-License-Identifier: GPL-2.0-only
"""
The image layer beside QEMU's on the same file, one request at a time.

"scattered" is a step that is the same for both, and far enough that no two
requests in a row are near each other.  The file is in the host's cache.
"""

from lib import needs
from lib.data import sh
from lib.job import Job, Skip, Variant

MIB = 1 << 20


def prepare(case):
    for need in (needs.program("qemu-img"), needs.feature(case["format"])):
        if need():
            raise Skip(need())
    size = max(case.settings.large // 2, 16 * MIB)
    source = case.data.large(size) + "/file"
    case.env["image"] = case.work + "/image." + case["format"]
    sh('qemu-img convert -f raw -O "$1" "$2" "$3"', case["format"], source,
       case.env["image"])
    request = case["request"]
    case.env["step"] = request if case["order"] == "sequential" else \
        size * 618 // 1000 // 65536 * 65536 + request
    case.env["requests"] = size // request if request > 4096 else \
        size // request // 2


def layers(mode, flag):
    return [
        Variant("library", f'exec "$bench/blk" {mode} "$image" "$format" '
                '"$request" "$step" "$requests"', ours=True),
        Variant("qemu-img bench", f'exec qemu-img bench {flag} -f "$format" '
                '-c "$requests" -d 1 -s "$request" -S "$step" -t writeback '
                '"$image" >/dev/null'),
        Variant("qemu-img bench, io_uring",
                f'exec qemu-img bench {flag} -f "$format" -i io_uring '
                '-c "$requests" -d 1 -s "$request" -S "$step" -t writeback '
                '"$image" >/dev/null'),
    ]


def job(name, title, mode, flag):
    return Job(
        f"blk-{name}", f"Image layer: {title}",
        prepare=prepare, per=lambda case: int(case.env["requests"]),
        per_what="request",
        cases=[{"format": f, "order": o, "request": r, "cache": "warm"}
               for f in ("raw", "qcow2") for o in ("sequential", "scattered")
               for r in (4096, 65536)],
        variants=layers(mode, flag))


JOBS = [
    job("read", "reading", "read", ""),
    job("write", "overwriting, flush", "write", "-w"),
]
