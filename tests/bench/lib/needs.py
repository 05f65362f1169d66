# SPDX-License-Identifier: GPL-2.0-only
"""
needs.py - what variants need: each is a function that returns the reason why
it is not there, or None.
"""

import functools
import os
import shutil
import subprocess


def _search_path():
    return os.environ["PATH"] + ":/sbin:/usr/sbin"


def find(name):
    return shutil.which(name, path=_search_path())


def root():
    return None if os.geteuid() == 0 else "needs root"


def loop():
    """A loop mount by the host's kernel."""
    if root():
        return root()
    if not os.path.exists("/dev/loop-control"):
        return "no loop devices"
    return None


@functools.lru_cache(None)
def fuse():
    try:
        os.close(os.open("/dev/fuse", os.O_RDWR))
    except OSError as e:
        return f"/dev/fuse: {e.strerror}"
    return None


@functools.lru_cache(None)
def kvm():
    """Whether it works, not whether the file is there."""
    try:
        fd = os.open("/dev/kvm", os.O_RDWR)
    except OSError as e:
        return f"/dev/kvm: {e.strerror}"
    os.close(fd)
    return None


@functools.lru_cache(None)
def program(name):
    return lambda: None if find(name) else f"{name} is not installed"


@functools.lru_cache(None)
def tool(name):
    """One of ours."""
    return lambda: None if find(name) else f"{name} is not built"


@functools.lru_cache(None)
def host_mounts(fstype):
    """Whether the host's kernel knows a type."""
    def check():
        with open("/proc/filesystems", encoding="ascii") as f:
            known = {line.split()[-1] for line in f}
        if fstype in known:
            return None
        done = subprocess.run(["modprobe", "-q", fstype], check=False,
                              stderr=subprocess.DEVNULL) \
            if find("modprobe") else None
        if done and done.returncode == 0:
            return None
        return f"the host's kernel has no {fstype}"
    return check
