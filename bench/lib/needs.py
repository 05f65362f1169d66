# SPDX-License-Identifier: GPL-2.0-only
"""
needs.py - the needs of variants: each function returns None, or the reason why
something is missing.
"""

import fcntl
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


def rings():
    """FUSE over io_uring, which root turns on; see bench/rings."""
    parameter = "/sys/module/fuse/parameters/enable_uring"
    try:
        with open(parameter, encoding="ascii") as f:
            on = f.read().strip() == "Y"
    except OSError:
        return "the host's FUSE does not know io_uring"
    return None if on else f"{parameter} is not Y"


@functools.lru_cache(None)
def kvm():
    """Whether /dev/kvm makes a machine: the file may exist all the same."""
    kvm_create_vm = 0xae01
    try:
        fd = os.open("/dev/kvm", os.O_RDWR)
        try:
            os.close(fcntl.ioctl(fd, kvm_create_vm, 0))
        finally:
            os.close(fd)
    except OSError as e:
        return f"/dev/kvm: {e.strerror}"
    return None


@functools.lru_cache(None)
def _guestfish(settings):
    """Whether guestfish starts, which needs a kernel in /boot, and more."""
    if not find("guestfish"):
        return "guestfish is not installed"
    try:
        done = subprocess.run(
            ["guestfish", "--ro", "-a", "/dev/null", "run"],
            env=dict(os.environ, PATH=_search_path(),
                     LIBGUESTFS_BACKEND_SETTINGS=settings),
            stdin=subprocess.DEVNULL, capture_output=True, timeout=120,
            check=False)
    except subprocess.TimeoutExpired:
        return "guestfish does not start its machine within two minutes"
    if done.returncode:
        return "guestfish cannot start its machine here"
    return None


def guestfish_tcg():
    return _guestfish("force_tcg")


def guestfish_kvm():
    return kvm() or _guestfish("")


@functools.lru_cache(None)
def program(name):
    return lambda: None if find(name) else f"{name} is not installed"


@functools.lru_cache(None)
def tool(name):
    """One of our programs."""
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


@functools.lru_cache(None)
def feature(name):
    """A feature that --version of our programs lists."""
    def check():
        if not find("fs2tar"):
            return "fs2tar is not built"
        said = subprocess.run([find("fs2tar"), "--version"], check=False,
                              capture_output=True, text=True).stdout
        return None if f"+{name}" in said.split() else f"{name} is not built"
    return check
