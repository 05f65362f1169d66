# SPDX-License-Identifier: GPL-2.0-only
"""
The image layer and QEMU's on the same file, with 1 and with 64 requests in
flight.

"scattered" requests begin a fixed step apart.  The step is the same for both
sides and so large that successive requests are far from each other.
"""

import os

from lib import needs
from lib.job import Job, Skip, Variant

MIB = 1 << 20


def prepare(case):
    for need in (needs.program("qemu-img"), needs.feature(case["format"])):
        if need():
            raise Skip(need())
    size = max(case.settings.large // 2, 16 * MIB)
    case.env["content"] = case.data.large(size) + "/file"
    case.env["image"] = case.data.converted(case.env["content"],
                                            case["format"])
    request = case["request"]
    case.env["step"] = request if case["order"] == "sequential" else \
        size * 618 // 1000 // 65536 * 65536 + request
    case.env["requests"] = size // request if request > 4096 else \
        size // request // 2


def prepare_to_write(case):
    """Other jobs read the image: this one has a copy."""
    prepare(case)
    case.env["fresh"] = case.env["image"]
    case.env["image"] = os.path.join(case.work, "image")
    case.data.copy(case.env["fresh"], case.env["image"])


def ours(mode, more=""):
    return (f'"$bench/blk" {mode} "$image" "$format" "$request" "$step" '
            f'"$requests" "$depth" {more}')


def qemu(flag, options=""):
    return (f'qemu-img bench {flag} -f "$format" {options} '
            '-c "$requests" -d "$depth" -s "$request" -S "$step" '
            '-t writeback "$image" >/dev/null')


# qemu-img shows nothing of what its own measurement reads.
SAME = 'qemu-img compare -q -f raw -F "$format" "$content" "$image"'


def wrote(run):
    """Does the same once more with a fresh image.  What it should have then,
    qemu-img makes of the raw content."""
    return (f'image=checked; cp --sparse=always "$fresh" checked; {run}; '
            'cp "$content" wanted; (format=raw image=wanted depth=1; '
            f'{qemu("-w --pattern=90")}); content=wanted; {SAME}; '
            'rm checked wanted')


def layers(mode, flag):
    variants = [
        ("library", ours(mode), ours(mode, '"$content"')),
        ("qemu-img bench", qemu(flag), SAME),
        ("qemu-img bench, io_uring", qemu(flag, "-i io_uring"), SAME)]
    return [Variant(name, run, ours=name == "library",
                    verify=wrote(run) if mode == "write" else verify)
            for name, run, verify in variants]


def cases(request, cache):
    return [{"format": f, "order": o, "request": request, "depth": d,
             "cache": cache}
            for f in ("raw", "qcow2") for o in ("sequential", "scattered")
            for d in (1, 64)]


def job(name, title, mode, flag, chosen):
    return Job(
        f"blk-{name}", f"Image layer: {title}",
        prepare=prepare_to_write if mode == "write" else prepare,
        per=lambda case: int(case.env["requests"]), per_what="request",
        cases=chosen, variants=layers(mode, flag))


JOBS = [
    job("read", "reading", "read", "", cases(4096, "warm")
        + cases(65536, "warm") + cases(65536, "cold")),
    job("write", "overwriting, flush", "write", "-w --pattern=90",
        cases(4096, "warm")
        + cases(65536, "warm")),
]
