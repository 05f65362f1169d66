# SPDX-License-Identifier: GPL-2.0-only
"""
aims.py - the aims of the project, and what the results say of each.

An aim limits a time as a share of another time: of a peer's in the same case,
or of another job of ours.
"""

from dataclasses import dataclass, field

RINGS = "lklfuse over io_uring"
DEVICE = "lklfuse"
LOOP = "loop mount"
PROOT = "proot, on a loop mount"
PASSTHROUGH = "passthrough_ll over it"


@dataclass
class Aim:
    text: str
    job: str
    variant: str
    peer: str
    at_most: float
    only: dict = field(default_factory=dict)    # parameters of the cases
    peer_job: str = ""                          # if not the same job
    times: float = 1.0          # the peer's time counts so often


def _mounted():
    small = ("untar", "delete", "tar", "walk", "stat")
    transports = ((RINGS, "io_uring", 0.6), (DEVICE, "/dev/fuse", 0.9))
    for variant, name, limit in transports:
        for job in small:
            yield Aim(f"{job} over {name}", f"mounted-{job}", variant,
                      PASSTHROUGH, limit)
        for job in ("read", "write", "randread", "randwrite"):
            yield Aim(f"{job}, 4 KiB, over {name}", f"mounted-{job}", variant,
                      PASSTHROUGH, limit, {"block": 4096})
            yield Aim(f"{job}, 1 MiB, over {name}", f"mounted-{job}", variant,
                      PASSTHROUGH, 0.9, {"block": 1 << 20})
    for job in ("untar", "delete"):
        yield Aim(f"{job} over io_uring", f"mounted-{job}", RINGS, LOOP, 3.0)
    for variant, name, _ in transports:
        yield Aim(f"four untars at once over {name}, beside four in turn",
                  "mounted-untar4", variant, variant, 0.4,
                  peer_job="mounted-untar", times=4)
    for variant, name, _ in transports:
        yield Aim(f"a build over {name}", "mounted-build", variant, LOOP, 1.3)


def _images():
    for job, title, peers in (
            ("image-of-tree", "tree to image",
             ("loop mount, cp -a", "mke2fs -d", "mkfs.btrfs --rootdir",
              "mkfs.xfs -p", "genext2fs")),
            ("image-of-tar", "tar to image",
             ("loop mount, tar -x", "mke2fs -d", "genext2fs")),
            ("image-of-container", "container to image",
             ("loop mount, tar -x of each layer",))):
        for peer in peers:
            yield Aim(title, job, "tar2fs", peer, 1.0)


def _programs():
    for job, title in (("run-configure", "configure"),
                       ("run-compile", "a compile")):
        yield Aim(f"{title} below lklrun", job, "lklrun", LOOP, 3.0)
    for job, title in (("run-configure", "configure"),
                       ("run-compile", "a compile"),
                       ("run-git-status", "git status"),
                       ("run-find", "find")):
        yield Aim(f"{title} below lklrun", job, "lklrun", PROOT, 1.0)


AIMS = [
    Aim("image to tar", "tar-tree", "fs2tar", "loop mount, tar", 1.0),
    Aim("tree into image", "copy-in", "cptofs", "loop mount, cp -a", 1.0),
    *_images(),
    *_mounted(),
    Aim("SFTP get", "sftp-get", "lklfs sftp", "sftp-server on a loop mount",
        1.0),
    Aim("SFTP put", "sftp-put", "lklfs sftp", "sftp-server on a loop mount",
        1.0),
    # 150 ms, and guestfish took 13.6 s where that was set.
    Aim("list volumes and read a file, qcow2 to LUKS to LVM to ext4",
        "storage-look", "lklfs list, lklfs cat", "guestfish without KVM",
        0.011),
    *_programs(),
]


def _values(jobs, name, variant, only, usable):
    """(type, cache, ...) -> value of the cases that have @only."""
    found = {}
    for job in jobs:
        if job["name"] != name:
            continue
        for case in job["cases"]:
            if any(case["params"].get(k) != v for k, v in only.items()):
                continue
            for entry in case.get("variants", ()):
                if entry["name"] == variant and usable(job, case, entry):
                    found[tuple(sorted(case["params"].items()))] = \
                        entry["value"]
    return found


def judge(jobs, usable, runs):
    """Rows of (text, peer, at most, smallest, largest, verdict) for the aims
    that were measured, and the number of the others.  @usable says whether a
    variant of a job counts in a case; the verdict tells of peers with fewer than @runs."""
    rows, missing = [], 0
    for aim in AIMS:
        ours = _values(jobs, aim.job, aim.variant, aim.only, usable)
        theirs = _values(jobs, aim.peer_job or aim.job, aim.peer, aim.only,
                         usable)
        both = [(ours[k], theirs[k]) for k in ours
                if k in theirs and theirs[k]["median"]]
        ratios = [o["median"] / (t["median"] * aim.times) for o, t in both]
        if not ratios:
            missing += 1
            continue
        met = sum(r <= aim.at_most for r in ratios)
        verdict = "met" if met == len(ratios) else \
            "not met" if not met else f"met in {met} of {len(ratios)} cases"
        fewest = min(t["runs"] for _, t in both)
        if fewest < runs and min(o["runs"] for o, _ in both) < runs:
            verdict += f"; {fewest} runs of each"
        elif fewest < runs:
            verdict += f"; the peer ran {fewest} time{'s'[:fewest > 1]}"
        peer = "one after another" if aim.peer_job else aim.peer
        rows.append((aim.text, peer, aim.at_most, min(ratios), max(ratios),
                     verdict))
    return rows, missing
