# SPDX-License-Identifier: GPL-2.0-only
"""
The image layer and QEMU's on the same file, with 1 and with 64 requests in
flight.

"scattered" requests begin a fixed step apart.  The step is the same for both
sides and so large that successive requests are far from each other.
"""

from lib import needs
from lib.job import Job, Skip, Variant

MIB = 1 << 20


def prepare(case):
    for need in (needs.program("qemu-img"), needs.feature(case["format"])):
        if need():
            raise Skip(need())
    size = max(case.settings.large // 2, 16 * MIB)
    # A job that overwrites the image changes nothing that other jobs see.
    case.env["image"] = case.data.converted(
        case.data.large(size) + "/file", case["format"])
    request = case["request"]
    case.env["step"] = request if case["order"] == "sequential" else \
        size * 618 // 1000 // 65536 * 65536 + request
    case.env["requests"] = size // request if request > 4096 else \
        size // request // 2


def qemu(flag, options=""):
    return (f'exec qemu-img bench {flag} -f "$format" {options} '
            '-c "$requests" -d "$depth" -s "$request" -S "$step" '
            '-t writeback "$image" >/dev/null')


# Its exit status is 63 for formats that it cannot check.
CHECK = 'qemu-img check -q -f "$format" "$image" || [ $? = 63 ]'


def layers(mode, flag):
    return [
        Variant("library", f'exec "$bench/blk" {mode} "$image" "$format" '
                '"$request" "$step" "$requests" "$depth"', ours=True,
                verify=CHECK),
        Variant("qemu-img bench", qemu(flag), verify=CHECK),
        Variant("qemu-img bench, io_uring", qemu(flag, "-i io_uring"),
                verify=CHECK),
    ]


def cases(request, cache):
    return [{"format": f, "order": o, "request": request, "depth": d,
             "cache": cache}
            for f in ("raw", "qcow2") for o in ("sequential", "scattered")
            for d in (1, 64)]


def job(name, title, mode, flag, chosen):
    return Job(
        f"blk-{name}", f"Image layer: {title}",
        prepare=prepare, per=lambda case: int(case.env["requests"]),
        per_what="request", cases=chosen, variants=layers(mode, flag))


JOBS = [
    job("read", "reading", "read", "", cases(4096, "warm")
        + cases(65536, "warm") + cases(65536, "cold")),
    job("write", "overwriting, flush", "write", "-w", cases(4096, "warm")
        + cases(65536, "warm")),
]
