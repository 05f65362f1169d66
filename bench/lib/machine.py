# SPDX-License-Identifier: GPL-2.0-only
"""
machine.py - describes the machine and the versions of the programs.
"""

import os
import platform
import re
import resource
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


TICK = 1 / os.sysconf("SC_CLK_TCK")
PF_KTHREAD = 0x200000


class Load:
    """
    The processor time that other programs use from begin() on, on the processors
    that the caller may use.  It is all time of these processors without that of
    interrupts, of the caller, and of what it started and waited for.
    """

    def __init__(self):
        self.processors = os.sched_getaffinity(0)
        self.begin()

    def begin(self):
        self.at = self._now()

    def others(self, kernel_threads=False):
        """
        Returns seconds of processor time of others, and seconds that passed.
        @kernel_threads: the host's count as others; those that work for the caller
        cannot be told from the rest.
        """
        time_then, used_then, threads_then = self.at
        time_now, used_now, threads_now = self._now()
        used = used_now - used_then
        if not kernel_threads:
            used -= sum(t - threads_then.get(pid, (0, False))[0]
                        for pid, (t, ours) in threads_now.items() if ours)
        return max(0.0, used), time_now - time_then

    def _now(self):
        busy = 0
        with open("/proc/stat", encoding="ascii") as f:
            for line in f:
                name, *times = line.split()
                if name[:3] == "cpu" and name[3:].isdigit() and \
                        int(name[3:]) in self.processors:
                    # user, nice, system; steal: another virtual machine
                    busy += sum(map(int, times[:3])) + int(times[7])
        own = sum(sum(resource.getrusage(who)[:2]) for who in (
            resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return time.monotonic(), busy * TICK - own, self._kernel_threads()

    def _kernel_threads(self):
        """Process id -> seconds, and whether it is on our processors."""
        found = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/stat", encoding="utf-8",
                          errors="replace") as f:
                    fields = f.read().rpartition(")")[2].split()
            except OSError:
                continue        # it has ended
            if int(fields[6]) & PF_KTHREAD:
                found[pid] = ((int(fields[11]) + int(fields[12])) * TICK,
                              int(fields[36]) in self.processors)
        return found


def busy(seconds=1.0):
    """How many processors others keep busy while the caller sleeps."""
    load = Load()
    time.sleep(seconds)
    used, took = load.others(kernel_threads=True)
    return used / took


WORKERS = "/sys/devices/virtual/workqueue/cpumask"


class Workers:
    """While it is entered, those of the host's kernel workers that belong to no
    processor, such as those of loop mounts, run on our processors alone.  @bound
    is whether that is so."""

    def __init__(self):
        self.before = None
        self.bound = True

    def __enter__(self):
        mine = os.sched_getaffinity(0)
        if len(mine) == os.cpu_count():
            return self
        digits = f"{sum(1 << n for n in mine):x}"
        digits = digits.zfill((len(digits) + 7) // 8 * 8)
        try:
            with open(WORKERS, encoding="ascii") as f:
                before = f.read()
            self._write(",".join(digits[i:i + 8]
                                 for i in range(0, len(digits), 8)))
            self.before = before
        except OSError:
            self.bound = False
        return self

    def __exit__(self, *_):
        if self.before is not None:
            self._write(self.before)

    @staticmethod
    def _write(mask):
        with open(WORKERS, "w", encoding="ascii") as f:
            f.write(mask)
