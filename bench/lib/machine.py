# SPDX-License-Identifier: GPL-2.0-only
"""
machine.py - describes the machine and the versions of the programs.
"""

import os
import platform
import re
import subprocess
import time

from . import needs


def _first_line(*command):
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False,
                              stdin=subprocess.DEVNULL, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    text = done.stdout.decode(errors="replace").strip()
    return text.splitlines()[0].strip() if text else None


def describe():
    cpu = "unknown"
    virtual = False
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        for line in f:
            if line.startswith("model name"):
                cpu = " ".join(line.split(":", 1)[1].split())
            elif line.startswith("flags"):
                virtual = " hypervisor" in line
    with open("/proc/meminfo", encoding="ascii") as f:
        memory = int(f.readline().split()[1]) // 1024
    return {
        "cpu": cpu,
        "processors": os.cpu_count(),
        "used": len(os.sched_getaffinity(0)),
        "memory_mib": memory,
        "virtual": virtual,
        "host_kernel": platform.release(),
        "architecture": platform.machine(),
    }


# How each tells its version, for those that tables name.
VERSIONS = {
    "fs2tar": ["fs2tar", "--version"],
    "cptofs": ["cptofs", "--version"],
    "lklfuse": ["lklfuse", "--version"],
    "gcc": ["gcc", "--version"],
    "GNU tar": ["tar", "--version"],
    "GNU cp": ["cp", "--version"],
    "e2fsprogs": ["mke2fs", "-V"],
    "fuse2fs": ["fuse2fs", "-V"],
    "btrfs-progs": ["mkfs.btrfs", "--version"],
    "xfsprogs": ["mkfs.xfs", "-V"],
    "qemu-img": ["qemu-img", "--version"],
    "guestfish": ["guestfish", "--version"],
    "libfuse": ["pkg-config", "--modversion", "fuse3"],
    "valgrind": ["valgrind", "--version"],
}


def versions():
    found = {}
    for name, command in VERSIONS.items():
        if needs.find(command[0]):
            line = _first_line(needs.find(command[0]), *command[1:])
            if line and not re.search("not found|usage", line, re.I):
                found[name] = line
    return found


def _processor_times():
    """The time of all processors together, and that without idling."""
    with open("/proc/stat", encoding="ascii") as f:
        times = [int(n) for n in f.readline().split()[1:9]]
    return sum(times), sum(times) - times[3] - times[4]


def busy(seconds=1.0):
    """The share, 0 to 1, of all processors' time that other programs use while
    the caller sleeps for @seconds."""
    before = _processor_times()
    time.sleep(seconds)
    after = _processor_times()
    return (after[1] - before[1]) / max(1, after[0] - before[0])
